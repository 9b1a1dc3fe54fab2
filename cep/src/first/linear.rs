//! A comparison brought to one form: a sum of fields times factors, compared with zero.

use super::error::PatternError;
use super::expr::{Linear, Source, Term};
use super::pattern::{Step, resolve};
use crate::field::RawField;

/// Largest total of the factors of a comparison: with 64-bit fields, every sum stays exact in
/// 128 bits.
const MOST_FACTOR: i128 = 1 << 60;
/// Largest constant of a comparison, for the same reason.
const MOST_CONSTANT: i128 = 1 << 100;

/// `left - right`, like terms joined, split by the event they read.
pub(crate) struct Reduced {
    /// Fields of the event under test.
    pub(crate) current: Vec<(RawField, i64)>,
    /// Fields of the event bound to a step.
    pub(crate) bound: Vec<(usize, RawField, i64)>,
    pub(crate) constant: i128,
}

impl Reduced {
    fn new(constant: i128) -> Self {
        Self { current: Vec::new(), bound: Vec::new(), constant }
    }

    /// Adds a term. The total of all factors is known to fit.
    fn add(&mut self, step: Option<usize>, field: RawField, factor: i128) {
        let factor = factor as i64;
        match step {
            None => match self.current.iter_mut().find(|(other, _)| *other == field) {
                Some((_, sum)) => *sum += factor,
                None => self.current.push((field, factor)),
            },
            Some(step) => {
                match self.bound.iter_mut().find(|(at, other, _)| (*at, *other) == (step, field)) {
                    Some((.., sum)) => *sum += factor,
                    None => self.bound.push((step, field, factor)),
                }
            }
        }
    }

    /// What the fields' biases add up to.
    pub(crate) fn bias(&self) -> i128 {
        let current = self.current.iter().map(|(field, factor)| (field, factor));
        let bound = self.bound.iter().map(|(_, field, factor)| (field, factor));
        current.chain(bound).map(|(field, factor)| i128::from(*factor) * field.bias()).sum()
    }

    fn without_zeros(mut self) -> Self {
        self.current.retain(|&(_, factor)| factor != 0);
        self.bound.retain(|&(_, _, factor)| factor != 0);
        self
    }

    /// Reduces a comparison that reads the current event alone and has been checked.
    pub(crate) fn current<E>(left: &Linear<E>, right: &Linear<E>) -> Self {
        let mut reduced = Self::new(left.constant - right.constant);
        for (term, sign) in signed_terms(left, right) {
            debug_assert_eq!(term.source, Source::Current);
            reduced.add(None, term.field, sign * term.factor);
        }
        reduced.without_zeros()
    }

    /// Checks and reduces a comparison of step `at`.
    pub(crate) fn at<E>(
        steps: &[Step<E>],
        at: usize,
        left: &Linear<E>,
        right: &Linear<E>,
    ) -> Result<Self, PatternError> {
        let too_large = |number, most| {
            Err(PatternError::TooLarge { step: steps[at].name.clone(), number, most })
        };
        for side in [left, right] {
            if side.constant.unsigned_abs() > MOST_CONSTANT.unsigned_abs() {
                return too_large(side.constant, MOST_CONSTANT);
            }
        }
        let mut total = 0_i128;
        let mut reduced = Self::new(left.constant - right.constant);
        for (term, sign) in signed_terms(left, right) {
            total = total.saturating_add(term.factor.saturating_abs());
            if total > MOST_FACTOR {
                return too_large(term.factor, MOST_FACTOR);
            }
            reduced.add(resolve(steps, at, term)?, term.field, sign * term.factor);
        }
        Ok(reduced.without_zeros())
    }
}

fn signed_terms<'a, E>(
    left: &'a Linear<E>,
    right: &'a Linear<E>,
) -> impl Iterator<Item = (&'a Term, i128)> {
    let left = left.terms.iter().map(|term| (term, 1));
    left.chain(right.terms.iter().map(|term| (term, -1)))
}
