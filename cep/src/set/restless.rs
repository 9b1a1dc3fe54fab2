//! The patterns that every event wakes.

/// Not in the list.
const OUT: u32 = u32::MAX;

/// A set of slots: a list, and where each slot stands in it.
#[derive(Debug, Default)]
pub(super) struct Restless {
    slots: Vec<u32>,
    places: Vec<u32>,
}

impl Restless {
    /// Makes room for one more slot.
    pub(super) fn grow(&mut self) {
        self.places.push(OUT);
        self.slots.reserve(self.places.len() - self.slots.len());
    }

    /// Puts `slot` in, or takes it out.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, restless: bool) {
        let place = self.places[slot as usize];
        if (place != OUT) == restless {
            return;
        }
        if restless {
            self.places[slot as usize] = self.slots.len() as u32;
            self.slots.push(slot);
        } else {
            self.slots.swap_remove(place as usize);
            if let Some(moved) = self.slots.get(place as usize) {
                self.places[*moved as usize] = place;
            }
            self.places[slot as usize] = OUT;
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        (self.slots.capacity() + self.places.capacity()) * size_of::<u32>()
    }

    /// Those in it.
    #[inline]
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }
}
