//! Single deviations from a tuned machine, and from a guest and a container, at the edges of what
//! the checks tell apart.

use super::complaints;
use super::hosts::{Machine, container, kvm_guest, tuned_bare_metal};
use crate::{Context, CpuTimes};

/// What is written over the tuned machine, and everything that the doctor then complains about.
const FILES: &[(&str, &str)] = &[
    // The group itself, one above it, both cgroup versions, the tightest of two.
    ("sys/fs/cgroup/system.slice/cpu.max 200000 100000", "container-limits WARN"),
    ("sys/fs/cgroup/system.slice/cpu.max 199999 100000", "container-limits FAIL"),
    ("sys/fs/cgroup/system.slice/cpu.max 200000 0", "container-limits SKIP"),
    (
        "sys/fs/cgroup/system.slice/cpu.max 100000 100000\nsys/fs/cgroup/cpu.max 300000 100000",
        "container-limits FAIL",
    ),
    (
        "proc/self/cgroup 4:cpu,cpuacct:/a/b\\n0::/
         sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us 50000
         sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us 100000",
        "container-limits FAIL",
    ),
    // A group outside the cgroup namespace must not lead out of the tree.
    ("proc/self/cgroup 0::/../x\nsys/fs/cgroup/x/cpu.max 50000 100000", "container-limits FAIL"),
    ("sys/fs/cgroup/system.slice/cpuset.cpus.effective 1-3", "container-limits INFO"),
    // Two spin: the cpuset and the online cores limit pinned threads, the affinity mask does not.
    ("sys/fs/cgroup/system.slice/cpuset.cpus.effective 2-3", "container-limits INFO, cores FAIL"),
    ("sys/fs/cgroup/system.slice/cpuset.cpus.effective 0-2", "container-limits INFO, cores FAIL"),
    (
        "proc/self/cgroup 3:cpuset:/a\\n1:cpu:/
         sys/fs/cgroup/cpuset/cpuset.effective_cpus 0-2",
        "container-limits INFO, cores FAIL",
    ),
    ("proc/self/cgroup", "container-limits SKIP"),
    ("sys/devices/system/cpu/online 2-3", "cores FAIL"),
    // Stolen time and pressure: edges, and the worse of the two counts.
    ("proc/stat cpu  0 0 0 9991 0 0 0 9", ""),
    ("proc/stat cpu  0 0 0 9990 0 0 0 10", "stolen-time INFO"),
    ("proc/stat cpu  0 0 0 9901 0 0 0 99", "stolen-time INFO"),
    ("proc/stat cpu  0 0 0 9900 0 0 0 100", "stolen-time WARN"),
    ("proc/pressure/cpu some avg10=10.00 avg60=0", "stolen-time WARN"),
    ("proc/pressure/cpu some avg10=49.99 avg60=0", "stolen-time WARN"),
    ("proc/pressure/cpu some avg10=50.00 avg60=0", "stolen-time FAIL"),
    ("proc/pressure/cpu some avg10=NaN avg60=0", ""),
    ("proc/pressure/cpu", ""),
    ("proc/stat\nproc/pressure/cpu some avg10=60.00 avg60=0", "stolen-time FAIL"),
    // Isolation at boot, by cpuset partition, and by half of each.
    ("sys/devices/system/cpu/isolated 2", "isolation WARN"),
    ("sys/devices/system/cpu/isolated 2\nsys/fs/cgroup/cpuset.cpus.isolated 3", ""),
    ("sys/devices/system/cpu/isolated\nsys/fs/cgroup/cpuset.cpus.isolated 2-3", ""),
    ("sys/devices/system/cpu/nohz_full 2", "isolation INFO"),
    ("sys/devices/system/cpu/nohz_full (null)", "isolation INFO"),
    // Siblings: shared with a stranger, idle, both hot.
    ("sys/devices/system/cpu/cpu2/topology/thread_siblings_list 0,2", "smt WARN"),
    (
        "sys/devices/system/cpu/cpu2/topology/thread_siblings_list 2,4
         sys/devices/system/cpu/isolated 2-4",
        "smt INFO",
    ),
    ("sys/devices/system/cpu/cpu2/topology/thread_siblings_list 2-3", "smt FAIL"),
    ("sys/devices/system/cpu/cpu3/cpufreq/scaling_governor powersave", "governor WARN"),
    ("sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "governor SKIP"),
    ("proc/cpuinfo flags : tsc constant_tsc", "clocksource WARN"),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource hpet", "clocksource WARN"),
    (
        "sys/devices/system/clocksource/clocksource0/current_clocksource hpet
         sys/devices/system/clocksource/clocksource0/available_clocksource hpet acpi_pm",
        "clocksource FAIL",
    ),
    (
        "proc/cpuinfo CPU architecture: 8
         sys/devices/system/clocksource/clocksource0/current_clocksource arch_sys_counter",
        "",
    ),
    // Interrupts: allowed but never seen, seen, and one whose mask cannot be known.
    ("proc/irq/25/smp_affinity_list 2", "interrupts INFO"),
    (
        "proc/irq/24/smp_affinity_list 0-3\nproc/interrupts   CPU0 CPU3\\n24: 9 1 edge",
        "interrupts WARN",
    ),
    ("proc/irq/25/smp_affinity_list unknown", "interrupts SKIP"),
    // Real-time throttling, before and after the fair server.
    ("proc/sys/kernel/sched_rt_runtime_us 1000000", ""),
    ("proc/sys/kernel/sched_rt_runtime_us 999999", "rt-throttling WARN"),
    ("proc/sys/kernel/sched_rt_runtime_us 1", "rt-throttling WARN"),
    ("proc/sys/kernel/sched_rt_runtime_us 0", "rt-throttling FAIL"),
    ("proc/sys/kernel/osrelease 6.12.0", "rt-throttling WARN"),
    (
        "proc/sys/kernel/osrelease 6.12.0
         sys/kernel/debug/sched/fair_server/cpu2/runtime 0
         sys/kernel/debug/sched/fair_server/cpu3/runtime 0",
        "",
    ),
    (
        "proc/sys/kernel/osrelease 7.0
         sys/kernel/debug/sched/fair_server/cpu2/runtime 0
         sys/kernel/debug/sched/fair_server/cpu3/runtime 50000000",
        "rt-throttling WARN",
    ),
    ("sys/kernel/mm/transparent_hugepage/enabled always madvise [never]", ""),
    (
        "sys/kernel/mm/transparent_hugepage/enabled always madvise never",
        "transparent-huge-pages SKIP",
    ),
    // 64 MiB are wanted.
    ("proc/self/limits Max locked memory 67108864 67108864 bytes", ""),
    ("proc/self/limits Max locked memory 67108863 unlimited bytes", "memlock WARN"),
    (
        "proc/self/limits Max locked memory 0 0 bytes
         proc/self/status Cpus_allowed_list: 0-3\\nCapEff: 0000000000004000",
        "",
    ),
    ("proc/self/limits Max locked memory 0 many bytes", "memlock SKIP"),
];

type Change = fn(&mut Context);

/// What the program says of itself.
const PROGRAMS: &[(Change, &str)] = &[
    (|c| c.profile.debug_assertions = true, "build FAIL"),
    (|c| c.profile.opt_level = Some("2"), "build WARN"),
    (|c| c.profile.lto = Some("thin"), "build WARN"),
    (|c| c.profile.lto = None, "build INFO"),
    (|c| c.allocator = "system", "build INFO"),
    (|c| c.allocator = "", "build INFO"),
    (|c| c.spinning_threads = 0, "cores INFO"),
    (|c| c.spinning_threads = 3, "cores FAIL"),
    (|c| c.hot_cores = vec![2, 2], "cores FAIL"),
    (|c| c.real_time_threads = false, "rt-throttling INFO"),
    // Not pinned, the threads keep to the mask, which has two cores.
    (|c| c.hot_cores.clear(), "cores FAIL, isolation INFO, governor SKIP, interrupts INFO"),
];

pub(super) fn machines() -> impl Iterator<Item = Machine> {
    let idle = "proc/self/limits Max locked memory 0 0 bytes";
    let nothing_locked = tuned_bare_metal().edit(idle).with(|context| context.locked_bytes = None);
    let files = FILES.iter().map(|(edits, _)| tuned_bare_metal().edit(edits));
    let programs = PROGRAMS.iter().map(|&(change, _)| tuned_bare_metal().with(change));
    files.chain(programs).chain([nothing_locked])
}

#[test]
fn each_deviation_is_told_apart() {
    let expected = FILES.iter().map(|&(_, expected)| expected);
    let expected = expected.chain(PROGRAMS.iter().map(|&(_, expected)| expected));
    for (row, (machine, expected)) in machines().zip(expected.chain(["memlock INFO"])).enumerate() {
        let report = machine.doctor();
        assert_eq!(complaints(&report), expected, "row {row}");
    }
}

#[test]
fn a_guest_is_not_blamed_for_its_host() {
    let directory = "sys/devices/system/clocksource/clocksource0";
    let only_kvm = format!(
        "{directory}/current_clocksource kvm-clock\n{directory}/available_clocksource kvm-clock"
    );
    let unsteady = "proc/cpuinfo flags : tsc constant_tsc hypervisor";
    for edits in [only_kvm.as_str(), unsteady] {
        let report = kvm_guest().edit(edits).doctor();
        assert!(complaints(&report).contains("clocksource SKIP"), "{edits}");
    }
    let no_governor = "sys/devices/system/cpu/cpu3/cpufreq/scaling_governor";
    let xen = tuned_bare_metal().edit("proc/cpuinfo model : 8\nsys/hypervisor/type xen");
    for machine in [xen, container()] {
        let mut findings = machine.edit(no_governor).doctor().findings.into_iter();
        assert!(findings.any(|finding| finding.found == "the host decides the frequency"));
    }
}

#[test]
fn a_container_can_raise_its_limit_only_to_the_hard_one() {
    let raisable = "proc/self/limits Max locked memory 8388608 unlimited bytes";
    assert!(complaints(&container().edit(raisable).doctor()).contains("memlock WARN"));
    // A capability may hold in the container's own user namespace only.
    let capable = "proc/self/status Cpus_allowed_list: 0-3\\nCapEff: 000001ffffffffff";
    assert!(complaints(&container().edit(capable).doctor()).contains("memlock SKIP"));
}

#[test]
fn recent_stolen_time_outweighs_old() {
    let mut machine = tuned_bare_metal().edit("proc/stat cpu  500 0 0 400 0 0 0 100");
    assert_eq!(complaints(&machine.doctor()), "stolen-time WARN");
    machine.context.earlier_cpu_times = CpuTimes::read(&machine.root());
    let machine = machine.edit("proc/stat cpu  900 0 0 400 0 0 0 100");
    assert_eq!(complaints(&machine.doctor()), "");
}
