//! Time that the scheduler below (the hypervisor) or beside (other tasks) takes away.

use super::{Check, Verdict};
use crate::CpuTimes;
use crate::host::{Host, Platform};
use crate::sysroot::Unread;

pub(super) const STOLEN_TIME: Check = Check {
    id: "stolen-time",
    title: "stolen time and CPU pressure",
    wanted: "stolen time < 0.1 %, CPU pressure < 10 %",
    reason: "on a busy machine a ready thread waits for milliseconds, whatever the program does",
    explain: "Reads the share of time that the hypervisor gave to others (steal, in /proc/stat: \
        since boot, and since the caller's earlier reading if it gave one) and the share of the \
        last ten seconds in which some task waited for a core (/proc/pressure/cpu). Either means \
        that threads stand still for whole time slices: tails from such a machine say nothing of \
        the program. Stolen time of 1 % or pressure of 10 % is a warning, pressure of 50 % a \
        failure. Fix: stop the other work (`top`), or ask the host for dedicated cores without \
        overcommitment. Undo: none needed. Risk: none. When not: for paired comparisons, which \
        bear it.",
    run: stolen_time,
};

fn stolen_time(host: &Host<'_>) -> Result<Verdict, Unread> {
    let halves = [stolen(host), cpu_pressure(host)]
        .map(|half| half.unwrap_or_else(|unread| Verdict::skip(unread.to_string())));
    let found = halves.each_ref().map(|half| half.found.as_str()).join("; ");
    let [stolen, pressure] = halves;
    let worse = if pressure.severity >= stolen.severity { pressure } else { stolen };
    Ok(Verdict { found, ..worse })
}

fn stolen(host: &Host<'_>) -> Result<Verdict, Unread> {
    let now = CpuTimes::try_read(host.root)?;
    let since_boot = now.stolen_percent().unwrap_or(0.0);
    let recent = host.context.earlier_cpu_times.and_then(|then| now.stolen_percent_since(then));
    let mut found = format!("stolen {since_boot:.2} % since boot");
    if let Some(percent) = recent {
        found = format!("{found}, {percent:.2} % lately");
    }
    Ok(match recent.unwrap_or(since_boot) {
        percent if percent < 0.1 => Verdict::pass(found),
        percent if percent < 1.0 => Verdict::info(found),
        // Nothing that the guest could change, so never a failure.
        _ => {
            Verdict::warn(found, "ask the host: dedicated cores, no overcommitment").by_host_admin()
        }
    })
}

/// Percent of the last ten seconds. Source: Linux, `Documentation/accounting/psi.rst`.
fn cpu_pressure(host: &Host<'_>) -> Result<Verdict, Unread> {
    let path = "proc/pressure/cpu";
    let text = host.root.read(path)?;
    let percent: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("some avg10=")?.split(' ').next()?.parse().ok())
        .filter(|percent: &f64| percent.is_finite())
        .ok_or_else(|| Unread::not_understood(path, &text))?;
    let found = format!("CPU pressure {percent:.1} %");
    let fix = "stop the other work on this machine (top)";
    Ok(match (percent, host.platform) {
        (..10.0, _) => Verdict::pass(found),
        // A container sees the pressure of the whole machine.
        (_, Platform::Container) => {
            Verdict::warn(found, format!("ask the host: {fix}")).by_host_admin()
        }
        (..50.0, _) => Verdict::warn(found, fix),
        _ => Verdict::fail(found, fix),
    })
}

pub(super) const RT_THROTTLING: Check = Check {
    id: "rt-throttling",
    title: "throttling of real-time threads",
    wanted: "nothing set aside for ordinary tasks on hot cores, if threads run SCHED_FIFO",
    reason: "by default a spinning real-time thread is stopped for up to 50 ms of every second",
    explain: "Matters only to programs with SCHED_FIFO or SCHED_RR threads. Kernels before 6.12 \
        stop all real-time threads when they used sched_rt_runtime_us of each period; newer ones \
        have a fair server on each core that gives waiting ordinary tasks its runtime instead. \
        Both default to 50 ms in a second, and a spinning thread meets them as its longest gap. \
        Fix: before 6.12 `sysctl kernel.sched_rt_runtime_us=-1`; from 6.12 on `echo 0 > \
        /sys/kernel/debug/sched/fair_server/cpuN/runtime` for the hot cores. Undo: 950000, and \
        50000000. Risk: high. A spinning real-time thread then holds its core for ever: keep a \
        core free, set RLIMIT_RTTIME and have a watchdog of higher priority. When not: in almost \
        all cases; isolate cores first and measure before reaching for SCHED_FIFO.",
    run: rt_throttling,
};

fn rt_throttling(host: &Host<'_>) -> Result<Verdict, Unread> {
    let runtime: i64 = host.root.value("proc/sys/kernel/sched_rt_runtime_us")?;
    let found = format!("sched_rt_runtime_us {runtime}");
    if !host.context.real_time_threads {
        return Ok(Verdict::info(format!("{found}; no real-time thread asked for")));
    }
    if runtime == 0 {
        let fix = "sysctl kernel.sched_rt_runtime_us=950000";
        return Ok(host.kernel_wide(Verdict::fail(format!("{found}: none may run"), fix)));
    }
    let (set_aside_us, fix) = if has_fair_server(host)? {
        let fix = "echo 0 > /sys/kernel/debug/sched/fair_server/cpuN/runtime for each hot core";
        (fair_server_us(host)?, fix)
    } else {
        let period: i64 = host.root.value("proc/sys/kernel/sched_rt_period_us")?;
        let stopped = if runtime < 0 { 0 } else { period.saturating_sub(runtime).max(0) };
        (stopped.unsigned_abs(), "sysctl kernel.sched_rt_runtime_us=-1")
    };
    Ok(if set_aside_us == 0 {
        Verdict::pass(format!("{found}; nothing set aside"))
    } else {
        let found = format!("{found}; {set_aside_us} us a period set aside for ordinary tasks");
        host.kernel_wide(Verdict::warn(found, fix))
    })
}

/// Linux 6.12 replaced real-time throttling by a deadline server for ordinary tasks.
fn has_fair_server(host: &Host<'_>) -> Result<bool, Unread> {
    let path = "proc/sys/kernel/osrelease";
    let release = host.root.read(path)?;
    let mut parts = release.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Ok((major, minor) >= (6, 12)),
        _ => Err(Unread::not_understood(path, &release)),
    }
}

/// The largest runtime of any hot core's fair server. The file is root's, in a file system that
/// may not be mounted; the default is then the best guess.
fn fair_server_us(host: &Host<'_>) -> Result<u64, Unread> {
    const DEFAULT_NS: u64 = 50_000_000;
    let runtime_ns = |cpu| {
        let path = format!("sys/kernel/debug/sched/fair_server/cpu{cpu}/runtime");
        host.root.value(&path).unwrap_or(DEFAULT_NS)
    };
    Ok(host.hot_or_usable()?.into_iter().map(runtime_ns).max().unwrap_or(DEFAULT_NS) / 1_000)
}
