//! Exact decimal numbers, as they are written in texts.

use std::fmt;

/// `digits / 10^scale`, in lowest terms: equal numbers are equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Decimal {
    digits: i128,
    scale: u8,
}

impl Decimal {
    /// Most digits after the point.
    pub const MOST_SCALE: u8 = 30;

    /// `digits / 10^scale`.
    ///
    /// # Panics
    ///
    /// If `scale` is more than [`Decimal::MOST_SCALE`].
    #[must_use]
    pub const fn new(digits: i128, scale: u8) -> Self {
        assert!(scale <= Self::MOST_SCALE, "a decimal has at most 30 digits after the point");
        let (mut digits, mut scale) = (digits, scale);
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// Reads `12`, `0.05`, `1.5e-3`; `None` if it is not such a number, or has too many digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mut digits = 0_i128;
        for digit in whole.chars().chain(fraction.chars()) {
            let digit = i128::from(digit.to_digit(10)?);
            digits = digits.checked_mul(10)?.checked_add(digit)?;
        }
        let fraction = i32::try_from(fraction.len()).ok()?;
        let mut scale = fraction.checked_sub(exponent)?;
        while scale > 0 && digits % 10 == 0 && digits != 0 {
            digits /= 10;
            scale -= 1;
        }
        if digits == 0 {
            return Some(Self::default());
        }
        if scale < 0 {
            digits = digits.checked_mul(power_of_ten(scale.unsigned_abs())?)?;
            scale = 0;
        }
        let scale = u8::try_from(scale).ok().filter(|scale| *scale <= Self::MOST_SCALE)?;
        Some(Self { digits, scale })
    }

    /// What [`decimal!`](crate::decimal!) calls, in a constant.
    #[doc(hidden)]
    #[must_use]
    pub const fn literal(text: &str) -> Self {
        let text = text.as_bytes();
        let negative = text[0] == b'-';
        let (mut at, mut digits, mut scale, mut point) = (negative as usize, 0_i128, 0, false);
        while at < text.len() {
            match text[at] {
                digit @ b'0'..=b'9' => {
                    digits = 10 * digits + (digit - b'0') as i128;
                    scale += point as u8;
                }
                b'.' if !point => point = true,
                b'_' | b' ' => {}
                _ => panic!("write a decimal as `26.05`, without exponent or type"),
            }
            at += 1;
        }
        Self::new(if negative { -digits } else { digits }, scale)
    }

    /// The number without its point.
    #[must_use]
    pub const fn digits(self) -> i128 {
        self.digits
    }

    /// How many of its digits stand after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The number with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { digits: -self.digits, scale: self.scale }
    }

    /// The number, if it is whole.
    #[must_use]
    pub const fn whole(self) -> Option<i128> {
        if self.scale == 0 { Some(self.digits) } else { None }
    }
}

/// An exact decimal number, read by the compiler: `decimal!(26.05)`, `decimal!(-0.5)`.
///
/// ```
/// use tourbillon_cep::{decimal, ir::Decimal};
///
/// assert_eq!(decimal!(-0.250), Decimal::new(-25, 2));
/// ```
///
/// ```compile_fail
/// let price = tourbillon_cep::decimal!(1.5f64); // nothing that is not exact
/// ```
#[macro_export]
macro_rules! decimal {
    ($($number:tt)+) => {
        const { $crate::ir::Decimal::literal(concat!($(stringify!($number)),+)) }
    };
}

/// `10^exponent`, if 128 bits hold it.
pub(crate) fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { digits: whole.into(), scale: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u128.pow(self.scale.into());
        let (sign, magnitude) =
            (if self.digits < 0 { "-" } else { "" }, self.digits.unsigned_abs());
        write!(f, "{sign}{}", magnitude / unit)?;
        if self.scale == 0 {
            return Ok(());
        }
        write!(f, ".{:0width$}", magnitude % unit, width = usize::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;
    use proptest::prelude::*;

    #[test]
    fn reads_what_is_written() {
        for (text, digits, scale) in [
            ("0", 0, 0),
            ("26.05", 2605, 2),
            ("26.0", 26, 0),
            ("1.5e-3", 15, 4),
            ("1.5E3", 1500, 0),
            ("0.000", 0, 0),
            ("0e99", 0, 0),
            ("1e30", 10_i128.pow(30), 0),
        ] {
            assert_eq!(Decimal::parse(text), Some(Decimal { digits, scale }), "{text}");
        }
        for text in ["", ".", "1e", "1e99", "1e-99", "x", "1.2.3", &"9".repeat(40)] {
            assert!(Decimal::parse(text).is_none_or(|d| d == Decimal::default()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn prints_what_it_reads(digits in 0..i128::MAX, scale in 0..=Decimal::MOST_SCALE) {
            let number = Decimal::new(digits, scale);
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }
    }
}
