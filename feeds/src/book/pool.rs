//! Records of one kind with stable numbers, taken and given back, all reserved at the start.
//!
//! The system backs only what was touched. Number 0 is never given out: it says "none".

use super::memory::{Records, touch};
use bytemuck::Pod;
use std::ops::{Index, IndexMut};

#[derive(Debug)]
pub(super) struct Pool<T> {
    items: Records<T>,
    free: Vec<u32>,
    /// The next number that was never taken.
    fresh: u32,
}

impl<T: Pod> Pool<T> {
    pub(super) fn new(limit: u32) -> Self {
        let free = Vec::with_capacity(limit as usize);
        Self { items: Records::zeroed(limit as usize + 1), free, fresh: 1 }
    }

    /// A record to overwrite, or `None` if all are taken.
    pub(super) fn take(&mut self) -> Option<u32> {
        self.free.pop().or_else(|| {
            let number = self.fresh;
            (self.items.len() > number as usize).then(|| {
                self.fresh += 1;
                number
            })
        })
    }

    pub(super) fn give_back(&mut self, number: u32) {
        self.free.push(number);
    }

    pub(super) fn taken(&self) -> usize {
        self.fresh as usize - 1 - self.free.len()
    }

    /// Writes to all memory; nothing is taken.
    pub(super) fn touch(&mut self) {
        touch(&mut self.items);
    }

    /// Bytes reserved.
    pub(super) fn memory(&self) -> usize {
        size_of_val::<[T]>(&self.items) + self.free.capacity() * size_of::<u32>()
    }
}

impl<T: Pod> Index<u32> for Pool<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.items[number as usize]
    }
}

impl<T: Pod> IndexMut<u32> for Pool<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        &mut self.items[number as usize]
    }
}
