//! Numbers for human eyes: three significant digits and a unit, as in `1.23 µs` or `25.3 M/s`.
//!
//! For terminal tables and the HTML page alike. Nothing here is meant to be parsed again: scripts
//! read the raw figures of the JSON objects.

/// What is printed in place of a figure that does not exist (not finite, or negative).
pub const NOT_AVAILABLE: &str = "n/a";

const TIME: [(f64, &str); 4] = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
const RATE: [(f64, &str); 4] = [(1.0, "/s"), (1e3, "k/s"), (1e6, "M/s"), (1e9, "G/s")];

/// A measured time in nanoseconds: `742 ns`, `1.23 µs`, `4.00 ms`, `1,200 s`.
#[must_use]
pub fn ns(time: u64) -> String {
    if time < 1_000 {
        // Whole nanoseconds are all that was measured: no decimals to pretend otherwise.
        format!("{time} ns")
    } else {
        nanos(time as f64)
    }
}

/// A computed time in nanoseconds, such as a mean: `61.3 ns`, `1.23 µs`.
#[must_use]
pub fn nanos(time: f64) -> String {
    with_unit(time, &TIME)
}

/// A chosen time in nanoseconds, without trailing zeros: `100 µs`, `1 ms`, `2.5 s`.
#[must_use]
pub fn interval(time: u64) -> String {
    without_trailing_zeros(&ns(time))
}

/// A round time in nanoseconds beside an axis: `0.5 ns`, `20 ns`, `1.5 µs`.
#[must_use]
pub fn tick(time: f64) -> String {
    without_trailing_zeros(&nanos(time))
}

/// Events per second: `25.3 M/s`, `742 k/s`, `12.0 /s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    with_unit(per_second, &RATE)
}

/// A count with thousands separators: `1,000,000`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A ratio: `441 ×`, `0.512 ×`.
#[must_use]
pub fn times(ratio: f64) -> String {
    with_unit(ratio, &[(1.0, "×")])
}

/// A number with three significant digits and no unit: `12.3`, `1,234`.
#[must_use]
pub fn decimal(x: f64) -> String {
    if !(x.is_finite() && x >= 0.0) {
        return NOT_AVAILABLE.to_owned();
    }
    match x {
        0.0 => "0".to_owned(),
        _ if x < 1e-4 => format!("{x:.2e}"),
        _ if x < 0.9995 => format!("{x:.*}", (2.0 - x.log10().floor()) as usize),
        _ if x < 9.995 => format!("{x:.2}"),
        _ if x < 99.95 => format!("{x:.1}"),
        _ if x < 1e15 => count(x.round() as u64),
        _ => format!("{x:.2e}"),
    }
}

/// A round number beside an axis: `1.5`, `20`, `1,000`.
#[must_use]
pub fn round(x: f64) -> String {
    without_trailing_zeros(&decimal(x))
}

fn without_trailing_zeros(text: &str) -> String {
    let (number, unit) = text.split_at(text.find(' ').unwrap_or(text.len()));
    // In `2.00e20` the last zeros are the exponent's.
    let number = match number.contains('.') && !number.contains('e') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number}{unit}")
}

fn with_unit(value: f64, units: &[(f64, &str)]) -> String {
    if !(value.is_finite() && value >= 0.0) {
        return NOT_AVAILABLE.to_owned();
    }
    // 999.96 ns would round to `1,000 ns`: from half a digit below, the next unit is used.
    let fitting = units.iter().rev().find(|(size, _)| value >= size * 0.9995);
    let (size, unit) = fitting.unwrap_or(&units[0]);
    format!("{} {unit}", decimal(value / size))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_take_the_unit_that_fits() {
        let cases = [
            (0, "0 ns"),
            (742, "742 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (1_234, "1.23 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (4_000_000, "4.00 ms"),
            (1_200_000_000_000, "1,200 s"),
            (u64::MAX, "18,446,744,074 s"),
        ];
        for (time, text) in cases {
            assert_eq!(ns(time), text);
        }
    }

    #[test]
    fn intervals_lose_their_trailing_zeros() {
        let cases = [
            (0, "0 ns"),
            (10, "10 ns"),
            (100_000, "100 µs"),
            (1_000_000, "1 ms"),
            (2_500_000_000, "2.5 s"),
            (1_230_000, "1.23 ms"),
        ];
        for (time, text) in cases {
            assert_eq!(interval(time), text);
        }
    }

    #[test]
    fn ticks_lose_them_too() {
        assert_eq!(tick(0.0), "0 ns");
        assert_eq!(tick(0.5), "0.5 ns");
        assert_eq!(tick(20.0), "20 ns");
        assert_eq!(tick(1_500.0), "1.5 µs");
        assert_eq!(round(1.1), "1.1");
        assert_eq!(round(20.0), "20");
        assert_eq!(round(1e6), "1,000,000");
        assert_eq!(round(2e20), "2.00e20");
    }

    #[test]
    fn rates_ratios_and_counts() {
        assert_eq!(rate(25_340_000.0), "25.3 M/s");
        assert_eq!(rate(999_960.0), "1.00 M/s");
        assert_eq!(rate(12.0), "12.0 /s");
        assert_eq!(rate(0.0), "0 /s");
        assert_eq!(rate(3.2e15), "3,200,000 G/s");
        assert_eq!(times(441.2), "441 ×");
        assert_eq!(times(0.0123), "0.0123 ×");
        assert_eq!(times(3.2e-7), "3.20e-7 ×");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn what_is_no_figure_is_not_printed_as_one() {
        for x in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(nanos(x), NOT_AVAILABLE);
            assert_eq!(rate(x), NOT_AVAILABLE);
            assert_eq!(times(x), NOT_AVAILABLE);
            assert_eq!(decimal(x), NOT_AVAILABLE);
        }
        assert_eq!(rate(f64::MAX), "1.80e299 G/s");
    }

    proptest! {
        /// Three significant digits: never more than half a per cent away from the truth.
        #[test]
        fn the_text_is_within_half_a_per_cent(time in 1u64..) {
            let text = ns(time);
            let (number, unit) = text.split_once(' ').unwrap();
            let (size, _) = TIME.into_iter().find(|(_, name)| *name == unit).unwrap();
            let read: f64 = number.replace(',', "").parse().unwrap();
            prop_assert!((read * size / time as f64 - 1.0).abs() <= 0.005, "{time} -> {text}");
        }

        #[test]
        fn counts_keep_every_digit(n: u64) {
            prop_assert_eq!(count(n).replace(',', ""), n.to_string());
        }
    }
}
