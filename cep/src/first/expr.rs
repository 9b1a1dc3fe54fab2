//! What a pattern's author writes: linear expressions over fields, and conditions on them.
//!
//! `price * 1000 >= a.price * 1002` is built from fields and operators and stays a value that
//! can be printed and planned. Arithmetic is exact: products are taken in 128 bits, so a
//! comparison never overflows.

use std::fmt;
use std::ops::{Add, Mul, Sub};
use std::sync::Arc;

use super::field::Field;
use crate::comparison::Comparison;
use crate::field::RawField;

/// Which event a field is read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// The event under test.
    Current,
    /// The event bound to the first step.
    First,
    /// The event bound to the step before the one under test.
    Previous,
    /// The event bound to the step of that name.
    Step(String),
}

/// `factor * field`, the field read from some event of the match.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Term {
    pub(crate) factor: i128,
    pub(crate) source: Source,
    pub(crate) field: RawField,
}

/// A sum of fields, each times a whole number, plus a whole number.
pub struct Linear<E> {
    pub(crate) terms: Vec<Term>,
    pub(crate) constant: i128,
    event: std::marker::PhantomData<fn(&E)>,
}

impl<E> Linear<E> {
    fn read(source: Source, field: RawField) -> Self {
        Self {
            terms: vec![Term { factor: 1, source, field }],
            constant: 0,
            event: std::marker::PhantomData,
        }
    }

    fn constant(constant: i128) -> Self {
        Self { terms: Vec::new(), constant, event: std::marker::PhantomData }
    }

    fn scaled(mut self, factor: i128) -> Self {
        for term in &mut self.terms {
            term.factor = term.factor.saturating_mul(factor);
        }
        self.constant = self.constant.saturating_mul(factor);
        self
    }

    fn plus(mut self, other: Self) -> Self {
        self.terms.extend(other.terms);
        self.constant = self.constant.saturating_add(other.constant);
        self
    }
}

impl<E> Clone for Linear<E> {
    fn clone(&self) -> Self {
        Self { terms: self.terms.clone(), ..Self::constant(self.constant) }
    }
}

/// Field of the event bound to step `step`.
#[must_use]
pub fn of<E, T>(step: &str, field: Field<E, T>) -> Linear<E> {
    Linear::read(Source::Step(step.to_owned()), field.raw)
}

/// Field of the first event of the match.
#[must_use]
pub fn first<E, T>(field: Field<E, T>) -> Linear<E> {
    Linear::read(Source::First, field.raw)
}

/// Field of the event bound last before the one under test.
#[must_use]
pub fn prev<E, T>(field: Field<E, T>) -> Linear<E> {
    Linear::read(Source::Previous, field.raw)
}

impl<E, T> From<Field<E, T>> for Linear<E> {
    fn from(field: Field<E, T>) -> Self {
        Self::read(Source::Current, field.raw)
    }
}

macro_rules! constants {
    ($($type:ty),*) => {
        $(impl<E> From<$type> for Linear<E> {
            fn from(value: $type) -> Self {
                Self::constant(i128::from(value))
            }
        })*
    };
}
constants!(u8, u16, u32, u64, i8, i16, i32, i64);

macro_rules! operators {
    ($(($($generic:ident),*) $left:ty;)*) => {
        $(
            impl<$($generic),*> Mul<i64> for $left {
                type Output = Linear<E>;
                fn mul(self, factor: i64) -> Linear<E> {
                    Linear::from(self).scaled(i128::from(factor))
                }
            }
            impl<$($generic,)* R: Into<Linear<E>>> Add<R> for $left {
                type Output = Linear<E>;
                fn add(self, right: R) -> Linear<E> {
                    Linear::from(self).plus(right.into())
                }
            }
            impl<$($generic,)* R: Into<Linear<E>>> Sub<R> for $left {
                type Output = Linear<E>;
                fn sub(self, right: R) -> Linear<E> {
                    Linear::from(self).plus(right.into().scaled(-1))
                }
            }
            impl<$($generic),*> $left {
                operators!(@compare eq Equal "Equal to `right`.");
                operators!(@compare ne NotEqual "Different from `right`.");
                operators!(@compare lt Less "Less than `right`.");
                operators!(@compare le LessOrEqual "At most `right`.");
                operators!(@compare gt Greater "More than `right`.");
                operators!(@compare ge GreaterOrEqual "At least `right`.");
            }
        )*
    };
    (@compare $name:ident $op:ident $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(self, right: impl Into<Linear<E>>) -> Condition<E> {
            Condition::Compare { left: self.into(), comparison: Comparison::$op, right: right.into() }
        }
    };
}
operators! {
    (E, T) Field<E, T>;
    (E) Linear<E>;
}

/// A test on one event that the planner cannot look into.
pub(crate) struct Opaque<E> {
    pub(crate) name: String,
    pub(crate) test: Arc<dyn Fn(&E) -> bool + Send + Sync>,
}

impl<E> Clone for Opaque<E> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), test: Arc::clone(&self.test) }
    }
}

/// A condition on the event under test and on the events bound before it.
pub enum Condition<E> {
    /// A comparison of two linear expressions.
    Compare {
        /// Left side.
        left: Linear<E>,
        /// How the sides are compared.
        comparison: Comparison,
        /// Right side.
        right: Linear<E>,
    },
    /// Every part holds; holds when there is none.
    All(Vec<Condition<E>>),
    /// Some part holds; fails when there is none.
    Any(Vec<Condition<E>>),
    /// The part does not hold.
    Not(Box<Condition<E>>),
    /// A closure, made by [`Condition::opaque`].
    #[doc(hidden)]
    Opaque(OpaqueCondition<E>),
}

/// A closure inside a [`Condition`].
pub struct OpaqueCondition<E>(pub(crate) Opaque<E>);

impl<E> Condition<E> {
    /// A condition that every event meets.
    #[must_use]
    pub fn any_event() -> Self {
        Self::All(Vec::new())
    }

    /// Holds when both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            first => Self::All(vec![first, other]),
        }
    }

    /// Holds when either holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Any(mut parts) => {
                parts.push(other);
                Self::Any(parts)
            }
            first => Self::Any(vec![first, other]),
        }
    }

    /// Holds when this one does not.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// A test on the current event in plain Rust, for what a linear comparison cannot say.
    ///
    /// The planner cannot look into it: it is never shared with an equal test of another step
    /// (clone the condition for that). If it panics, the matcher stays as it was before the
    /// event.
    pub fn opaque(name: &str, test: impl Fn(&E) -> bool + Send + Sync + 'static) -> Self {
        Self::Opaque(OpaqueCondition(Opaque { name: name.to_owned(), test: Arc::new(test) }))
    }
}

impl<E> Clone for Condition<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Compare { left, comparison, right } => {
                Self::Compare { left: left.clone(), comparison: *comparison, right: right.clone() }
            }
            Self::All(parts) => Self::All(parts.clone()),
            Self::Any(parts) => Self::Any(parts.clone()),
            Self::Not(part) => Self::Not(part.clone()),
            Self::Opaque(OpaqueCondition(opaque)) => Self::Opaque(OpaqueCondition(opaque.clone())),
        }
    }
}

impl<E> fmt::Debug for OpaqueCondition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(event)", self.0.name)
    }
}
