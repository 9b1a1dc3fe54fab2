//! The matcher of one pattern, whichever way the pattern was made, and what comes out of it.

use tourbillon_cep::matching::{self, Found, Kind};
use tourbillon_cep::{Limits, Match, Value};
use tourbillon_feeds::MarketEvent;

use super::RunError;
use super::sink::Sink;
use crate::pattern::Pattern;

/// A match, or a partial match that timed out, to be written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Number of its pattern.
    pub pattern: usize,
    /// Is it complete?
    pub complete: bool,
    /// Its events in order: number of the step, sequence.
    pub bound: Box<[(usize, u64)]>,
    /// The values of its measures.
    pub values: Box<[Value]>,
}

/// What a matcher gives out, for the sink.
pub(super) trait Output {
    /// Is it a match, and no time-out?
    fn is_complete(&self) -> bool;
    /// The event that set it free; none if the end of the stream did.
    fn released_by(&self) -> Option<u64>;
    /// Its share of the checksum.
    fn checksum(&self) -> u64;
    /// To be written down, as of the pattern with this number.
    fn keep(&self, pattern: usize) -> Kept;
}

impl Output for Match<'_> {
    fn is_complete(&self) -> bool {
        true
    }

    #[inline]
    fn released_by(&self) -> Option<u64> {
        Some(self.emitted_at()).filter(|sequence| *sequence != u64::MAX)
    }

    #[inline]
    fn checksum(&self) -> u64 {
        Match::checksum(self)
    }

    fn keep(&self, pattern: usize) -> Kept {
        let bound = self.sequences().iter().copied().enumerate().collect();
        Kept { pattern, complete: true, bound, values: [].into() }
    }
}

impl Output for Found<'_> {
    #[inline]
    fn is_complete(&self) -> bool {
        self.kind() == Kind::Match
    }

    #[inline]
    fn released_by(&self) -> Option<u64> {
        Found::released_by(self)
    }

    #[inline]
    fn checksum(&self) -> u64 {
        Found::checksum(self)
    }

    fn keep(&self, pattern: usize) -> Kept {
        let bound = self.bound().iter().map(|bound| (bound.step.index(), bound.sequence));
        let (complete, bound) = (self.is_complete(), bound.collect());
        Kept { pattern, complete, bound, values: self.values().into() }
    }
}

/// A matcher of one pattern.
#[derive(Debug)]
pub(super) enum Matcher {
    Built(Box<tourbillon_cep::Matcher<MarketEvent>>),
    Text(Box<matching::Matcher<MarketEvent>>),
}

impl Matcher {
    /// One that takes batches of at most `batch` events, if any.
    pub(super) fn new(pattern: &Pattern, batch: Option<usize>) -> Result<Self, RunError> {
        Ok(match pattern {
            Pattern::Built(pattern) => {
                let limits = Limits::default();
                let limits = if batch.is_some() { limits.with_batches() } else { limits };
                Self::Built(Box::new(tourbillon_cep::Matcher::new(pattern, limits)?))
            }
            Pattern::Text { name, ir } => {
                let limits = matching::Limits::default().with_batches(batch.unwrap_or(0));
                let matcher = matching::Matcher::new(ir, limits);
                let named = |source| RunError::Matcher { pattern: name.clone(), source };
                Self::Text(Box::new(matcher.map_err(named)?))
            }
        })
    }

    #[inline]
    pub(super) fn push(&mut self, at: usize, sequence: u64, event: &MarketEvent, sink: &mut Sink) {
        match self {
            Self::Built(matcher) => {
                matcher.push(sequence, event, &mut |found| sink.take(at, &found));
            }
            Self::Text(matcher) => matcher.push(sequence, event, &mut |it| sink.take(at, it)),
        }
    }

    /// Ends the stream.
    pub(super) fn finish(&mut self, at: usize, sink: &mut Sink) {
        match self {
            Self::Built(matcher) => matcher.finish(&mut |found| sink.take(at, &found)),
            Self::Text(matcher) => matcher.finish(&mut |it| sink.take(at, it)),
        }
    }

    /// Takes events as a part of a batch; an error says why they are too many.
    pub(super) fn apply(&mut self, first: u64, events: &[MarketEvent]) -> Result<(), String> {
        match self {
            Self::Built(matcher) => matcher.apply(first, events).map_err(|it| it.to_string()),
            Self::Text(matcher) => matcher.apply(first, events).map_err(|it| it.to_string()),
        }
    }

    pub(super) fn commit(&mut self, at: usize, sink: &mut Sink) {
        match self {
            Self::Built(matcher) => matcher.commit(&mut |found| sink.take(at, &found)),
            Self::Text(matcher) => matcher.commit(&mut |it| sink.take(at, it)),
        }
    }

    pub(super) fn rollback(&mut self) {
        match self {
            Self::Built(matcher) => matcher.rollback(),
            Self::Text(matcher) => matcher.rollback(),
        }
    }

    /// How much its limits cost.
    pub(super) fn truncated(&self) -> u64 {
        match self {
            Self::Built(matcher) => matcher.counts().truncated,
            Self::Text(matcher) => matcher.counts().truncated(),
        }
    }
}
