//! Tables for a terminal of 80 columns.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table};

/// Rows under a header; the first column is text, the others are numbers.
pub(crate) fn numbers(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = plain(rows);
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Names and texts; long texts are wrapped inside their column.
pub(crate) fn texts(rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = plain(rows);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(78);
    table
}

fn plain(rows: impl IntoIterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─')));
    table.add_rows(rows);
    table
}
