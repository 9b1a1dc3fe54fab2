//! The program itself, and the box that it was put in.

use super::{Check, Verdict};
use crate::cgroup::Groups;
use crate::cpu_list::show;
use crate::host::{Host, Platform};
use crate::sysroot::Unread;

pub(super) const BUILD: Check = Check {
    id: "build",
    title: "allocator and build profile",
    wanted: "a release build: opt-level 3, fat LTO, no debug assertions, a thread-caching allocator",
    reason: "a debug build is many times slower, and its numbers describe another program",
    explain: "Looks at what the program says of itself. Debug assertions mean a debug build, whose \
        latency is of no use to anybody; less than opt-level 3 or fat link-time optimisation leave \
        calls on the hot path that the compiler could have removed. The allocator matters little \
        if the hot path allocates nothing, so the system's is only a remark. Fix: `cargo build \
        --release` with `lto = \"fat\"` and `codegen-units = 1`. Undo: build the other profile. \
        Risk: none but compile time. When not: while debugging.",
    run: build,
};

fn build(host: &Host<'_>) -> Result<Verdict, Unread> {
    let profile = &host.context.profile;
    let (opt_level, lto) = (profile.opt_level, profile.lto);
    let allocator = Some(host.context.allocator).filter(|name| !name.is_empty());
    let found = format!(
        "debug assertions {}, opt-level {}, lto {}, allocator {}",
        if profile.debug_assertions { "on" } else { "off" },
        opt_level.unwrap_or("unknown"),
        lto.unwrap_or("unknown"),
        allocator.unwrap_or("unknown"),
    );
    Ok(if profile.debug_assertions {
        Verdict::fail(found, "cargo build --release")
    } else if opt_level.is_some_and(|level| level != "3") || lto.is_some_and(|lto| lto != "fat") {
        Verdict::warn(found, "opt-level = 3 and lto = \"fat\" in [profile.release]")
    } else if opt_level.is_none() || lto.is_none() || matches!(allocator, None | Some("system")) {
        Verdict::info(found)
    } else {
        Verdict::pass(found)
    })
}

pub(super) const CONTAINER_LIMITS: Check = Check {
    id: "container-limits",
    title: "container limits",
    wanted: "no CPU quota (cpu.max = max), and the whole cpuset",
    reason: "a quota stops every thread for the rest of the period once it is used up",
    explain: "Reads the CPU quota of this process's cgroup and of every group above it (cpu.max, \
        or cpu.cfs_quota_us under cgroup v1), and whether a cpuset leaves it fewer cores than the \
        machine has. A spinning thread uses a whole core; with a quota below that it runs, is \
        stopped for up to 100 ms, and runs again. Even a generous quota is shared by all threads \
        and checked in slices. Fix: `docker run` without `--cpus` but with `--cpuset-cpus`; in \
        Kubernetes a Guaranteed pod with whole CPUs under the static CPU manager, and CFS quota \
        off; in systemd an empty CPUQuota=. Undo: set the quota again. Risk: one container can \
        take all its cores. When not: on shared clusters whose owner insists; then do not spin.",
    run: container_limits,
};

#[derive(Debug)]
struct Quota {
    cores: f64,
    group: String,
}

fn container_limits(host: &Host<'_>) -> Result<Verdict, Unread> {
    let Some(quota) = tightest_quota(host)? else {
        let (online, cpuset) = (host.online()?, host.cpuset()?);
        let found = format!("no CPU quota; cpuset {} of {}", show(&cpuset), show(&online));
        return Ok(if cpuset == online { Verdict::pass(found) } else { Verdict::info(found) });
    };
    let spinning = host.context.spinning_threads;
    let found = format!("quota of {:.2} cores in /{}", quota.cores, quota.group);
    let fix =
        "remove the quota: docker without --cpus, a Guaranteed pod with whole CPUs, CPUQuota=";
    let verdict = if quota.cores < spinning as f64 {
        Verdict::fail(format!("{found}, {spinning} spinning threads"), fix)
    } else {
        Verdict::warn(found, fix)
    };
    let contained = host.platform == Platform::Container;
    Ok(if contained { verdict.by_host_admin() } else { verdict })
}

/// The smallest quota of this process's group and of those above it.
fn tightest_quota(host: &Host<'_>) -> Result<Option<Quota>, Unread> {
    let groups = Groups::of(host.root, "cpu")?;
    let read = if groups.is_v1 { quota_v1 } else { quota_v2 };
    let mut tightest: Option<Quota> = None;
    for group in groups.directories {
        match read(host, &group) {
            Ok(Some(cores)) if tightest.as_ref().is_none_or(|quota| cores < quota.cores) => {
                tightest = Some(Quota { cores, group });
            }
            Ok(_) | Err(Unread::Missing(_)) => {}
            Err(unread) => return Err(unread),
        }
    }
    Ok(tightest)
}

/// `cpu.max`: quota (or `max`) and period, in microseconds.
fn quota_v2(host: &Host<'_>, group: &str) -> Result<Option<f64>, Unread> {
    let path = format!("{group}/cpu.max");
    let text = host.root.read(&path)?;
    match text.trim().split_once(' ') {
        Some(("max", _)) => Ok(None),
        Some((quota, period)) => match (quota.parse(), period.parse()) {
            (Ok(quota), Ok(period)) if period > 0 => Ok(Some(ratio(quota, period))),
            _ => Err(Unread::not_understood(&path, &text)),
        },
        None => Err(Unread::not_understood(&path, &text)),
    }
}

/// `cpu.cfs_quota_us` is negative when there is none.
fn quota_v1(host: &Host<'_>, group: &str) -> Result<Option<f64>, Unread> {
    let quota: i64 = host.root.value(&format!("{group}/cpu.cfs_quota_us"))?;
    if quota < 0 {
        return Ok(None);
    }
    let path = format!("{group}/cpu.cfs_period_us");
    match host.root.value(&path)? {
        0 => Err(Unread::not_understood(&path, "0")),
        period => Ok(Some(ratio(quota.unsigned_abs(), period))),
    }
}

fn ratio(quota: u64, period: u64) -> f64 {
    quota as f64 / period as f64
}
