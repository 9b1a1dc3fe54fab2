//! What each configuration can do when events are offered as fast as they are taken.

use super::figure::{Figure, Picture, Room};
use super::series::Series;
use super::svg::{Anchor, Svg};
use crate::report::human;

const FIGURE: Figure<'static> = Figure {
    id: "throughput",
    title: "Saturated throughput and CPU per event of each configuration",
    caption: "A closed loop: the next event is offered as soon as the last was taken, median over the \
              rounds. Longer is better on throughput, shorter is better on CPU. Latency under \
              saturation says nothing and is not shown.",
};

const ROW: f64 = 30.0;
const BAR: f64 = 14.0;
/// Room for the figure written at the end of the longest bar.
const FIGURE_ROOM: f64 = 78.0;

pub(super) fn html(series: &[Series<'_>]) -> String {
    FIGURE.html(|room| draw(series, room))
}

/// One block of bars.
struct Bars<'a> {
    title: &'a str,
    /// Where the bars begin, and the top of the block.
    corner: (f64, f64),
    /// Room for the longest bar and its figure.
    width: f64,
    value: fn(&Series<'_>) -> Option<f64>,
    format: fn(f64) -> String,
    best: fn(f64, f64) -> f64,
}

fn draw(series: &[Series<'_>], room: Room) -> Option<Picture> {
    if series.iter().all(|s| s.saturated_rate().or(s.saturated_cost()).is_none()) {
        return None;
    }
    let block = 36.0 + ROW * series.len() as f64;
    let names = room.pick(146.0, 78.0);
    let gap = 36.0;
    let width = room.pick((room.width() - names - gap) / 2.0, room.width() - names);
    let second = room.pick((names + width + gap, 0.0), (names, block + 18.0));

    let mut svg = Svg::default();
    let first = Bars {
        title: "throughput",
        corner: (names, 0.0),
        width,
        value: |s| s.saturated_rate(),
        format: human::rate,
        best: f64::max,
    };
    let second = Bars {
        title: "CPU per event",
        corner: second,
        width,
        value: |s| s.saturated_cost(),
        format: human::nanos,
        best: f64::min,
    };
    row_names(&mut svg, series, room, names, 0.0);
    bars(&mut svg, series, &first);
    if let Room::Narrow = room {
        row_names(&mut svg, series, room, names, second.corner.1);
    }
    bars(&mut svg, series, &second);
    Some(Picture { svg, height: second.corner.1 + block })
}

/// Middle of the row of the `nth` configuration.
fn middle(top: f64, nth: usize) -> f64 {
    top + 30.0 + ROW * (nth as f64 + 0.5)
}

fn row_names(svg: &mut Svg, series: &[Series<'_>], room: Room, right: f64, top: f64) {
    for (nth, s) in series.iter().enumerate() {
        let at = (right - 12.0, middle(top, nth) + 4.0);
        let name = room.pick(&s.name, &s.short);
        svg.group(&s.class, |svg| svg.text("name", Anchor::End, at, name));
    }
}

fn bars(svg: &mut Svg, series: &[Series<'_>], block: &Bars<'_>) {
    let (left, top) = block.corner;
    let values = || series.iter().filter_map(block.value);
    let longest = values().fold(0.0, f64::max);
    let best = values().reduce(block.best);
    svg.text("panel", Anchor::Start, (left, top + 16.0), block.title);
    for (nth, s) in series.iter().enumerate() {
        let (value, y) = ((block.value)(s), middle(top, nth));
        let length = value.map_or(0.0, |value| value / longest * (block.width - FIGURE_ROOM));
        let text = value.map_or_else(|| human::NOT_AVAILABLE.to_owned(), block.format);
        let tip = format!("{}, {}: {text}", s.name, block.title);
        let target = ((left, y - ROW / 2.0), (block.width, ROW));
        svg.group(&s.class, |svg| {
            svg.pointed(&tip, target, |svg| {
                svg.rect("bar", (left, y - BAR / 2.0), (length, BAR));
                let class = if value.is_some() && value == best { "figure best" } else { "figure" };
                svg.text(class, Anchor::Start, (left + length + 8.0, y + 4.0), &text);
            });
        });
    }
    let last = middle(top, series.len()) - ROW / 2.0;
    svg.line("axis", (left, top + 30.0), (left, last));
}
