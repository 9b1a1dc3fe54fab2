//! The machine's CPU time since boot, and the part that the hypervisor took away.

use crate::Sysroot;
use crate::sysroot::Unread;

/// A reading of the first line of `/proc/stat`. Two readings tell how much time was stolen
/// between them. Source: proc_stat(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuTimes {
    total_ticks: u64,
    stolen_ticks: u64,
}

impl CpuTimes {
    /// Reads the times now; `None` when this machine does not tell.
    #[must_use]
    pub fn read(root: &Sysroot) -> Option<Self> {
        Self::try_read(root).ok()
    }

    pub(crate) fn try_read(root: &Sysroot) -> Result<Self, Unread> {
        let path = "proc/stat";
        let text = root.read(path)?;
        Self::parse(&text).ok_or_else(|| Unread::not_understood(path, &text))
    }

    fn parse(text: &str) -> Option<Self> {
        let fields = text.lines().next()?.strip_prefix("cpu ")?;
        // user nice system idle iowait irq softirq steal; guest time is already part of user.
        let ticks: Vec<u64> =
            fields.split_whitespace().take(8).map_while(|field| field.parse().ok()).collect();
        let stolen_ticks = *ticks.get(7)?;
        let total_ticks = ticks.iter().try_fold(0_u64, |sum, &t| sum.checked_add(t))?;
        Some(Self { total_ticks, stolen_ticks })
    }

    /// The share stolen since boot, in percent; `None` before the first tick.
    pub(crate) fn stolen_percent(self) -> Option<f64> {
        let ratio = 100.0 * self.stolen_ticks as f64 / self.total_ticks as f64;
        (self.total_ticks > 0).then_some(ratio)
    }

    /// The share stolen since `earlier`, in percent; `None` when no tick passed in between.
    pub(crate) fn stolen_percent_since(self, earlier: Self) -> Option<f64> {
        Self {
            total_ticks: self.total_ticks.checked_sub(earlier.total_ticks)?,
            stolen_ticks: self.stolen_ticks.saturating_sub(earlier.stolen_ticks),
        }
        .stolen_percent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_of_all_time_and_guest_time_counts_once() {
        let boot = CpuTimes::parse("cpu  10 0 10 70 0 0 0 10 10 0\n").expect("eight fields");
        assert_eq!(boot.stolen_percent(), Some(10.0));
        let later = CpuTimes::parse("cpu  10 0 10 120 0 0 0 60 10 0\n").expect("eight fields");
        assert_eq!(later.stolen_percent_since(boot), Some(50.0));
        assert_eq!(boot.stolen_percent_since(boot), None);
        assert_eq!(boot.stolen_percent_since(later), None);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for text in ["", "cpu", "cpu 1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu  1 2 3 4 5 6 7 x"] {
            assert_eq!(CpuTimes::parse(text), None, "{text:?}");
        }
        let overflow = format!("cpu  {0} {0} 0 0 0 0 0 0", u64::MAX);
        assert_eq!(CpuTimes::parse(&overflow), None);
    }
}
