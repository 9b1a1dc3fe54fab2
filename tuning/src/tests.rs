//! The doctor as a whole: machines it knows, trees that are broken, and the README.

mod broken;
mod hosts;

use std::collections::{BTreeMap, BTreeSet};

use hosts::{Machine, container, kvm_guest, laptop, tuned_bare_metal, untuned_bare_metal};

use crate::checks::CHECKS;
use crate::{Context, CpuTimes, Grade, Report, Severity, Sysroot, check_ids, doctor, explain};

fn severity(report: &Report, id: &str) -> Severity {
    let finding = report.findings.iter().find(|finding| finding.id == id);
    finding.unwrap_or_else(|| panic!("no finding {id}")).severity
}

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

/// Single defects, beside the whole machines.
fn defects() -> Vec<Machine> {
    let tuned = tuned_bare_metal;
    let directory = "sys/devices/system/clocksource/clocksource0";
    let hpet = &format!("{directory}/current_clocksource hpet");
    let only_hpet = &format!("{hpet}\n{directory}/available_clocksource hpet acpi_pm");
    let siblings = "sys/devices/system/cpu/cpu2/topology/thread_siblings_list";
    vec![
        tuned().with(|c| c.profile.debug_assertions = true),
        tuned().with(|c| c.profile.opt_level = Some("2")),
        tuned().with(|c| c.allocator = "system"),
        tuned().edit("sys/fs/cgroup/system.slice/cpu.max 300000 100000"),
        tuned().edit("proc/self/status Cpus_allowed_list:\t1-3\\nCapEff:\t0"),
        tuned().with(|c| c.spinning_threads = 0),
        tuned().with(|c| c.hot_cores.clear()),
        tuned().edit("sys/devices/system/cpu/isolated 2"),
        tuned().edit("sys/devices/system/cpu/nohz_full 2"),
        tuned().edit(&format!("{siblings} 0,2")),
        tuned().edit(&format!("{siblings} 2,4\nsys/devices/system/cpu/isolated 2-4")),
        tuned().edit("proc/irq/25/smp_affinity_list 2"),
        tuned().edit("proc/stat cpu  0 0 0 995 0 0 0 5"),
        tuned().edit("proc/sys/kernel/sched_rt_runtime_us 0"),
        tuned().with(|c| c.real_time_threads = false),
        tuned().edit(hpet),
        tuned().edit(only_hpet),
        untuned_bare_metal().with(|c| c.locked_bytes = None),
    ]
}

/// The README declares what each check can say; the machines and defects prove it.
#[test]
fn readme_lists_the_checks_and_each_reaches_all_its_severities() {
    let mut reached: BTreeMap<&str, BTreeSet<Severity>> = BTreeMap::new();
    let machines = hosts::ALL.iter().map(|(_, machine)| machine()).chain(defects());
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
fn recent_stolen_time_outweighs_old() {
    let mut machine = tuned_bare_metal().edit("proc/stat cpu  500 0 0 400 0 0 0 100");
    assert_eq!(severity(&machine.doctor(), "stolen-time"), Severity::Warn);
    machine.context.earlier_cpu_times = CpuTimes::read(&machine.root());
    let machine = machine.edit("proc/stat cpu  900 0 0 400 0 0 0 100");
    assert_eq!(severity(&machine.doctor(), "stolen-time"), Severity::Pass);
}

#[test]
fn quotas_of_both_cgroup_versions_and_of_any_ancestor_count() {
    let v1 = "proc/self/cgroup 4:cpu,cpuacct:/a/b\\n0::/
              sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us 50000
              sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us 100000";
    let v2 = "proc/self/cgroup 0::/a/../b
              sys/fs/cgroup/b/cpu.max max 100000
              sys/fs/cgroup/cpu.max 50000 100000";
    for edits in [v1, v2] {
        let report = tuned_bare_metal().edit(edits).doctor();
        assert_eq!(complaints(&report), "container-limits FAIL");
    }
}

#[test]
fn newer_kernels_have_a_fair_server_instead_of_throttling() {
    let modern = "proc/sys/kernel/osrelease 6.12.0\nproc/sys/kernel/sched_rt_runtime_us -1";
    let machine = tuned_bare_metal().edit(modern);
    assert_eq!(complaints(&machine.doctor()), "rt-throttling WARN");
    let machine = machine.edit(
        "sys/kernel/debug/sched/fair_server/cpu2/runtime 0
         sys/kernel/debug/sched/fair_server/cpu3/runtime 0",
    );
    assert_eq!(complaints(&machine.doctor()), "");
}

#[test]
fn memory_can_be_locked_by_capability_or_up_to_the_limit() {
    let capable = "proc/self/status Cpus_allowed_list:\t0-3\\nCapEff:\t0000000000004000";
    let machine = untuned_bare_metal().edit(capable);
    assert_eq!(severity(&machine.doctor(), "memlock"), Severity::Pass);
    let raisable = "proc/self/limits Max locked memory 8388608 unlimited bytes";
    assert_eq!(severity(&container().edit(raisable).doctor(), "memlock"), Severity::Warn);
}

#[test]
fn isolation_may_come_from_a_cpuset_partition() {
    let machine = untuned_bare_metal().edit("sys/fs/cgroup/cpuset.cpus.isolated 2-3");
    assert_eq!(severity(&machine.doctor(), "isolation"), Severity::Info);
}

#[test]
fn two_threads_need_two_hot_cores() {
    let machine = tuned_bare_metal().with(|context| context.hot_cores = vec![2, 2]);
    assert_eq!(severity(&machine.doctor(), "cores"), Severity::Fail);
}

#[test]
fn a_guest_whose_host_offers_no_tsc_is_not_blamed() {
    let directory = "sys/devices/system/clocksource/clocksource0";
    for edits in [
        format!(
            "{directory}/current_clocksource kvm-clock\n{directory}/available_clocksource kvm-clock"
        ),
        "proc/cpuinfo flags : tsc constant_tsc hypervisor".to_owned(),
    ] {
        let report = kvm_guest().edit(&edits).doctor();
        assert_eq!(severity(&report, "clocksource"), Severity::Skip, "{edits}");
    }
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
