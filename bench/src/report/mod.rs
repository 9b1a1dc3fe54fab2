//! What the user sees: the JSON objects, the terminal tables and the HTML page.

pub mod html;
pub mod human;
pub mod model;
pub mod quantile;
