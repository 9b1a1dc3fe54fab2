//! The answer at a glance: a ruler of time with one bar above it for real-time and one below for
//! the micro-batch it is compared with, each from its median to its 99.9th percentile.

use super::figure::{Figure, Picture, Room};
use super::scale::Log;
use super::series::Series;
use super::svg::{Anchor, Svg};
use crate::report::human;
use crate::report::quantile::{P50, P99_9, Quantile};

const FIGURE: Figure<'static> = Figure {
    id: "ruler",
    title: "Response latency on a ruler of time: real-time above, micro-batch below",
    caption: "Response latency on a ruler of time (logarithmic), each bar from p50 to p99.9.",
};

const HEIGHT: f64 = 138.0;
/// The ruler itself, and its graduated edges.
const EDGES: (f64, f64) = (50.0, 88.0);

pub(super) fn html(realtime: &Series<'_>, batch: &Series<'_>) -> String {
    FIGURE.html(|room| draw(realtime, batch, room))
}

fn draw(realtime: &Series<'_>, batch: &Series<'_>, room: Room) -> Option<Picture> {
    let both = [realtime, batch];
    let shown = || both.into_iter().filter(|s| s.row.response.samples > 0);
    let ends = shown().flat_map(|s| [P50, P99_9].map(|q| q.recorded(&s.row.response)));
    let time = Log::around(ends, (room.pick(40.0, 28.0), room.width() - room.pick(40.0, 28.0)))?;

    let mut svg = Svg::default();
    graduation(&mut svg, &time, room.width());
    for s in shown() {
        bar(&mut svg, s, &time, room);
    }
    Some(Picture { svg, height: HEIGHT })
}

fn graduation(svg: &mut Svg, time: &Log, width: f64) {
    let (top, bottom) = EDGES;
    svg.rect("body", (0.0, top), (width, bottom - top));
    for tick in time.minors() {
        let x = time.at(tick);
        svg.line("axis faint", (x, top), (x, top + 5.0));
        svg.line("axis faint", (x, bottom), (x, bottom - 5.0));
    }
    for decade in time.decades(52.0) {
        let x = time.at(decade);
        svg.line("axis", (x, top), (x, top + 9.0));
        svg.line("axis", (x, bottom), (x, bottom - 9.0));
        svg.text("tick", Anchor::Middle, (x, (top + bottom) / 2.0 + 4.0), &human::interval(decade));
    }
}

fn bar(svg: &mut Svg, series: &Series<'_>, time: &Log, room: Room) {
    let response = &series.row.response;
    let (from, to) = (time.at(P50.recorded(response)), time.at(P99_9.recorded(response)));
    let (y, label) = if series.is_realtime() {
        (EDGES.0 - 10.0, EDGES.0 - 26.0)
    } else {
        (EDGES.1 + 10.0, EDGES.1 + 36.0)
    };
    let known = |q: Quantile| q.of(response).map_or(human::NOT_AVAILABLE.to_owned(), human::ns);
    let (p50, p99_9) = (known(P50), known(P99_9));
    let text = match room {
        Room::Wide => format!("{} · p50 {p50} · p99.9 {p99_9}", series.name),
        Room::Narrow => format!("{} · {p50} – {p99_9}", series.name),
    };
    // Each label keeps to the half of the picture in which its bar begins.
    let (anchor, x) = if from < room.width() / 2.0 {
        (Anchor::Start, from - 5.0)
    } else {
        (Anchor::End, to + 5.0)
    };
    svg.group(&format!("series {}", series.class), |svg| {
        let path = if P99_9.of(response).is_some() { "span" } else { "span doubtful" };
        svg.line(path, (from, y), (to, y));
        for (q, at) in [(P50, from), (P99_9, to)] {
            let tip = format!("{}, {}: {}", series.name, q.name, known(q));
            svg.mark(series.shape, q.of(response).is_none(), (at, y), &tip);
        }
        svg.text("name", anchor, (x, label), &text);
    });
}
