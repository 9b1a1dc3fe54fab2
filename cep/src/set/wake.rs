//! Which patterns an event wakes.

use bytemuck::Pod;

use super::deadlines::Deadlines;
use super::next::Next;
use super::restless::Restless;

/// Marks a pattern that is woken, whatever conditions the event meets. There are 63 at most.
const WOKEN: u64 = 1 << 63;

/// By slot: what patterns wait for, and which of them the event in hand wakes.
#[derive(Debug, Default)]
pub(super) struct Wake {
    /// The conditions that the pattern looks at now.
    pub(super) wanted: Vec<u64>,
    /// Those that the event in hand meets, and [`WOKEN`].
    met: Vec<u64>,
    /// The slots whose `met` is not 0.
    woken: Vec<u32>,
    pub(super) restless: Restless,
    pub(super) next: Next,
    pub(super) deadlines: Deadlines,
}

impl Wake {
    /// Makes room for one more slot.
    pub(super) fn grow(&mut self) {
        self.wanted.push(0);
        self.met.push(0);
        self.restless.grow();
        self.deadlines.grow();
        // Whatever an event wakes fits.
        self.woken.reserve(self.met.len() - self.woken.len());
    }

    /// `slot` is not to be woken any more.
    pub(super) fn let_sleep(&mut self, slot: u32) {
        self.wanted[slot as usize] = 0;
        self.restless.set(slot, false);
        self.deadlines.set(slot, u64::MAX);
    }

    #[inline]
    pub(super) fn wake(&mut self, slot: u32, conditions: u64) {
        let met = &mut self.met[slot as usize];
        if *met == 0 {
            self.woken.push(slot);
        }
        *met |= conditions | WOKEN;
    }

    /// Wakes those whose deadline has come, and those that wait for whatever comes next.
    #[inline]
    pub(super) fn wake_more<E: Pod>(&mut self, time: u64, event: &E) {
        let Self { met, woken, restless, next, deadlines, .. } = self;
        let mut wake = |slot: u32| {
            let met = &mut met[slot as usize];
            if *met == 0 {
                woken.push(slot);
            }
            *met |= WOKEN;
        };
        restless.slots().iter().copied().for_each(&mut wake);
        next.wake(event, &mut wake);
        deadlines.due(time, &mut wake);
    }

    /// Wakes those whose deadline has come.
    pub(super) fn wake_due(&mut self, time: u64) {
        let Self { met, woken, deadlines, .. } = self;
        deadlines.due(time, &mut |slot| {
            met[slot as usize] = WOKEN;
            woken.push(slot);
        });
    }

    /// Puts the slots that are woken in order; says how many there are.
    #[inline]
    pub(super) fn sort(&mut self) -> usize {
        if self.woken.len() > 1 {
            self.woken.sort_unstable();
        }
        self.woken.len()
    }

    /// One of those that are woken, and the conditions that the event meets.
    #[inline]
    pub(super) fn woken(&self, at: usize) -> (u32, u64) {
        let slot = self.woken[at];
        (slot, self.met[slot as usize] & !WOKEN)
    }

    /// Nothing is woken.
    #[inline]
    pub(super) fn reset(&mut self) {
        for slot in self.woken.drain(..) {
            self.met[slot as usize] = 0;
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        (self.wanted.capacity() + self.met.capacity()) * size_of::<u64>()
            + self.woken.capacity() * size_of::<u32>()
            + self.restless.memory()
            + self.next.memory()
            + self.deadlines.memory()
    }
}
