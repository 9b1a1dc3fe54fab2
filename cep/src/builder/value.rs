//! Values: fields, constants and arithmetic, as templates that can be read.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::time::Duration;

use super::units::nanoseconds;
use super::unplaced;
use crate::event::{Field, Holds, Number, Symbol, Truth};
use crate::ir::Decimal;
use crate::lang::Spanned;
use crate::lang::ast::Expr;

/// The names of steps, as values.
#[derive(Debug, Clone, Copy)]
pub enum StepName {}

/// A value of class `C` ([`Number`], [`Truth`] or [`Symbol`]) that is read from events of type
/// `E`, or a constant.
///
/// Numbers are exact. Constants are whole numbers, [`decimal!`](crate::decimal!), durations
/// (nanoseconds), `bool`s and names of symbols; a constant stands for what it says, whatever the
/// decimals of the field that it is compared with.
pub struct Value<E, C> {
    pub(super) expr: Expr,
    types: PhantomData<fn(&E) -> C>,
}

impl<E, C> Value<E, C> {
    pub(super) fn new(expr: Expr) -> Self {
        Self { expr, types: PhantomData }
    }

    pub(super) fn unplaced(self) -> Spanned<Expr> {
        unplaced(self.expr)
    }

    fn boxed(self) -> Box<Spanned<Expr>> {
        Box::new(self.unplaced())
    }
}

impl<E, C> Clone for Value<E, C> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<E, C> fmt::Debug for Value<E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl<E, C> fmt::Display for Value<E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl<E, T: Holds> From<Field<E, T>> for Value<E, T::Class> {
    fn from(field: Field<E, T>) -> Self {
        Self::new(Expr::Name(field.name().to_owned()))
    }
}

impl<E> From<&str> for Value<E, Symbol> {
    fn from(name: &str) -> Self {
        Self::new(Expr::Text(name.to_owned()))
    }
}

impl<E> From<bool> for Value<E, Truth> {
    fn from(truth: bool) -> Self {
        Self::new(Expr::Bool(truth))
    }
}

impl<E> From<Decimal> for Value<E, Number> {
    fn from(number: Decimal) -> Self {
        Self::new(Expr::Number(number))
    }
}

impl<E> From<Duration> for Value<E, Number> {
    fn from(duration: Duration) -> Self {
        Self::new(Expr::Duration(nanoseconds(duration)))
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {
        $(impl<E> From<$type> for Value<E, Number> {
            fn from(number: $type) -> Self {
                Decimal::new(number.into(), 0).into()
            }
        })*
    };
}
whole_numbers!(u8, u16, u32, u64, i8, i16, i32, i64);

/// What a match can report: any value.
#[derive(Debug)]
pub struct Measured<E> {
    pub(super) expr: Expr,
    event: PhantomData<fn(&E)>,
}

impl<E, C> From<Value<E, C>> for Measured<E> {
    fn from(value: Value<E, C>) -> Self {
        Self { expr: value.expr, event: PhantomData }
    }
}

impl<E, T: Holds> From<Field<E, T>> for Measured<E> {
    fn from(field: Field<E, T>) -> Self {
        Value::from(field).into()
    }
}

/// `left + right` or `left - right`; what is added to a sum becomes one of its parts.
fn sum<E>(left: Value<E, Number>, subtracted: bool, right: Value<E, Number>) -> Value<E, Number> {
    let (first, mut rest) = match left.expr {
        Expr::Sum { first, rest } => (first, rest),
        other => (Box::new(unplaced(other)), Vec::new()),
    };
    rest.push((subtracted, right.unplaced()));
    Value::new(Expr::Sum { first, rest })
}

/// `left * right` or `left / right`, likewise.
fn product<E>(left: Value<E, Number>, divides: bool, right: Value<E, Number>) -> Value<E, Number> {
    let (first, mut rest) = match left.expr {
        Expr::Product { first, rest } => (first, rest),
        other => (Box::new(unplaced(other)), Vec::new()),
    };
    rest.push((divides, right.unplaced()));
    Value::new(Expr::Product { first, rest })
}

macro_rules! operators {
    ($([$($generics:tt)*] $left:ty;)*) => {
        $(
            operators!(@binary [$($generics)*] $left, Add add sum false);
            operators!(@binary [$($generics)*] $left, Sub sub sum true);
            operators!(@binary [$($generics)*] $left, Mul mul product false);
            operators!(@binary [$($generics)*] $left, Div div product true);
            impl<$($generics)*> Neg for $left {
                type Output = Value<E, Number>;
                fn neg(self) -> Value<E, Number> {
                    Value::new(Expr::Negative(Value::<E, Number>::from(self).boxed()))
                }
            }
        )*
    };
    (@binary [$($generics:tt)*] $left:ty, $trait:ident $method:ident $function:ident $inverse:literal) => {
        impl<$($generics)*, R: Into<Value<E, Number>>> $trait<R> for $left {
            type Output = Value<E, Number>;
            fn $method(self, right: R) -> Value<E, Number> {
                $function(Value::from(self), $inverse, right.into())
            }
        }
    };
}
operators! {
    [E] Value<E, Number>;
    [E, T: Holds<Class = Number>] Field<E, T>;
}
