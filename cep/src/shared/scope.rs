//! Which events a pattern is about, and which of them one match may span.

use bytemuck::Pod;

use super::arena::Arena;
use super::error::SharedError;
use crate::field::RawField;
use crate::ir::{Consume, Emit, Ir, Order, Selection, Skip};

/// The window, as bounds of a match's *start*: a time, or a place in the partition if the window
/// only counts events.
#[derive(Debug)]
pub(super) struct Scope {
    time: RawField,
    window: Option<u64>,
    events: Option<u64>,
    /// The kinds that are seen at all.
    kinds: Option<(RawField, Box<[i64]>)>,
    /// So many of the matches at one event count, the first in the order of output.
    pub(super) first: Option<u64>,
    /// What a match ends.
    pub(super) consume: Consume,
    /// Starts of different partitions cannot be compared.
    apart: bool,
}

impl Scope {
    /// That of `ir`, if it asks for all matches and no more.
    pub(super) fn new<E: Pod>(ir: &Ir) -> Result<Self, SharedError> {
        // Every partial match of the partition starts at or before the event that completes the
        // first match: all are dropped, and of several matches at that event the first is left.
        let past_last = ir.skip == Skip::PastLast && ir.order == Order::Eager;
        let per_start = match ir.selection {
            Selection::All => true,
            Selection::FirstPerStart => past_last,
            Selection::LongestPerStart | Selection::PreferredPerStart => false,
        };
        let matches = ir.emit == Emit::Matches;
        // One window only: its starts tell which of the matches counted are in it.
        let one_window = ir.window.time.is_none() || ir.window.events.is_none();
        let all = ir.skip == Skip::None && ir.selection == Selection::All && ir.limit.is_none();
        let counts_all = matches || (all && one_window);
        let clauses = [
            ("AFTER MATCH SKIP", ir.skip == Skip::None || past_last),
            ("FIRST/LONGEST PER START", per_start),
            ("EMIT of some matches", counts_all),
            ("EMIT TIMEOUTS", !ir.emit_timeouts),
            ("MEASURES", ir.measures.is_empty()),
        ];
        if let Some((clause, _)) = clauses.into_iter().find(|(_, fits)| !fits) {
            return Err(SharedError::Clause { clause });
        }
        if size_of::<E>() != ir.schema.size() {
            let (event, schema) = (size_of::<E>(), ir.schema.size());
            return Err(SharedError::EventSize { event, schema });
        }
        let kinds = ir.kinds.as_ref().zip(ir.schema.kind()).map(|(kinds, field)| {
            let field = ir.schema.raw(field);
            let stored = |kind: &i128| i64::try_from(kind - field.bias()).ok();
            (field, kinds.iter().filter_map(stored).collect())
        });
        Ok(Self {
            time: ir.schema.raw(ir.schema.time()),
            window: ir.window.time,
            events: ir.window.events,
            kinds,
            first: if past_last { Some(1) } else { ir.limit },
            consume: match ir.consume {
                Consume::None if past_last => Consume::Partition,
                consume => consume,
            },
            apart: ir.window.time.is_none()
                && ir.window.events.is_some()
                && !ir.partition_by.is_empty(),
        })
    }

    /// Is the pattern about `event`?
    #[inline]
    pub(super) fn sees<E: Pod>(&self, event: &E) -> bool {
        let Some((field, kinds)) = &self.kinds else { return true };
        kinds.contains(&field.number(event))
    }

    /// Does the window count events?
    #[inline]
    pub(super) fn counts(&self) -> bool {
        self.events.is_some()
    }

    /// The start of a match that begins with `event`, and the earliest start of one that ends
    /// with it.
    #[inline]
    pub(super) fn window<E: Pod>(&self, event: &E, position: u64) -> (u64, u64) {
        let (start, length) = match (self.window, self.events) {
            (None, Some(events)) => (position, Some(events)),
            (window, _) => (self.time.bits(event), window),
        };
        let oldest = match length {
            None => 0,
            Some(0) => u64::MAX,
            Some(length) => start.saturating_sub(length - 1),
        };
        (start, oldest)
    }

    /// Does a match from the event at `first` to that at `last` have few enough events?
    #[inline]
    pub(super) fn spans(&self, first: u64, last: u64) -> bool {
        self.events.is_none_or(|most| last - first < most)
    }

    /// The earliest start that is of use to any partition, if one's is `oldest`.
    #[inline]
    pub(super) fn needed(&self, oldest: u64) -> u64 {
        if self.apart { 0 } else { oldest }
    }

    /// Does time alone tell of what is bound that it is of no use any more?
    pub(super) fn ages(&self) -> bool {
        !self.apart && (self.window.is_some() || self.events.is_some())
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.kinds.as_ref().map_or(0, |(_, kinds)| size_of_val(&**kinds))
    }

    /// Was something overwritten that a match of the window could have used?
    #[inline]
    pub(super) fn is_truncated(&self, arena: &Arena, oldest: u64) -> bool {
        arena.marked && arena.lost_start >= self.needed(oldest)
    }
}
