//! How a configuration looks: one colour, one shape and one name in every picture of the page.
//!
//! Real-time is blue; micro-batches take a ramp of oranges that darkens with the interval, a pair
//! that the common kinds of colour blindness keep apart. Shapes and printed names say the same
//! again for those who see no colour at all.

use super::svg::Shape;
use crate::report::human;
use crate::report::model::TradeOff;

/// Steps of the ramp in the style sheet (`.b1` to `.b7`).
const RAMP: usize = 7;

/// One configuration, with its looks.
#[derive(Debug)]
pub(super) struct Series<'a> {
    pub(super) row: &'a TradeOff,
    /// Class that sets the colour.
    pub(super) class: String,
    pub(super) shape: Shape,
    /// Such as `micro-batch 1 ms`.
    pub(super) name: String,
    /// The same where room is short: `1 ms`.
    pub(super) short: String,
}

impl<'a> Series<'a> {
    /// Looks for every row of the trade-off, in its order.
    pub(super) fn of(rows: &'a [TradeOff]) -> Vec<Self> {
        let last = rows.iter().filter(|row| row.interval_ns.is_some()).count().saturating_sub(1);
        let mut nth = 0;
        let looks = |row: &'a TradeOff| {
            let Some(interval) = row.interval_ns else {
                return Self::realtime(row);
            };
            let series = Self::micro_batch(row, interval, nth, last);
            nth += 1;
            series
        };
        rows.iter().map(looks).collect()
    }

    pub(super) fn is_realtime(&self) -> bool {
        self.row.interval_ns.is_none()
    }

    /// Nanoseconds of engine CPU per event at the paced load.
    pub(super) fn cost(&self) -> Option<f64> {
        measured(self.row.cpu_ns_per_event)
    }

    /// The same in the closed loop.
    pub(super) fn saturated_cost(&self) -> Option<f64> {
        measured(self.row.saturated_cpu_ns_per_event)
    }

    /// Events per second in the closed loop.
    pub(super) fn saturated_rate(&self) -> Option<f64> {
        measured(self.row.saturated_eps)
    }

    fn realtime(row: &'a TradeOff) -> Self {
        let name = "real-time".to_owned();
        Self { row, class: "rt".to_owned(), shape: Shape::Circle, short: name.clone(), name }
    }

    fn micro_batch(row: &'a TradeOff, interval: u64, nth: usize, last: usize) -> Self {
        let step = (nth * (RAMP - 1)).checked_div(last).unwrap_or(RAMP / 2);
        let shapes = [Shape::Square, Shape::Diamond, Shape::Triangle, Shape::Wedge];
        let short = human::interval(interval);
        Self {
            row,
            class: format!("b{}", step + 1),
            shape: shapes[nth % shapes.len()],
            name: format!("micro-batch {short}"),
            short,
        }
    }
}

/// No event costs nothing and no loop runs at no rate: such a figure was not measured.
fn measured(figure: f64) -> Option<f64> {
    (figure.is_finite() && figure > 0.0).then_some(figure)
}
