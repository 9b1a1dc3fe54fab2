//! What a thread does while there is nothing to do.

use std::time::Duration;

/// What a thread does while it waits for events, or for room.
///
/// | | reaction | cost |
/// |---|---|---|
/// | `BusySpin` | fastest under no load, but reads so hard that it slows the writer | a core |
/// | `Spin` | two cache-line transfers: the position, the event | a core, at lower power |
/// | `Yield` | as `Spin` if alone on its core | a core that others can have |
/// | `Park` | a system call, some microseconds | nothing, but a fence per publication |
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
    /// Let other threads run, then read again.
    Yield,
    /// Spin for a moment, then sleep until woken.
    Park,
    /// `Spin` if every thread of the graph has a core to itself, else yield for a moment and then
    /// sleep until woken. Decided at start, from the cores that stages name and those that the
    /// calling thread may use, for the other stages inherit these.
    #[default]
    Auto,
}

/// [`Wait`] with `Auto` resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    BusySpin,
    Spin,
    Yield,
    Park { spins: u32, yields: u32 },
}

/// How long a sleep lasts unless `Graph::longest_sleep` says otherwise.
pub(crate) const LONGEST_SLEEP: Duration = Duration::from_millis(10);

impl Wait {
    /// `crowded`: there are more threads than cores.
    pub(crate) fn resolve(self, crowded: bool) -> Strategy {
        match self {
            Wait::BusySpin => Strategy::BusySpin,
            Wait::Spin => Strategy::Spin,
            Wait::Yield => Strategy::Yield,
            Wait::Park => Strategy::Park { spins: 100, yields: 0 },
            Wait::Auto if crowded => Strategy::Park { spins: 0, yields: 20 },
            Wait::Auto => Strategy::Spin,
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

    /// `Auto` gives way to every express wish.
    fn patience(self) -> u8 {
        match self {
            Wait::BusySpin => 0,
            Wait::Spin => 1,
            Wait::Yield => 2,
            Wait::Park => 3,
            Wait::Auto => 4,
        }
    }
}

impl Strategy {
    pub(crate) fn spins(self) -> bool {
        matches!(self, Strategy::BusySpin | Strategy::Spin)
    }

    pub(crate) fn parks(self) -> bool {
        matches!(self, Strategy::Park { .. })
    }
}

/// A strategy and how long it has been idling.
#[derive(Debug)]
pub(crate) struct Idle {
    strategy: Strategy,
    rounds: u32,
}

impl Idle {
    pub(crate) fn new(strategy: Strategy) -> Self {
        Self { strategy, rounds: 0 }
    }

    /// There was something to do.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.rounds = 0;
    }

    /// One round of idling. True if the time has come to sleep instead.
    #[inline]
    pub(crate) fn pause(&mut self) -> bool {
        match self.strategy {
            Strategy::BusySpin => {}
            Strategy::Spin => std::hint::spin_loop(),
            Strategy::Yield => std::thread::yield_now(),
            Strategy::Park { spins, yields } => {
                if self.rounds >= spins + yields {
                    return true;
                }
                if self.rounds < spins {
                    std::hint::spin_loop();
                } else {
                    std::thread::yield_now();
                }
                self.rounds += 1;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_gives_way_and_the_impatient_win() {
        assert_eq!(Wait::Auto.most_impatient(Wait::Park), Wait::Park);
        assert_eq!(Wait::Yield.most_impatient(Wait::Auto), Wait::Yield);
        assert_eq!(Wait::Park.most_impatient(Wait::BusySpin), Wait::BusySpin);
        assert_eq!(Wait::Auto.most_impatient(Wait::Auto), Wait::Auto);
    }

    #[test]
    fn auto_spins_only_with_a_core_for_every_thread() {
        assert!(Wait::Auto.resolve(false).spins());
        assert!(Wait::Auto.resolve(true).parks());
    }

    #[test]
    fn parking_comes_after_the_rounds_and_again_after_a_reset() {
        let mut idle = Idle::new(Strategy::Park { spins: 2, yields: 1 });
        let rounds = |idle: &mut Idle| (0..5).map(|_| idle.pause()).collect::<Vec<_>>();
        assert_eq!(rounds(&mut idle), [false, false, false, true, true]);
        idle.reset();
        assert_eq!(rounds(&mut idle), [false, false, false, true, true]);
    }
}
