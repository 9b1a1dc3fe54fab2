//! Many patterns at once over one stream.
//!
//! A [`PatternSet`] finds for each of its patterns what a matcher of that pattern alone would
//! find. What differs is the cost: an index over the conditions of all patterns (`index`) says
//! which of them an event may meet, and only those patterns are woken. One that looks for
//! something else costs nothing, however many partial matches it has; neither does one whose
//! later steps the event would meet, as long as nothing waits for these. Patterns with strict
//! links are woken by every event while they hold partial matches, those whose window counts
//! events always.
//!
//! Every atom of the conditions, in however many patterns it stands, is tested at most once for an
//! event, closures included; a comparison of one field with a number, which costs no more than a
//! look at what is known, is done where it is needed. What reads events bound earlier is tested by
//! the pattern's own matcher, for each partial match; so is all that stands with it in one
//! disjunction, or in a permutation whose parts read each other.
//!
//! Patterns may be added and removed between any two events. A pattern sees the events after it
//! was added. Adding allocates, pushing never does.

mod deadlines;
mod entry;
mod equality;
mod index;
mod restless;

use std::sync::Arc;

use bytemuck::Pod;
use thiserror::Error;

use crate::field::RawField;
use crate::ir::{Ir, TooLarge};
use crate::matching::{BuildError, Common, Counts, Found, Limits, Matcher};
use crate::schema::Schema;
use deadlines::Deadlines;
use index::{Index, Places};
use restless::Restless;

/// Which pattern of a [`PatternSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId {
    slot: u32,
    /// How many patterns were added to the set before.
    serial: u64,
}

impl PatternId {
    /// A small number that no other pattern has which is in the set at the same time; numbers of
    /// removed patterns are given to new ones.
    #[must_use]
    pub const fn index(self) -> usize {
        self.slot as usize
    }
}

/// A pattern that cannot be added; the set is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetError {
    /// It is about other events.
    #[error("the pattern is about the stream '{stream}', and the set about '{set}'")]
    Schema {
        /// The pattern's stream.
        stream: String,
        /// The set's.
        set: String,
    },
    /// It cannot be run.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its numbers are too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// Finds the matches of many patterns in one stream.
///
/// ```
/// use tourbillon_cep::lang::compile;
/// use tourbillon_cep::matching::Limits;
/// use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
/// use tourbillon_cep::set::PatternSet;
///
/// let ticks = Schema::builder::<[u64; 3]>("ticks")
///     .field(SchemaField::new("ts", FieldType::U64, 0))
///     .field(SchemaField::new("symbol", FieldType::U64, 8))
///     .field(SchemaField::new("price", FieldType::U64, 16))
///     .time("ts")
///     .build()?;
/// let mut set = PatternSet::<[u64; 3]>::new(&ticks);
/// let mut ids = Vec::new();
/// for symbol in 0..1_000 {
///     let text = format!(
///         "FROM ticks MATCH_RECOGNIZE (
///             ALL MATCHES  AFTER MATCH SKIP NONE  PATTERN ( low ->> high )  WITHIN 1 MS
///             DEFINE low AS symbol = {symbol} AND price < 10,
///                    high AS symbol = {symbol} AND price > 20 )"
///     );
///     let ir = &compile("cross.sql", &text, &[ticks.clone()])?.patterns[0].ir;
///     ids.push(set.add(ir, Limits { partial: 64, bound: 64, ..Limits::default() })?);
/// }
/// let mut found = Vec::new();
/// for (sequence, (symbol, price)) in [(7, 5), (9, 25), (7, 25)].into_iter().enumerate() {
///     let event = [sequence as u64, symbol, price];
///     set.push(sequence as u64, &event, &mut |id, it| {
///         found.push((id, it.sequences().collect::<Vec<_>>()));
///     });
/// }
/// assert_eq!(found, [(ids[7], vec![0, 2])]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PatternSet<E> {
    schema: Arc<Schema>,
    time: RawField,
    /// The latest time of an event or watermark.
    now: u64,
    late: u64,
    index: Index,
    /// By slot.
    members: Vec<Option<Member<E>>>,
    free: Vec<u32>,
    added: u64,
    wake: Wake,
    common: Common,
}

#[derive(Debug)]
struct Member<E> {
    id: PatternId,
    matcher: Matcher<E>,
    places: Places,
}

/// Which patterns an event wakes. By slot.
#[derive(Debug, Default)]
struct Wake {
    /// The conditions that the pattern looks at now.
    wanted: Vec<u64>,
    /// Those that the event in hand meets, and [`WOKEN`].
    met: Vec<u64>,
    /// The slots whose `met` is not 0.
    woken: Vec<u32>,
    restless: Restless,
    deadlines: Deadlines,
}

/// Marks a pattern that is woken, whatever conditions the event meets. There are 63 at most.
const WOKEN: u64 = 1 << 63;

impl Wake {
    #[inline]
    fn wake(&mut self, slot: u32, conditions: u64) {
        let met = &mut self.met[slot as usize];
        if *met == 0 {
            self.woken.push(slot);
        }
        *met |= conditions | WOKEN;
    }

    fn reset(&mut self) {
        for slot in self.woken.drain(..) {
            self.met[slot as usize] = 0;
        }
    }
}

impl<E: Pod> PatternSet<E> {
    /// Without patterns, over the events of `schema`.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the schema says.
    #[must_use]
    pub fn new(schema: &Arc<Schema>) -> Self {
        assert_eq!(size_of::<E>(), schema.size(), "events of the schema");
        Self {
            schema: Arc::clone(schema),
            time: schema.raw(schema.time()),
            now: 0,
            late: 0,
            index: Index::default(),
            members: Vec::new(),
            free: Vec::new(),
            added: 0,
            wake: Wake::default(),
            common: Common::default(),
        }
    }

    /// Adds a pattern with memory of its own. It sees the events that come from now on; the
    /// others go on as if nothing had happened.
    ///
    /// # Errors
    ///
    /// A [`SetError`] if the pattern is about other events or cannot be run.
    pub fn add(&mut self, ir: &Ir, limits: Limits) -> Result<PatternId, SetError> {
        if ir.schema != self.schema {
            let (stream, set) = (ir.schema.name().to_owned(), self.schema.name().to_owned());
            return Err(SetError::Schema { stream, set });
        }
        let matcher = Matcher::told(ir, limits, &mut self.common)?;
        let slot = self.free.last().copied().unwrap_or(self.members.len() as u32);
        let places = self.index.add(slot, ir)?;
        if self.free.pop().is_none() {
            self.members.push(None);
            self.wake.wanted.push(0);
            self.wake.met.push(0);
            self.wake.restless.grow();
            self.wake.deadlines.grow();
        }
        // Whatever an event wakes fits.
        self.wake.woken.reserve(self.members.len());
        let id = PatternId { slot, serial: self.added };
        self.added += 1;
        self.members[slot as usize] = Some(Member { id, matcher, places });
        self.attend(slot);
        Ok(id)
    }

    /// Removes a pattern, its partial matches and its memory; what it holds back is not given.
    /// Says whether it was there.
    pub fn remove(&mut self, id: PatternId) -> bool {
        let Some(member) = self.members.get_mut(id.index()) else { return false };
        let Some(Member { places, matcher, .. }) = member.take_if(|member| member.id == id) else {
            return false;
        };
        drop(matcher);
        self.common.prune();
        self.index.remove(id.slot, &places);
        self.wake.wanted[id.index()] = 0;
        self.wake.restless.set(id.slot, false);
        self.wake.deadlines.set(id.slot, u64::MAX);
        self.free.push(id.slot);
        true
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out,
    /// pattern by pattern in a fixed order. An event before the latest event or watermark is late:
    /// it is counted and left out.
    #[inline]
    pub fn push(&mut self, sequence: u64, event: &E, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        let time = self.time.bits(event);
        if time < self.now {
            self.late += 1;
            return;
        }
        // A closure or the sink may have panicked at the event before.
        self.wake.reset();
        // Closures run here, before anything moves.
        self.index.find(event, &mut self.wake);
        self.now = time;
        self.wake_all(time);
        if self.wake.woken.len() > 1 {
            self.wake.woken.sort_unstable();
        }
        for at in 0..self.wake.woken.len() {
            let slot = self.wake.woken[at];
            let met = self.wake.met[slot as usize] & !WOKEN;
            let Some(Member { id, matcher, .. }) = &mut self.members[slot as usize] else {
                continue;
            };
            let id = *id;
            matcher.push_met(sequence, event, met, &mut |found| sink(id, found));
            self.attend(slot);
        }
        self.wake.reset();
    }

    /// Wakes those whose deadline has come, and those that every event wakes.
    #[inline]
    fn wake_all(&mut self, time: u64) {
        let Wake { met, woken, restless, deadlines, .. } = &mut self.wake;
        let mut wake = |slot: u32| {
            let met = &mut met[slot as usize];
            if *met == 0 {
                woken.push(slot);
            }
            *met |= WOKEN;
        };
        restless.slots().iter().copied().for_each(&mut wake);
        deadlines.due(time, &mut wake);
    }

    /// No later event has a time before `watermark`: lets out what waited for that.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        if watermark <= self.now {
            return;
        }
        self.now = watermark;
        self.wake.reset();
        let Wake { woken, deadlines, .. } = &mut self.wake;
        deadlines.due(watermark, &mut |slot| woken.push(slot));
        for at in 0..self.wake.woken.len() {
            let slot = self.wake.woken[at];
            if let Some(Member { id, matcher, .. }) = &mut self.members[slot as usize] {
                let id = *id;
                matcher.advance_to(watermark, &mut |found| sink(id, found));
            }
            self.attend(slot);
        }
        self.wake.woken.clear();
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    pub fn finish(&mut self, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        for slot in 0..self.members.len() {
            if let Some(Member { id, matcher, .. }) = &mut self.members[slot] {
                let id = *id;
                matcher.finish(&mut |found| sink(id, found));
                self.attend(slot as u32);
            }
        }
    }

    /// Notes what the pattern looks at now.
    #[inline]
    fn attend(&mut self, slot: u32) {
        let Some(Member { matcher, .. }) = &self.members[slot as usize] else { return };
        let attention = matcher.attention();
        self.wake.wanted[slot as usize] = attention.conditions;
        self.wake.restless.set(slot, attention.every);
        self.wake.deadlines.set(slot, attention.deadline);
    }

    /// How many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len() - self.free.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the index over all patterns takes, closures apart; each pattern has its own
    /// matcher besides.
    #[must_use]
    pub fn index_memory(&self) -> usize {
        self.index.memory()
    }

    /// What the pattern did so far, and what its limits cost; `None` if it is not there. Events
    /// that were late are counted by [`PatternSet::late`].
    #[must_use]
    pub fn counts(&self, id: PatternId) -> Option<Counts> {
        let member = self.members.get(id.index())?.as_ref()?;
        (member.id == id).then(|| member.matcher.counts())
    }

    /// How many events were left out because their time was before that of an earlier one.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }
}
