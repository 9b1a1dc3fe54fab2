//! Conditions: comparisons of values, and what is made of them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Not;

use super::unplaced;
use super::value::Value;
use crate::comparison::Comparison;
use crate::event::{Field, Holds, Number};
use crate::lang::Spanned;
use crate::lang::ast::Expr;

/// A condition on the event under test, and on those bound before it.
pub struct Condition<E> {
    pub(super) expr: Expr,
    event: PhantomData<fn(&E)>,
}

/// Holds for every event.
#[must_use]
pub fn any_event<E>() -> Condition<E> {
    Condition::new(Expr::Bool(true))
}

impl<E> Condition<E> {
    fn new(expr: Expr) -> Self {
        Self { expr, event: PhantomData }
    }

    /// Holds for every event?
    pub(super) fn is_any(&self) -> bool {
        self.expr == Expr::Bool(true)
    }

    fn unplaced(self) -> Spanned<Expr> {
        unplaced(self.expr)
    }

    /// Holds when both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(match self.expr {
            Expr::And(mut parts) => {
                parts.push(other.unplaced());
                Expr::And(parts)
            }
            first => Expr::And(vec![unplaced(first), other.unplaced()]),
        })
    }

    /// Holds when either holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(match self.expr {
            Expr::Or(mut parts) => {
                parts.push(other.unplaced());
                Expr::Or(parts)
            }
            first => Expr::Or(vec![unplaced(first), other.unplaced()]),
        })
    }
}

/// Holds when the condition fails; unknown when it is unknown, as in SQL.
impl<E> Not for Condition<E> {
    type Output = Self;
    fn not(self) -> Self {
        Self::new(Expr::Not(Box::new(self.unplaced())))
    }
}

impl<E> Clone for Condition<E> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<E> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl<E> fmt::Display for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

fn compare<E, C>(left: Value<E, C>, comparison: Comparison, right: Value<E, C>) -> Condition<E> {
    let (left, right) = (Box::new(left.unplaced()), Box::new(right.unplaced()));
    Condition::new(Expr::Compare { left, comparison, right })
}

macro_rules! comparisons {
    ($([$($generics:tt)*] [$($numbers:tt)*] $left:ty, $number:ty, $class:ty;)*) => {
        $(
            impl<$($generics)*> $left {
                comparisons!(@compare $class, eq Equal "Equal to `right`.");
                comparisons!(@compare $class, ne NotEqual "Different from `right`.");

                /// One of `values`.
                #[must_use]
                pub fn is_in<V>(self, values: impl IntoIterator<Item = V>) -> Condition<E>
                where
                    V: Into<Value<E, $class>>,
                {
                    let value = Box::new(Value::from(self).unplaced());
                    let list = values.into_iter().map(|value| value.into().unplaced()).collect();
                    Condition::new(Expr::In { negated: false, value, list })
                }
            }

            impl<$($numbers)*> $number {
                comparisons!(@compare Number, lt Less "Less than `right`.");
                comparisons!(@compare Number, le LessOrEqual "At most `right`.");
                comparisons!(@compare Number, gt Greater "More than `right`.");
                comparisons!(@compare Number, ge GreaterOrEqual "At least `right`.");

                /// At least `low` and at most `high`.
                #[must_use]
                pub fn between(
                    self,
                    low: impl Into<Value<E, Number>>,
                    high: impl Into<Value<E, Number>>,
                ) -> Condition<E> {
                    Condition::new(Expr::Between {
                        negated: false,
                        value: Box::new(Value::from(self).unplaced()),
                        low: Box::new(low.into().unplaced()),
                        high: Box::new(high.into().unplaced()),
                    })
                }
            }
        )*
    };
    (@compare $class:ty, $name:ident $comparison:ident $doc:literal) => {
        #[doc = $doc]
        #[must_use]
        pub fn $name(self, right: impl Into<Value<E, $class>>) -> Condition<E> {
            compare(Value::from(self), Comparison::$comparison, right.into())
        }
    };
}
comparisons! {
    [E, T: Holds] [E, T: Holds<Class = Number>] Field<E, T>, Field<E, T>, T::Class;
    [E, C] [E] Value<E, C>, Value<E, Number>, C;
}
