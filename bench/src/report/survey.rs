//! What a stream of events looks like, on a terminal.

use tourbillon_feeds::survey::{SilenceSummary, Surveyed};

use super::grid;
use super::human::{count, decimal, interval, ns, rate};
use super::inspection::clock_time;
use super::picture;

/// Rates with their picture, bursts, silences, the most active symbols.
#[must_use]
pub fn text(seen: &Surveyed) -> String {
    let mut facts = Vec::new();
    let of = seen.rate_eps.map_or_else(String::new, |eps| format!(", {}", rate(eps)));
    facts.push(("events".to_owned(), format!("{}{of}", count(seen.events))));
    if seen.untimed > 0 {
        facts.push(("wrong times".to_owned(), count(seen.untimed)));
    }
    for burst in &seen.bursts {
        let per_second = burst.events as f64 * 1e9 / burst.window_ns as f64;
        facts.push((
            format!("busiest {}", interval(burst.window_ns)),
            format!(
                "{} events ({}) at {}",
                count(burst.events),
                rate(per_second),
                clock_time(burst.at_ns)
            ),
        ));
    }
    if let Some(silences) = &seen.silences {
        facts.extend(between(silences));
    }
    let facts = facts.into_iter().map(|(name, fact)| vec![name, fact]);
    let mut parts = vec![grid::texts(facts).trim_fmt()];
    parts.extend(seen.timeline.as_ref().map(picture::rate));
    if !seen.top_symbols.is_empty() {
        let rows = seen.top_symbols.iter().map(|symbol| {
            let share = 100.0 * symbol.events as f64 / seen.events as f64;
            vec![symbol.name.clone(), count(symbol.events), format!("{share:.2} %")]
        });
        let header = format!("of {} symbols", count(seen.active_symbols));
        parts.push(grid::numbers(&[&header, "events", "share"], rows).trim_fmt());
    }
    parts.join("\n\n")
}

fn between(silences: &SilenceSummary) -> Vec<(String, String)> {
    // All at the same time: nothing varies, and nothing is silent.
    let Some(variation) = silences.variation.map(decimal) else {
        return vec![("between events".to_owned(), "all at the same time".to_owned())];
    };
    let zero = 100.0 * silences.zero_share;
    vec![
        (
            "between events".to_owned(),
            format!(
                "p50 {}, p90 {}, p99 {}; {zero:.1} % at the same time",
                ns(silences.p50_ns),
                ns(silences.p90_ns),
                ns(silences.p99_ns)
            ),
        ),
        ("variation".to_owned(), format!("{variation} times the mean (independent events: 1)")),
        (
            "longest silence".to_owned(),
            format!("{}, until {}", ns(silences.max_ns), clock_time(silences.max_until_ns)),
        ),
    ]
}
