//! What is left of the system calls where the system is not Linux: threads can be bound to cores,
//! the rest is refused, which the engine reports as it reports any refusal.

use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::ops::Range;

use super::report::Policy;

pub(crate) type Tid = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RealTimeLimit {
    pub(crate) signal: u64,
    pub(crate) kill: u64,
}

pub(crate) const UNLIMITED: u64 = u64::MAX;

fn unsupported<T>() -> Result<T> {
    Err(Error::from(ErrorKind::Unsupported))
}

/// Any number but 0, which stands for a thread that has ended.
pub(crate) fn current() -> Tid {
    1
}

pub(crate) fn pin(core: usize) -> Result<()> {
    let bound = core_affinity::set_for_current(core_affinity::CoreId { id: core });
    if bound { Ok(()) } else { unsupported() }
}

pub(crate) fn allowed(_thread: Tid) -> Result<BTreeSet<usize>> {
    unsupported()
}

pub(crate) fn raise(_thread: Tid, _level: u8) -> Result<()> {
    unsupported()
}

pub(crate) fn demote(_thread: Tid) -> Result<()> {
    unsupported()
}

pub(crate) fn policy(_thread: Tid) -> Result<Policy> {
    unsupported()
}

pub(crate) fn real_time_limit() -> Result<RealTimeLimit> {
    unsupported()
}

pub(crate) fn limit_real_time(_limit: RealTimeLimit) -> Result<()> {
    unsupported()
}

pub(crate) fn on_cpu_time_signal(_rescue: fn() -> bool) -> Result<()> {
    unsupported()
}

pub(crate) fn advise_huge_pages(_addresses: &Range<usize>) -> Result<()> {
    unsupported()
}

pub(crate) fn collapse(_addresses: &Range<usize>) -> Result<()> {
    unsupported()
}

pub(crate) fn lock(_addresses: &Range<usize>) -> Result<()> {
    unsupported()
}

pub(crate) fn sharpen_timers() {}
