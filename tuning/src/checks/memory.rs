//! Pages that move or vanish under a running thread.

use super::{Check, Verdict};
use crate::host::{Host, Platform, field};
use crate::sysroot::Unread;

pub(super) const TRANSPARENT_HUGE_PAGES: Check = Check {
    id: "transparent-huge-pages",
    title: "transparent huge pages",
    wanted: "madvise or never",
    reason: "with 'always' the kernel collapses and compacts memory under running threads",
    explain: "Reads whether the kernel makes huge pages of any memory it likes. With `always` a \
        page fault may wait for memory to be compacted, and a kernel thread copies pages that a \
        hot thread is using. `madvise` keeps the good part: a program asks for huge pages where it \
        wants them. Fix: `echo madvise > /sys/kernel/mm/transparent_hugepage/enabled`. Undo: `echo \
        always`. Risk: programs that never ask lose a little throughput. When not: for bulk work \
        with huge heaps.",
    run: transparent_huge_pages,
};

fn transparent_huge_pages(host: &Host<'_>) -> Result<Verdict, Unread> {
    let path = "sys/kernel/mm/transparent_hugepage/enabled";
    let text = host.root.read(path)?;
    let chosen = text.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    match chosen.map(|(mode, _)| mode) {
        Some(mode @ ("madvise" | "never")) => Ok(Verdict::pass(mode)),
        Some("always") => {
            Ok(host.kernel_wide(Verdict::warn("always", format!("echo madvise > /{path}"))))
        }
        _ => Err(Unread::not_understood(path, &text)),
    }
}

pub(super) const MEMLOCK: Check = Check {
    id: "memlock",
    title: "locked-memory limit",
    wanted: "unlimited, or at least what the program locks",
    reason: "memory that cannot be locked can be paged out: touching it again waits for the disk",
    explain: "Reads how much memory this process may lock (RLIMIT_MEMLOCK, or any amount with \
        CAP_IPC_LOCK). If the limit is too low mlockall fails, and a ring that was not touched for \
        a while may have to come back from swap. Fix: `ulimit -l unlimited` in the starting shell, \
        LimitMEMLOCK=infinity in a systemd unit, `--ulimit memlock=-1` for a container, or a \
        `memlock` line in /etc/security/limits.conf. Undo: restore the old limit. Risk: a runaway \
        program can lock all memory. When not: where there is no swap, or nothing is locked.",
    run: memlock,
};

fn memlock(host: &Host<'_>) -> Result<Verdict, Unread> {
    let path = "proc/self/limits";
    let text = host.root.read(path)?;
    let (soft, hard) = text
        .lines()
        .find_map(|line| line.strip_prefix("Max locked memory"))
        .and_then(|line| {
            let mut limits = line.split_whitespace().map(limit);
            Some((limits.next()??, limits.next()??))
        })
        .ok_or_else(|| Unread::not_understood(path, &text))?;
    let found = match soft {
        u64::MAX => "unlimited".to_owned(),
        bytes => format!("{} KiB", bytes / 1024),
    };
    Ok(match host.context.locked_bytes {
        _ if soft == u64::MAX => Verdict::pass(found),
        _ if may_lock_anything(host) => Verdict::pass(format!("{found}, lifted by CAP_IPC_LOCK")),
        None => Verdict::info(format!("{found}; the program locks nothing")),
        Some(wanted) if wanted <= soft => Verdict::pass(found),
        Some(wanted) => {
            let found = format!("{found}, {} KiB wanted", wanted.div_ceil(1024));
            let fix = "ulimit -l unlimited (systemd: LimitMEMLOCK=infinity; docker run --ulimit \
                       memlock=-1)";
            let verdict = Verdict::warn(found, fix);
            // A process may raise its own limit up to the hard one, even in a container.
            if wanted <= hard { verdict } else { host.kernel_wide(verdict) }
        }
    })
}

fn limit(text: &str) -> Option<u64> {
    if text == "unlimited" { Some(u64::MAX) } else { text.parse().ok() }
}

fn may_lock_anything(host: &Host<'_>) -> bool {
    const CAP_IPC_LOCK: u64 = 1 << 14;
    // Capabilities of a container may hold in its own user namespace only.
    host.platform != Platform::Container
        && host.root.read("proc/self/status").is_ok_and(|status| {
            field(&status, "CapEff")
                .and_then(|mask| u64::from_str_radix(mask, 16).ok())
                .is_some_and(|mask| mask & CAP_IPC_LOCK != 0)
        })
}
