//! What the user sees: the JSON objects, the terminal tables and the HTML page.

pub mod model;
