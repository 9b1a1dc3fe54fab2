//! Runs and comparisons on a terminal of 80 columns.

use super::grid;
use super::human::{NOT_AVAILABLE, count, interval, nanos, ns, rate, times};
use super::model::{
    CompareReport, Detection, PairedRatio, PatternSummary, Percentiles, ProducerAccount,
    ReorderSummary, RunReport, StageAccount, Status, TradeOff,
};
use super::quantile::{self, Quantile};

/// One run.
#[must_use]
pub fn run(report: &RunReport) -> String {
    let mut lines = vec![
        banner(report.status, &report.reasons),
        format!(
            "{} on {}, {} events, {}",
            report.mode,
            report.feed.name,
            count(report.feed.events),
            load(report)
        ),
        grid::numbers(&["pattern", "matches", "checksum", "truncated"], patterns(&report.patterns))
            .trim_fmt(),
    ];
    if !report.detections.is_empty() {
        lines.push(detections(&report.detections));
    }
    if report.load.target_eps.is_some() {
        lines.push(latencies(report));
    } else {
        lines.push("Closed loop: throughput only, latencies would mean nothing.".to_owned());
    }
    lines.push(grid::texts(facts(report)).trim_fmt());
    if let Some(first) = report.dead_letters.first() {
        lines.push(format!("First dead letter: sequence {}, {}", first.sequence, first.reason));
    }
    lines.extend(report.notes.iter().map(|note| format!("Note: {note}.")));
    lines.join("\n\n")
}

/// A comparison of both architectures.
#[must_use]
pub fn compare(report: &CompareReport) -> String {
    let run = &report.runs[0];
    let proof = if report.same_matches {
        "Real-time and micro-batch found the same matches in every run:"
    } else {
        "REAL-TIME AND MICRO-BATCH DID NOT FIND THE SAME MATCHES. In the first run:"
    };
    let mut lines = vec![
        banner(report.status, &report.reasons),
        format!(
            "{} events of {}, {}, {} interleaved rounds",
            count(run.feed.events),
            run.feed.name,
            load(run),
            report.rounds
        ),
        format!(
            "{proof}\n{}",
            grid::numbers(
                &["pattern", "matches", "checksum", "truncated"],
                patterns(&run.patterns)
            )
            .trim_fmt()
        ),
        format!(
            "What each costs: response at {} (intended send to match visible), and CPU\n{}",
            rate(run.load.target_eps.unwrap_or(run.load.achieved_eps)),
            trade_off(&report.trade_off)
        ),
        "A thread that spins uses its core whole: its CPU per event at a pace is one over the rate."
            .to_owned(),
        format!("Micro-batch over real-time, pair by pair\n{}", ratios(&report.ratios)),
        host(report),
    ];
    lines.extend(run.reorder.map(|it| format!("Put in order: {}", reorder(&it))));
    lines.push(format!("Repeat: {}", report.command));
    lines.join("\n\n")
}

fn banner(status: Status, reasons: &[String]) -> String {
    match status {
        Status::Valid => "VALID".to_owned(),
        Status::Invalid => {
            let reasons: Vec<_> = reasons.iter().map(|reason| format!("\n  - {reason}")).collect();
            format!("INVALID: do not quote these figures{}", reasons.concat())
        }
    }
}

fn load(report: &RunReport) -> String {
    match report.load.target_eps {
        Some(target) => format!("{} arrivals at {}", report.load.arrival, rate(target)),
        None => "as fast as possible".to_owned(),
    }
}

fn patterns(patterns: &[PatternSummary]) -> Vec<Vec<String>> {
    let row = |p: &PatternSummary| {
        vec![p.name.clone(), count(p.matches), p.checksum.clone(), count(p.truncated)]
    };
    patterns.iter().map(row).collect()
}

fn detections(all: &[Detection]) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let row = |it: &Detection| {
        let mut row = vec![it.behaviour.clone()];
        row.extend([it.planted, it.found, it.matches].map(count));
        row.push(it.precision.map_or(NOT_AVAILABLE.to_owned(), percent));
        row.push(percent(it.recall));
        row
    };
    let header = ["behaviour", "planted", "found", "matches", "precision", "recall"];
    grid::numbers(&header, all.iter().map(row)).trim_fmt()
}

fn latencies(report: &RunReport) -> String {
    let named = [
        ("response", report.latency_ns.response),
        ("service", report.latency_ns.service),
        ("slip", report.latency_ns.slip),
    ];
    let row = |(name, latency): (&str, Percentiles)| {
        let mut row = vec![name.to_owned()];
        row.extend(quantile::ALL.iter().map(|quantile| cell(quantile, &latency)));
        row.push(if latency.samples > 0 { ns(latency.max) } else { "-".to_owned() });
        row
    };
    let header = ["latency", "p50", "p90", "p99", "p99.9", "p99.99", "max"];
    grid::numbers(&header, named.map(row)).trim_fmt()
}

/// A percentile, or a dash where too few samples support it.
fn cell(quantile: &Quantile, latency: &Percentiles) -> String {
    quantile.of(latency).map_or("-".to_owned(), ns)
}

fn facts(report: &RunReport) -> Vec<Vec<String>> {
    let mut facts = vec![
        ("throughput", rate(report.throughput_eps)),
        (
            "cpu per event",
            format!(
                "{} engine, {} process",
                nanos(report.cpu_ns_per_event),
                nanos(report.process_cpu_ns_per_event)
            ),
        ),
        ("load", format!("{}{}", producer(&report.producer), generator(report))),
        ("stage", stage(&report.stage)),
        (
            "faults",
            format!(
                "{} lost, {} dead-lettered, {} batches retried",
                report.lost, report.dead_lettered, report.retried_batches
            ),
        ),
    ];
    if let Some(batch) = &report.batch {
        let text = format!(
            "{} batches of {:.1} events (at most {} or {})",
            count(batch.batches),
            batch.mean_events,
            count(batch.max_events),
            interval(batch.interval_ns)
        );
        facts.push(("batches", text));
        facts.extend(batch.added_delay_ns.map(|delay| ("added delay", added_delay(&delay))));
    }
    let unseen = report.patterns.iter().filter(|pattern| pattern.unseen > 0);
    facts.extend(unseen.map(|PatternSummary { name, unseen, .. }| {
        let unseen = count(*unseen);
        ("columns", format!("{name} did not see {unseen} events for which one has no value"))
    }));
    facts.extend(report.reorder.map(|it| ("reorder", reorder(&it))));
    let host = &report.host;
    facts.push((
        "floor",
        format!(
            "round trip of one line between the cores: {} before, {} after ({})",
            host.floor_before_ns.map_or("-".to_owned(), ns),
            host.floor_after_ns.map_or("-".to_owned(), ns),
            host.placement
        ),
    ));
    let gaps = || {
        let (most, longest) = (ns(host.gap_p99_9_ns), ns(host.gap_max_ns));
        format!("; gaps in the load's spin loop: p99.9 {most}, longest {longest}")
    };
    // Only a load that keeps a schedule watches for gaps.
    let gaps = report.load.target_eps.map_or_else(String::new, |_| gaps());
    facts.push(("host", format!("grade {}{gaps}", host.grade)));
    facts.into_iter().map(|(name, fact)| vec![name.to_owned(), fact]).collect()
}

/// What putting events in order did.
fn reorder(reorder: &ReorderSummary) -> String {
    let late = match reorder.late {
        0 => "none later".to_owned(),
        late => format!("{} later (at worst by {})", count(late), ns(reorder.most_behind_ns)),
    };
    let (lag, hurried) = (interval(reorder.lag_ns), count(reorder.hurried));
    let memory = count(reorder.memory_bytes);
    format!("within {lag}; {late}; hurried for want of room: {hurried}; {memory} bytes")
}

/// What gathering batches added to each event.
fn added_delay(delay: &Percentiles) -> String {
    let shown = [quantile::P50, quantile::P90, quantile::P99, quantile::P99_9];
    let shown: Vec<String> =
        shown.iter().map(|q| format!("{} {}, ", q.name, cell(q, delay))).collect();
    format!("{}max {}", shown.concat(), ns(delay.max))
}

/// Whether the generator was late more than it may be.
fn generator(report: &RunReport) -> String {
    match (report.load.generator_limited, report.load.slip_limit_ns) {
        (Some(true), Some(limit)) => {
            let (slip, limit) = (ns(report.latency_ns.slip.p99_9), interval(limit));
            format!("; GENERATOR-LIMITED: p99.9 of its slip is {slip}, above {limit}")
        }
        _ => String::new(),
    }
}

/// What became of the events before the ring.
fn producer(account: &ProducerAccount) -> String {
    let ProducerAccount { published, waited, rejected, timed_out, dropped, conflated } = *account;
    let causes = [
        ("rejected", rejected),
        ("timed out", timed_out),
        ("dropped", dropped),
        ("conflated", conflated),
    ];
    let turned_away: Vec<String> = named_counts(&causes).collect();
    let turned_away = match turned_away.is_empty() {
        true => "none".to_owned(),
        false => turned_away.join(", "),
    };
    let (published, waited) = (count(published), count(waited));
    format!("{published} published; waits for room: {waited}; turned away: {turned_away}")
}

/// What became of them behind it.
fn stage(account: &StageAccount) -> String {
    let StageAccount { offered, taken, aborted, in_flight, balanced, .. } = *account;
    let parts = [("taken", taken), ("aborted", aborted), ("in flight", in_flight)];
    let parts: Vec<String> = named_counts(&parts).collect();
    let verdict = if balanced { "balanced" } else { "NOT BALANCED" };
    format!("{} offered = {}: {verdict}", count(offered), parts.join(" + "))
}

/// The counts that are not zero, each with its name.
fn named_counts(counts: &[(&str, u64)]) -> impl Iterator<Item = String> {
    counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{} {name}", count(*n)))
}

fn trade_off(rows: &[TradeOff]) -> String {
    let row = |row: &TradeOff| {
        let mut cells = vec![row.label.replace("micro-batch", "batch")];
        cells.extend(
            [quantile::P50, quantile::P99, quantile::P99_9].map(|q| cell(&q, &row.response)),
        );
        cells.push(nanos(row.cpu_ns_per_event));
        cells.push(match (row.interval_ns, row.mean_batch_events) {
            (None, _) => "1".to_owned(),
            (_, Some(mean)) => format!("{mean:.0}"),
            (_, None) => NOT_AVAILABLE.to_owned(),
        });
        cells.push(rate(row.saturated_eps));
        cells.push(nanos(row.saturated_cpu_ns_per_event));
        cells
    };
    let header = ["", "p50", "p99", "p99.9", "cpu/event", "batch", "max rate", "cpu/event"];
    grid::numbers(&header, rows.iter().map(row)).trim_fmt()
}

fn ratios(ratios: &[PairedRatio]) -> String {
    let row = |ratio: &PairedRatio| {
        let label = ratio.label.replace("micro-batch", "batch").replace(" / realtime", "");
        let (value, range) = match ratio.pairs {
            0 => (NOT_AVAILABLE.to_owned(), NOT_AVAILABLE.to_owned()),
            _ => (times(ratio.ratio), format!("{} .. {}", times(ratio.low), times(ratio.high))),
        };
        vec![label, ratio.metric.clone(), value, range, ratio.verdict.clone()]
    };
    grid::numbers(&["", "", "ratio", "95 % interval", "verdict"], ratios.iter().map(row)).trim_fmt()
}

fn host(report: &CompareReport) -> String {
    let run = &report.runs[0];
    let worst = report.findings.iter().filter(|f| f.severity == "fail" || f.severity == "warn");
    format!(
        "Host grade {}, {} findings (`tourbillon doctor`); floor {} to {} ({})",
        run.host.grade,
        worst.count(),
        run.host.floor_before_ns.map_or("-".to_owned(), ns),
        run.host.floor_after_ns.map_or("-".to_owned(), ns),
        run.host.placement
    )
}
