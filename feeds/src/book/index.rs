//! From an order's reference to its record: pages where references are dense, a hash where not.
//!
//! References of ITCH are unique in a day, nearly dense and grow, so a page of slots per range is
//! one read. A slot names the order's level as well: from slot to order to level would be one more
//! read that waits for the one before. A reference goes to the hash if it is beyond the directory,
//! if no page is left, or if another instrument has the same one. A page goes back when its last
//! order leaves.

use super::memory::{prefetch, touch};
use super::pool::Pool;
use super::store::Order;
use bytemuck::{Pod, Zeroable};

/// References of a page: 64 KiB of slots.
const PAGE_BITS: u32 = 13;
const PAGE: usize = 1 << PAGE_BITS;

/// An order's number, or 0, and that of its level.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct Slot {
    pub(super) order: u32,
    pub(super) level: u32,
}

#[derive(Debug)]
pub(super) struct OrderIndex {
    /// Page of each range of references, plus 1; 0 = none.
    directory: Vec<u32>,
    /// The pages, one after the other.
    slots: Vec<Slot>,
    /// Orders in each page.
    used: Vec<u32>,
    free: Vec<u32>,
    fresh: u32,
    sparse: Sparse,
}

impl OrderIndex {
    pub(super) fn new(dense_references: u64, pages: u32, sparse: u32) -> Self {
        Self {
            directory: vec![0; dense_references.div_ceil(PAGE as u64) as usize],
            slots: bytemuck::zeroed_vec(pages as usize * PAGE),
            used: vec![0; pages as usize],
            free: Vec::with_capacity(pages as usize),
            fresh: 0,
            sparse: Sparse::new(sparse),
        }
    }

    /// The reference's slot, perhaps of another instrument's order.
    #[inline]
    pub(super) fn look(&self, id: u64) -> Slot {
        self.slot(id).map_or(Slot::default(), |slot| self.slots[slot])
    }

    /// The order's number in the pool; `slot` is the reference's.
    #[inline]
    pub(super) fn find(
        &self,
        slot: Slot,
        id: u64,
        instrument: u32,
        orders: &Pool<Order>,
    ) -> Option<u32> {
        if slot.order != 0 && orders[slot.order].instrument == instrument {
            return Some(slot.order);
        }
        self.sparse.find(id, instrument).map(|at| self.sparse.entries[at].order)
    }

    /// Whether there was room. The order is not in the index yet.
    #[inline]
    pub(super) fn insert(&mut self, id: u64, instrument: u32, slot: Slot) -> bool {
        if let Some(at) = self.slot(id).or_else(|| self.open_page(id))
            && self.slots[at].order == 0
        {
            self.slots[at] = slot;
            self.used[at >> PAGE_BITS] += 1;
            return true;
        }
        self.sparse.insert(Entry { id, instrument, order: slot.order })
    }

    /// The order is in the index.
    #[inline]
    pub(super) fn remove(&mut self, id: u64, instrument: u32, order: u32) {
        let Some(slot) = self.slot(id).filter(|&slot| self.slots[slot].order == order) else {
            self.sparse.remove(id, instrument);
            return;
        };
        self.slots[slot] = Slot::default();
        let page = slot >> PAGE_BITS;
        self.used[page] -= 1;
        if self.used[page] == 0 {
            self.directory[(id >> PAGE_BITS) as usize] = 0;
            self.free.push(page as u32);
        }
    }

    /// Asks for the line of the reference's slot.
    #[inline]
    pub(super) fn prefetch_slot(&self, id: u64) {
        match self.slot(id) {
            Some(slot) => prefetch(&self.slots[slot]),
            None => prefetch(&self.sparse.entries[self.sparse.home(id)]),
        }
    }

    #[inline]
    fn slot(&self, id: u64) -> Option<usize> {
        let range = usize::try_from(id >> PAGE_BITS).ok()?;
        let page = self.directory.get(range)?.checked_sub(1)? as usize;
        Some((page << PAGE_BITS) + (id as usize & (PAGE - 1)))
    }

    fn open_page(&mut self, id: u64) -> Option<usize> {
        let range = usize::try_from(id >> PAGE_BITS).ok()?;
        let entry = self.directory.get_mut(range)?;
        let page = self.free.pop().or_else(|| {
            let page = self.fresh;
            (self.used.len() > page as usize).then(|| {
                self.fresh += 1;
                page
            })
        })?;
        *entry = page + 1;
        self.slot(id)
    }

    /// Writes to all memory; the index is empty.
    pub(super) fn touch(&mut self) {
        touch(&mut self.directory);
        touch(&mut self.slots);
        touch(&mut self.sparse.entries);
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(self.slots.as_slice())
            + (self.directory.len() + self.used.len() + self.free.capacity()) * size_of::<u32>()
            + size_of_val(self.sparse.entries.as_slice())
    }
}

/// One place of the hash; `order` 0 = empty.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct Entry {
    id: u64,
    instrument: u32,
    order: u32,
}

/// Open addressing with linear probing, at most half full; removal moves the followers back.
#[derive(Debug)]
struct Sparse {
    entries: Vec<Entry>,
    used: usize,
}

impl Sparse {
    fn new(limit: u32) -> Self {
        let places = (limit as usize * 2).next_power_of_two().max(2);
        Self { entries: bytemuck::zeroed_vec(places), used: 0 }
    }

    fn home(&self, id: u64) -> usize {
        // Both halves are mixed: neighbours in a sequence must not become neighbours here.
        let mixed = (id ^ (id >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 29)) as usize) & (self.entries.len() - 1)
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    fn find(&self, id: u64, instrument: u32) -> Option<usize> {
        if self.used == 0 {
            return None;
        }
        let mut at = self.home(id);
        loop {
            let entry = &self.entries[at];
            if entry.order == 0 {
                return None;
            }
            if entry.id == id && entry.instrument == instrument {
                return Some(at);
            }
            at = self.next(at);
        }
    }

    fn insert(&mut self, entry: Entry) -> bool {
        if self.used >= self.entries.len() / 2 {
            return false;
        }
        let mut at = self.home(entry.id);
        while self.entries[at].order != 0 {
            at = self.next(at);
        }
        self.entries[at] = entry;
        self.used += 1;
        true
    }

    fn remove(&mut self, id: u64, instrument: u32) {
        let Some(mut hole) = self.find(id, instrument) else { return };
        self.used -= 1;
        let mask = self.entries.len() - 1;
        let mut at = self.next(hole);
        while self.entries[at].order != 0 {
            // A follower may fill the hole unless its home lies behind the hole.
            let from_home = at.wrapping_sub(self.home(self.entries[at].id)) & mask;
            if from_home >= (at.wrapping_sub(hole) & mask) {
                self.entries[hole] = self.entries[at];
                hole = at;
            }
            at = self.next(at);
        }
        self.entries[hole].order = 0;
    }
}
