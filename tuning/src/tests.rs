//! The doctor as a whole: machines it knows, trees that are broken, and the README.

mod broken;
mod cases;
mod hosts;

use std::collections::{BTreeMap, BTreeSet};

use hosts::{Machine, container, kvm_guest, laptop, tuned_bare_metal, untuned_bare_metal};

use crate::checks::CHECKS;
use crate::{Context, Grade, Report, Severity, Sysroot, check_ids, doctor, explain};

/// Everything that is not as wanted, such as `"isolation WARN, smt FAIL"`.
fn complaints(report: &Report) -> String {
    let complaints = report.findings.iter().filter(|finding| finding.severity != Severity::Pass);
    complaints.map(|f| format!("{} {}", f.id, f.severity)).collect::<Vec<_>>().join(", ")
}

#[test]
fn knows_its_machines() {
    let expected = [
        ("", Grade::A),
        (
            "isolation WARN, governor WARN, interrupts WARN, rt-throttling WARN, \
             transparent-huge-pages WARN, memlock WARN",
            Grade::C,
        ),
        (
            "cores FAIL, stolen-time FAIL, isolation WARN, governor SKIP, interrupts WARN, \
             rt-throttling WARN",
            Grade::F,
        ),
        (
            "container-limits FAIL, stolen-time WARN, isolation SKIP, governor SKIP, \
             interrupts SKIP, rt-throttling SKIP, transparent-huge-pages SKIP, memlock SKIP",
            Grade::D,
        ),
        (
            "isolation WARN, smt FAIL, governor WARN, interrupts WARN, rt-throttling WARN, \
             transparent-huge-pages WARN, memlock WARN",
            Grade::D,
        ),
        (
            "container-limits SKIP, cores SKIP, stolen-time SKIP, isolation SKIP, smt SKIP, \
             governor SKIP, clocksource SKIP, interrupts SKIP, rt-throttling SKIP, \
             transparent-huge-pages SKIP, memlock SKIP",
            Grade::A,
        ),
    ];
    for ((name, machine), (complains, grade)) in hosts::ALL.iter().zip(expected) {
        let report = machine().doctor();
        assert_eq!(complaints(&report), complains, "{name}");
        assert_eq!(report.grade, grade, "{name}: {}", report.grade_reason);
        assert!(report.findings.iter().map(|finding| finding.id).eq(check_ids()), "{name}");
    }
}

#[test]
fn a_guest_is_told_to_ask_its_host() {
    for machine in [kvm_guest(), container()] {
        for finding in machine.doctor().findings {
            if finding.severity == Severity::Skip {
                assert!(finding.fix.starts_with("ask the host: "), "{finding:?}");
                assert!(finding.needs_host_admin, "{finding:?}");
            }
        }
    }
}

/// The README declares what each check can say; the machines and cases prove it.
#[test]
fn readme_lists_the_checks_and_each_reaches_all_its_severities() {
    let mut reached: BTreeMap<&str, BTreeSet<Severity>> = BTreeMap::new();
    let machines = hosts::ALL.iter().map(|(_, machine)| machine()).chain(cases::machines());
    for finding in machines.flat_map(|machine| machine.doctor().findings) {
        reached.entry(finding.id).or_default().insert(finding.severity);
    }
    let table: String = CHECKS
        .iter()
        .map(|check| {
            let severities = reached[check.id].iter().map(Severity::to_string);
            let severities = severities.collect::<Vec<_>>().join(" ");
            format!("| `{}` | {} | {} | {severities} |\n", check.id, check.wanted, check.reason)
        })
        .collect();
    let readme = include_str!("../README.md");
    assert!(readme.contains(&table), "the table in README.md should be:\n{table}");
}

#[test]
fn every_check_is_explained() {
    for id in check_ids() {
        let text = explain(id).unwrap_or_else(|| panic!("{id} is not explained"));
        for part in ["Fix: ", "Undo: ", "Risk: ", "When not: "] {
            assert!(text.contains(part), "{id} lacks {part:?}");
        }
    }
    assert_eq!(explain("no-such-check"), None);
}

#[test]
fn boundaries_of_the_grade() {
    let grade = |max: Option<u64>, p999: Option<u64>| {
        let mut machine = tuned_bare_metal();
        machine.context.max_gap_ns = max;
        machine.context.p999_gap_ns = p999;
        machine.doctor().grade
    };
    assert_eq!(grade(Some(19_999), Some(4_999)), Grade::A);
    assert_eq!(grade(Some(19_999), Some(5_000)), Grade::B);
    assert_eq!(grade(Some(20_000), Some(4_999)), Grade::B);
    assert_eq!(grade(Some(19_999), None), Grade::B);
    assert_eq!(grade(Some(199_999), None), Grade::B);
    assert_eq!(grade(Some(200_000), None), Grade::C);
    assert_eq!(grade(Some(5_000_000), None), Grade::D);
    assert_eq!(grade(Some(50_000_000), None), Grade::F);
    assert_eq!(grade(None, Some(1)), Grade::C);
}

#[test]
fn says_that_nothing_was_measured() {
    let mut machine = tuned_bare_metal();
    machine.context.max_gap_ns = None;
    let report = machine.doctor();
    assert!(report.grade_reason.starts_with("unmeasured"), "{}", report.grade_reason);
    assert!(report.next.is_some_and(|next| next.starts_with("measure")));
    let mut unknown = Machine::empty();
    unknown.context.max_gap_ns = None;
    assert_eq!(unknown.doctor().grade, Grade::D);
}

#[test]
fn the_biggest_win_is_the_worst_that_can_be_mended_here() {
    let next = |machine: Machine| machine.doctor().next.unwrap_or_default();
    assert_eq!(next(tuned_bare_metal()), "");
    assert!(next(laptop()).starts_with("SMT siblings of hot cores: "));
    assert!(next(untuned_bare_metal()).contains("isolcpus=domain,managed_irq,2-3"));
    let stolen = "proc/stat cpu  1 1 1 1 1 1 1 1";
    assert!(next(tuned_bare_metal().edit(stolen)).starts_with("stolen time"));
    assert!(next(untuned_bare_metal().edit(stolen)).starts_with("isolation"));
}

#[test]
fn the_report_serializes_by_its_published_names() {
    let json = serde_json::to_value(laptop().doctor()).expect("a report is plain data");
    assert_eq!(json["grade"], "D");
    assert_eq!(json["findings"][5]["id"], "smt");
    assert_eq!(json["findings"][5]["severity"], "fail");
    let keys = "id title severity found wanted reason fix needs_reboot needs_host_admin";
    for key in keys.split(' ') {
        assert!(json["findings"][0].get(key).is_some(), "{key}");
    }
}

#[test]
fn examines_this_machine() {
    let report = doctor(&Sysroot::host(), &Context::default());
    assert_eq!(report.findings.len(), CHECKS.len());
}
