//! The trade-off in figures: one row per configuration, and the paired verdicts.

use super::chart_ratio::RatioAxis;
use super::escape;
use super::series::Series;
use super::svg::Svg;
use super::table::{figures, table, words};
use crate::report::model::{CompareReport, PairedRatio};
use crate::report::{human, quantile};

/// Every figure of the sweep with its unit.
pub(super) fn sweep(series: &[Series<'_>]) -> String {
    let mut columns = vec![words("configuration")];
    columns.extend(quantile::ALL.iter().map(|q| figures(q.name)));
    columns.extend(
        ["max", "CPU per event", "events per batch", "saturated", "CPU, saturated"].map(figures),
    );
    columns.push(words("matches"));
    let rows: Vec<Vec<String>> = series.iter().map(sweep_row).collect();
    table(
        "Response latency and CPU per event at the paced load, and throughput when saturated",
        &columns,
        &rows,
    )
}

fn sweep_row(series: &Series<'_>) -> Vec<String> {
    let row = series.row;
    let key = Svg::key(series.shape, &series.class);
    let mut head = format!("<span class=\"whole\">{key}{}</span>", escape::text(&row.label));
    if row.invalid_rounds > 0 {
        let rounds = row.invalid_rounds;
        head.push_str(&format!("<br><small class=\"no\">invalid rounds: {rounds}</small>"));
    }
    let mut cells = vec![head];
    cells.extend(super::percentile_cells(&row.response));
    let or_not = |text: Option<String>| text.unwrap_or_else(|| human::NOT_AVAILABLE.to_owned());
    cells.push(or_not(series.cost().map(human::nanos)));
    cells.push(row.mean_batch_events.map_or_else(|| "–".to_owned(), human::decimal));
    cells.push(or_not(series.saturated_rate().map(human::rate)));
    cells.push(or_not(series.saturated_cost().map(human::nanos)));
    cells.push(super::yes_or_no(row.same_matches, "same", "differ"));
    cells
}

/// The paired verdicts, each with its interval drawn.
pub(super) fn ratios(report: &CompareReport) -> String {
    if report.ratios.is_empty() {
        return "<p class=\"empty\">No pairs were measured.</p>\n".to_owned();
    }
    let axis = RatioAxis::around(&report.ratios);
    let head = axis.head();
    let columns = [
        words("compared"),
        words("figure"),
        figures("ratio"),
        figures("95 % interval"),
        words(&head),
        figures("pairs"),
        words("verdict"),
    ];
    let rows: Vec<Vec<String>> =
        report.ratios.iter().enumerate().map(|(nth, ratio)| ratio_row(axis, nth, ratio)).collect();
    table("Ratios of runs taken side by side, medians over the pairs", &columns, &rows)
}

fn ratio_row(axis: RatioAxis, nth: usize, ratio: &PairedRatio) -> Vec<String> {
    let sign = match ratio.verdict.as_str() {
        "lower" => "↓ ",
        "higher" => "↑ ",
        "same" => "= ",
        "cannot tell" => "? ",
        _ => "",
    };
    vec![
        escape::text(&ratio.label),
        escape::text(&ratio.metric),
        human::times(ratio.ratio),
        format!("{} – {}", human::decimal(ratio.low), human::decimal(ratio.high)),
        axis.cell(&format!("ratio-{nth}"), ratio),
        ratio.pairs.to_string(),
        format!("{sign}{}", escape::text(&ratio.verdict)),
    ]
}
