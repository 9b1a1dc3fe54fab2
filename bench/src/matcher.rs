//! A matcher of market events, with derived columns in front of it if its pattern asks for them.

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::agg::{self, WideError, WideMatcher};
use tourbillon_cep::ir::{Column, Ir};
use tourbillon_cep::planner::Plan;
use tourbillon_cep::{BatchError, Found, Limits, Matcher, Pattern};
use tourbillon_feeds::MarketEvent;

/// Keys with an open window, and events in the window of one: 50 MB at most for an operator. A
/// feed has more instruments than that, but not many that trade within one window.
const COLUMNS: agg::Limits =
    agg::Limits { keys: 2_048, events: 1_024, overflow: tourbillon_cep::Overflow::DropOldest };

/// A market event and the columns that are derived for it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub struct WideEvent {
    /// The event.
    pub event: MarketEvent,
    /// Its columns, in the order of the text.
    pub columns: [i64; Column::MOST],
}

/// A matcher of either kind of pattern.
#[derive(Debug)]
pub enum AnyMatcher {
    /// The pattern reads the events as they are.
    Plain(Matcher<MarketEvent>),
    /// Columns are derived in front.
    Wide(WideMatcher<MarketEvent, WideEvent>),
}

/// What did not get as far as a match, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Missing {
    /// Partial matches given up at a limit.
    pub truncated: u64,
    /// Events left out because their time was before that of an earlier one.
    pub late: u64,
    /// Events left out because a derived column had no value for them.
    pub unseen: u64,
    /// Events and keys that derived columns had no room for.
    pub columns_dropped: u64,
}

impl AnyMatcher {
    /// A matcher of a pattern with derived columns.
    pub(crate) fn wide(pattern: &Pattern<WideEvent>, limits: Limits) -> Result<Self, WideError> {
        Ok(Self::Wide(WideMatcher::new(pattern, limits, COLUMNS)?))
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out.
    ///
    /// # Errors
    ///
    /// If a limit does not suffice and nothing may be dropped.
    #[inline]
    pub fn push(
        &mut self,
        sequence: u64,
        event: &MarketEvent,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), WideError> {
        match self {
            Self::Plain(matcher) => Ok(matcher.push(sequence, event, sink)?),
            Self::Wide(matcher) => matcher.push(sequence, event, sink),
        }
    }

    /// Takes events, called `first` and up, as a part of a batch.
    ///
    /// # Errors
    ///
    /// If the batch has more events than the limits allow.
    pub fn apply(&mut self, first: u64, events: &[MarketEvent]) -> Result<(), BatchError> {
        match self {
            Self::Plain(matcher) => matcher.apply(first, events),
            Self::Wide(matcher) => matcher.apply(first, events),
        }
    }

    /// Matches the events of the batch, and gives what they let out.
    ///
    /// # Errors
    ///
    /// As [`AnyMatcher::push`].
    pub fn commit(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), WideError> {
        match self {
            Self::Plain(matcher) => Ok(matcher.commit(sink)?),
            Self::Wide(matcher) => matcher.commit(sink),
        }
    }

    /// Forgets the events of the batch.
    pub fn rollback(&mut self) {
        match self {
            Self::Plain(matcher) => matcher.rollback(),
            Self::Wide(matcher) => matcher.rollback(),
        }
    }

    /// There is no later event: lets out the matches that were held back.
    ///
    /// # Errors
    ///
    /// As [`AnyMatcher::push`]; what is held is out all the same.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), WideError> {
        match self {
            Self::Plain(matcher) => Ok(matcher.finish(sink)?),
            Self::Wide(matcher) => matcher.finish(sink),
        }
    }

    /// What was left out so far.
    #[must_use]
    pub fn missing(&self) -> Missing {
        match self {
            Self::Plain(matcher) => {
                let counts = matcher.counts();
                Missing { truncated: counts.truncated(), late: counts.late, ..Missing::default() }
            }
            Self::Wide(matcher) => {
                let (counts, stream) = (matcher.counts(), matcher.stream());
                let agg::Dropped { keys, events } = stream.dropped();
                Missing {
                    truncated: counts.truncated(),
                    late: counts.late,
                    unseen: stream.incomplete(),
                    columns_dropped: keys + events,
                }
            }
        }
    }

    /// What the planner chose, and why.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        match self {
            Self::Plain(matcher) => matcher.plan(),
            Self::Wide(matcher) => matcher.matcher().plan(),
        }
    }

    /// The limits of the matcher.
    #[must_use]
    pub fn limits(&self) -> Limits {
        match self {
            Self::Plain(matcher) => matcher.limits(),
            Self::Wide(matcher) => matcher.matcher().limits(),
        }
    }

    /// Bytes allocated, all of them when it was built.
    #[must_use]
    pub fn memory(&self) -> usize {
        match self {
            Self::Plain(matcher) => matcher.memory(),
            Self::Wide(matcher) => matcher.memory(),
        }
    }

    /// The operators in front, each by the names of its columns, what it is, and its bytes.
    #[must_use]
    pub fn operators(&self, ir: &Ir) -> Vec<(String, &'static str, usize)> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Wide(matcher) => matcher.stream().operators(ir),
        }
    }
}

/// The wide events of `events`, and which of them is that of `events[sequence]`, if it has one.
///
/// # Errors
///
/// As [`tourbillon_cep::agg::WideStream::new`].
pub fn widened(
    ir: &Ir,
    events: &[MarketEvent],
    sequence: u64,
) -> Result<(Vec<WideEvent>, Option<u64>), WideError> {
    let mut stream = agg::WideStream::<MarketEvent, WideEvent>::new(ir, COLUMNS)?;
    let (mut seen, mut at) = (Vec::new(), None);
    for (number, event) in (0..).zip(events) {
        let Some(wide) = stream.widen(event)? else { continue };
        if number == sequence {
            at = Some(seen.len() as u64);
        }
        seen.push(wide);
    }
    Ok((seen, at))
}
