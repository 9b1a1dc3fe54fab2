//! The events of a micro-batch, from `apply` to `commit`.

use super::error::BatchError;

/// Events that nothing has come of yet.
#[derive(Debug)]
pub(super) struct Batch<E> {
    sequences: Vec<u64>,
    events: Vec<E>,
    most: usize,
}

impl<E> Default for Batch<E> {
    /// Without room.
    fn default() -> Self {
        Self { sequences: Vec::new(), events: Vec::new(), most: 0 }
    }
}

impl<E: Copy> Batch<E> {
    /// Room for `most` events.
    pub(super) fn new(most: usize) -> Self {
        Self { sequences: Vec::with_capacity(most), events: Vec::with_capacity(most), most }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn take(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        let length = self.events.len() + events.len();
        if length > self.most {
            return Err(BatchError::TooLong { length, most: self.most });
        }
        self.sequences.extend((first..).take(events.len()));
        self.events.extend_from_slice(events);
        Ok(())
    }

    pub(super) fn events(&self) -> impl Iterator<Item = (u64, &E)> {
        self.sequences.iter().copied().zip(&self.events)
    }

    pub(super) fn clear(&mut self) {
        self.sequences.clear();
        self.events.clear();
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.sequences.capacity() * size_of::<u64>() + self.events.capacity() * size_of::<E>()
    }
}
