//! The reorder memory: messages that came before their turn, by sequence number.
//!
//! All of its memory is taken at the start: `slots` places of `slot_bytes` each. What does not fit
//! is refused, never cut.

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    Held,
    Duplicate,
    /// Beyond the window, or longer than a place.
    Refused,
}

/// No message has this number: numbers end one below.
const EMPTY: u64 = u64::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    sequence: u64,
    length: u16,
}

/// Messages of the window `[expected, expected + slots)`.
#[derive(Debug)]
pub(super) struct Store {
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    slot_bytes: usize,
    held: usize,
}

impl Store {
    /// `slots` is rounded up to a power of two.
    pub(super) fn new(slots: usize, slot_bytes: usize) -> Self {
        let slots = slots.max(1).next_power_of_two();
        Self {
            slots: vec![Slot { sequence: EMPTY, length: 0 }; slots].into(),
            bytes: vec![0; slots * slot_bytes].into(),
            slot_bytes,
            held: 0,
        }
    }

    /// Bytes of memory, for ever.
    pub(super) fn memory(&self) -> usize {
        self.bytes.len() + std::mem::size_of_val(&*self.slots)
    }

    pub(super) fn held(&self) -> usize {
        self.held
    }

    fn index(&self, sequence: u64) -> usize {
        sequence as usize & (self.slots.len() - 1)
    }

    /// Keeps a message that is not before `expected`.
    pub(super) fn put(&mut self, expected: u64, sequence: u64, message: &[u8]) -> Put {
        let index = self.index(sequence);
        if self.slots[index].sequence == sequence {
            return Put::Duplicate;
        }
        let fits =
            sequence - expected < self.slots.len() as u64 && message.len() <= self.slot_bytes;
        let (true, Ok(length)) = (fits, u16::try_from(message.len())) else {
            return Put::Refused;
        };
        self.slots[index] = Slot { sequence, length };
        self.bytes[index * self.slot_bytes..][..message.len()].copy_from_slice(message);
        self.held += 1;
        Put::Held
    }

    /// Takes the message out, if it is there.
    pub(super) fn take(&mut self, sequence: u64) -> Option<&[u8]> {
        let index = self.index(sequence);
        let slot = &mut self.slots[index];
        if self.held == 0 || slot.sequence != sequence {
            return None;
        }
        slot.sequence = EMPTY;
        self.held -= 1;
        Some(&self.bytes[index * self.slot_bytes..][..usize::from(slot.length)])
    }

    /// The first number from `expected` on that is held.
    pub(super) fn first_from(&self, expected: u64) -> Option<u64> {
        if self.held == 0 {
            return None;
        }
        (expected..expected.saturating_add(self.slots.len() as u64))
            .find(|&sequence| self.slots[self.index(sequence)].sequence == sequence)
    }

    /// Forgets the messages from `expected` on, before `next`.
    pub(super) fn discard(&mut self, expected: u64, next: u64) {
        for sequence in expected..next.min(expected.saturating_add(self.slots.len() as u64)) {
            self.take(sequence);
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.slots.fill(Slot { sequence: EMPTY, length: 0 });
        self.held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_fits_and_refuses_the_rest() {
        let mut store = Store::new(3, 4);
        assert_eq!(store.put(10, 13, b"abcd"), Put::Held, "3 is rounded up to 4 places");
        assert_eq!(store.put(10, 13, b"abcd"), Put::Duplicate);
        assert_eq!(store.put(10, 14, b"x"), Put::Refused, "beyond the window");
        assert_eq!(store.put(10, 12, b"abcde"), Put::Refused, "longer than a place");
        assert_eq!(store.first_from(10), Some(13));
        assert_eq!(store.take(12), None);
        assert_eq!(store.take(13), Some(&b"abcd"[..]));
        assert_eq!(store.take(13), None);
        assert_eq!(store.held(), 0);
        store.put(14, 14, b"");
        store.clear();
        assert_eq!((store.first_from(14), store.held()), (None, 0));
    }
}
