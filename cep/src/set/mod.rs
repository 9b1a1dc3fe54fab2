//! Many patterns at once over one stream.
//!
//! A [`PatternSet`] finds for each of its patterns what a matcher of that pattern alone would
//! find. What differs is the cost: an index over the conditions of all patterns (`index`) says
//! which of them an event may meet, and only those patterns are woken. One that looks for
//! something else costs nothing, however many partial matches it has; neither does one whose
//! later steps the event would meet, as long as nothing waits for these. Patterns with strict
//! links are woken by the next event of each key for which they hold partial matches. Those whose
//! window counts events are told how many they were not shown, if they have no partition; with
//! one, or while a match waits for the window to close, every event wakes them.
//!
//! Patterns that differ in no more than what they ask of single events share what they can: the
//! compiled pattern always, matcher and memory if they have a window of time, no partition and
//! hold no match back (`crews`).
//!
//! Every atom of the conditions, in however many patterns it stands, is tested at most once for an
//! event, closures included; a comparison of one field with a number, which costs no more than a
//! look at what is known, is done where it is needed. What reads events bound earlier is tested by
//! the pattern's own matcher, for each partial match; so is all that stands with it in one
//! disjunction, or in a permutation whose parts read each other.
//!
//! Events may come in micro-batches ([`PatternSet::apply`], then [`PatternSet::commit`] or
//! [`PatternSet::rollback`]): what they meet is then found 64 events at a time, over columns.
//!
//! Patterns may be added and removed between any two events. A pattern sees the events after it
//! was added. Adding allocates, pushing never does.

mod batch;
mod crews;
mod deadlines;
mod entry;
mod equality;
mod error;
mod explain;
mod index;
mod member;
mod next;
mod restless;
mod wake;

use std::sync::Arc;

use bytemuck::Pod;

use crate::attention::is_restless;
use crate::field::RawField;
use crate::ir::Ir;
use crate::matching::{Counts, Found, Full, Guard, Limits};
use crate::schema::Schema;
use batch::Batch;
use crews::{Crews, Seat};
pub use error::SetError;
pub use explain::{Explanation, Indexed};
use index::Index;
use member::Member;
use wake::Wake;

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
    members: Vec<Option<Member>>,
    crews: Crews<E>,
    free: Vec<u32>,
    added: u64,
    wake: Wake,
    batch: Batch<E>,
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
            crews: Crews::default(),
            free: Vec::new(),
            added: 0,
            wake: Wake::default(),
            batch: Batch::default(),
        }
    }

    /// Adds a pattern. It sees the events that come from now on; the others go on as if nothing
    /// had happened. Memory for as much as `limits` allow is allocated; patterns that share a
    /// matcher, because they differ in no more than what they ask of single events and have the
    /// same limits, have the sum of it in common.
    ///
    /// # Errors
    ///
    /// A [`SetError`] if the pattern is about other events or cannot be run.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    pub fn add(&mut self, ir: &Ir, limits: Limits) -> Result<PatternId, SetError> {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        if ir.schema != self.schema {
            let (stream, set) = (ir.schema.name().to_owned(), self.schema.name().to_owned());
            return Err(SetError::Schema { stream, set });
        }
        let seat = self.crews.join(ir, limits)?;
        let slot = self.free.last().copied().unwrap_or(self.members.len() as u32);
        let places = match self.index.add(slot, ir) {
            Ok(places) => places,
            Err(error) => {
                self.crews.leave(seat);
                return Err(error);
            }
        };
        if self.free.pop().is_none() {
            self.members.push(None);
            self.wake.grow();
        }
        self.batch.fit(self.index.size());
        let group = is_restless(ir).then(|| self.wake.next.join(ir)).flatten();
        let id = PatternId { slot, serial: self.added };
        self.added += 1;
        let counts = ir.window.events.is_some() && ir.partition_by.is_empty();
        let member = Member {
            id,
            seat,
            places,
            group,
            known: group.filter(|_| counts).map(|group| self.wake.next.seen(group).0),
            crowded: false,
            matches: 0,
            timed_out: 0,
            unseen: 0,
        };
        self.members[slot as usize] = Some(member);
        self.attend(slot, false);
        Ok(id)
    }

    /// Removes a pattern, its partial matches and its memory; what it holds back is not given.
    /// Says whether it was there.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    pub fn remove(&mut self, id: PatternId) -> bool {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        let Some(member) = self.members.get_mut(id.index()) else { return false };
        let Some(member) = member.take_if(|member| member.id == id) else { return false };
        self.index.remove(id.slot, &member.places);
        self.crews.leave(member.seat);
        self.wake.let_sleep(id.slot);
        if let Some(group) = member.group {
            self.wake.next.leave(id.slot, group);
        }
        self.free.push(id.slot);
        true
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out,
    /// pattern by pattern in a fixed order. An event before the latest event or watermark is late:
    /// it is counted and left out.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back; with a closure, before anything moves; and
    /// with the sink, after all else is done. What the sink has not seen then is counted
    /// ([`Counts::unseen`]), and the set can be used as if nothing had been.
    #[inline]
    pub fn push(&mut self, sequence: u64, event: &E, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        let time = self.time.bits(event);
        if time < self.now {
            self.late += 1;
            return;
        }
        // A closure may have panicked at the event before.
        self.wake.reset();
        // Closures run here, before anything moves.
        self.index.find(event, &mut self.wake);
        let mut guard = Guard::default();
        self.take(sequence, event, time, &mut guard, sink);
        guard.resume();
    }

    /// Shows the event to the patterns that it wakes by what it meets, and by what it is.
    #[inline]
    fn take(
        &mut self,
        sequence: u64,
        event: &E,
        time: u64,
        guard: &mut Guard,
        sink: &mut impl FnMut(PatternId, &Found<'_>),
    ) {
        self.now = time;
        self.wake.wake_more(time, event);
        for at in 0..self.wake.sort() {
            let (slot, met) = self.wake.woken(at);
            let Some(member) = &mut self.members[slot as usize] else { continue };
            let Seat { crew, place } = member.seat;
            let missed = member.missed(&self.wake.next);
            let matcher = self.crews.matcher(crew);
            if missed > 0 {
                matcher.pass_events(missed);
            }
            // Whether it has stopped is asked of each pattern by itself.
            let _ = matcher.push_met(place, sequence, event, met, &mut |found| {
                member.give(found, guard, sink);
            });
            self.attend(slot, true);
        }
        self.wake.reset();
    }

    /// No later event has a time before `watermark`: lets out what waited for that.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back; with the sink, after all else is done.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        if watermark <= self.now {
            return;
        }
        self.now = watermark;
        let mut guard = Guard::default();
        self.wake.reset();
        self.wake.wake_due(watermark);
        for at in 0..self.wake.sort() {
            let (slot, _) = self.wake.woken(at);
            let Some(member) = &mut self.members[slot as usize] else { continue };
            let _ = self.crews.matcher(member.seat.crew).advance_to(watermark, &mut |found| {
                member.give(found, &mut guard, sink);
            });
            self.attend(slot, false);
        }
        self.wake.reset();
        guard.resume();
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back; with the sink, after all else is done.
    pub fn finish(&mut self, sink: &mut impl FnMut(PatternId, &Found<'_>)) {
        assert!(self.batch.is_empty(), "commit or roll back the batch first");
        let mut guard = Guard::default();
        // Patterns that share a matcher hold nothing back: once for all of them is enough.
        for member in self.members.iter_mut().flatten().filter(|it| it.seat.place == 0) {
            let _ = self.crews.matcher(member.seat.crew).finish(&mut |found| {
                member.give(found, &mut guard, sink);
            });
        }
        for slot in 0..self.members.len() {
            self.attend(slot as u32, false);
        }
        guard.resume();
    }

    /// Notes what the pattern looks at now; after an event, `in_hand`, was shown to it, or not.
    #[inline]
    fn attend(&mut self, slot: u32, in_hand: bool) {
        let Some(member) = &mut self.members[slot as usize] else { return };
        let Seat { crew, place } = member.seat;
        let attention = self.crews.look(crew).attention(place);
        self.wake.wanted[slot as usize] = attention.conditions;
        if let Some(group) = member.group.filter(|_| in_hand) {
            member.crowded |= !self.wake.next.set(slot, group, attention.next);
        }
        let every = member.group.is_none() || member.crowded;
        self.wake.restless.set(slot, attention.every || every && attention.some);
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

    /// Bytes that the index over all patterns takes, closures apart.
    #[must_use]
    pub fn index_memory(&self) -> usize {
        self.index.memory()
    }

    /// Bytes allocated: by the matchers, by the index over all patterns, and to tell which of
    /// them an event wakes; compiled patterns and closures apart.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.members.capacity() * size_of::<Option<Member>>()
            + self.free.capacity() * size_of::<u32>()
            + self.crews.memory()
            + self.index.memory()
            + self.wake.memory()
            + self.batch.memory()
    }

    /// What the pattern found so far, and what limits cost it and the patterns that it shares its
    /// memory with; `None` if it is not there. Events that were late are counted by
    /// [`PatternSet::late`].
    #[must_use]
    pub fn counts(&self, id: PatternId) -> Option<Counts> {
        let member = self.members.get(id.index())?.as_ref()?;
        let &Member { matches, timed_out, unseen, seat, .. } = member;
        let lost = || self.crews.look(seat.crew).lost();
        (member.id == id).then(|| Counts { matches, timed_out, unseen, ..lost() })
    }

    /// Where the pattern has stopped, if its limits say so; the others go on.
    #[must_use]
    pub fn stopped(&self, id: PatternId) -> Option<Full> {
        let member = self.members.get(id.index())?.as_ref()?;
        self.crews.look(member.seat.crew).stopped().filter(|_| member.id == id)
    }

    /// How many events were left out because their time was before that of an earlier one.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }
}
