//! What waiting for a batch costs and saves: latency above, CPU per event below, both against the
//! batch interval, on one shared horizontal axis.
//!
//! Real-time is the interval of zero. Zero has no place on a logarithmic axis, so it stands left
//! of it behind a break, and goes on as a horizontal line to compare with.

use super::axis::{self, EndLabel};
use super::figure::{Figure, Picture, Room};
use super::scale::{Linear, Log};
use super::series::Series;
use super::svg::{Anchor, Svg};
use crate::report::human;
use crate::report::quantile::{P50, P99_9, Quantile};

const FIGURE: Figure<'static> = Figure {
    id: "interval",
    title: "Response latency and CPU per event against the batch interval",
    caption: "Above: response latency (p50 solid, p99.9 dashed). Below: engine CPU per event at the \
              same paced load. Both share the batch interval as their horizontal axis. The level \
              lines carry real-time, the interval of zero, across for comparison; hollow marks have \
              too few samples.",
};

/// Distance of the tick of real-time from the left edge, and of the logarithmic axis from it.
const ZERO_AT: f64 = 26.0;
const LOG_FROM: f64 = 74.0;

pub(super) fn html(series: &[Series<'_>]) -> String {
    FIGURE.html(|room| draw(series, room))
}

/// The shared horizontal axis.
struct Across {
    room: Room,
    left: f64,
    right: f64,
    intervals: Log,
}

impl Across {
    fn x(&self, series: &Series<'_>) -> f64 {
        let logarithmic = series.row.interval_ns.filter(|&interval| interval > 0);
        logarithmic.map_or(self.left + ZERO_AT, |interval| self.intervals.at(interval))
    }
}

fn draw(series: &[Series<'_>], room: Room) -> Option<Picture> {
    let (left, right) = (room.pick(72.0, 56.0), room.width() - room.pick(152.0, 58.0));
    let intervals =
        series.iter().filter_map(|s| s.row.interval_ns).filter(|&interval| interval > 0);
    let intervals = Log::around(intervals, (left + LOG_FROM, right - 12.0))?;
    let across = Across { room, left, right, intervals };
    // Without samples the lower panel moves up into the empty room.
    let sampled = series.iter().any(|s| s.row.response.samples > 0);
    let upper = (26.0, if sampled { room.pick(276.0, 250.0) } else { -20.0 });
    let lower = (upper.1 + 46.0, upper.1 + room.pick(166.0, 160.0));

    let mut svg = Svg::default();
    let latency = latency_panel(&mut svg, series, &across, upper);
    let cost = cost_panel(&mut svg, series, &across, lower);
    if !(latency || cost) {
        return None;
    }
    interval_ticks(&mut svg, &across, lower.1);
    Some(Picture { svg, height: lower.1 + 60.0 })
}

/// One quantity that varies with the interval.
struct Curve<'a> {
    name: &'a str,
    class: &'a str,
    label: String,
    points: Vec<Point<'a>>,
}

struct Point<'a> {
    series: &'a Series<'a>,
    at: (f64, f64),
    reliable: bool,
    text: String,
}

fn latency_panel(
    svg: &mut Svg,
    series: &[Series<'_>],
    across: &Across,
    (top, bottom): (f64, f64),
) -> bool {
    let sampled: Vec<&Series<'_>> = series.iter().filter(|s| s.row.response.samples > 0).collect();
    let ends = sampled.iter().flat_map(|s| [P50, P99_9].map(|q| q.recorded(&s.row.response)));
    let Some(latency) = Log::around(ends, (bottom, top)) else {
        return false;
    };
    svg.text("panel", Anchor::Start, (across.left, top - 12.0), "response latency");
    axis::times(svg, &latency, (across.left, across.right));

    let curve = |q: Quantile, class| Curve {
        name: q.name,
        class,
        label: format!("{} ", q.name),
        points: (sampled.iter())
            .map(|s| Point {
                series: s,
                at: (across.x(s), latency.at(q.recorded(&s.row.response))),
                reliable: q.of(&s.row.response).is_some(),
                text: human::ns(q.recorded(&s.row.response)),
            })
            .collect(),
    };
    panel(svg, across, (top, bottom), &[curve(P50, ""), curve(P99_9, "dashed")]);
    true
}

fn cost_panel(
    svg: &mut Svg,
    series: &[Series<'_>],
    across: &Across,
    (top, bottom): (f64, f64),
) -> bool {
    let costs = series.iter().filter_map(Series::cost);
    let Some(axis) = Linear::around(costs, (bottom, top)) else {
        return false;
    };
    svg.text("panel", Anchor::Start, (across.left, top - 12.0), "CPU per event");
    axis::costs(svg, &axis, (across.left, across.right));

    let points = series.iter().filter_map(|s| {
        let cost = s.cost()?;
        let at = (across.x(s), axis.at(cost));
        Some(Point { series: s, at, reliable: true, text: human::nanos(cost) })
    });
    let curve =
        Curve { name: "CPU per event", class: "", label: String::new(), points: points.collect() };
    panel(svg, across, (top, bottom), &[curve]);
    true
}

/// Draws the curves: micro-batches joined by a line, real-time carried across.
fn panel(svg: &mut Svg, across: &Across, room: (f64, f64), curves: &[Curve<'_>]) {
    let mut labels = Vec::new();
    for curve in curves {
        let batches: Vec<&Point<'_>> =
            curve.points.iter().filter(|p| !p.series.is_realtime()).collect();
        let path: Vec<(f64, f64)> = batches.iter().map(|p| p.at).collect();
        svg.group("b4", |svg| svg.polyline(&format!("path {}", curve.class), &path));
        if let Some(last) = batches.last() {
            labels.push(end_label(across, curve, last.at.1, "b4", "micro-batch"));
        }
        for level in curve.points.iter().filter(|p| p.series.is_realtime()) {
            let y = level.at.1;
            let path = [(across.left, y), (across.right, y)];
            svg.group("rt", |svg| svg.polyline(&format!("path level {}", curve.class), &path));
            labels.push(end_label(across, curve, y, "rt", "real-time"));
        }
        for p in &curve.points {
            let doubt = if p.reliable { "" } else { " (too few samples)" };
            let tip = format!("{}, {}: {}{doubt}", p.series.name, curve.name, p.text);
            svg.group(&p.series.class, |svg| svg.mark(p.series.shape, !p.reliable, p.at, &tip));
        }
    }
    labels.retain(|label| !label.text.is_empty());
    axis::end_labels(svg, &labels, across.right + 14.0, room);
}

/// Where room is short the colour has to say which architecture it is.
fn end_label(across: &Across, curve: &Curve<'_>, y: f64, class: &str, mode: &str) -> EndLabel {
    let text = across.room.pick(format!("{}{mode}", curve.label), curve.label.clone());
    EndLabel { class: class.to_owned(), text, at: (across.right - 4.0, y) }
}

fn interval_ticks(svg: &mut Svg, across: &Across, y: f64) {
    svg.line("axis", (across.left, y), (across.left + LOG_FROM - 28.0, y));
    svg.line("axis", (across.left + LOG_FROM - 18.0, y), (across.right, y));
    for dx in [28.0, 18.0] {
        let x = across.left + LOG_FROM - dx;
        svg.line("axis", (x - 3.0, y + 6.0), (x + 3.0, y - 6.0));
    }
    let zero = across.left + ZERO_AT;
    svg.line("axis", (zero, y), (zero, y + 6.0));
    svg.text("tick", Anchor::Middle, (zero, y + 22.0), "0");
    svg.text("tick rt", Anchor::Middle, (zero, y + 40.0), "real-time");
    for minor in across.intervals.minors() {
        let x = across.intervals.at(minor);
        svg.line("axis faint", (x, y), (x, y + 3.0));
    }
    for interval in across.intervals.decades(56.0) {
        let x = across.intervals.at(interval);
        svg.line("axis", (x, y), (x, y + 6.0));
        svg.text("tick", Anchor::Middle, (x, y + 22.0), &human::interval(interval));
    }
    svg.text("tick faint", Anchor::End, (across.right, y + 40.0), "batch interval");
}
