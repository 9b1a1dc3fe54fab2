//! Events with derived columns, as `DERIVE` in a text asks for them.
//!
//! A wide event is the bytes of an event and then eight for each column. Columns that are about
//! the same events (one filter, partition and window) share an operator.

mod group;
mod matcher;
mod operator;
mod window;

use std::marker::PhantomData;

use bytemuck::Pod;

use super::{AggregateError, Dropped, Limits};
use crate::field::RawField;
use crate::ir::{Column, Ir, WindowAggregate};
use group::{Group, Place, Source};
pub use matcher::{WideError, WideMatcher};

/// Makes wide events, of type `W`, from events of type `E`.
///
/// Events come in the order of their time: one before an earlier one is left out and counted, as a
/// matcher does. All memory is allocated at build.
#[derive(Debug)]
pub struct WideStream<E, W> {
    groups: Box<[Group]>,
    time: RawField,
    now: u64,
    late: u64,
    incomplete: u64,
    types: PhantomData<fn(&E) -> W>,
}

impl<E: Pod, W: Pod> WideStream<E, W> {
    /// What makes the events that `ir` is about.
    ///
    /// # Errors
    ///
    /// If a window or a limit is out of range, or a filter's numbers might not fit 128 bits.
    ///
    /// # Panics
    ///
    /// If `E` and `W` have not the sizes that the pattern's schema says.
    pub fn new(ir: &Ir, limits: Limits) -> Result<Self, WideError> {
        let schema = &*ir.schema;
        let (event, wide) = (size_of::<E>(), size_of::<W>());
        let columns = schema.columns();
        let most = if columns.is_empty() { 0 } else { 8 * Column::MOST };
        assert_eq!((event + most, wide), (schema.size(), schema.size()), "sizes of the events");
        let mut sources: Vec<(Source<'_>, Vec<Place>)> = Vec::new();
        // Counts last: they go with whatever there is.
        let counts = |column: &Column| column.aggregate == WindowAggregate::Count;
        let numbered = || columns.iter().enumerate();
        let others = numbered().filter(|(_, column)| !counts(column));
        for (at, column) in others.chain(numbered().filter(|(_, column)| counts(column))) {
            let source = Source::of(column);
            let place = Place { offset: event + 8 * at, aggregate: column.aggregate };
            match sources.iter_mut().find(|(known, _)| known.serves(&source)) {
                Some((_, places)) => places.push(place),
                None => sources.push((source, vec![place])),
            }
        }
        let groups = sources
            .into_iter()
            .map(|(source, places)| Group::new(&source, places.into(), schema, limits));
        Ok(Self {
            groups: groups.collect::<Result<_, _>>()?,
            time: schema.raw(schema.time()),
            now: 0,
            late: 0,
            incomplete: 0,
            types: PhantomData,
        })
    }

    /// The wide event of `event`; `None` if a column has no value, or the event is late.
    ///
    /// # Errors
    ///
    /// If there is no room and [`Overflow::Stop`](crate::Overflow::Stop) is asked for.
    pub fn widen(&mut self, event: &E) -> Result<Option<W>, AggregateError> {
        let mut wide = W::zeroed();
        bytemuck::bytes_of_mut(&mut wide)[..size_of::<E>()]
            .copy_from_slice(bytemuck::bytes_of(event));
        let time = self.time.bits(&wide);
        if time < self.now {
            self.late += 1;
            return Ok(None);
        }
        self.now = time;
        let mut complete = true;
        for group in &mut self.groups {
            complete &= group.fill(time, &mut wide)?;
        }
        self.incomplete += u64::from(!complete);
        Ok(complete.then_some(wide))
    }

    /// Events left out because their time was before that of an earlier one.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Events for which a column had no value.
    #[must_use]
    pub fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// What gave way at the limits: values of columns then miss something.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.groups.iter().fold(Dropped::default(), |sum, group| {
            let Dropped { keys, events } = group.dropped();
            Dropped { keys: sum.keys + keys, events: sum.events + events }
        })
    }

    /// Bytes allocated for the windows.
    #[must_use]
    pub fn memory(&self) -> usize {
        let groups = self.groups.iter().map(|group| group.memory() + size_of::<Group>());
        groups.sum()
    }

    /// The operators, each by the names of its columns, what it is, and its bytes.
    pub fn operators(&self, ir: &Ir) -> Vec<(String, &'static str, usize)> {
        let name = |place: &Place| {
            let at = (place.offset - size_of::<E>()) / 8;
            ir.schema.columns()[at].name.clone()
        };
        let names = |group: &Group| group.places().iter().map(name).collect::<Vec<_>>().join(", ");
        self.groups.iter().map(|group| (names(group), group.kind(), group.memory())).collect()
    }
}
