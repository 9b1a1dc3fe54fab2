//! Spans of time in nanoseconds, as texts write them: a number and a unit.

use std::fmt;

use super::decimal::{Decimal, power_of_ten};

/// Nanoseconds, and the words for so many; the first is the one that is printed.
const UNITS: [(u64, &[&str]); 7] = [
    (86_400_000_000_000, &["D", "DAY", "DAYS"]),
    (3_600_000_000_000, &["H", "HOUR", "HOURS"]),
    (60_000_000_000, &["MIN", "MINUTE", "MINUTES"]),
    (1_000_000_000, &["S", "SEC", "SECOND", "SECONDS"]),
    (1_000_000, &["MS", "MILLISECOND", "MILLISECONDS"]),
    (1_000, &["US", "MICROSECOND", "MICROSECONDS"]),
    (1, &["NS", "NANOSECOND", "NANOSECONDS"]),
];

/// Nanoseconds of the unit called `word`, in any case.
pub(crate) fn unit(word: &str) -> Option<u64> {
    let named = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    UNITS.iter().find(|(_, names)| named(names)).map(|(nanoseconds, _)| *nanoseconds)
}

/// `number` times `unit`, if that is a whole number of nanoseconds that 64 bits hold.
pub(crate) fn nanoseconds(number: Decimal, unit: u64) -> Option<u64> {
    let product = number.digits().checked_mul(unit.into())?;
    let divisor = power_of_ten(number.scale().into())?;
    (product % divisor == 0).then(|| u64::try_from(product / divisor).ok())?
}

/// Prints nanoseconds in the largest unit that divides them: `50 US`.
pub(crate) struct Duration(pub(crate) u64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let divides = |(unit, _): &&(u64, &[&str])| self.0 > 0 && self.0.is_multiple_of(*unit);
        let (unit, names) = UNITS.iter().find(divides).unwrap_or(&UNITS[6]);
        write!(f, "{} {}", self.0 / unit, names[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        let read = |number, word| nanoseconds(Decimal::parse(number)?, unit(word)?);
        assert_eq!(read("50", "us"), Some(50_000));
        assert_eq!(read("1.5", "Seconds"), Some(1_500_000_000));
        assert_eq!(read("0.5", "NS"), None);
        assert_eq!(read("1e9", "DAYS"), None);
        assert_eq!(read("1", "fortnight"), None);
        for (nanoseconds, text) in
            [(0, "0 NS"), (90_000_000_000, "90 S"), (7_200_000_000_000, "2 H"), (1_001, "1001 NS")]
        {
            assert_eq!(Duration(nanoseconds).to_string(), text);
        }
    }
}
