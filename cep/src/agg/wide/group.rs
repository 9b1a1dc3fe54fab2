//! Columns about the same events, and where they stand.

use bytemuck::Pod;

use super::super::{AggregateError, Dropped, Limits, Sample};
use super::matcher::WideError;
use super::operator::Operator;
use crate::eval::{Test, View};
use crate::field::RawField;
use crate::ir::{self, Column, Condition, Decay, Frame, StepId, WindowAggregate};
use crate::schema::{FieldId, Schema};

/// A column in the wide event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Bytes from the start.
    pub(super) offset: usize,
    pub(super) aggregate: WindowAggregate,
}

/// What a group of columns is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source<'a> {
    filter: &'a Condition,
    partition_by: &'a [FieldId],
    frame: Frame,
    value: Option<FieldId>,
    weight: Option<FieldId>,
    decay: Option<Decay>,
}

impl<'a> Source<'a> {
    pub(super) fn of(column: &'a Column) -> Self {
        let Column { aggregate, filter, partition_by, frame, .. } = column;
        let (mut weight, mut decay) = (None, None);
        match *aggregate {
            WindowAggregate::Vwap { quantity, .. } => weight = Some(quantity),
            WindowAggregate::Ewma(_, how) => decay = Some(how),
            _ => {}
        }
        Self { filter, partition_by, frame: *frame, value: aggregate.field(), weight, decay }
    }
}

impl Source<'_> {
    /// Does an operator of this have what a column about `other` asks for? A count needs no value.
    pub(super) fn serves(&self, other: &Self) -> bool {
        let counted = Self { value: None, weight: None, ..self.clone() };
        self == other || counted == *other
    }
}

/// Columns that share an operator.
#[derive(Debug)]
pub(super) struct Group {
    /// `None` if every event counts.
    filter: Option<Test>,
    key: Box<[RawField]>,
    value: Option<RawField>,
    weight: Option<RawField>,
    operator: Operator,
    places: Box<[Place]>,
}

/// An event by itself.
struct Alone<'a, E>(&'a E);

impl<E> View<E> for Alone<'_, E> {
    fn event(&self, place: ir::Place) -> Option<&E> {
        (place == ir::Place::Current).then_some(self.0)
    }

    fn each(&self, _: Option<StepId>, _: impl FnMut(&E)) {}
}

impl Group {
    pub(super) fn new(
        source: &Source<'_>,
        places: Box<[Place]>,
        schema: &Schema,
        limits: Limits,
    ) -> Result<Self, WideError> {
        let filter = Some(source.filter).filter(|filter| **filter != Condition::always());
        let raw = |field: FieldId| schema.raw(field);
        let aggregates = places.iter().map(|place| place.aggregate);
        Ok(Self {
            filter: filter.map(|filter| Test::new(filter, schema)).transpose()?,
            key: source.partition_by.iter().map(|field| raw(*field)).collect(),
            value: source.value.map(raw),
            weight: source.weight.map(raw),
            operator: Operator::new(source.frame, source.decay, aggregates, limits)?,
            places,
        })
    }

    /// Takes in the event at the start of `wide`, if it counts, and fills in the columns. Has each
    /// a value?
    pub(super) fn fill<W: Pod>(&mut self, time: u64, wide: &mut W) -> Result<bool, AggregateError> {
        let key = self.key.iter().fold(0_u64, |key, field| {
            // A field of eight bytes is alone.
            let shifted = key.checked_shl(8 * u32::from(field.bytes())).unwrap_or(0);
            shifted | field.bits(wide)
        });
        self.operator.advance_to(time);
        if self.filter.as_ref().is_none_or(|filter| filter.holds(&Alone(&*wide))) {
            let value = self.value.map_or(0, |field| whole(field, wide));
            let weight = self.weight.map_or(1, |field| field.bits(wide) as u32);
            self.operator.push(&Sample { key, time, value, weight })?;
        }
        let Self { operator, places, .. } = self;
        Ok(operator.values(key, time, |value| {
            let bytes = bytemuck::bytes_of_mut(wide);
            places.iter().all(|place| {
                let Some(value) = value(place.aggregate) else { return false };
                bytes[place.offset..][..8].copy_from_slice(&value.to_ne_bytes());
                true
            })
        }))
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(super) fn kind(&self) -> &'static str {
        self.operator.kind()
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.operator.dropped()
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.operator.memory() + size_of_val(&*self.key) + size_of_val(&*self.places)
    }
}

/// A field's stored number; of those that 64 bits with a sign do not hold, the nearest.
fn whole<E: Pod>(field: RawField, event: &E) -> i64 {
    let number = i128::from(field.number(event)) + field.bias();
    number.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
