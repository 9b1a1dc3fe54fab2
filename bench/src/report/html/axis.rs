//! Grid lines and the labels beside them.

use super::scale::{Linear, Log, spread};
use super::svg::{Anchor, Svg};
use crate::report::human;

/// Least distance of two tick labels above one another.
const TICK_GAP: f64 = 22.0;

/// Least distance of two labels at the end of their lines.
pub(super) const LABEL_GAP: f64 = 16.0;

/// Horizontal grid lines at the powers of ten of a time axis.
pub(super) fn times(svg: &mut Svg, axis: &Log, (left, right): (f64, f64)) {
    for time in axis.decades(TICK_GAP) {
        horizontal(svg, axis.at(time), (left, right), &human::interval(time));
    }
}

/// Horizontal grid lines of a linear axis of times per event.
pub(super) fn costs(svg: &mut Svg, axis: &Linear, (left, right): (f64, f64)) {
    for cost in axis.ticks() {
        horizontal(svg, axis.at(cost), (left, right), &human::tick(cost));
    }
}

fn horizontal(svg: &mut Svg, y: f64, (left, right): (f64, f64), label: &str) {
    svg.line("grid", (left, y), (right, y));
    svg.text("tick", Anchor::End, (left - 10.0, y + 4.0), label);
}

/// A name to be written at the end of a line.
#[derive(Debug)]
pub(super) struct EndLabel {
    pub(super) class: String,
    pub(super) text: String,
    /// Where the line ends.
    pub(super) at: (f64, f64),
}

/// Writes the names in a column at `x`, moved apart where lines end close together, each joined
/// to the end of its line by a thin leader.
pub(super) fn end_labels(svg: &mut Svg, labels: &[EndLabel], x: f64, room: (f64, f64)) {
    let wanted: Vec<f64> = labels.iter().map(|label| label.at.1).collect();
    for (label, y) in labels.iter().zip(spread(&wanted, LABEL_GAP, room)) {
        svg.group(&label.class, |svg| {
            svg.line("leader", (label.at.0 + 7.0, label.at.1), (x - 4.0, y));
            svg.text("name", Anchor::Start, (x, y + 4.0), &label.text);
        });
    }
}
