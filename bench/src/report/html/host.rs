//! Where the figures come from: the host and what is wrong with it, the clock, the environment,
//! and the command that repeats the comparison.

use super::escape;
use super::table::{table, words};
use crate::report::model::{CompareReport, HostFinding};

/// All of it.
pub(super) fn html(report: &CompareReport) -> String {
    let clock: String =
        report.clock.iter().map(|line| format!("<li>{}</li>", escape::text(line))).collect();
    let environment: Vec<Vec<String>> = report
        .environment
        .iter()
        .map(|(name, value)| vec![escape::text(name), escape::text(value)])
        .collect();
    format!(
        "{}<div class=\"columns\">\n<div><h3>Clock</h3><ul class=\"plain\">{clock}</ul></div>\n\
         <div><h3>Environment</h3>{}</div>\n</div>\n",
        findings(report),
        table("Environment", &[words(""), words("")], &environment),
    )
}

/// The command, ready to be copied.
pub(super) fn command(report: &CompareReport) -> String {
    format!(
        "<pre id=\"command\"><code>{}</code></pre>\n<p class=\"actions\">\
         <button type=\"button\" data-copy=\"command\" hidden>Copy command</button></p>\n",
        escape::text(&report.command)
    )
}

fn findings(report: &CompareReport) -> String {
    if report.findings.is_empty() {
        return "<p>The host check found nothing to complain about.</p>\n".to_owned();
    }
    let row = |finding: &HostFinding| {
        let severity = escape::text(&finding.severity);
        vec![
            escape::text(&finding.id),
            format!("<span class=\"severity {severity}\">{severity}</span>"),
            escape::text(&finding.found),
            escape::text(&finding.fix),
        ]
    };
    let rows: Vec<Vec<String>> = report.findings.iter().map(row).collect();
    table(
        "What the host check found",
        &[words("check"), words("severity"), words("found"), words("fix")],
        &rows,
    )
}
