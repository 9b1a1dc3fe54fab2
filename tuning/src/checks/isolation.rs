//! Who else may run on the hot cores: the scheduler's other tasks, and the interrupts.

use std::collections::BTreeMap;

use super::{Check, Verdict};
use crate::cpu_list::{CpuSet, parse, show};
use crate::host::Host;
use crate::sysroot::Unread;

pub(super) const ISOLATION: Check = Check {
    id: "isolation",
    title: "isolation of hot cores",
    wanted: "hot cores isolated from the scheduler, with the tick stopped (nohz_full)",
    reason: "on a shared core any other task takes time slices of milliseconds from a hot thread",
    explain: "Reads which cores the scheduler leaves alone: those of the boot parameter isolcpus \
        and those in isolated cpuset partitions, and where nohz_full stops the periodic tick. \
        Without isolation the load balancer may put any task on a hot core, and the hot thread \
        waits out its slice; the tick alone costs a few microseconds hundreds of times a second. \
        Fix: boot with `isolcpus=domain,managed_irq,LIST nohz_full=LIST rcu_nocbs=LIST`, or, \
        without a reboot, put the cores in a cgroup v2 cpuset and `echo isolated > \
        cpuset.cpus.partition`. Undo: remove the parameters, or `echo member`. Risk: isolated \
        cores stay idle unless threads are pinned to them, so too many starve the rest. When not: \
        on machines that do other work, or with fewer than four cores.",
    run: isolation,
};

/// The cores that the scheduler leaves alone.
pub(super) fn isolated(host: &Host<'_>) -> Result<CpuSet, Unread> {
    let at_boot = host.root.cpus("sys/devices/system/cpu/isolated");
    // Absent in older kernels and under cgroup v1; then isolation at boot is all there is.
    match host.root.cpus("sys/fs/cgroup/cpuset.cpus.isolated") {
        Ok(partitions) => Ok(&at_boot.unwrap_or_default() | &partitions),
        Err(_) => at_boot,
    }
}

fn isolation(host: &Host<'_>) -> Result<Verdict, Unread> {
    let isolated = isolated(host)?;
    let exposed = &host.hot - &isolated;
    let found = format!("hot {}, isolated {}", show(&host.hot), show(&isolated));
    if host.hot.is_empty() {
        return Ok(Verdict::info(found));
    }
    if !exposed.is_empty() {
        let list = show(&host.hot);
        let fix = format!(
            "boot with isolcpus=domain,managed_irq,{list} nohz_full={list} rcu_nocbs={list}"
        );
        return Ok(host.kernel_wide(Verdict::warn(found, fix).after_reboot()));
    }
    // Kernels write "(null)" here when the feature is built in and unused.
    let tickless = host.root.read("sys/devices/system/cpu/nohz_full").unwrap_or_default();
    let ticking = &host.hot - &parse(&tickless).unwrap_or_default();
    Ok(if ticking.is_empty() {
        Verdict::pass(format!("{found}, tick stopped"))
    } else {
        Verdict::info(format!("{found}, but the tick still runs on {}", show(&ticking)))
    })
}

pub(super) const INTERRUPTS: Check = Check {
    id: "interrupts",
    title: "interrupts on hot cores",
    wanted: "no device interrupt routed to a hot core",
    reason: "an interrupt and its softirq work stop a hot thread at the device's whim",
    explain: "Reads the affinity of every interrupt and how often each has fired on the hot \
        cores since boot. A network or disk interrupt stops whatever runs there and drags its \
        softirq work along. Fix: stop irqbalance (or ban the hot cores with \
        IRQBALANCE_BANNED_CPULIST) and write the other cores to /proc/irq/N/smp_affinity_list; for \
        interrupts that refuse (managed by their driver, one a core) boot with \
        `isolcpus=managed_irq,LIST`. Undo: write the old list back, start irqbalance. Risk: the \
        remaining cores take all device work. When not: where the hot thread itself handles that \
        device's packets and wants the interrupt near.",
    run: interrupts,
};

fn interrupts(host: &Host<'_>) -> Result<Verdict, Unread> {
    if host.hot.is_empty() {
        return Ok(Verdict::info("no hot core is named"));
    }
    let fired = fired_on(&host.root.read("proc/interrupts")?, &host.hot);
    let (mut routed, mut unread) = (Vec::new(), None);
    let all = host.root.numbered_entries("proc/irq")?;
    for &irq in &all {
        match host.root.cpus(&format!("proc/irq/{irq}/smp_affinity_list")) {
            Ok(cpus) if !cpus.is_disjoint(&host.hot) => routed.push(irq),
            Ok(_) => {}
            Err(error) => unread = Some(error),
        }
    }
    // One unread mask could hide the interrupt that matters.
    if let (true, Some(error)) = (routed.is_empty(), unread) {
        return Err(error);
    }
    let count = |irq: &u32| fired.get(irq).copied().unwrap_or(0);
    let total: u64 = routed.iter().map(count).sum();
    let found = format!(
        "{} of {} interrupts may hit hot cores {}; {total} have since boot",
        routed.len(),
        all.len(),
        show(&host.hot)
    );
    Ok(match routed.iter().max_by_key(|irq| count(irq)) {
        None => Verdict::pass(found),
        Some(_) if total == 0 => Verdict::info(found),
        Some(busiest) => {
            let others = &host.online()? - &host.hot;
            let fix = if others.is_empty() {
                "name fewer hot cores: none is left for interrupts".to_owned()
            } else {
                let others = show(&others);
                let file = format!("/proc/irq/{busiest}/smp_affinity_list");
                format!("systemctl stop irqbalance; echo {others} > {file} (then the others)")
            };
            host.kernel_wide(Verdict::warn(found, fix))
        }
    })
}

/// How often each numbered interrupt has fired on any of `hot`.
fn fired_on(table: &str, hot: &CpuSet) -> BTreeMap<u32, u64> {
    let mut lines = table.lines();
    // Only online CPUs have a column.
    let header = lines.next().unwrap_or_default().split_whitespace();
    let is_hot: Vec<bool> = header
        .map(|column| column.strip_prefix("CPU").and_then(|n| n.parse().ok()))
        .map(|cpu: Option<usize>| cpu.is_some_and(|cpu| hot.contains(&cpu)))
        .collect();
    let row = |line: &str| {
        let (irq, counts) = line.split_once(':')?;
        let counts = counts.split_whitespace().zip(&is_hot).filter(|&(_, &hot)| hot);
        let fired = counts.filter_map(|(count, _)| count.parse::<u64>().ok());
        Some((irq.trim().parse().ok()?, fired.fold(0, u64::saturating_add)))
    };
    lines.filter_map(row).collect()
}
