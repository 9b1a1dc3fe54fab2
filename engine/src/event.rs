//! What can travel through a ring, and how large a ring is.

use crate::error::BuildError;

/// Anything that can travel through a ring: plain data that is copied in and read in place.
///
/// Implemented for every type that meets the bounds. `Default` fills the slots before use; it is
/// delivered only if a [`Claim`](crate::Claim) commits slots that it has not written.
pub trait Event: Copy + Default + Send + Sync + 'static {}

impl<E: Copy + Default + Send + Sync + 'static> Event for E {}

/// The number of slots of a ring: a power of two, at least 2.
///
/// Small rings are fast rings: 128 to 512 slots stay in the nearest cache. A ring that feeds a
/// coalescing stage needs room for its batches; twice `Coalesce::max_events` is a good start.
///
/// ```
/// use tourbillon_engine::Capacity;
/// assert_eq!(Capacity::new(256).unwrap().slots(), 256);
/// assert_eq!(Capacity::at_least(1000).slots(), 1024);
/// assert!(Capacity::new(1000).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capacity(usize);

impl Capacity {
    const MIN: usize = 2;
    const MAX: usize = 1 << (usize::BITS - 2);

    /// Exactly `slots`. Whether there is memory for them shows in [`Graph::single`](crate::Graph::single).
    ///
    /// # Errors
    /// [`BuildError::Capacity`] unless `slots` is a power of two and at least 2.
    pub fn new(slots: usize) -> Result<Self, BuildError> {
        if slots.is_power_of_two() && (Self::MIN..=Self::MAX).contains(&slots) {
            Ok(Self(slots))
        } else {
            Err(BuildError::Capacity { slots, nearest: Self::at_least(slots).0 })
        }
    }

    /// The smallest capacity of at least `slots`.
    #[must_use]
    pub fn at_least(slots: usize) -> Self {
        Self(slots.clamp(Self::MIN, Self::MAX).next_power_of_two())
    }

    /// The number of slots.
    #[must_use]
    pub fn slots(self) -> usize {
        self.0
    }
}
