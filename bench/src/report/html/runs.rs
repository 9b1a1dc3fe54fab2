//! The full runs, one column each: what was fed and found, and what the machine did meanwhile.

use super::escape;
use super::table::{Column, figures, table, words};
use crate::report::human;
use crate::report::model::{BatchSummary, Latencies, Percentiles, RunReport, Status};
use crate::report::quantile;

/// One fact: its name and how to print it for a run.
type Fact = (&'static str, fn(&RunReport) -> String);

/// All tables of the runs.
pub(super) fn html(runs: &[RunReport]) -> String {
    if runs.is_empty() {
        return "<p class=\"empty\">No full run was kept.</p>\n".to_owned();
    }
    let mut html = reasons(runs);
    html.push_str(&latencies(runs));
    html.push_str(&patterns(runs));
    html.push_str("<div class=\"pair\">\n");
    html.push_str(&facts("Load and throughput", &LOAD, runs));
    html.push_str(&facts("Losses and batches", &LOSSES, runs));
    html.push_str(&facts("The machine meanwhile", &HOST, runs));
    html.push_str("</div>\n");
    html
}

const LOAD: [Fact; 9] = [
    ("status", status),
    ("events", |run| human::count(run.feed.events)),
    ("arrivals", |run| escape::text(&run.load.arrival)),
    ("offered", |run| {
        run.load.target_eps.map_or_else(|| "as fast as taken".to_owned(), human::rate)
    }),
    ("sent", |run| human::rate(run.load.achieved_eps)),
    ("sent of the offered", part_sent),
    ("processed", |run| human::rate(run.throughput_eps)),
    ("engine CPU per event", |run| human::nanos(run.cpu_ns_per_event)),
    ("process CPU per event", |run| human::nanos(run.process_cpu_ns_per_event)),
];

const LOSSES: [Fact; 9] = [
    ("undecodable records", |run| human::count(run.feed.errors)),
    ("lost", lost),
    ("dropped by policy", |run| human::count(run.dropped)),
    ("dead letters", |run| human::count(run.dead_lettered)),
    ("retried batches", |run| human::count(run.retried_batches)),
    ("batch interval", |run| batch(run, |b| human::interval(b.interval_ns))),
    ("most events in a batch", |run| batch(run, |b| human::count(b.max_events))),
    ("batches", |run| batch(run, |b| human::count(b.batches))),
    ("mean events in a batch", |run| batch(run, |b| human::decimal(b.mean_events))),
];

const HOST: [Fact; 7] = [
    ("floor before", |run| run.host.floor_before_ns.map_or_else(|| "–".to_owned(), human::ns)),
    ("floor after", |run| run.host.floor_after_ns.map_or_else(|| "–".to_owned(), human::ns)),
    ("placement of the cores", |run| escape::text(&run.host.placement)),
    ("wait strategy", |run| escape::text(&run.wait)),
    ("stalls, p99.9", |run| human::ns(run.host.gap_p99_9_ns)),
    ("longest stall", |run| human::ns(run.host.gap_max_ns)),
    ("grade of the host", |run| escape::text(&run.host.grade)),
];

fn reasons(runs: &[RunReport]) -> String {
    let of = |run: &RunReport| -> String {
        let reason =
            |r: &String| format!("<li>{}: {}</li>", escape::text(&run.mode), escape::text(r));
        run.reasons.iter().map(reason).collect()
    };
    let reasons: String = runs.iter().map(of).collect();
    match reasons.as_str() {
        "" => reasons,
        _ => format!("<ul class=\"plain no\">{reasons}</ul>\n"),
    }
}

fn status(run: &RunReport) -> String {
    super::yes_or_no(run.status == Status::Valid, "valid", "INVALID")
}

fn lost(run: &RunReport) -> String {
    match run.lost {
        0 => "0".to_owned(),
        n => format!("<span class=\"no\">{}</span>", human::count(n)),
    }
}

fn part_sent(run: &RunReport) -> String {
    match run.load.target_eps.map(|target| run.load.achieved_eps / target) {
        Some(part) if part.is_finite() => format!("{:.2} %", part * 100.0),
        _ => "–".to_owned(),
    }
}

fn batch(run: &RunReport, print: fn(&BatchSummary) -> String) -> String {
    run.batch.as_ref().map_or_else(|| "–".to_owned(), print)
}

fn facts(caption: &str, facts: &[Fact], runs: &[RunReport]) -> String {
    let modes: Vec<String> = runs.iter().map(|run| escape::text(&run.mode)).collect();
    let columns: Vec<Column<'_>> =
        [words("")].into_iter().chain(modes.iter().map(|m| figures(m))).collect();
    let row = |(name, print): &Fact| {
        [(*name).to_owned()].into_iter().chain(runs.iter().map(print)).collect()
    };
    table(caption, &columns, &facts.iter().map(row).collect::<Vec<_>>())
}

fn latencies(runs: &[RunReport]) -> String {
    let mut columns = vec![words("mode"), words("latency"), figures("samples")];
    columns.extend(quantile::ALL.iter().map(|q| figures(q.name)));
    columns.push(figures("max"));
    let mut rows = Vec::new();
    for run in runs {
        let Latencies { response, service, slip } = &run.latency_ns;
        let kinds = [("response", response), ("service", service), ("slip of the generator", slip)];
        rows.extend(kinds.map(|(kind, latency)| latency_row(&run.mode, kind, latency)));
    }
    table("Latencies of the full runs", &columns, &rows)
}

fn latency_row(mode: &str, kind: &str, latency: &Percentiles) -> Vec<String> {
    let mut cells = vec![escape::text(mode), kind.to_owned(), human::count(latency.samples)];
    cells.extend(super::percentile_cells(latency));
    cells
}

fn patterns(runs: &[RunReport]) -> String {
    let columns = [
        words("pattern"),
        words("mode"),
        figures("matches"),
        words("checksum"),
        figures("truncated"),
    ];
    let mut rows = Vec::new();
    for run in runs {
        rows.extend(run.patterns.iter().map(|pattern| {
            vec![
                escape::text(&pattern.name),
                escape::text(&run.mode),
                human::count(pattern.matches),
                format!("<code>{}</code>", escape::text(&pattern.checksum)),
                human::count(pattern.truncated),
            ]
        }));
    }
    // The two modes of one pattern side by side, so that the eye can compare them.
    rows.sort_by(|a, b| a[0].cmp(&b[0]));
    table("What was found", &columns, &rows)
}
