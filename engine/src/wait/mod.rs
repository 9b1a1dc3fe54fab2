//! What a thread does while there is nothing to do.
//!
//! [`Wait`] is the wish, [`Strategy`] what it comes to on this machine, [`Idle`] a strategy at
//! work. Nothing here knows what is being waited for: whoever idles looks again after each round,
//! and at the state of the ring too, so every wait ends when the ring is halted or fails.

mod idle;
mod monitor;
mod strategy;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use idle::{Idle, Rest};
pub(crate) use monitor::Monitor;
pub(crate) use strategy::Strategy;

/// What a thread does while it waits for events, or for room.
///
/// | | reaction | cost |
/// |---|---|---|
/// | `BusySpin` | fastest under no load, but reads so hard that it slows the writer | a core |
/// | `Spin` | two cache-line transfers: the position, the event | a core, at lower power |
/// | `Monitor` | as `Spin`, and the time to leave a light sleep | a core that draws little |
/// | `Yield` | as `Spin` if alone on its core | a core that others can have |
/// | `Park` | a system call, some microseconds | nothing, but a fence per publication |
/// | `Backoff` | the longer nothing happened the later, up to `max_park` | next to nothing |
/// | `Timed` | half the interval on average, and the system's delay | a wake-up per interval |
///
/// `Backoff` and `Timed` wake by themselves: whoever they wait for pays nothing. No sleep is
/// longer than [`Graph::longest_sleep`](crate::Graph::longest_sleep).
///
/// A stage that gathers batches ([`Coalesce`](crate::Coalesce)) under `Auto` sleeps once a batch
/// has been in the making for a while, so its producer pays the fence (about 6 ns) too. It spins
/// all the same in the last 0.1 ms of an interval, because the system may wake it late, and where
/// it shares a thread with a stage that takes events as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// Read again at once.
    BusySpin,
    /// Read again after the processor's pause instruction.
    Spin,
    /// Let the processor watch the cache line that will change: UMWAIT or MWAITX, where it has one
    /// of them. `Spin` where it has neither, and while there is not exactly one line to watch
    /// because the thread waits for several others. [`Running::host`](crate::Running::host) tells
    /// what it came to.
    Monitor,
    /// Let other threads run, then read again.
    Yield,
    /// Spin for a moment, then sleep until woken.
    Park,
    /// Spin, then yield, then sleep for longer and longer, without being woken.
    Backoff(Backoff),
    /// Spin for a moment, then sleep for that long at a time, without being woken.
    Timed(Duration),
    /// `Spin` if every thread of the graph has a core to itself, else yield for a moment and then
    /// sleep until woken. Decided at start, from the cores that stages name and those that the
    /// calling thread may use, for the other stages inherit these.
    #[default]
    Auto,
}

/// How [`Wait::Backoff`] grows more patient. The default is 10 spins, 5 yields, then sleeps that
/// double from 1 us to 1 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backoff {
    /// Rounds with the processor's pause instruction.
    pub spins: u32,
    /// Rounds, after these, that let other threads run.
    pub yields: u32,
    /// The first sleep; each further one is twice as long. The system adds its own delay: on Linux
    /// some 20 us for stages and 70 us for producers, whose threads' timers are not ours to set.
    pub min_park: Duration,
    /// The longest sleep.
    pub max_park: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            spins: 10,
            yields: 5,
            min_park: Duration::from_micros(1),
            max_park: Duration::from_millis(1),
        }
    }
}

/// How long a sleep lasts unless `Graph::longest_sleep` says otherwise.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_millis(10);

/// Rounds for which a thread spins before it sleeps: some 2 us, less than being woken takes.
const SPINS_BEFORE_SLEEP: u32 = 100;

impl Wait {
    /// `crowded`: there are more threads than cores.
    pub(crate) fn resolve(self, crowded: bool) -> Strategy {
        match self {
            Wait::BusySpin => Strategy::BusySpin,
            Wait::Spin => Strategy::Spin,
            Wait::Monitor => Monitor::of_this_processor().map_or(Strategy::Spin, Strategy::Monitor),
            Wait::Yield => Strategy::Yield,
            Wait::Park => Strategy::Park { spins: SPINS_BEFORE_SLEEP, yields: 0 },
            Wait::Backoff(backoff) => Strategy::Nap(backoff),
            Wait::Timed(nap) => Strategy::Nap(Backoff {
                spins: SPINS_BEFORE_SLEEP,
                yields: 0,
                min_park: nap,
                max_park: nap,
            }),
            Wait::Auto if crowded => Strategy::Park { spins: 0, yields: 20 },
            Wait::Auto => Strategy::Spin,
        }
    }

    /// For a thread that nobody wakes.
    pub(crate) fn resolve_unwoken(self) -> Strategy {
        match self {
            Wait::Park | Wait::Auto => Strategy::Nap(Backoff::default()),
            other => other.resolve(false),
        }
    }

    /// What is different while all stages of the thread gather batches, so that nobody is kept
    /// waiting by a thread that sleeps. Waking it costs the producer a system call, so it first
    /// spins, for somewhat less than 0.1 ms: batches that fill faster cost the producer nothing.
    pub(crate) fn resolve_gathering(self, crowded: bool) -> Option<Strategy> {
        (self == Wait::Auto && !crowded).then_some(Strategy::Park { spins: 1000, yields: 0 })
    }

    /// How a thread waits whose stages disagree: as the most impatient of them.
    pub(crate) fn most_impatient(self, other: Self) -> Self {
        if self.patience() <= other.patience() { self } else { other }
    }

    /// By the delay to be expected; `Auto` gives way to every express wish.
    fn patience(self) -> (u8, Duration) {
        match self {
            Wait::BusySpin => (0, Duration::ZERO),
            Wait::Spin => (1, Duration::ZERO),
            Wait::Monitor => (2, Duration::ZERO),
            Wait::Yield => (3, Duration::ZERO),
            Wait::Park => (4, Duration::ZERO),
            Wait::Backoff(backoff) => (5, backoff.max_park),
            Wait::Timed(nap) => (5, nap),
            Wait::Auto => (6, Duration::ZERO),
        }
    }
}
