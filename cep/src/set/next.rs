//! The patterns that wait for the very next event of some key.
//!
//! A pattern with strict links, partitioned by symbol, must see the next event of that symbol, and
//! none of the others. Who waits for which key stands in a table; patterns with the same partition
//! and kinds are one *group*, so that a key is computed once for all of them. A group also counts
//! its events, so that a pattern whose window does need not be shown each of them.

use bytemuck::Pod;

use crate::field::RawField;
use crate::ir::Ir;

/// Most fields of a partition; patterns with more are woken by every event while they wait.
const FIELDS: usize = 2;
/// Keys that a pattern has room for; while it waits for more it is woken by every event.
const KEYS: usize = 256;
/// No entry.
const NONE: u32 = u32::MAX;

type Key = [u64; FIELDS];

/// Who waits for which key.
#[derive(Debug, Default)]
pub(super) struct Next {
    groups: Vec<Group>,
    entries: Vec<Entry>,
    /// The first entry of those that are free.
    free: u32,
    /// The first entry of each hash.
    table: Vec<u32>,
    waiting: usize,
    wanted: usize,
}

#[derive(Debug)]
struct Group {
    fields: Vec<RawField>,
    kinds: Option<(RawField, Vec<i128>)>,
    patterns: usize,
    waiting: usize,
    /// How many events of these kinds came.
    seen: u64,
    /// The key of the event in hand, if it is of these kinds.
    key: Option<Key>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    group: u32,
    slot: u32,
    next: u32,
}

impl Next {
    /// A pattern comes: the number of its group, if it may wait here.
    pub(super) fn join(&mut self, ir: &Ir) -> Option<u32> {
        if ir.partition_by.len() > FIELDS {
            return None;
        }
        let raw = |field| ir.schema.raw(field);
        let fields: Vec<_> = ir.partition_by.iter().map(|field| raw(*field)).collect();
        let kinds = ir.schema.kind().map(raw).zip(ir.kinds.clone());
        let keys = if fields.is_empty() { 1 } else { KEYS };
        let same = |group: &Group| group.fields == fields && group.kinds == kinds;
        let group = self.groups.iter().position(same).unwrap_or_else(|| {
            self.groups.push(Group { fields, kinds, patterns: 0, waiting: 0, seen: 0, key: None });
            self.groups.len() - 1
        });
        self.groups[group].patterns += 1;
        self.wanted += keys;
        self.grow();
        Some(group as u32)
    }

    /// The pattern in `slot` goes.
    pub(super) fn leave(&mut self, slot: u32, group: u32) {
        for at in 0..self.table.len() {
            while let Some(before) = self.find(at, |entry| entry.slot == slot) {
                self.take_out(at, before);
            }
        }
        let Group { patterns, fields, .. } = &mut self.groups[group as usize];
        *patterns -= 1;
        self.wanted -= if fields.is_empty() { 1 } else { KEYS };
    }

    /// Makes room, for as many as want it.
    fn grow(&mut self) {
        if self.wanted <= self.entries.len() {
            return;
        }
        let known = std::mem::take(&mut self.entries);
        let old = std::mem::take(&mut self.table);
        let room = self.wanted.next_power_of_two();
        let free = |at: usize| Entry { key: [0; FIELDS], group: 0, slot: 0, next: at as u32 + 1 };
        self.entries = (0..room).map(free).collect();
        self.entries[room - 1].next = NONE;
        (self.table, self.free) = (vec![NONE; room], 0);
        self.waiting = 0;
        self.groups.iter_mut().for_each(|group| group.waiting = 0);
        for mut at in old {
            while let Some(entry) = known.get(at as usize) {
                self.put_in(self.home(entry.group, &entry.key), *entry);
                at = entry.next;
            }
        }
    }

    /// Wakes those who wait for `event`.
    #[inline]
    pub(super) fn wake<E: Pod>(&mut self, event: &E, mut wake: impl FnMut(u32)) {
        for at in 0..self.groups.len() {
            let group = &mut self.groups[at];
            group.key = group.key_of(event);
            group.seen += u64::from(group.key.is_some());
            let (Some(key), 1..) = (group.key, group.waiting) else { continue };
            let mut entry = self.table[self.home(at as u32, &key)];
            while entry != NONE {
                let Entry { key: known, group, slot, next } = self.entries[entry as usize];
                if known == key && group == at as u32 {
                    wake(slot);
                }
                entry = next;
            }
        }
    }

    /// How many events of its kinds the group has seen, and whether the event in hand is one.
    #[inline]
    pub(super) fn seen(&self, group: u32) -> (u64, bool) {
        let Group { seen, key, .. } = &self.groups[group as usize];
        (*seen, key.is_some())
    }

    /// Says whether the pattern in `slot` waits for the next event of the key of the event in
    /// hand; `false` if there is no room for that.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, group: u32, waits: bool) -> bool {
        if !waits && self.waiting == 0 {
            return true;
        }
        // An event of another kind changes nothing.
        let Some(key) = self.groups[group as usize].key else { return true };
        let home = self.home(group, &key);
        let same = |it: &Entry| it.slot == slot && it.key == key;
        match (self.find(home, same), waits) {
            (Some(before), false) => self.take_out(home, before),
            (None, true) if self.free == NONE => return false,
            (None, true) => self.put_in(home, Entry { key, group, slot, next: NONE }),
            _ => {}
        }
        true
    }

    fn home(&self, group: u32, key: &Key) -> usize {
        let fold = |hash: u64, part: &u64| {
            (hash.rotate_left(23) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        (key.iter().fold(group.into(), fold) >> 32) as usize & (self.table.len() - 1)
    }

    /// The entry before the first one that `is` wanted, or [`NONE`] if that is the first of all.
    fn find(&self, home: usize, is: impl Fn(&Entry) -> bool) -> Option<u32> {
        let (mut before, mut at) = (NONE, self.table[home]);
        while at != NONE {
            let entry = &self.entries[at as usize];
            if is(entry) {
                return Some(before);
            }
            (before, at) = (at, entry.next);
        }
        None
    }

    fn put_in(&mut self, home: usize, entry: Entry) {
        let at = self.free;
        self.free = self.entries[at as usize].next;
        self.entries[at as usize] = Entry { next: self.table[home], ..entry };
        self.table[home] = at;
        self.waiting += 1;
        self.groups[entry.group as usize].waiting += 1;
    }

    fn take_out(&mut self, home: usize, before: u32) {
        let at = match before {
            NONE => self.table[home],
            before => self.entries[before as usize].next,
        };
        let Entry { group, next, .. } = self.entries[at as usize];
        match before {
            NONE => self.table[home] = next,
            before => self.entries[before as usize].next = next,
        }
        self.entries[at as usize].next = std::mem::replace(&mut self.free, at);
        self.waiting -= 1;
        self.groups[group as usize].waiting -= 1;
    }

    /// Bytes allocated, those behind the groups apart.
    pub(super) fn memory(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
            + self.entries.capacity() * size_of::<Entry>()
            + self.table.capacity() * size_of::<u32>()
    }
}

impl Group {
    /// The key of `event`, if there are patterns that are about it.
    #[inline]
    fn key_of<E: Pod>(&self, event: &E) -> Option<Key> {
        let is = |(field, kinds): &(RawField, Vec<i128>)| {
            kinds.contains(&(i128::from(field.number(event)) + field.bias()))
        };
        if self.patterns == 0 || !self.kinds.as_ref().is_none_or(is) {
            return None;
        }
        let mut key = Key::default();
        for (part, field) in key.iter_mut().zip(&self.fields) {
            *part = field.bits(event);
        }
        Some(key)
    }
}
