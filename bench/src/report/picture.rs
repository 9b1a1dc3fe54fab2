//! A picture of a rate over time, in characters.

use tourbillon_feeds::survey::TimelineSummary;

use super::human;
use super::inspection::clock_time;

/// Columns and rows of the picture.
const COLUMNS: usize = 64;
const ROWS: usize = 6;
/// An eighth of a cell, two, and so on.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Events by interval as columns whose height is the logarithm of their number: a single event is
/// seen beside a million.
pub(super) fn rate(timeline: &TimelineSummary) -> String {
    let picture = timeline.in_at_most(COLUMNS);
    let most = picture.counts.iter().copied().max().unwrap_or(0).max(1);
    let full = (ROWS * 8) as f64;
    let height = |count: u64| match count {
        0 => 0,
        count => ((1.0 + count as f64).ln() / (1.0 + most as f64).ln() * full).round() as usize,
    };
    let row = |row: usize| -> String {
        let cell = |&count: &u64| {
            BLOCKS[height(count).max(usize::from(count > 0)).saturating_sub(row * 8).min(8)]
        };
        picture.counts.iter().map(cell).collect()
    };
    let label = |at: usize| match at {
        0 => human::count(1),
        at if at == ROWS - 1 => human::count(most),
        _ => String::new(),
    };
    let rows = (0..ROWS).rev().map(|at| format!("{:>11} {}", label(at), row(at).trim_end()));
    let end = picture.start_ns + picture.interval_ns * picture.counts.len() as u64;
    let (from, until) = (clock_time(picture.start_ns), clock_time(end));
    let width = picture.counts.len().max(from.len() + until.len() + 2);
    let axis = format!("{:>12}{from}{until:>rest$}", "", rest = width - from.len());
    let title = format!("events each {}, logarithmic", human::interval(picture.interval_ns));
    [vec![title], rows.collect(), vec![axis]].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_logarithms_and_nothing_is_blank() {
        let counts = vec![0, 1, 30, 1_000, 0];
        let timeline = TimelineSummary { start_ns: 0, interval_ns: 1_000, counts };
        let expected = "\
events each 1 µs, logarithmic
      1,000    █
               █
               █
              ██
              ██
          1  ▅██
            00:00:00.000000000  00:00:00.000005000";
        assert_eq!(rate(&timeline), expected);
    }

    #[test]
    fn a_picture_fits_the_terminal() {
        let timeline =
            TimelineSummary { start_ns: 0, interval_ns: 5, counts: (0..1_024).collect() };
        assert!(rate(&timeline).lines().all(|line| line.chars().count() <= 80));
    }
}
