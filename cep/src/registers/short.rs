//! The short way of an event: it wakes none of the runs of its key, all of which lie in one block,
//! and starts one at most. Where states have gates most events go it.
//!
//! Everything else, if it is only that a run wakes, goes the long way (`step`) from the beginning:
//! nothing has changed then.

use bytemuck::Pod;

use super::gate::Simple;
use super::layout::{CLASS, FIRST, GATE, LINK, STATE, TIME};
use super::matcher::Matcher;
use super::plan::{Branch, Plan};
use super::wake;
use crate::field::RawField;
use crate::ir::StepId;

/// How a run starts, where there is one way only that asks nothing but the step's admittance.
#[derive(Debug)]
pub(super) struct Short {
    /// The one field of the partition.
    key: RawField,
    /// How long a run can live at most.
    longest: u64,
    step: StepId,
    /// The run's [`STATE`], but for the link.
    state: u64,
    gate: Simple,
}

impl Short {
    /// That of a pattern of these states, whose runs have so many `words`, if it has a short way.
    /// Without gates it would be a detour: most events wake some run.
    pub(super) fn of<V>(
        key: &[RawField],
        states: &[Vec<Branch>],
        gates: &[Option<V>],
        words: usize,
        window: u64,
    ) -> Option<Self> {
        let [key] = *key else { return None };
        let [Branch { step, plain: true, ends: false, then: Some(then), .. }] = &states[0][..]
        else {
            return None;
        };
        let gate = then.gate.as_ref()?.simple?;
        let longest = window.checked_sub(1)?;
        let gated = words == FIRST && gates[1..].iter().all(Option::is_some);
        let state = then.word | u64::from(then.class) << CLASS;
        gated.then_some(Self { key, longest, step: *step, state, gate })
    }
}

impl<E: Pod> Matcher<E> {
    /// Takes an event, which may be bound to the steps `admitted`, if it can go the short way; else
    /// does nothing, and says `false`.
    #[inline(always)]
    pub(super) fn take_shortly(
        &mut self,
        admitted: u64,
        (sequence, time): (u64, u64),
        event: &E,
    ) -> bool {
        let Self { plan, blocks, arena, outputs, limits, .. } = self;
        let plan: &Plan = plan;
        let Some(short) = plan.short.as_ref().filter(|_| !self.stops && self.cut == 0) else {
            return false;
        };
        let Some(Some(head)) = blocks.find_small(short.key.bits(event)) else { return false };
        let (free, _) = blocks.free();
        let Some(queue) = blocks.queue(head) else { return false };
        let len = queue.len();
        let most = len * plan.takes + 1;
        if queue.is_full() || len >= limits.runs_per_key.most || arena.room() < most || free < most
        {
            return false;
        }
        let runs = Runs { pairs: queue.pairs(), len, since: time.saturating_sub(short.longest) };
        let Some(gone) = plan.asleep(event, admitted, &runs) else { return false };
        if admitted & plan.starts == 0 {
            queue.drop_first(gone);
            return true;
        }
        let Some(least) = short.gate.least(event) else { return false };
        let link = arena.bind(Err(head), short.step, sequence, time);
        outputs.copy(arena.place(link), event);
        let state = short.state | u64::from(link) << LINK;
        queue.drop_first(gone).push([sequence, time, state, least as u64]);
        true
    }
}

/// The runs of a key, and what lies behind the last.
struct Runs<'a> {
    pairs: &'a [[[u64; FIRST]; 2]],
    len: usize,
    /// Those that began before are over.
    since: u64,
}

impl Plan {
    /// How many runs are over, if none of the others wakes. Looks at two at a time without a branch
    /// for each: how many there are cannot be foreseen.
    #[inline(always)]
    fn asleep<E: Pod>(&self, event: &E, admitted: u64, runs: &Runs<'_>) -> Option<usize> {
        let numbers = self.classes.numbers(event, admitted);
        let &Runs { pairs, len, since } = runs;
        let (mut left, mut live, mut wakes) = (len, 0, false);
        for pair in pairs {
            for (at, run) in pair.iter().enumerate() {
                let lives = (at < left) & (run[TIME] >= since);
                live += usize::from(lives);
                wakes |= lives & (wake::number(&numbers, run[STATE]) >= run[GATE] as i64);
            }
            if left <= pair.len() {
                return (!wakes).then_some(len - live);
            }
            left -= pair.len();
        }
        // The last one lies where no pair fits.
        None
    }
}
