//! How fast the cores run, and how they tell the time.

use std::collections::BTreeMap;

use super::{Check, Verdict};
use crate::cpu_list::{CpuSet, show};
use crate::host::{Host, Platform};
use crate::sysroot::Unread;

pub(super) const GOVERNOR: Check = Check {
    id: "governor",
    title: "frequency governor",
    wanted: "performance on every hot core",
    reason: "after a quiet moment a slowed core needs up to milliseconds to return to full speed",
    explain: "Reads the cpufreq governor of the hot cores (of all usable ones when none is named). \
        Every governor but `performance` lowers the clock when it thinks that a core is idle, and \
        the first events of a burst then run slow. Fix: `cpupower frequency-set -g performance`. \
        Undo: the same with the old name, usually `schedutil` or `powersave`. Risk: heat, power, \
        fan noise, and less turbo for single cores. When not: on battery. Guests have no governor: \
        the frequency is the host's affair.",
    run: governor,
};

fn governor(host: &Host<'_>) -> Result<Verdict, Unread> {
    let mut governors: BTreeMap<String, CpuSet> = BTreeMap::new();
    for cpu in host.hot_or_usable()? {
        let path = format!("sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor");
        match host.root.value(&path) {
            Ok(governor) => governors.entry(governor).or_default().insert(cpu),
            Err(Unread::Missing(_)) if host.platform != Platform::BareMetal => {
                let fix = "set the performance governor below this guest";
                return Ok(Verdict::warn("the host decides the frequency", fix).ask_host());
            }
            Err(unread) => return Err(unread),
        };
    }
    let shown = governors.iter().map(|(name, cpus)| format!("{name} on {}", show(cpus)));
    let found = shown.collect::<Vec<_>>().join(", ");
    Ok(if governors.keys().all(|name| name == "performance") {
        Verdict::pass(found)
    } else {
        host.kernel_wide(Verdict::warn(found, "cpupower frequency-set -g performance"))
    })
}

pub(super) const CLOCKSOURCE: Check = Check {
    id: "clocksource",
    title: "clock source",
    wanted: "tsc (arch_sys_counter on Arm), with constant_tsc and nonstop_tsc",
    reason: "other clocks are slower to read (hpet by about 1 us), and an unsteady TSC measures wrong",
    explain: "Reads the kernel's current clock source and whether the processor's time-stamp \
        counter runs at one rate in every power state. With `tsc` a reading is a few instructions \
        in user space; `hpet` and `acpi_pm` are device accesses, and the kernel falls back to them \
        when it saw the TSC misbehave. Fix: `echo tsc > \
        /sys/devices/system/clocksource/clocksource0/current_clocksource`, or boot with \
        `clocksource=tsc`; if it is not on offer look for `TSC unstable` in dmesg and update the \
        firmware. Undo: write the old name. Risk: on a machine that is migrated between hosts the \
        TSC may jump. When not: with clocks disciplined by the hypervisor on hosts that migrate.",
    run: clocksource,
};

fn clocksource(host: &Host<'_>) -> Result<Verdict, Unread> {
    let directory = "sys/devices/system/clocksource/clocksource0";
    let current: String = host.root.value(&format!("{directory}/current_clocksource"))?;
    let flags = host.cpu_flags()?;
    if current == "arch_sys_counter" {
        return Ok(Verdict::pass(current));
    }
    if current == "tsc" {
        let steady = ["constant_tsc", "nonstop_tsc"];
        let lacking: Vec<_> = steady.into_iter().filter(|flag| !flags.contains(*flag)).collect();
        if lacking.is_empty() {
            return Ok(Verdict::pass("tsc, constant_tsc, nonstop_tsc"));
        }
        let found = format!("tsc without {}", lacking.join(" and "));
        let fix = "hand the invariant TSC through to the guest; on bare metal limit C-states";
        let verdict = Verdict::warn(found, fix);
        let guest = host.platform == Platform::Guest;
        return Ok(if guest { verdict.ask_host() } else { host.kernel_wide(verdict) });
    }
    let available = host.root.read(&format!("{directory}/available_clocksource"))?;
    let found = format!("{current}; on offer: {}", available.trim());
    let on_offer = available.split_whitespace().any(|name| name == "tsc");
    let verdict = if on_offer {
        Verdict::warn(found, format!("echo tsc > /{directory}/current_clocksource"))
    } else if host.platform == Platform::Guest {
        Verdict::warn(found, "offer the TSC to this guest").ask_host()
    } else {
        Verdict::fail(found, "look for 'TSC unstable' in dmesg, update the firmware")
    };
    Ok(host.kernel_wide(verdict))
}
