//! A comparison as one HTML file: opens offline, prints, needs no script, asks the network for
//! nothing.
//!
//! Pictures are inline SVG drawn here, so that the same report gives the same bytes; the page's
//! policy forbids every request, and its script only adds tooltips and copy buttons. Foreign text
//! (names, paths, reasons) is escaped where it enters the page.

mod axis;
mod chart_interval;
mod chart_percentiles;
mod chart_ratio;
mod chart_throughput;
mod escape;
mod figure;
mod headline;
mod host;
mod ruler;
mod runs;
mod scale;
mod series;
mod svg;
mod table;
mod trade_off;

use series::Series;

use super::model::{CompareReport, Percentiles};
use super::{human, quantile};

/// Nothing may be fetched; only what stands in the page itself may run and style it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The whole page. The same report always gives the same bytes.
#[must_use]
pub fn page(report: &CompareReport) -> String {
    let series = Series::of(&report.trade_off);
    let feed = report.runs.first().map_or("", |run| run.feed.name.as_str());
    let sections = [
        ("Latency by percentile", chart_percentiles::html(&series)),
        ("What waiting costs, and what it saves", chart_interval::html(&series)),
        ("As fast as it goes", chart_throughput::html(&series)),
        ("The trade-off in figures", trade_off::sweep(&series)),
        ("Paired verdicts", trade_off::ratios(report)),
        ("The runs", runs::html(&report.runs)),
        ("The host", host::html(report)),
        ("Repeat it", host::command(report)),
        ("Raw data", raw_data(report)),
    ];
    let mut main = headline::html(report, &series);
    for (nth, (title, content)) in sections.iter().enumerate() {
        main.push_str(&format!(
            "<section>\n<h2><span>{}</span> {title}</h2>\n{content}</section>\n",
            nth + 1
        ));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Real-time against micro-batch: {}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{main}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape::text(feed)
    )
}

fn raw_data(report: &CompareReport) -> String {
    format!(
        "<p>Everything above is drawn from one JSON object, kept in this file as the element \
         <code>report-data</code>. Times are nanoseconds, rates events per second.</p>\n\
         <p class=\"actions\">\n\
         <button type=\"button\" data-copy=\"report-data\" hidden>Copy JSON</button>\n\
         <button type=\"button\" data-csv=\"trade_off\" hidden>Copy trade-off as CSV</button>\n\
         <button type=\"button\" data-csv=\"ratios\" hidden>Copy verdicts as CSV</button>\n\
         <button type=\"button\" data-csv=\"runs\" hidden>Copy runs as CSV</button></p>\n\
         <script type=\"application/json\" id=\"report-data\">{}</script>\n",
        escape::json_in_script(&json(report))
    )
}

fn json(report: &CompareReport) -> String {
    serde_json::to_string(report)
        .expect("every key of the model is a string, and writing to memory cannot fail")
}

/// The cells of all percentiles and the maximum.
fn percentile_cells(latency: &Percentiles) -> impl Iterator<Item = String> {
    let cell = |value: Option<u64>| {
        value.map_or_else(|| format!("<small>{}</small>", quantile::TOO_FEW), human::ns)
    };
    let max = (latency.samples > 0).then_some(latency.max);
    quantile::ALL.map(|q| cell(q.of(latency))).into_iter().chain([cell(max)])
}

/// A word that is also coloured by what it says.
fn yes_or_no(yes: bool, if_yes: &str, if_no: &str) -> String {
    match yes {
        true => format!("<span class=\"yes\">{if_yes}</span>"),
        false => format!("<span class=\"no\">{if_no}</span>"),
    }
}
