//! Are there enough cores, and are they whole ones?

use super::{Check, Verdict};
use crate::cpu_list::{CpuSet, show};
use crate::host::Host;
use crate::sysroot::Unread;

pub(super) const CORES: Check = Check {
    id: "cores",
    title: "cores for spinning threads",
    wanted: "a core of its own for each spinning thread, and one more for everything else",
    reason: "a spinning thread that shares its core waits for whole time slices of milliseconds",
    explain: "Compares the number of spinning threads, and the hot cores named for them, with the \
        cores that this program can use: online, in its cpuset and, for threads that are not \
        pinned, in its affinity mask. A thread that spins never gives its core back, so two on one \
        core, or none left for the kernel and the rest of the program, means that each waits for \
        the scheduler's time slices. Fix: spin fewer threads (fuse stages, or let some yield or \
        park), name other hot cores, or widen the cpuset or the mask. Undo: restore the old \
        setting of the program. Risk: none. When not: for functional tests, where latency does \
        not matter.",
    run: cores,
};

fn cores(host: &Host<'_>) -> Result<Verdict, Unread> {
    let spinning = host.context.spinning_threads;
    let usable = host.usable()?;
    let found = format!("{spinning} spinning, {} usable cores ({})", usable.len(), show(&usable));
    let lost = &host.hot - &usable;
    Ok(if !lost.is_empty() {
        let fix = "name hot cores among the usable ones, or widen the cpuset";
        Verdict::fail(format!("hot cores {} are not usable; {found}", show(&lost)), fix)
    } else if spinning == 0 {
        Verdict::info(found)
    } else if spinning >= usable.len() {
        let fix = format!(
            "spin at most {} here: fuse stages, or let some yield or park",
            usable.len().saturating_sub(1)
        );
        Verdict::fail(found, fix)
    } else if !host.hot.is_empty() && host.hot.len() < spinning {
        let found = format!("{spinning} spinning threads share the hot cores {}", show(&host.hot));
        Verdict::fail(found, format!("name {spinning} hot cores"))
    } else {
        Verdict::pass(found)
    })
}

pub(super) const SMT: Check = Check {
    id: "smt",
    title: "SMT siblings of hot cores",
    wanted: "no other thread on the physical core of a hot one",
    reason: "siblings share one core's caches and execution units: each slows the other at random",
    explain: "Reads which logical CPUs are siblings on one physical core. A spinning thread and \
        anything else on its sibling compete for execution units and the first-level caches, which \
        makes latency depend on a stranger; two hot threads on one physical core do that to each \
        other all the time. Fix: `echo 0 > /sys/devices/system/cpu/cpuN/online` for the sibling, \
        `echo off > /sys/devices/system/cpu/smt/control` for all, or the firmware. Undo: `echo 1` \
        and `echo on`. Risk: throughput of everything else falls. When not: on a machine that must \
        also do bulk work and has no cores to spare. Inside a guest the topology is what the \
        hypervisor claims.",
    run: smt,
};

fn smt(host: &Host<'_>) -> Result<Verdict, Unread> {
    if host.hot.is_empty() {
        let active: u8 = host.root.value("sys/devices/system/cpu/smt/active")?;
        return Ok(match active {
            0 => Verdict::pass("SMT is off"),
            _ => Verdict::info("SMT is on; no hot core is named"),
        });
    }
    let mut siblings = CpuSet::new();
    for cpu in &host.hot {
        // Lists online siblings only, and the CPU itself.
        let path = format!("sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        let mut others = host.root.cpus(&path)?;
        others.remove(cpu);
        siblings.extend(others);
    }
    let both_hot = &siblings & &host.hot;
    let found = format!("siblings of hot cores: {}", show(&siblings));
    let offline = format!(
        "for c in {}; do echo 0 > /sys/devices/system/cpu/cpu$c/online; done",
        siblings.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
    );
    Ok(if siblings.is_empty() {
        Verdict::pass(found)
    } else if !both_hot.is_empty() {
        let found = format!("hot cores {} are siblings of each other", show(&both_hot));
        Verdict::fail(found, "choose hot cores on different physical cores (lscpu --extended)")
    } else if super::isolation::isolated(host).is_ok_and(|set| siblings.is_subset(&set)) {
        Verdict::info(format!("{found}, isolated and so idle unless somebody is pinned there"))
    } else {
        host.kernel_wide(Verdict::warn(found, offline))
    })
}
