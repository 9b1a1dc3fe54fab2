//! The matcher: takes events, watermarks and the end, and lets matches out.

use std::sync::Arc;

use bytemuck::Pod;

use super::arena::{Arena, MOST_LINKS};
use super::blocks::{Blocks, Key};
use super::limits::{Counts, Full, Limit, Limits};
use super::outputs::{Found, Outputs};
use super::plan::Plan;
use super::step::Step;
use super::why::Why;
use crate::ir::Ir;
use crate::overflow::Overflow;

/// Finds the matches of one pattern in a stream, run by run, with registers.
#[derive(Debug)]
pub struct Matcher<E> {
    pub(super) plan: Arc<Plan>,
    pub(super) blocks: Blocks,
    pub(super) arena: Arena,
    pub(super) outputs: Outputs<E>,
    pub(super) counts: Counts,
    pub(super) limits: Limits,
    copies: Vec<u64>,
    /// No held match can go before this time.
    pub(super) held_until: u64,
    /// Runs that started before are gone, whatever their key.
    pub(super) cut: u64,
    /// The key of the last event that did not go the short way.
    pub(super) last: Option<Key>,
    /// The latest sequence and one.
    next: u64,
    pub(super) moment: u64,
    /// How many matches are out since the last item began.
    pub(super) count: u64,
    /// New keys and runs since all keys were last looked at.
    pub(super) patience: usize,
    /// When something of a key that is forgotten gave way last.
    pub(super) lost_at: Option<u64>,
    /// Does some limit refuse events?
    pub(super) stops: bool,
}

impl<E: Pod> Matcher<E> {
    /// Allocates everything that matching `ir` within `limits` takes.
    ///
    /// # Errors
    ///
    /// [`Why`] the pattern cannot be run so.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the pattern's schema says, or a limit is 0 or above `2^24`.
    pub fn new(ir: &Ir, limits: Limits) -> Result<Self, Why> {
        Ok(Self::with_plan(Arc::new(Plan::new(ir)?), limits, 1))
    }

    pub(super) fn with_plan(plan: Arc<Plan>, limits: Limits, patterns: usize) -> Self {
        let ir = &plan.ir;
        assert_eq!(size_of::<E>(), ir.schema.size(), "events of the pattern's schema");
        let Limits { runs, runs_per_key, bound, keys, matches } = limits;
        let all = [runs, runs_per_key, bound, keys, matches];
        let fits = |limit: &Limit| (1..=MOST_LINKS).contains(&limit.most);
        assert!(all.iter().all(fits), "limits between 1 and 2^24");
        let arena = Arena::new(limits.bound.most);
        let keys = if plan.key.is_empty() { patterns } else { limits.keys.most };
        // The patterns are told apart as keys are.
        let key_fields = if patterns > 1 { 1 } else { plan.key.len() };
        let copied = if plan.copies { limits.runs_per_key.most } else { 0 };
        Self {
            blocks: Blocks::new(limits.runs.most, keys, plan.words, key_fields, plan.every),
            outputs: Outputs::new(limits.matches.most, arena.most(), !ir.measures.is_empty()),
            arena,
            counts: Counts::default(),
            limits,
            copies: Vec::with_capacity(copied * plan.words),
            held_until: u64::MAX,
            cut: 0,
            last: None,
            next: 0,
            moment: 0,
            count: 0,
            patience: 0,
            lost_at: None,
            stops: all.iter().any(|limit| limit.overflow == Overflow::Stop),
            plan,
        }
    }

    /// The next event. Sequences rise from call to call, and times do not fall.
    ///
    /// # Errors
    ///
    /// [`Full`] if a limit with [`Overflow::Stop`](crate::Overflow::Stop) might not suffice.
    #[inline]
    pub fn push(
        &mut self,
        sequence: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Full> {
        let time = self.plan.time.bits(event);
        self.push_at(sequence, time, event, sink)
    }

    /// Does the event change nothing, and let nothing out?
    #[inline(always)]
    pub(crate) fn passes(&self, event: &E) -> bool {
        let plan = &*self.plan;
        self.outputs.held.is_empty() && !plan.every && plan.atoms.first_fails(event)
    }

    /// Takes an event, for a caller that has read its time.
    #[inline(always)]
    pub(crate) fn push_at(
        &mut self,
        sequence: u64,
        time: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Full> {
        self.take(0, (sequence, time), event, |plan| plan.atoms.admitted(event), sink)
    }

    /// The same of an event that meets the conditions `met`, numbered as in
    /// [`Ir::conditions`], as far as they are about it alone; for one of several patterns alike.
    #[inline]
    pub(crate) fn push_met(
        &mut self,
        pattern: u32,
        sequence: u64,
        event: &E,
        met: u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Full> {
        let time = self.plan.time.bits(event);
        self.take(pattern, (sequence, time), event, |plan| plan.steps(met), sink)
    }

    /// `admitted` says which steps ask nothing of the event alone that does not hold.
    #[inline(always)]
    fn take(
        &mut self,
        pattern: u32,
        (sequence, time): (u64, u64),
        event: &E,
        admitted: impl FnOnce(&Plan) -> u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Full> {
        self.count = 0;
        self.next = sequence + 1;
        if !self.outputs.held.is_empty() {
            self.let_out(sequence, event, time, sink);
        }
        if !self.plan.sees(event) {
            return Ok(());
        }
        let admitted = admitted(&self.plan);
        if admitted == 0 && !self.plan.every {
            return Ok(());
        }
        if self.take_shortly(admitted, (sequence, time), event) {
            return Ok(());
        }
        self.take_admitted((pattern, admitted), (sequence, time), event, sink)
    }

    /// Takes an event that may change the runs of its key.
    #[inline(never)]
    fn take_admitted(
        &mut self,
        (pattern, admitted): (u32, u64),
        (sequence, time): (u64, u64),
        event: &E,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) -> Result<(), Full> {
        let key = self.plan.key_of(event, pattern);
        self.last = Some(key);
        let head = match self.blocks.find(&key) {
            Some(head) => head,
            None if admitted & self.plan.starts == 0 => return Ok(()),
            None => match self.add_key(&key, time, sequence)? {
                Some(head) => head,
                None => return Ok(()),
            },
        };
        if self.cut > 0 {
            self.consumed(head);
        }
        let (len, waits) = self.blocks.state(head);
        let first = if waits { self.blocks.first_start(head) } else { None };
        self.make_room((head, len), admitted, time, sequence)?;
        let position = if self.plan.every { self.blocks.count_event(head) } else { 0 };
        let Self { plan, blocks, arena, outputs, counts, limits, copies, .. } = self;
        Step {
            plan,
            limits,
            arena,
            outputs,
            counts,
            copies,
            event,
            sequence,
            time,
            position,
            admitted,
            head,
            lost: false,
        }
        .take(blocks);
        if !self.outputs.found.is_empty() || waits {
            self.settle_key(head, first, sequence + 1, sink);
        }
        Ok(())
    }

    /// Lets out the held matches that wait for nothing any more, because of the event's time or
    /// because it is one too many for the window of its key: all at one moment.
    #[cold]
    fn let_out(
        &mut self,
        sequence: u64,
        event: &E,
        time: u64,
        sink: &mut impl FnMut(&Found<'_, E>),
    ) {
        let mut due = time >= self.held_until;
        if due {
            self.release(time);
        }
        if let Some((word, most)) = self.plan.full
            && self.plan.sees(event)
            && let Some(head) = self.blocks.find(&self.plan.key_of(event, 0))
            && self.blocks.held(head)
        {
            let position = self.blocks.position(head);
            self.blocks.drop_while(head, |run| position - run[word] >= most);
            due = true;
        }
        if due {
            self.settle(sequence, sink);
            self.held_until = self.next_release();
        }
    }

    /// Ends the runs of the key at `head` that a match of whatever key has consumed.
    fn consumed(&mut self, head: u32) {
        if self.blocks.cut(head) < self.cut {
            let cut = self.cut;
            self.blocks.set_cut(head, cut);
            self.blocks.drop_while(head, |run| run[super::layout::START] < cut);
        }
    }

    /// No later event has a time before `watermark`.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(&Found<'_, E>)) {
        self.count = 0;
        if watermark >= self.held_until {
            self.release(watermark);
            self.settle(self.next, sink);
            self.held_until = self.next_release();
        }
    }

    /// There is no later event: lets out the matches that were held back.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_, E>)) {
        for head in self.blocks.all() {
            if self.blocks.is_head(head) {
                self.blocks.retain(head, |_| false);
            }
        }
        self.count = 0;
        self.settle(self.next, sink);
    }

    /// What was done, and what the limits cost.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes allocated for matching, all of them when the matcher was built; the compiled pattern,
    /// which no event changes, is not counted.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.blocks.memory()
            + self.arena.memory()
            + self.outputs.memory()
            + self.copies.capacity() * size_of::<u64>()
    }

    fn add_key(&mut self, key: &Key, time: u64, sequence: u64) -> Result<Option<u32>, Full> {
        if self.blocks.free().1 == 0 || self.blocks.free().0 == 0 {
            self.free_key(time, sequence)?;
        }
        let head = self.blocks.add(key);
        if head.is_none() {
            self.counts.events_lost += 1;
            self.lost_at = Some(time);
        }
        Ok(head)
    }
}
