//! A matcher of events with derived columns.

use bytemuck::Pod;
use thiserror::Error;

use super::super::{AggregateError, Limits};
use super::WideStream;
use crate::builder::Pattern;
use crate::ir::TooLarge;
use crate::matching::{self, BatchError, BuildError, Counts, Found, Full, Guard, Matcher};

/// Wide events that are matched at once.
const PART: usize = 2_048;

/// A matcher that cannot be built, or that cannot go on.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WideError {
    /// The matcher behind the columns.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A filter beyond exact arithmetic.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A column.
    #[error("derived columns: {0}")]
    Column(#[from] AggregateError),
    /// A limit of the matcher.
    #[error(transparent)]
    Full(#[from] Full),
}

/// Finds the matches of a pattern with a `DERIVE` clause in a stream of events of type `E`; `W` is
/// the type of wide events: as large as the schema of its pattern says.
///
/// It is used as [`Matcher`] is. An event for which a column has no value is left out in front of
/// the pattern, which sees neither it nor its time.
///
/// ```
/// use tourbillon_cep::agg::{self, WideMatcher};
/// use tourbillon_cep::{Limits, Pattern};
/// use tourbillon_cep::lang::compile;
/// use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
///
/// // Events of 16 bytes: a time, and a price.
/// let ticks = Schema::builder::<[u64; 2]>("ticks")
///     .field(SchemaField::new("ts", FieldType::U64, 0))
///     .field(SchemaField::new("price", FieldType::I64, 8))
///     .time("ts")
///     .build()?;
/// let text = "FROM ticks DERIVE mean AS AVG(price) OVER (RANGE 1 US) MATCH_RECOGNIZE (
///     PATTERN ( jump back )  WITHIN 1 MS
///     DEFINE jump AS price > 2 * mean, back AS price < mean )";
/// let pattern = compile("jump.sql", text, &[ticks])?.patterns.remove(0);
/// let pattern = Pattern::<[u64; 10]>::from_ir(pattern.ir);
/// let mut matcher = WideMatcher::new(&pattern, Limits::default(), agg::Limits::default())?;
/// let mut found = Vec::new();
/// for (sequence, price) in (0..).zip([10, 10, 10, 90, 9]) {
///     let tick = [100 * sequence, price];
///     matcher.push(sequence, &tick, &mut |it| found.extend(it.sequences()))?;
/// }
/// matcher.finish(&mut |it| found.extend(it.sequences()))?;
/// assert_eq!(found, [3, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WideMatcher<E, W> {
    stream: WideStream<E, W>,
    matcher: Matcher<W>,
    /// Events of a batch that is not committed, with their sequences.
    staged: Vec<(u64, E)>,
    /// Events that go on one after the other without a gap.
    part: Vec<W>,
    most: usize,
    /// Outputs of batches that a panicking sink was not shown.
    unseen: u64,
}

impl<E: Pod, W: Pod> WideMatcher<E, W> {
    /// A matcher of `pattern`, and all the memory it will use.
    ///
    /// # Errors
    ///
    /// If a window or a limit is out of range, or no matcher can run the pattern within `limits`.
    ///
    /// # Panics
    ///
    /// If `E` has not the size that the pattern's schema says.
    pub fn new(
        pattern: &Pattern<W>,
        limits: matching::Limits,
        columns: Limits,
    ) -> Result<Self, WideError> {
        let most = limits.batch;
        let part = most.min(PART);
        Ok(Self {
            stream: WideStream::new(pattern.ir(), columns)?,
            matcher: Matcher::new(pattern, limits.with_batches(part))?,
            staged: Vec::with_capacity(most),
            part: Vec::with_capacity(part),
            most,
            unseen: 0,
        })
    }

    /// Takes the next event, which the caller calls `sequence`, and gives what it lets out.
    ///
    /// # Errors
    ///
    /// If a limit does not suffice and nothing may be dropped.
    ///
    /// # Panics
    ///
    /// If a batch is neither committed nor rolled back.
    #[inline]
    pub fn push(
        &mut self,
        sequence: u64,
        event: &E,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), WideError> {
        assert!(self.staged.is_empty(), "commit or roll back the batch first");
        if let Some(wide) = self.stream.widen(event)? {
            self.matcher.push(sequence, &wide, sink)?;
        }
        Ok(())
    }

    /// Takes events, called `first` and up, as a part of a batch. Nothing is done with them before
    /// [`WideMatcher::commit`].
    ///
    /// # Errors
    ///
    /// If the batch has more events than the limits allow. Those of earlier calls are still there.
    pub fn apply(&mut self, first: u64, events: &[E]) -> Result<(), BatchError> {
        let (length, most) = (self.staged.len() + events.len(), self.most);
        if length > most {
            return Err(BatchError::TooLong { length, most });
        }
        self.staged.extend((first..).zip(events.iter().copied()));
        Ok(())
    }

    /// Derives the columns of the batch's events, matches these, and gives what they let out.
    ///
    /// # Errors
    ///
    /// As [`WideMatcher::push`]; the events after the one that has no room are not taken.
    ///
    /// # Panics
    ///
    /// With the sink, after all else is done: all events of the batch are matched.
    pub fn commit(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), WideError> {
        let Self { stream, matcher, staged, part, unseen, .. } = self;
        let mut guard = Guard::default();
        let sink = &mut |it: &Found<'_>| *unseen += u64::from(!guard.run(|| sink(it)));
        let mut next = 0;
        let mut done = Ok(());
        for (sequence, event) in staged.drain(..) {
            if part.len() == part.capacity() || sequence != next {
                done = done.and(give(matcher, next, part, sink));
            }
            if done.is_err() {
                break;
            }
            match stream.widen(&event) {
                Ok(Some(wide)) => {
                    part.push(wide);
                    next = sequence + 1;
                }
                Ok(None) => {}
                Err(error) => done = Err(error.into()),
            }
        }
        let done = done.and(give(matcher, next, part, sink));
        guard.resume();
        done
    }

    /// Forgets the events of the batch.
    pub fn rollback(&mut self) {
        self.staged.clear();
    }

    /// There is no later event: lets out the matches that were held back. No deadline fires.
    ///
    /// # Errors
    ///
    /// As [`WideMatcher::push`]; what is held is out all the same.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_>)) -> Result<(), WideError> {
        Ok(self.matcher.finish(sink)?)
    }

    /// What it did so far; late events are those that came late for the columns.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let counts = self.matcher.counts();
        let (late, unseen) = (counts.late + self.stream.late(), counts.unseen + self.unseen);
        Counts { late, unseen, ..counts }
    }

    /// The columns in front.
    #[must_use]
    pub fn stream(&self) -> &WideStream<E, W> {
        &self.stream
    }

    /// The matcher behind them.
    #[must_use]
    pub fn matcher(&self) -> &Matcher<W> {
        &self.matcher
    }

    /// Bytes allocated, all of them when it was built (the pattern itself apart).
    #[must_use]
    pub fn memory(&self) -> usize {
        self.stream.memory()
            + self.matcher.memory()
            + self.staged.capacity() * size_of::<(u64, E)>()
            + self.part.capacity() * size_of::<W>()
    }
}

/// Matches the events of `part`, the last of which is called `next - 1`.
fn give<W: Pod>(
    matcher: &mut Matcher<W>,
    next: u64,
    part: &mut Vec<W>,
    sink: &mut impl FnMut(&Found<'_>),
) -> Result<(), WideError> {
    let applied = matcher.apply(next - part.len() as u64, part);
    part.clear();
    // It is no larger than the matcher was built for.
    debug_assert!(applied.is_ok(), "{applied:?}");
    Ok(matcher.commit(sink)?)
}
