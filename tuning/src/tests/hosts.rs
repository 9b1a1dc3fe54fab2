//! Trees that look like the machines people run this on.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{BuildProfile, Context, Report, Sysroot, doctor};

/// A machine in a temporary directory.
#[derive(Debug)]
pub(super) struct Machine {
    directory: TempDir,
    pub(super) context: Context,
}

impl Machine {
    pub(super) fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { directory, context: tuned_program() }
    }

    /// Writes files, one a line: the path, a space, the content with `\n` for line ends.
    /// A path alone removes the file.
    pub(super) fn edit(self, lines: &str) -> Self {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match line.split_once(' ') {
                Some((path, content)) => {
                    let path = self.path(path);
                    let parent = path.parent().expect("a path below the root");
                    fs::create_dir_all(parent).expect("a writable temporary directory");
                    fs::write(path, content.replace("\\n", "\n") + "\n").expect("a writable file");
                }
                None => fs::remove_file(self.path(line)).expect("a file to remove"),
            }
        }
        self
    }

    pub(super) fn with(mut self, change: fn(&mut Context)) -> Self {
        change(&mut self.context);
        self
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub(super) fn root(&self) -> Sysroot {
        Sysroot::at(self.directory.path())
    }

    pub(super) fn doctor(&self) -> Report {
        doctor(&self.root(), &self.context)
    }

    /// Every file of the tree, in a fixed order.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        collect(self.directory.path(), &mut files);
        files.sort();
        files
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// A program that does everything right, on cores 2 and 3.
fn tuned_program() -> Context {
    Context {
        spinning_threads: 2,
        hot_cores: vec![2, 3],
        allocator: "mimalloc",
        profile: BuildProfile { debug_assertions: false, opt_level: Some("3"), lto: Some("fat") },
        real_time_threads: true,
        locked_bytes: Some(64 << 20),
        max_gap_ns: Some(12_000),
        p999_gap_ns: Some(3_000),
        earlier_cpu_times: None,
    }
}

pub(super) fn tuned_bare_metal() -> Machine {
    Machine::empty().edit(
        "
        proc/cpuinfo processor\t: 0\\nflags\t\t: fpu tsc constant_tsc nonstop_tsc
        proc/stat cpu  1000 0 500 80000 10 0 5 0 0 0\\ncpu0 1 2 3 4 5 6 7 8 9 10
        proc/pressure/cpu some avg10=0.20 avg60=0.10 avg300=0.05 total=42
        proc/interrupts            CPU0 CPU1 CPU2 CPU3\\n 24: 9 9 0 0 edge eth0\\nLOC: 7 7 7 7 timer
        proc/irq/24/smp_affinity_list 0-1
        proc/irq/default_smp_affinity 3
        proc/self/status Cpus_allowed_list:\t0-1\\nCapEff:\t0000000000000000
        proc/self/limits Max locked memory         unlimited            unlimited            bytes
        proc/self/cgroup 0::/system.slice/engine.service
        proc/self/mountinfo 22 1 0:21 / /proc rw,relatime - proc proc rw
        proc/sys/kernel/osrelease 6.1.0-18-rt
        proc/sys/kernel/sched_rt_runtime_us -1
        proc/sys/kernel/sched_rt_period_us 1000000
        sys/devices/system/cpu/online 0-3
        sys/devices/system/cpu/isolated 2-3
        sys/devices/system/cpu/nohz_full 2-3
        sys/devices/system/cpu/smt/active 0
        sys/devices/system/cpu/cpu2/topology/thread_siblings_list 2
        sys/devices/system/cpu/cpu3/topology/thread_siblings_list 3
        sys/devices/system/cpu/cpu2/cpufreq/scaling_governor performance
        sys/devices/system/cpu/cpu3/cpufreq/scaling_governor performance
        sys/devices/system/clocksource/clocksource0/current_clocksource tsc
        sys/devices/system/clocksource/clocksource0/available_clocksource tsc hpet acpi_pm
        sys/fs/cgroup/system.slice/engine.service/cpu.max max 100000
        sys/fs/cgroup/system.slice/cpuset.cpus.effective 0-3
        sys/kernel/mm/transparent_hugepage/enabled always [madvise] never",
    )
}

/// The same machine as its distribution installed it.
pub(super) fn untuned_bare_metal() -> Machine {
    tuned_bare_metal().edit(
        "
        proc/irq/24/smp_affinity_list 0-3
        proc/interrupts            CPU0 CPU1 CPU2 CPU3\\n 24: 9 9 800 99 edge eth0
        proc/self/limits Max locked memory         8388608              8388608              bytes
        proc/sys/kernel/osrelease 6.18.44
        proc/sys/kernel/sched_rt_runtime_us 950000
        sys/devices/system/cpu/isolated \\n
        sys/devices/system/cpu/nohz_full (null)
        sys/devices/system/cpu/cpu2/cpufreq/scaling_governor schedutil
        sys/devices/system/cpu/cpu3/cpufreq/scaling_governor schedutil
        sys/kernel/mm/transparent_hugepage/enabled [always] madvise never",
    )
}

/// Two virtual cores on a busy host, cgroup v1, as rented by the hour.
pub(super) fn kvm_guest() -> Machine {
    untuned_bare_metal()
        .edit(
            "
            proc/cpuinfo flags\t: tsc constant_tsc nonstop_tsc hypervisor
            proc/stat cpu  18877 0 4299 245341 424 0 64 3000 0 0
            proc/pressure/cpu some avg10=95.10 avg60=90.00 avg300=80.00 total=1
            proc/interrupts        CPU0 CPU1\\n 24: 0 54221 edge virtio1\\nERR: 0
            proc/self/cgroup 9:name=systemd:/\\n3:cpuset:/\\n1:cpu,cpuacct:/\\n0::/
            proc/self/status Cpus_allowed_list:\t0-1\\nCapEff:\t000001fffeffffff
            sys/devices/system/cpu/online 0-1
            sys/devices/system/cpu/nohz_full
            sys/devices/system/cpu/cpu1/topology/thread_siblings_list 1
            sys/devices/system/cpu/cpu2/cpufreq/scaling_governor
            sys/devices/system/cpu/cpu3/cpufreq/scaling_governor
            sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us -1
            sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us 100000
            sys/kernel/mm/transparent_hugepage/enabled always [madvise] never",
        )
        .with(|context| {
            context.hot_cores = vec![1];
            context.max_gap_ns = Some(52_000_000);
        })
}

/// An unprivileged container with a quota, on the untuned machine.
pub(super) fn container() -> Machine {
    untuned_bare_metal().edit(
        "
        proc/self/mountinfo 30 22 0:21 /sys /proc/sys ro,nosuid,relatime - proc proc rw
        proc/self/cgroup 0::/
        proc/pressure/cpu some avg10=60.00 avg60=1.00 avg300=1.00 total=1
        sys/fs/cgroup/cpu.max 150000 100000",
    )
}

/// Hot cores that are two halves of one, saving power.
pub(super) fn laptop() -> Machine {
    untuned_bare_metal().edit(
        "
        sys/devices/system/cpu/smt/active 1
        sys/devices/system/cpu/cpu2/topology/thread_siblings_list 2-3
        sys/devices/system/cpu/cpu3/topology/thread_siblings_list 2-3
        sys/devices/system/cpu/cpu2/cpufreq/scaling_governor powersave
        sys/devices/system/cpu/cpu3/cpufreq/scaling_governor powersave",
    )
}

type Kind = (&'static str, fn() -> Machine);

pub(super) const ALL: [Kind; 6] = [
    ("tuned bare metal", tuned_bare_metal),
    ("untuned bare metal", untuned_bare_metal),
    ("KVM guest", kvm_guest),
    ("container", container),
    ("laptop", laptop),
    ("empty tree", Machine::empty),
];
