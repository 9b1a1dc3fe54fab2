//! The top of the page: what was compared, whether it may be believed, the verdicts, and how the
//! figures were taken.

use super::escape;
use super::ruler;
use super::series::Series;
use crate::report::human;
use crate::report::model::{CompareReport, PatternSummary, Status};
use crate::report::quantile::{P50, P99_9, Quantile};

/// Everything above the first numbered section.
pub(super) fn html(report: &CompareReport, series: &[Series<'_>]) -> String {
    let realtime = series.iter().find(|s| s.is_realtime());
    let batch = opponent(report, series);
    let mut html = title(report);
    html.push_str(&banner(report));
    html.push_str(&cards(report, series, realtime, batch));
    if let (Some(realtime), Some(batch)) = (realtime, batch) {
        html.push_str(&ruler::html(realtime, batch));
    }
    html.push_str(&how(report));
    html
}

/// The micro-batch that the headline compares with: the one that got a full run of its own, or
/// else the shortest.
fn opponent<'s, 'a>(report: &CompareReport, series: &'s [Series<'a>]) -> Option<&'s Series<'a>> {
    let interval = report.runs.iter().find_map(|run| run.batch).map(|batch| batch.interval_ns);
    let mut batches = series.iter().filter(|s| !s.is_realtime());
    let shortest = batches.clone().next();
    batches.find(|s| s.row.interval_ns == interval).or(shortest)
}

fn title(report: &CompareReport) -> String {
    let mut facts = Vec::new();
    if let Some(run) = report.runs.first() {
        let feed = &run.feed;
        facts.push(format!(
            "{} events of <b>{}</b>",
            human::count(feed.events),
            escape::text(&feed.name)
        ));
        if let Some(seed) = &feed.seed {
            facts.push(format!("seed <code>{}</code>", escape::text(seed)));
        }
        let names: Vec<String> = run.patterns.iter().map(|p| escape::text(&p.name)).collect();
        facts.push(match names.as_slice() {
            [one] => format!("pattern <b>{one}</b>"),
            _ => format!("{} patterns", names.len()),
        });
        if let Some(rate) = run.load.target_eps {
            facts.push(format!(
                "{} offered, {}",
                human::rate(rate),
                escape::text(&run.load.arrival)
            ));
        }
        facts.push(format!("host grade {}", escape::text(&run.host.grade)));
    }
    let rounds = human::count(report.rounds.into());
    facts.push(format!("{rounds} interleaved rounds"));
    let facts: Vec<String> = facts.into_iter().map(|fact| format!("<li>{fact}</li>")).collect();
    format!(
        "<p class=\"maker\">Tourbillon</p>\n<h1>Real-time against micro-batch</h1>\n\
         <ul class=\"facts\">{}</ul>\n",
        facts.concat()
    )
}

fn banner(report: &CompareReport) -> String {
    if report.status == Status::Valid {
        return String::new();
    }
    let reasons: String =
        report.reasons.iter().map(|r| format!("<li>{}</li>", escape::text(r))).collect();
    format!(
        "<div class=\"invalid\" role=\"alert\"><p><b>INVALID.</b> The figures on this page must not \
         be quoted.</p><ul>{reasons}</ul></div>\n"
    )
}

fn cards(
    report: &CompareReport,
    series: &[Series<'_>],
    realtime: Option<&Series<'_>>,
    batch: Option<&Series<'_>>,
) -> String {
    let latency = |q: Quantile| {
        let side =
            |s: &Series<'_>| q.of(&s.row.response).map(|time| (time as f64, human::ns(time)));
        duel(&format!("Response, {}", q.name), Better::Lower, realtime, batch, side)
    };
    let cost = |s: &Series<'_>| s.cost().map(|cost| (cost, human::nanos(cost)));
    let throughput = |s: &Series<'_>| s.saturated_rate().map(|rate| (rate, human::rate(rate)));
    let measured = series.iter().filter(|s| !s.is_realtime() && s.saturated_rate().is_some());
    let fastest = measured.max_by(|a, b| a.row.saturated_eps.total_cmp(&b.row.saturated_eps));
    let class = if report.status == Status::Invalid { "cards void" } else { "cards" };
    let cards = [
        matches(report),
        latency(P50),
        latency(P99_9),
        duel("CPU per event", Better::Lower, realtime, batch, cost),
        duel("Best throughput", Better::Higher, realtime, fastest, throughput),
    ];
    format!("<div class=\"{class}\">\n{}</div>\n", cards.concat())
}

/// Which side of a figure is the good one.
#[derive(Debug, Clone, Copy)]
enum Better {
    Lower,
    Higher,
}

/// Two figures, one below the other, and how far they are apart.
fn duel(
    label: &str,
    better: Better,
    realtime: Option<&Series<'_>>,
    batch: Option<&Series<'_>>,
    figure: impl Fn(&Series<'_>) -> Option<(f64, String)>,
) -> String {
    let line = |s: Option<&Series<'_>>| {
        let Some(s) = s else { return String::new() };
        let text = figure(s).map_or_else(|| human::NOT_AVAILABLE.to_owned(), |(_, text)| text);
        format!("<p class=\"side {}\"><b>{text}</b> <span>{}</span></p>", s.class, s.name)
    };
    let verdict = match (realtime.and_then(&figure), batch.and_then(&figure)) {
        (Some((realtime, _)), Some((batch, _))) => verdict(better, realtime, batch),
        _ => "not enough measured to compare".to_owned(),
    };
    let (first, second) = (line(realtime), line(batch));
    format!(
        "<section class=\"card\"><h2>{label}</h2>{first}{second}\
         <p class=\"verdict\">{verdict}</p></section>\n"
    )
}

fn verdict(better: Better, realtime: f64, batch: f64) -> String {
    let (word, realtime_wins) = match better {
        Better::Lower => ("lower", realtime <= batch),
        Better::Higher => ("higher", realtime >= batch),
    };
    let factor = realtime.max(batch) / realtime.min(batch);
    let winner = if realtime_wins { "real-time" } else { "micro-batch" };
    match factor {
        f if f.is_infinite() => format!("{word} in <span>{winner}</span>"),
        f if f >= 1.005 => format!("{} {word} in <span>{winner}</span>", human::times(f)),
        _ => "no difference in three digits".to_owned(),
    }
}

fn matches(report: &CompareReport) -> String {
    let patterns: &[PatternSummary] = report.runs.first().map_or(&[], |run| &run.patterns);
    let (class, word, scope) = match report.same_matches {
        _ if patterns.is_empty() => ("", human::NOT_AVAILABLE, "no pattern was run"),
        true => ("yes", "Proven", "counts and checksums agree in every run of either mode"),
        false => ("no", "Refuted", "counts or checksums differ between runs"),
    };
    let total = patterns.iter().fold(0u64, |sum, pattern| sum.saturating_add(pattern.matches));
    let checksum = match patterns {
        _ if !report.same_matches => String::new(),
        [one] => format!("<p class=\"side\"><code>{}</code></p>", escape::text(&one.checksum)),
        _ => format!("<p class=\"side\"><span>over {} patterns</span></p>", patterns.len()),
    };
    format!(
        "<section class=\"card\"><h2>Same matches</h2>\
         <p class=\"side {class}\"><b>{word}</b> <span>{} matches</span></p>{checksum}\
         <p class=\"verdict\">{scope}</p></section>\n",
        human::count(total)
    )
}

fn how(report: &CompareReport) -> String {
    let Some(run) = report.runs.first() else {
        return String::new();
    };
    let arrival = match run.load.target_eps {
        Some(rate) => format!(
            "<b>Open loop.</b> Every event has an intended send time, fixed before the run ({}, {} \
             arrivals). Response counts from that time and not from the moment the event was really \
             sent, so that a stall is charged to every event it held up, as a user would feel it.",
            human::rate(rate),
            escape::text(&run.load.arrival)
        ),
        None => {
            "<b>Closed loop.</b> Events were offered as fast as they were taken. Latency under \
                 such a load says nothing and was not measured."
                .to_owned()
        }
    };
    let floor = |floor: Option<u64>| floor.map_or_else(|| "not measured".to_owned(), human::ns);
    format!(
        "<section class=\"how\"><h2>How this was measured</h2>\n<p>{arrival}</p>\n\
         <p><b>Interleaved.</b> All configurations got the same events, each once in every one of {} \
         rounds, so that a host that slows down slows them all. Saturated figures come from a closed \
         loop of their own.</p>\n\
         <p><b>Beside the floor.</b> Before and after each run a probe takes the shortest round trip \
         that two threads can make here, one line of cache there and back: {} before, {} after. The \
         host was graded {}; what it did meanwhile stands under “The runs”, how to make it better \
         under “The host”.</p></section>\n",
        human::count(report.rounds.into()),
        floor(run.host.floor_before_ns),
        floor(run.host.floor_after_ns),
        escape::text(&run.host.grade),
    )
}
