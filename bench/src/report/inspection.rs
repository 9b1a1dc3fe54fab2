//! What is in a feed, on a terminal.

use std::path::Path;

use serde::Serialize;
use tourbillon_feeds::live::ReceiverStats;
use tourbillon_feeds::survey::Surveyed;
use tourbillon_feeds::synthetic::Summary;
use tourbillon_feeds::{Instruments, Report, TypeCounts};

use super::human::count;
use super::{grid, survey};

/// The account of a source that has been read, and what its events look like.
#[must_use]
pub fn text(
    feed: &str,
    report: &Report,
    instruments: &Instruments,
    seen: Option<&Surveyed>,
) -> String {
    let mut facts = vec![
        ("format", report.format.to_owned()),
        (
            "bytes",
            format!("{} read, {} left", count(report.consumed), count(report.trailing_bytes)),
        ),
        ("records", format!("{}, {} events", count(report.records), count(report.events))),
        ("time", span(report)),
        ("symbols", symbols(instruments)),
    ];
    if report.packets > 0 {
        let skipped: Vec<String> = report
            .skipped
            .iter()
            .map(|(reason, n)| format!(", {} {}", count(*n), name(reason)))
            .collect();
        facts.push(("packets", format!("{}{}", count(report.packets), skipped.concat())));
        facts.push((
            "sequence",
            format!(
                "{} gaps ({} messages), {} late, {} duplicates, {} heartbeats",
                report.gaps,
                count(report.gap_messages),
                report.late,
                report.duplicates,
                report.heartbeats
            ),
        ));
    }
    if report.saturated_sizes > 0 {
        let more = "more than an event holds, cut to 4,294,967,295";
        facts.push(("sizes", format!("{} {more}", count(report.saturated_sizes))));
    }
    facts.push(("session", if report.end_of_session { "ended" } else { "no end seen" }.to_owned()));
    let facts = facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]);
    let mut parts = vec![feed.to_owned(), grid::texts(facts).trim_fmt()];
    parts.extend([types(&report.types), types(&report.unknown_types)].into_iter().flatten());
    parts.extend(seen.filter(|seen| seen.events > 0).map(survey::text));
    parts.push(errors(report));
    parts.join("\n\n")
}

/// The account of a live session, line by line.
#[must_use]
pub fn session(stats: &ReceiverStats) -> String {
    let session = &stats.session;
    let names = ["line A", "line B", "recovery"];
    let rows = names.into_iter().zip(&session.lines).map(|(name, line)| {
        let counts = [line.packets, line.first, line.duplicates, line.malformed].map(count);
        [vec![name.to_owned()], counts.to_vec()].concat()
    });
    let table = grid::numbers(&["", "packets", "first", "duplicates", "malformed"], rows);
    format!(
        "{}\n\n{} messages, {} held, {} requests, {} gaps ({} messages), {} snapshots, \
         {} packets dropped by the kernel, {} timed by the network card",
        table.trim_fmt(),
        count(session.delivered),
        count(session.held),
        count(session.requests),
        count(session.gaps),
        count(session.gap_messages),
        count(session.snapshots),
        count(stats.kernel_drops),
        count(stats.hardware_times)
    )
}

/// The account of a generated file.
#[must_use]
pub fn generated(path: &Path, summary: &Summary) -> String {
    let mut text = format!(
        "wrote {}: {} messages in {} bytes ({} before trading), {} orders live at the end",
        path.display(),
        count(summary.messages),
        count(summary.bytes),
        count(summary.opening),
        count(summary.live_orders)
    );
    text.extend(types(&summary.types).map(|types| format!("\n\n{types}")));
    text
}

fn types(counts: &TypeCounts) -> Option<String> {
    let sorted = counts.sorted();
    let rows = sorted.iter().map(|t| vec![t.name.to_owned(), t.code.to_string(), count(t.count)]);
    let table = grid::numbers(&["message", "type", "count"], rows);
    (!sorted.is_empty()).then(|| table.trim_fmt())
}

/// The name of a kind or reason, as it stands in the JSON.
fn name(kind: &impl Serialize) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn span(report: &Report) -> String {
    match (report.first_ts_event, report.last_ts_event) {
        (Some(first), Some(last)) => {
            let dated = |ns| format!("{}{}", date(ns), clock_time(ns));
            format!("{} to {}", dated(first), dated(last))
        }
        _ => "no event".to_owned(),
    }
}

/// The day, with a space behind it; nothing for a time that counts from midnight.
fn date(ns: u64) -> String {
    const DAYS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut days = ns / 86_400_000_000_000;
    if days == 0 {
        return String::new();
    }
    let mut year = 1970;
    let is_leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    while days >= DAYS[month] + u64::from(month == 1 && is_leap(year)) {
        days -= DAYS[month] + u64::from(month == 1 && is_leap(year));
        month += 1;
    }
    format!("{year}-{:02}-{:02} ", month + 1, days + 1)
}

/// Time of day with nanoseconds.
pub(crate) fn clock_time(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (hours, minutes, seconds) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:09}", ns % 1_000_000_000)
}

fn symbols(instruments: &Instruments) -> String {
    let names: Vec<&str> = instruments.iter().take(8).map(|(_, name)| name).collect();
    let more = if instruments.len() > names.len() { ", ..." } else { "" };
    format!("{} {}{more}", instruments.len(), names.join(", "))
}

fn errors(report: &Report) -> String {
    if report.total_errors() == 0 && report.packets > 0 && report.packets == report.total_skipped()
    {
        return "No packet of this capture is of a protocol that is known.".to_owned();
    }
    if report.total_errors() == 0 {
        return "No errors.".to_owned();
    }
    let kinds: Vec<String> =
        report.errors.iter().map(|(kind, n)| format!("{} {}", count(*n), name(kind))).collect();
    let mut lines = vec![format!("Errors: {}", kinds.join(", "))];
    for error in &report.located {
        lines.push(format!("  at byte {}: {}", error.offset, error.sentence));
    }
    let more = report.total_errors() - report.located.len() as u64;
    if more > 0 {
        lines.push(format!("  and {} more", count(more)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let day = |days: u64| date(days * 86_400_000_000_000 + 1);
        for (days, text) in [
            (0, ""),
            (1, "1970-01-02 "),
            (789, "1972-02-29 "),
            (11_016, "2000-02-29 "),
            (19_716, "2023-12-25 "),
            (47_540, "2100-02-28 "),
            (47_541, "2100-03-01 "),
        ] {
            assert_eq!(day(days), text);
        }
        assert!(date(u64::MAX).starts_with("2554-07-21"));
    }
}
