//! Latency against percentile, one line per configuration.
//!
//! The horizontal axis is log(1 / (1 - p)): each step to the right is ten times rarer, so that the
//! tail, where the configurations differ, gets as much room as the median.

use super::axis::{self, EndLabel};
use super::figure::{Figure, Picture, Room};
use super::scale::Log;
use super::series::Series;
use super::svg::{Anchor, Svg};
use crate::report::model::Percentiles;
use crate::report::{human, quantile};

/// Place of the maximum, in decades of rarity: apart from p99.99, since its rarity depends on
/// the number of samples.
const MAX_AT: f64 = 5.0;

const FIGURE: Figure<'static> = Figure {
    id: "percentiles",
    title: "Response latency by percentile, one line per configuration",
    caption: "Response latency by percentile, both axes logarithmic. Each step to the right is ten \
              times rarer. A hollow mark has fewer than ten samples beyond it and must not be relied \
              on; the dotted end leads to the largest single value.",
};

pub(super) fn html(series: &[Series<'_>]) -> String {
    FIGURE.html(|room| draw(series, room))
}

/// Where things are.
struct Plot {
    room: Room,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    latency: Log,
}

impl Plot {
    fn x(&self, rarity: f64) -> f64 {
        let first = quantile::P50.one_in as f64;
        let inset = self.room.pick(24.0, 8.0);
        let part = (rarity - first.log10()) / (MAX_AT - first.log10());
        self.left + inset + part * (self.right - self.left - 2.0 * inset)
    }
}

fn draw(series: &[Series<'_>], room: Room) -> Option<Picture> {
    let names = axis::LABEL_GAP * series.len() as f64;
    let height = f64::max(room.pick(440.0, 400.0), names + 80.0);
    let (top, bottom) = (14.0, height - room.pick(58.0, 38.0));
    let shown = || series.iter().filter(|s| s.row.response.samples > 0);
    let ends = shown().flat_map(|s| [s.row.response.p50, s.row.response.max]);
    let latency = Log::around(ends, (bottom, top))?;
    let (left, right) = (room.pick(72.0, 56.0), room.width() - room.pick(152.0, 76.0));
    let plot = Plot { room, left, right, top, bottom, latency };

    let mut svg = Svg::default();
    axis::times(&mut svg, &plot.latency, (left, right));
    percentile_ticks(&mut svg, &plot);
    // Real-time last, so that it lies on top.
    for s in shown().filter(|s| !s.is_realtime()).chain(shown().filter(|s| s.is_realtime())) {
        line(&mut svg, &plot, s);
    }
    let labels: Vec<EndLabel> = shown().map(|s| end_label(&plot, s)).collect();
    axis::end_labels(&mut svg, &labels, right + 14.0, (top, bottom));
    Some(Picture { svg, height })
}

fn percentile_ticks(svg: &mut Svg, plot: &Plot) {
    let mut tick = |rarity: f64, name: &str, meaning: &str| {
        let x = plot.x(rarity);
        svg.line("grid", (x, plot.top), (x, plot.bottom));
        svg.text("tick", Anchor::Middle, (x, plot.bottom + 22.0), name);
        if let Room::Wide = plot.room {
            svg.text("tick faint", Anchor::Middle, (x, plot.bottom + 40.0), meaning);
        }
    };
    for q in quantile::ALL {
        tick((q.one_in as f64).log10(), q.name, &format!("1 in {}", human::count(q.one_in)));
    }
    tick(MAX_AT, "max", "the worst");
}

fn line(svg: &mut Svg, plot: &Plot, series: &Series<'_>) {
    let response = &series.row.response;
    let mut points: Vec<Point> = quantile::ALL.iter().map(|q| point(plot, response, q)).collect();
    let max = (plot.x(MAX_AT), plot.latency.at(response.max));
    // Fewer samples lie beyond a higher percentile, so the reliable points come first.
    let reliable = points.iter().filter(|p| p.reliable).count();
    points.push(Point { name: "max", value: response.max, at: max, reliable: true });

    svg.group(&format!("series {}", series.class), |svg| {
        let places: Vec<(f64, f64)> = points.iter().map(|p| p.at).collect();
        svg.polyline("path", &places[..reliable]);
        svg.polyline("path doubtful", &places[reliable.saturating_sub(1)..]);
        for p in &points {
            let doubt = if p.reliable { "" } else { " (too few samples)" };
            let tip = format!("{}, {}: {}{doubt}", series.name, p.name, human::ns(p.value));
            svg.mark(series.shape, !p.reliable, p.at, &tip);
        }
    });
}

struct Point {
    name: &'static str,
    value: u64,
    at: (f64, f64),
    reliable: bool,
}

fn point(plot: &Plot, response: &Percentiles, q: &quantile::Quantile) -> Point {
    let value = q.recorded(response);
    let at = (plot.x((q.one_in as f64).log10()), plot.latency.at(value));
    Point { name: q.name, value, at, reliable: q.of(response).is_some() }
}

fn end_label(plot: &Plot, series: &Series<'_>) -> EndLabel {
    EndLabel {
        class: series.class.clone(),
        text: plot.room.pick(&series.name, &series.short).clone(),
        at: (plot.x(MAX_AT), plot.latency.at(series.row.response.max)),
    }
}
