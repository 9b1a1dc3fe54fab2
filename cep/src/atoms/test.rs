//! What an atom tests.

use bytemuck::Pod;

use super::Slot;
use crate::eval::{self, View};
use crate::field::RawField;
use crate::ir::{Condition, Opaque, Place, StepId};

/// A test on one event.
#[derive(Debug)]
pub(crate) enum Test {
    /// Whole numbers, compared exactly.
    Plain(Plain),
    /// Something computed: a fraction, a float, a function's value.
    Value {
        /// What it was made from, by which it is known.
        condition: Box<Condition>,
        /// Ready to be tested.
        test: Box<eval::Test>,
    },
    /// A closure.
    Opaque(Opaque),
}

/// A comparison of whole numbers, of the two kinds that all others are, or are the opposite of.
/// Numbers are as [`RawField::number`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Plain {
    /// `field = value`
    Equal(Slot, i64),
    /// `field >= value`
    AtLeast(Slot, i64),
    /// `field = other`, of fields with the same bias.
    EqualFields(Slot, Slot),
    /// `field >= other`, of fields with the same bias.
    AtLeastField(Slot, Slot),
    /// `sum of factor * field + constant`, either `= 0` or `>= 0`.
    Sum {
        /// The sum, in the fields' own numbers.
        terms: Box<[(i128, Slot)]>,
        /// What is added.
        constant: i128,
        /// `= 0`?
        equal: bool,
    },
}

impl Test {
    /// What it costs: of several tests the cheap ones go first, and closures last.
    pub(super) fn cost(&self) -> u8 {
        match self {
            Self::Plain(Plain::Equal(..)) => 0,
            Self::Plain(Plain::AtLeast(..)) => 1,
            Self::Plain(Plain::EqualFields(..) | Plain::AtLeastField(..)) => 2,
            Self::Plain(Plain::Sum { .. }) => 3,
            Self::Value { .. } => 4,
            Self::Opaque(_) => 5,
        }
    }

    /// Does `event`, whose fields are these by slot, meet it?
    #[inline]
    pub(crate) fn holds<E: Pod>(&self, fields: &[RawField], event: &E) -> bool {
        match self {
            Self::Plain(plain) => plain.holds(fields, event),
            Self::Value { test, .. } => test.holds(&Alone(event)),
            Self::Opaque(opaque) => opaque.test(bytemuck::bytes_of(event)),
        }
    }

    /// Bytes allocated behind it, as far as they are known.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Plain(Plain::Sum { terms, .. }) => 2 * size_of_val(&**terms),
            Self::Value { .. } => size_of::<Condition>() + size_of::<eval::Test>(),
            Self::Plain(_) | Self::Opaque(_) => 0,
        }
    }
}

impl Plain {
    /// Does `event`, whose fields are these by slot, meet it?
    #[inline]
    pub(crate) fn holds<E: Pod>(&self, fields: &[RawField], event: &E) -> bool {
        let number = |slot: Slot| fields[usize::from(slot)].number(event);
        match self {
            Self::Equal(slot, value) => number(*slot) == *value,
            Self::AtLeast(slot, value) => number(*slot) >= *value,
            Self::EqualFields(slot, other) => number(*slot) == number(*other),
            Self::AtLeastField(slot, other) => number(*slot) >= number(*other),
            Self::Sum { terms, constant, equal } => {
                let value = |(factor, slot): &(i128, Slot)| {
                    let field = &fields[usize::from(*slot)];
                    factor * (i128::from(field.number(event)) + field.bias())
                };
                let sum = terms.iter().fold(*constant, |sum, term| sum + value(term));
                if *equal { sum == 0 } else { sum >= 0 }
            }
        }
    }
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => one == other,
            (Self::Value { condition, .. }, Self::Value { condition: other, .. }) => {
                condition == other
            }
            (Self::Opaque(one), Self::Opaque(other)) => one == other,
            _ => false,
        }
    }
}

/// An event with nothing bound before it.
struct Alone<'a, E>(&'a E);

impl<E> View<E> for Alone<'_, E> {
    fn event(&self, place: Place) -> Option<&E> {
        (place == Place::Current).then_some(self.0)
    }

    fn each(&self, _: Option<StepId>, _: impl FnMut(&E)) {}
}
