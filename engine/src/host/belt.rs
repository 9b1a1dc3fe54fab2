//! The belt that holds when the supervisor does not: a limit on the processor time that a thread
//! may spend under real-time priority without blocking.
//!
//! When a thread exceeds it, the system signals, and the handler demotes every thread that the
//! engine has raised. If a thread goes on all the same, the system ends the process. The limit
//! belongs to the process, so pipelines share it: the longest counts. What was there before is
//! never loosened, and comes back with the end of the last pipeline, as far as the system lets us:
//! the second limit can be raised again only with privileges.

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::report::Refusal;
use super::system::{self, RealTimeLimit, Tid};
use crate::sync::{self, AtomicU32, Mutex};

/// From the supervisor's deadline to the signal, for it comes only if the supervisor failed.
const SIGNAL_AFTER: Duration = Duration::from_secs(1);
/// From the signal to the end of the process.
const KILL_AFTER: Duration = Duration::from_secs(2);

/// The threads that have been raised, free places being 0: a table that a signal handler can read.
static RAISED: [AtomicU32; 256] = [const { AtomicU32::new(0) }; 256];

/// A thread's place among those to demote.
#[derive(Debug)]
pub(crate) struct Place {
    entry: &'static AtomicU32,
    thread: Tid,
}

impl Place {
    /// `None` if all are taken.
    pub(crate) fn take(thread: Tid) -> Option<Self> {
        let free = |entry: &&AtomicU32| entry.compare_exchange(0, thread, Relaxed, Relaxed).is_ok();
        RAISED.iter().find(free).map(|entry| Self { entry, thread })
    }

    /// The thread has been demoted, or is about to end.
    pub(crate) fn vacate(&self) {
        // Fails if it is vacant already, and perhaps somebody else's by now.
        let _ = self.entry.compare_exchange(self.thread, 0, Relaxed, Relaxed);
    }

    /// Whether somebody has demoted the thread.
    pub(crate) fn is_vacant(&self) -> bool {
        self.entry.load(Relaxed) != self.thread
    }
}

/// Demotes all. Runs in a signal handler: no lock, no allocation. False if there was nobody.
fn demote_all() -> bool {
    let mut found = false;
    for entry in &RAISED {
        let thread = entry.swap(0, Relaxed);
        if thread != 0 {
            found = true;
            // Refused only if the thread has just ended.
            drop(system::demote(thread));
        }
    }
    found
}

/// The limits that pipelines need now, and what there was before the first.
struct Fastened {
    before: Option<RealTimeLimit>,
    signals: Vec<u64>,
}

static FASTENED: Mutex<Fastened> = Mutex::new(Fastened { before: None, signals: Vec::new() });

/// Keeps the limit in place for one pipeline.
#[derive(Debug)]
pub(crate) struct Belt {
    signal: u64,
}

impl Belt {
    /// Sets the limit for threads that are to be demoted after `limit`.
    ///
    /// # Errors
    /// If the system does not let us, or a limit that is there already leaves no room for it.
    pub(crate) fn fasten(limit: Duration) -> Result<Self, Refusal> {
        let what = "limit processor time under real-time priority (RLIMIT_RTTIME)";
        let refused = |error: io::Error| Refusal::by_system(what, &error);
        let signal = micros(limit.saturating_add(SIGNAL_AFTER));
        let mut fastened = sync::lock(&FASTENED);
        system::on_cpu_time_signal(demote_all).map_err(refused)?;
        let now = system::real_time_limit().map_err(refused)?;
        let before = fastened.before.unwrap_or(now);
        // The signal must come well before the kill, which we cannot postpone.
        if signal >= before.kill {
            let limit = Duration::from_micros(before.kill);
            let why = format!("an earlier limit, which cannot be raised, is {limit:?} already");
            return Err(Refusal::new(what, why));
        }
        fastened.signals.push(signal);
        if let Err(error) = system::limit_real_time(fastened.needed(before)) {
            fastened.remove(signal);
            return Err(refused(error));
        }
        fastened.before = Some(before);
        Ok(Self { signal })
    }
}

impl Drop for Belt {
    fn drop(&mut self) {
        let mut fastened = sync::lock(&FASTENED);
        fastened.remove(self.signal);
        let Some(before) = fastened.before else { return };
        let mut wanted = before;
        if fastened.signals.is_empty() {
            fastened.before = None;
        } else {
            wanted = fastened.needed(before);
        }
        if system::limit_real_time(wanted).is_err()
            && let Ok(now) = system::real_time_limit()
        {
            // Without privileges the second limit stays; the first can come back up to it. If
            // even that is refused, the tighter limit stays, and threads of ours need none.
            let signal = wanted.signal.min(now.kill);
            drop(system::limit_real_time(RealTimeLimit { signal, kill: now.kill }));
        }
    }
}

impl Fastened {
    fn needed(&self, before: RealTimeLimit) -> RealTimeLimit {
        let longest = self.signals.iter().copied().max().unwrap_or(0);
        let kill = longest.saturating_add(micros(KILL_AFTER)).min(before.kill);
        RealTimeLimit { signal: longest.min(before.signal), kill }
    }

    fn remove(&mut self, signal: u64) {
        if let Some(index) = self.signals.iter().position(|&known| known == signal) {
            self.signals.swap_remove(index);
        }
    }
}

/// In the unit of the limit, and less than the value that stands for none.
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(system::UNLIMITED / 2)
}
