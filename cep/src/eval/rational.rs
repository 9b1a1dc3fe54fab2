//! Exact numbers, as measures give them.

use std::fmt;

use crate::ir::Decimal;

/// A fraction of two 128-bit integers in lowest terms: equal fractions are equal numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    /// `numerator / denominator`; `None` if that is not above zero.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let (mut common, mut rest) = (denominator, numerator);
        while rest != 0 {
            (common, rest) = (rest, common % rest);
        }
        let common = common * common.signum();
        Some(Self { numerator: numerator / common, denominator: denominator / common })
    }

    /// Above the line, with the sign.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// Below the line; at least 1.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The number, if it is whole.
    #[must_use]
    pub const fn integer(self) -> Option<i128> {
        if self.denominator == 1 { Some(self.numerator) } else { None }
    }

    /// The number, if it is a decimal of at most [`Decimal::MOST_SCALE`] digits after the point.
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        let powers = |prime: i128| {
            let mut left = self.denominator;
            std::iter::from_fn(|| {
                left = (left % prime == 0).then(|| left / prime)?;
                Some(())
            })
            .count()
        };
        let (twos, fives) = (powers(2), powers(5));
        let scale = u8::try_from(twos.max(fives)).ok().filter(|it| *it <= Decimal::MOST_SCALE)?;
        let unit = 10_i128.pow(scale.into());
        // Anything else in the denominator does not divide a power of ten.
        let factor = (unit % self.denominator == 0).then(|| unit / self.denominator)?;
        Some(Decimal::new(self.numerator.checked_mul(factor)?, scale))
    }

    /// The nearest float, or one next to it.
    #[must_use]
    pub fn float(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl From<i128> for Rational {
    fn from(numerator: i128) -> Self {
        Self { numerator, denominator: 1 }
    }
}

impl fmt::Display for Rational {
    /// As a decimal, or as `1/3` where it has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal() {
            Some(decimal) => decimal.fmt(f),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rational;

    fn text(numerator: i128, denominator: i128) -> String {
        Rational::new(numerator, denominator).expect("a fraction").to_string()
    }

    #[test]
    fn is_in_lowest_terms_and_printed_exactly() {
        assert_eq!(Rational::new(-6, 4), Rational::new(-3, 2));
        assert_eq!(Rational::new(0, 7), Some(Rational::from(0)));
        assert_eq!((Rational::new(1, 0), Rational::new(1, -2)), (None, None));
        assert_eq!(text(-6, 4), "-1.5");
        assert_eq!(text(260_500, 10_000), "26.05");
        assert_eq!(text(7, 1), "7");
        assert_eq!(text(2, 6), "1/3");
        assert_eq!(text(7, 60), "7/60");
        assert_eq!(text(1, 1 << 20), "0.00000095367431640625");
        assert_eq!(text(1, 1 << 40), "1/1099511627776");
        assert_eq!(text(i128::MIN, 2), (i128::MIN / 2).to_string());
        assert_eq!(Rational::new(i128::MAX, 2).and_then(Rational::decimal), None);
    }
}
