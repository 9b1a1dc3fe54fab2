//! Comparisons of two numbers.

use std::fmt;

/// How two numbers are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Does `value` compare so with zero?
    #[inline(always)]
    pub(crate) fn holds(self, value: i128) -> bool {
        match self {
            Self::Equal => value == 0,
            Self::NotEqual => value != 0,
            Self::Less => value < 0,
            Self::LessOrEqual => value <= 0,
            Self::Greater => value > 0,
            Self::GreaterOrEqual => value >= 0,
        }
    }

    /// The least and the largest whole number `x` for which `factor * x + constant` compares so
    /// with zero; for `<>`, those for which it does not. The least is above the largest if there
    /// is none.
    pub(crate) fn solve(self, factor: i128, constant: i128) -> (i128, i128) {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        // Make the factor positive: x OP bound / factor, rounded towards the range's inside.
        let (bound, comparison) = match (factor > 0, self) {
            (true, comparison) => (-constant, comparison),
            (false, Less) => (constant, Greater),
            (false, LessOrEqual) => (constant, GreaterOrEqual),
            (false, Greater) => (constant, Less),
            (false, GreaterOrEqual) => (constant, LessOrEqual),
            (false, same) => (constant, same),
        };
        let factor = factor.abs();
        let floor = bound.div_euclid(factor);
        let ceiling = floor + i128::from(bound.rem_euclid(factor) != 0);
        match comparison {
            Equal | NotEqual => (ceiling, floor),
            Less => (i128::MIN, ceiling - 1),
            LessOrEqual => (i128::MIN, floor),
            Greater => (floor + 1, i128::MAX),
            GreaterOrEqual => (ceiling, i128::MAX),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}
