//! A wait with everything decided that depends on the machine.

use std::fmt;

use super::{Backoff, Monitor};

/// [`Wait`](super::Wait) with `Auto` resolved and `Monitor` replaced where the processor has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    BusySpin,
    Spin,
    Monitor(Monitor),
    Yield,
    /// Sleeps until woken.
    Park {
        spins: u32,
        yields: u32,
    },
    /// Sleeps and wakes by itself.
    Nap(Backoff),
}

impl Strategy {
    /// Whether it never gives its core away.
    pub(crate) fn spins(self) -> bool {
        matches!(self, Strategy::BusySpin | Strategy::Spin | Strategy::Monitor(_))
    }

    /// Whether it gives its core to threads of its own priority at most, and to no other.
    pub(crate) fn never_blocks(self) -> bool {
        match self {
            Strategy::BusySpin | Strategy::Spin | Strategy::Monitor(_) | Strategy::Yield => true,
            Strategy::Park { .. } => false,
            // Sleeps of no length are yields.
            Strategy::Nap(backoff) => backoff.min_park.is_zero() || backoff.max_park.is_zero(),
        }
    }

    /// Whether it must be woken.
    pub(crate) fn parks(self) -> bool {
        matches!(self, Strategy::Park { .. })
    }

    /// Whether it sleeps by the clock.
    pub(crate) fn naps(self) -> bool {
        matches!(self, Strategy::Nap(_))
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Strategy::BusySpin => f.write_str("busy spin"),
            Strategy::Spin => f.write_str("spin"),
            Strategy::Monitor(monitor) => write!(f, "monitor ({monitor})"),
            Strategy::Yield => f.write_str("yield"),
            Strategy::Park { .. } => f.write_str("park"),
            Strategy::Nap(backoff) if backoff.min_park == backoff.max_park => {
                write!(f, "sleep {:?} at a time", backoff.max_park)
            }
            Strategy::Nap(backoff) => write!(f, "back off to {:?}", backoff.max_park),
        }
    }
}
