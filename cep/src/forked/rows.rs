//! The last events of every partition, bound or not, for conditions that read the rows before.

use bytemuck::Pod;

/// Of each partition, a ring of its last events.
#[derive(Debug)]
pub(super) struct Rows<E> {
    /// Events kept of each partition.
    rows: usize,
    events: Box<[E]>,
}

impl<E: Pod> Rows<E> {
    pub(super) fn new(rows: usize, partitions: usize) -> Self {
        Self { rows, events: vec![E::zeroed(); rows * partitions].into() }
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.events)
    }

    /// The rows before the event at `position` of partition `at`.
    pub(super) fn before(&self, at: usize, position: u64) -> Before<'_, E> {
        Before { ring: &self.events[at * self.rows..(at + 1) * self.rows], position }
    }

    /// Keeps the event at `position` of partition `at`.
    pub(super) fn keep(&mut self, at: usize, position: u64, event: &E) {
        if self.rows > 0 {
            self.events[at * self.rows + (position % self.rows as u64) as usize] = *event;
        }
    }
}

/// The rows before an event.
#[derive(Debug)]
pub(super) struct Before<'a, E> {
    ring: &'a [E],
    position: u64,
}

impl<E> Clone for Before<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Before<'_, E> {}

impl<'a, E> Before<'a, E> {
    /// None at all.
    pub(super) const NONE: Self = Self { ring: &[], position: 0 };

    /// The row so many before; 1 is the one before.
    pub(super) fn back(&self, by: u32) -> Option<&'a E> {
        let at = self.position.checked_sub(by.into())?;
        self.ring.get((at.checked_rem(self.ring.len() as u64)?) as usize)
    }
}
