//! The matchers behind the one, and which of them runs a pattern.

use bytemuck::Pod;

use super::common::Common;
use super::error::BuildError;
use super::found::Found;
use super::gather::Gather;
use super::limits::{Counts, Limits};
use crate::attention::Attention;
use crate::forked;
use crate::ir::{Expr, Ir};
use crate::overflow::Overflow;
use crate::planner::{Choice, Plan};
use crate::registers;
use crate::shared::{SharedError, SharedMatcher};

#[derive(Debug)]
pub(super) enum Inner<E> {
    Shared(Box<SharedMatcher<E>>),
    Registers(Box<registers::Matcher<E>>),
    Forked(Box<forked::Matcher<E>>),
}

impl<E: Pod> Inner<E> {
    /// The first that runs `ir`: shared, because its time for an event is bounded; with registers,
    /// because no condition walks back over what is bound; else run by run. With `common` it must
    /// be told what events meet, and may be of several patterns alike.
    pub(super) fn new(
        ir: &Ir,
        limits: Limits,
        mut common: Option<(&mut Common, usize)>,
    ) -> Result<(Self, Plan), BuildError> {
        limits.check()?;
        let told = common.as_mut().map(|(common, patterns)| (&mut **common, *patterns));
        let shared = match Self::shared(ir, limits, told) {
            Ok(matcher) => {
                let matcher = matcher.in_order(limits.matches);
                let plan = Plan::new(Choice::Shared { states: matcher.states() }, vec![]);
                return Ok((Self::Shared(Box::new(matcher)), plan));
            }
            Err(reason) => reason,
        };
        let mut refused = Vec::new();
        if !matches!(shared, SharedError::Earlier { .. }) {
            refused.push(("shared", shared.to_string()));
        }
        refused.extend(reads_earlier(ir).map(|reason| ("shared", reason)));
        let registers = match common {
            Some((common, patterns)) => {
                registers::Matcher::told(ir, limits.registers(), &mut common.plans, patterns)
            }
            None => registers::Matcher::new(ir, limits.registers()),
        };
        match registers {
            Ok(matcher) => {
                let plan = Plan::new(Choice::Registers, refused);
                return Ok((Self::Registers(Box::new(matcher)), plan));
            }
            Err(reason) => refused.push(("registers", reason.to_string())),
        }
        match forked::Matcher::new(ir, limits.forked()) {
            Ok(matcher) => {
                Ok((Self::Forked(Box::new(matcher)), Plan::new(Choice::Forked, refused)))
            }
            Err(forked) => Err(BuildError::Refused { shared, forked }),
        }
    }

    fn shared(
        ir: &Ir,
        limits: Limits,
        told: Option<(&mut Common, usize)>,
    ) -> Result<SharedMatcher<E>, SharedError> {
        // Measures are computed from the events of a match, whoever found it; but only runs put
        // matches into the order in which they are numbered.
        let mut numbered = false;
        for measure in &ir.measures {
            measure.value.visit(&mut |value| numbered |= *value == Expr::MatchNumber);
        }
        if numbered {
            return Err(SharedError::Clause { clause: "MATCH_NUMBER()" });
        }
        let ir = Ir { measures: vec![], ..ir.clone() };
        match told {
            Some((common, patterns)) => {
                SharedMatcher::told(&ir, limits.shared(), &mut common.shapes, patterns)
            }
            None => SharedMatcher::new(&ir, limits.shared()),
        }
    }

    /// Takes an event and its time; fails with the name of the limit at which it stops.
    #[inline(always)]
    pub(super) fn push(
        &mut self,
        sequence: u64,
        time: u64,
        event: &E,
        gather: &mut Gather<E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), &'static str> {
        match self {
            Self::Shared(matcher) => {
                matcher.push(sequence, event, |found| gather.shared(found, sink));
                refused(matcher)
            }
            Self::Registers(matcher) => matcher
                .push_at(sequence, time, event, &mut |found| gather.registers(found, sink))
                .map_err(|full| named(full.limit)),
            Self::Forked(matcher) => matcher
                .push(sequence, event, &mut |found| gather.forked(found, sink))
                .map_err(stopped),
        }
    }

    /// The same for an event that meets the conditions `met`, of those that it looks at; for one
    /// of the patterns, if it is of several.
    #[inline]
    pub(super) fn push_met(
        &mut self,
        pattern: u32,
        sequence: u64,
        event: &E,
        met: u64,
        gather: &mut Gather<E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), &'static str> {
        match self {
            Self::Shared(matcher) => {
                matcher.push_met_of(pattern as usize, sequence, event, met, |found| {
                    gather.shared(found, sink);
                });
                refused(matcher)
            }
            Self::Registers(matcher) => matcher
                .push_met(pattern, sequence, event, met, &mut |found| gather.registers(found, sink))
                .map_err(|full| named(full.limit)),
            Self::Forked(matcher) => matcher
                .push_met(sequence, event, met, &mut |found| gather.forked(found, sink))
                .map_err(stopped),
        }
    }

    /// So many events came that it was not shown, which its window counts.
    pub(super) fn pass_events(&mut self, events: u64) {
        match self {
            Self::Shared(matcher) => matcher.pass_events(events),
            Self::Registers(matcher) => matcher.pass_events(events),
            // While it waits for anything it is shown all.
            Self::Forked(_) => {}
        }
    }

    /// Which events change it, as it stands.
    #[inline]
    pub(super) fn attention(&self, pattern: u32) -> Attention {
        match self {
            Self::Shared(matcher) => matcher.attention(pattern as usize),
            Self::Registers(matcher) => matcher.attention(pattern),
            Self::Forked(matcher) => matcher.attention(),
        }
    }

    /// Before this time, an event that meets nothing changes nothing, and no watermark does.
    #[inline]
    pub(super) fn deadline(&self) -> u64 {
        match self {
            Self::Shared(_) => u64::MAX,
            Self::Registers(matcher) => matcher.deadline(),
            Self::Forked(matcher) => matcher.deadline(),
        }
    }

    /// Forgets what one of several patterns holds.
    pub(super) fn forget(&mut self, pattern: u32) {
        match self {
            Self::Shared(matcher) => matcher.forget(pattern as usize),
            Self::Registers(matcher) => matcher.forget(pattern),
            Self::Forked(_) => {}
        }
    }

    pub(super) fn advance_to(
        &mut self,
        watermark: u64,
        gather: &mut Gather<E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), &'static str> {
        match self {
            // It has no deadlines.
            Self::Shared(_) => Ok(()),
            Self::Registers(matcher) => {
                matcher.advance_to(watermark, &mut |found| gather.registers(found, sink));
                Ok(())
            }
            Self::Forked(matcher) => matcher
                .advance_to(watermark, &mut |found| gather.forked(found, sink))
                .map_err(stopped),
        }
    }

    /// Lets out what is held back, even if it has stopped.
    pub(super) fn finish(
        &mut self,
        gather: &mut Gather<E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), &'static str> {
        match self {
            // It holds no match back.
            Self::Shared(_) => Ok(()),
            Self::Registers(matcher) => {
                matcher.finish(&mut |found| gather.registers(found, sink));
                Ok(())
            }
            Self::Forked(matcher) => {
                matcher.finish(&mut |found| gather.forked(found, sink)).map_err(stopped)
            }
        }
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Shared(matcher) => size_of_val(&**matcher) + matcher.memory(),
            Self::Registers(matcher) => size_of_val(&**matcher) + matcher.memory(),
            Self::Forked(matcher) => size_of_val(&**matcher) + matcher.memory(),
        }
    }

    /// What its limits cost.
    pub(super) fn counts(&self) -> Counts {
        match self {
            Self::Shared(matcher) => {
                let counts = matcher.counts();
                Counts {
                    partial_lost: counts.nodes_lost + counts.events_dropped,
                    matches_lost: counts.matches_lost + counts.events_cut,
                    keys_lost: counts.keys_dropped,
                    events_refused: counts.keys_refused,
                    ..Counts::default()
                }
            }
            Self::Registers(matcher) => {
                let counts = matcher.counts();
                Counts {
                    partial_lost: counts.runs_lost,
                    matches_lost: counts.matches_lost,
                    events_refused: counts.events_lost,
                    ..Counts::default()
                }
            }
            Self::Forked(matcher) => {
                let dropped = matcher.dropped();
                let oldest = matcher.limits().overflow.keys == Overflow::DropOldest;
                let (keys, events) = if oldest { (dropped.keys, 0) } else { (0, dropped.keys) };
                Counts {
                    partial_lost: dropped.runs + dropped.runs_per_key + dropped.bound,
                    matches_lost: dropped.matches,
                    keys_lost: keys,
                    events_refused: events,
                    ..Counts::default()
                }
            }
        }
    }
}

/// What W210 says of a pattern, in words: the condition that keeps it from being shared.
fn reads_earlier(ir: &Ir) -> Option<String> {
    let step = ir.step(ir.needs_runs()?);
    let part = step.condition.conjuncts().iter().find(|part| part.reads().earlier)?;
    let name = &step.name;
    Some(format!("step `{name}` reads events bound earlier: {}", ir.condition_text(part)))
}

/// The limit for want of which the last event was refused, if it was.
#[inline]
fn refused<E: Pod>(matcher: &mut SharedMatcher<E>) -> Result<(), &'static str> {
    matcher.take_refusal().map_or(Ok(()), |limit| Err(named(limit)))
}

fn stopped(stopped: forked::Stopped) -> &'static str {
    use forked::Limit::{Bound, Keys, Runs, RunsPerKey};
    match stopped.limit {
        Runs => "partial",
        RunsPerKey => "partial_per_key",
        Bound => "bound",
        Keys => "keys",
        _ => "matches",
    }
}

/// What [`Limits`] call a limit of a matcher.
fn named(limit: &'static str) -> &'static str {
    match limit {
        "runs" | "nodes" => "partial",
        "runs_per_key" => "partial_per_key",
        "events" => "bound",
        same => same,
    }
}
