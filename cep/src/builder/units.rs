//! Durations as short as in texts: `50.us()`.

use std::time::Duration;

/// A number of units of time.
pub trait Units {
    /// So many nanoseconds.
    #[must_use]
    fn ns(self) -> Duration;
    /// So many microseconds.
    #[must_use]
    fn us(self) -> Duration;
    /// So many milliseconds.
    #[must_use]
    fn ms(self) -> Duration;
    /// So many seconds.
    #[must_use]
    fn s(self) -> Duration;
}

impl Units for u64 {
    fn ns(self) -> Duration {
        Duration::from_nanos(self)
    }

    fn us(self) -> Duration {
        Duration::from_micros(self)
    }

    fn ms(self) -> Duration {
        Duration::from_millis(self)
    }

    fn s(self) -> Duration {
        Duration::from_secs(self)
    }
}

/// Its nanoseconds. Times are 64 bits of them, so that a longer one (584 years) is as good as
/// the longest of these.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
