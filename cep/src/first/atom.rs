//! Conditions on single events: each different one is evaluated at most once per event.
//!
//! A comparison of one field with a number becomes a range check without branches, which also
//! runs over a whole batch as a column. Anything else is evaluated as it stands.

use std::sync::Arc;

use bytemuck::Pod;

use super::expr::{Condition, Opaque, OpaqueCondition, Source};
use super::linear::Reduced;
use crate::comparison::Comparison;
use crate::field::RawField;

/// A condition on one event.
pub(crate) enum Atom<E> {
    /// `low <= field <= low + width` in the order of the field's type, or its negation.
    Range(Range),
    /// Any other condition on the event's own fields.
    Tree(Tree<E>),
}

/// `low <= field <= low + width` in the order of the field's type, or its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    field: RawField,
    low: i64,
    width: u64,
    negated: bool,
}

impl Range {
    #[inline(always)]
    pub(crate) fn holds<E: Pod>(&self, event: &E) -> bool {
        (self.field.number(event).wrapping_sub(self.low) as u64 <= self.width) != self.negated
    }

    /// Sets bit `bit` of `bits[i]` where the event at `relevant[i]` lies in the range.
    pub(crate) fn column<E: Pod>(
        &self,
        events: &[E],
        relevant: &[u32],
        bit: u32,
        bits: &mut [u64],
    ) {
        for (&at, bits) in relevant.iter().zip(bits) {
            *bits |= u64::from(self.holds(&events[at as usize])) << bit;
        }
    }
}

/// A condition on one event that is no simple range.
pub(crate) enum Tree<E> {
    Linear(Vec<(RawField, i64)>, i128, Comparison),
    All(Vec<Tree<E>>),
    Any(Vec<Tree<E>>),
    Not(Box<Tree<E>>),
    Opaque(Opaque<E>),
}

impl<E: Pod> Atom<E> {
    /// Plans `condition`, which reads the current event alone.
    pub(crate) fn new(condition: &Condition<E>) -> Self {
        if let Condition::Compare { left, comparison, right } = condition {
            let reduced = Reduced::current(left, right);
            if let [(field, factor)] = reduced.current[..] {
                return Self::range(field, factor.into(), reduced.constant, *comparison);
            }
        }
        Self::Tree(Tree::new(condition))
    }

    /// `factor * field + constant`, compared with zero, as a range of the field.
    fn range(field: RawField, factor: i128, constant: i128, comparison: Comparison) -> Self {
        let (low, high) = comparison.solve(factor, constant);
        let (least, most) = field.range();
        let (low, high) = (low.max(least), high.min(most));
        let negated = comparison == Comparison::NotEqual;
        if low > high {
            // Nothing lies in the range: the negation of everything.
            return Self::Range(Range { field, low: 0, width: u64::MAX, negated: !negated });
        }
        let (low, width) = ((low - field.bias()) as i64, (high - low) as u64);
        Self::Range(Range { field, low, width, negated })
    }

    /// Does the event meet the condition?
    #[inline(always)]
    pub(crate) fn holds(&self, event: &E) -> bool {
        match self {
            Self::Range(range) => range.holds(event),
            Self::Tree(tree) => tree.holds(event),
        }
    }
}

impl<E: Pod> Tree<E> {
    fn new(condition: &Condition<E>) -> Self {
        let list = |parts: &[Condition<E>]| parts.iter().map(Self::new).collect();
        match condition {
            Condition::Compare { left, comparison, right } => {
                let reduced = Reduced::current(left, right);
                let constant = reduced.constant + reduced.bias();
                Self::Linear(reduced.current, constant, *comparison)
            }
            Condition::All(parts) => Self::All(list(parts)),
            Condition::Any(parts) => Self::Any(list(parts)),
            Condition::Not(part) => Self::Not(Box::new(Self::new(part))),
            Condition::Opaque(OpaqueCondition(opaque)) => Self::Opaque(opaque.clone()),
        }
    }

    pub(crate) fn holds(&self, event: &E) -> bool {
        match self {
            Self::Linear(terms, constant, comparison) => {
                let sum = terms
                    .iter()
                    .map(|(field, factor)| i128::from(*factor) * i128::from(field.number(event)));
                comparison.holds(sum.sum::<i128>() + constant)
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(part) => !part.holds(event),
            Self::Opaque(opaque) => (opaque.test)(event),
        }
    }
}

/// Reads the condition nothing but the event under test?
pub(crate) fn reads_current_only<E>(condition: &Condition<E>) -> bool {
    match condition {
        Condition::Compare { left, right, .. } => {
            left.terms.iter().chain(&right.terms).all(|term| term.source == Source::Current)
        }
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(reads_current_only),
        Condition::Not(part) => reads_current_only(part),
        Condition::Opaque(_) => true,
    }
}

impl<E> PartialEq for Atom<E> {
    /// Are both met by the same events, as far as their form tells?
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Range(range), Self::Range(other)) => range == other,
            (Self::Tree(tree), Self::Tree(other)) => tree == other,
            _ => false,
        }
    }
}

impl<E> PartialEq for Tree<E> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Linear(a, b, c), Self::Linear(x, y, z)) => (a, b, c) == (x, y, z),
            (Self::All(parts), Self::All(others)) | (Self::Any(parts), Self::Any(others)) => {
                parts == others
            }
            (Self::Not(part), Self::Not(other)) => part == other,
            (Self::Opaque(opaque), Self::Opaque(other)) => Arc::ptr_eq(&opaque.test, &other.test),
            _ => false,
        }
    }
}

impl<E> Clone for Atom<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Range(range) => Self::Range(*range),
            Self::Tree(tree) => Self::Tree(tree.clone()),
        }
    }
}

impl<E> Clone for Tree<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Linear(terms, constant, comparison) => {
                Self::Linear(terms.clone(), *constant, *comparison)
            }
            Self::All(parts) => Self::All(parts.clone()),
            Self::Any(parts) => Self::Any(parts.clone()),
            Self::Not(part) => Self::Not(part.clone()),
            Self::Opaque(opaque) => Self::Opaque(opaque.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::field::Field;
    use super::*;
    use crate::field;
    use crate::first::expr::Linear;

    #[repr(C)]
    #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
    struct Both {
        signed: i64,
        unsigned: u64,
        small: i16,
        tiny: u8,
        pad: [u8; 5],
    }

    const SIGNED: Field<Both, i64> = field!(Both, signed);
    const UNSIGNED: Field<Both, u64> = field!(Both, unsigned);
    const SMALL: Field<Both, i16> = field!(Both, small);
    const TINY: Field<Both, u8> = field!(Both, tiny);

    fn edge() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), -300..300_i64, Just(i64::MIN), Just(i64::MAX), Just(0)]
    }

    proptest! {
        /// The range form says what the arithmetic says, in rows and in columns.
        #[test]
        fn ranges_equal_arithmetic(
            value in edge(), constant in edge(), factor in -5..5_i64, op in 0..6_usize, field in 0..4,
        ) {
            let event = Both {
                signed: value,
                unsigned: value as u64,
                small: value as i16,
                tiny: value as u8,
                pad: [0; 5],
            };
            let (side, number): (Linear<Both>, i128) = match field {
                0 => (SIGNED * factor, event.signed.into()),
                1 => (UNSIGNED * factor, event.unsigned.into()),
                2 => (SMALL * factor, event.small.into()),
                _ => (TINY * factor, event.tiny.into()),
            };
            let left = number * i128::from(factor);
            let right = i128::from(constant);
            let (condition, expected) = match op {
                0 => (side.eq(constant), left == right),
                1 => (side.ne(constant), left != right),
                2 => (side.lt(constant), left < right),
                3 => (side.le(constant), left <= right),
                4 => (side.gt(constant), left > right),
                _ => (side.ge(constant), left >= right),
            };
            let atom = Atom::new(&condition);
            prop_assert_eq!(matches!(atom, Atom::Range(_)), factor != 0);
            prop_assert_eq!(atom.holds(&event), expected);
            if let Atom::Range(range) = atom {
                let mut bits = [0];
                range.column(&[event], &[0], 7, &mut bits);
                prop_assert_eq!(bits[0], u64::from(expected) << 7);
            }
        }
    }
}
