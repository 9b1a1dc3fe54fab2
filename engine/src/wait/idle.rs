//! A strategy at work.

use std::time::Duration;

use super::{Backoff, Monitor, Strategy};

/// A strategy and how long it has been idling.
#[derive(Debug)]
pub(crate) struct Idle {
    strategy: Strategy,
    rounds: u32,
}

/// What is left to do after a round of idling, for only the caller knows what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing: look again.
    Done,
    /// Let the processor watch the line that will change, or spin if there is not just one.
    Watch(Monitor),
    /// Sleep for that long; nobody will wake you.
    Nap(Duration),
    /// Sleep until woken.
    Sleep,
}

impl Idle {
    pub(crate) fn new(strategy: Strategy) -> Self {
        Self { strategy, rounds: 0 }
    }

    pub(crate) fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// There was something to do.
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.rounds = 0;
    }

    /// One round of idling.
    #[inline]
    pub(crate) fn pause(&mut self) -> Rest {
        match self.strategy {
            Strategy::BusySpin => Rest::Done,
            Strategy::Spin => {
                std::hint::spin_loop();
                Rest::Done
            }
            Strategy::Monitor(monitor) => Rest::Watch(monitor),
            Strategy::Yield => {
                std::thread::yield_now();
                Rest::Done
            }
            Strategy::Park { spins, yields } => {
                self.spin_and_yield(spins, yields).map_or(Rest::Done, |_| Rest::Sleep)
            }
            Strategy::Nap(Backoff { spins, yields, min_park, max_park }) => {
                let Some(naps) = self.spin_and_yield(spins, yields) else { return Rest::Done };
                self.rounds = self.rounds.saturating_add(1);
                let doubled = 1_u32.checked_shl(naps).unwrap_or(u32::MAX);
                Rest::Nap(min_park.saturating_mul(doubled).min(max_park))
            }
        }
    }

    /// One of the rounds before the sleep, or else the rounds since.
    #[inline]
    fn spin_and_yield(&mut self, spins: u32, yields: u32) -> Option<u32> {
        if self.rounds < spins {
            std::hint::spin_loop();
        } else if self.rounds - spins < yields {
            std::thread::yield_now();
        } else {
            return Some(self.rounds - spins - yields);
        }
        self.rounds = self.rounds.saturating_add(1);
        None
    }
}
