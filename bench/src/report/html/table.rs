//! Tables whose every cell a screen reader can name: a caption, column heads and row heads.

use super::escape;

/// One column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    /// HTML, already escaped.
    head: &'a str,
    /// Figures are set flush right, so that their digits stand in columns.
    figures: bool,
}

/// A column of words.
pub(super) fn words(head: &str) -> Column<'_> {
    Column { head, figures: false }
}

/// A column of figures.
pub(super) fn figures(head: &str) -> Column<'_> {
    Column { head, figures: true }
}

/// A table. The caption is plain text, the cells are HTML; the first cell of a row is its head.
pub(super) fn table(caption: &str, columns: &[Column<'_>], rows: &[Vec<String>]) -> String {
    let class = |column: &Column<'_>| if column.figures { " class=\"num\"" } else { "" };
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\"{}>{}</th>", class(column), column.head))
        .collect();
    let mut body = String::new();
    for row in rows {
        body.push_str("<tr>");
        for (nth, (column, cell)) in columns.iter().zip(row).enumerate() {
            match nth {
                0 => body.push_str(&format!("<th scope=\"row\">{cell}</th>")),
                _ => body.push_str(&format!("<td{}>{cell}</td>", class(column))),
            }
        }
        body.push_str("</tr>\n");
    }
    let caption = escape::text(caption);
    // A table wider than the window scrolls by itself, by keyboard too.
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\n\
         <table><caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n\
         <tbody>\n{body}</tbody></table></div>\n"
    )
}
