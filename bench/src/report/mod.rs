//! What the user sees: the JSON objects, the terminal tables and the HTML page.

pub mod contenders;
pub mod counters;
pub mod findings;
mod grid;
pub mod html;
pub mod human;
pub mod inspection;
pub mod model;
mod picture;
pub mod quantile;
pub mod rings;
pub mod survey;
pub mod terminal;
