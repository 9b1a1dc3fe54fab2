//! Values with units, as they are typed: `1M`, `100us`, `8x`, `0x9e37`.

use std::time::Duration;

use tourbillon_feeds::replay::Bound;
use tourbillon_feeds::synthetic::{Behaviour, Profile};

/// A rate of events per second, or as fast as possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// Open loop at so many events per second.
    Eps(u64),
    /// Open loop at the pace of the feed's own times.
    Original,
    /// Closed loop.
    Max,
}

/// A count: `200000`, `200_000`, `200k`, `1.5M`.
pub(crate) fn count(text: &str) -> Result<u64, String> {
    let plain = text.replace(['_', ','], "");
    let (digits, factor) = match plain.char_indices().last() {
        Some((at, 'k' | 'K')) => (&plain[..at], 1e3),
        Some((at, 'm' | 'M')) => (&plain[..at], 1e6),
        Some((at, 'g' | 'G')) => (&plain[..at], 1e9),
        _ => (&plain[..], 1.0),
    };
    let value =
        digits.parse::<f64>().map_err(|_| format!("'{text}' is no number; try 1M"))? * factor;
    if value.fract() == 0.0 && (1.0..=1e15).contains(&value) {
        Ok(value as u64)
    } else {
        Err(format!("'{text}' must be a whole number from 1 on"))
    }
}

/// A rate: a count, `original` or `max`.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    match text {
        "max" => Ok(Rate::Max),
        "original" => Ok(Rate::Original),
        text => count(text).map(Rate::Eps).map_err(|error| format!("{error}, original or max")),
    }
}

/// A duration: `0`, `100us`, `1ms`, `2s`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match text {
        "0" => Ok(Duration::ZERO),
        text => humantime::parse_duration(text).map_err(|error| format!("{error}; try 100us")),
    }
}

/// A time between two readings: a duration that is not nothing.
pub(crate) fn pause(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        pause if pause < Duration::from_millis(1) => {
            Err(format!("'{text}' must be at least 1ms; try 1s"))
        }
        pause => Ok(pause),
    }
}

/// A part such as `1%` or `0.5%`, in parts of a million.
pub(crate) fn percent(text: &str) -> Result<u64, String> {
    match text.strip_suffix('%').map(str::parse::<f64>) {
        Some(Ok(part)) if (0.0..=100.0).contains(&part) => Ok((part * 1e4).round() as u64),
        _ => Err(format!("'{text}' is no part from 0% to 100%; try 1%")),
    }
}

/// A time span: `1s..1100ms`.
pub(crate) fn span(text: &str) -> Result<(Duration, Duration), String> {
    let (from, to) = ends(text, "1s..1100ms")?;
    Ok((duration(from)?, duration(to)?))
}

/// Numbers from one to before another: `1000..1100`.
pub(crate) fn numbers(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = ends(text, "1000..1100")?;
    Ok((count(from)?, count(to)?))
}

fn ends<'a>(text: &'a str, example: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once("..").ok_or_else(|| format!("'{text}' has no two ends; try {example}"))
}

/// A seed in hexadecimal, with or without `0x`.
pub(crate) fn seed(text: &str) -> Result<u64, String> {
    let digits = text.trim_start_matches("0x").replace('_', "");
    match u64::from_str_radix(&digits, 16) {
        Ok(0) => Err("seed 0 would draw nothing but zeros; take any other".to_owned()),
        Ok(seed) => Ok(seed),
        Err(_) => Err(format!("'{text}' is no hexadecimal number of at most 16 digits")),
    }
}

/// A time of day, or a time with its date (UTC).
pub(crate) fn time(text: &str) -> Result<Bound, String> {
    let wrong = || format!("'{text}' is no time; try 09:30:00 or 2023-12-25T14:30:00Z");
    if text.contains('T') {
        let time = humantime::parse_rfc3339_weak(text).map_err(|_| wrong())?;
        let since = time.duration_since(std::time::UNIX_EPOCH).map_err(|_| wrong())?;
        return u64::try_from(since.as_nanos()).map(Bound::Time).map_err(|_| wrong());
    }
    time_of_day(text).map(Bound::TimeOfDay).ok_or_else(wrong)
}

/// `09:30`, `09:30:00` or `09:30:00.000001`, in nanoseconds since midnight.
fn time_of_day(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = whole.split(':');
    let mut next = |below: u64| {
        let part = parts.next()?;
        let number = (part.len() == 2 && digits(part)).then(|| part.parse::<u64>().ok())??;
        (number < below).then_some(number)
    };
    let (hours, minutes) = (next(24)?, next(60)?);
    let seconds = if whole.len() > 5 { next(60)? } else { 0 };
    let fraction_fits =
        fraction.len() <= 9 && digits(fraction) && (whole.len() > 5 || fraction.is_empty());
    if parts.next().is_some() || !fraction_fits {
        return None;
    }
    let nanos: u64 = format!("{fraction:0<9}").parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + nanos)
}

/// Symbols: how many a synthetic feed has, or the names of those to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Symbols {
    Many(u16),
    Named(Vec<String>),
}

/// `40`, or `AAPL,MSFT`.
pub(crate) fn symbols(text: &str) -> Result<Symbols, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse() {
            Ok(many @ 1..) => Ok(Symbols::Many(many)),
            _ => Err(format!("'{text}' must be from 1 to {}, or names", u16::MAX)),
        };
    }
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    match names.iter().any(String::is_empty) {
        true => Err(format!("'{text}' has an empty name; try AAPL,MSFT")),
        false => Ok(Symbols::Named(names)),
    }
}

/// A profile of the synthetic feed.
pub(crate) fn profile(text: &str) -> Result<Profile, String> {
    let known = || format!("there is no profile '{text}'; try {}", Profile::NAMES.join(", "));
    Profile::by_name(text).ok_or_else(known)
}

/// Behaviours to plant: `all`, or one by its name.
pub(crate) fn behaviours(text: &str) -> Result<&'static [Behaviour], String> {
    if text == "all" {
        return Ok(&Behaviour::ALL);
    }
    let named = Behaviour::ALL.iter().find(|behaviour| behaviour.name() == text);
    named.map(std::slice::from_ref).ok_or_else(|| {
        let names = Behaviour::ALL.map(Behaviour::name).join(", ");
        format!("there is no behaviour '{text}'; try all, {names}")
    })
}

/// A speed: `8x` or `8`.
pub(crate) fn speed(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('x').parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err(format!("'{text}' is no speed; try 8x")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_symbols() {
        const SECOND: u64 = 1_000_000_000;
        assert_eq!(time("09:30"), Ok(Bound::TimeOfDay(34_200 * SECOND)));
        assert_eq!(time("23:59:59.5"), Ok(Bound::TimeOfDay(86_399 * SECOND + SECOND / 2)));
        let christmas = 1_703_514_600 * SECOND;
        assert_eq!(time("2023-12-25T14:30:00.000000001Z"), Ok(Bound::Time(christmas + 1)));
        for wrong in ["", "9:30", "24:00", "09:60", "09:30.5", "09:30:00:00", "09:30:0x", "noon"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        assert_eq!(symbols("40"), Ok(Symbols::Many(40)));
        assert_eq!(symbols("A, B1"), Ok(Symbols::Named(vec!["A".to_owned(), "B1".to_owned()])));
        for wrong in ["", "0", "70000", "A,,B"] {
            assert!(symbols(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_with_units() {
        assert_eq!(count("200_000"), Ok(200_000));
        assert_eq!(count("1.5M"), Ok(1_500_000));
        assert_eq!(count("250k"), Ok(250_000));
        for wrong in ["", "0", "k", "1.5", "-3", "1T"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rate("max"), Ok(Rate::Max));
        assert_eq!(rate("original"), Ok(Rate::Original));
        assert_eq!(duration("100us"), Ok(Duration::from_micros(100)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert!(duration("100").is_err());
        assert_eq!(pause("1ms"), Ok(Duration::from_millis(1)));
        assert!(pause("0").is_err() && pause("999us").is_err());
        assert_eq!((percent("1%"), percent("0.25%")), (Ok(10_000), Ok(2_500)));
        assert!(percent("1").is_err() && percent("101%").is_err());
        assert_eq!(span("1s..1100ms"), Ok((Duration::from_secs(1), Duration::from_millis(1_100))));
        assert_eq!(numbers("1k..1100"), Ok((1_000, 1_100)));
        assert!(numbers("1000").is_err() && span("1..2").is_err());
        assert_eq!(seed("0x9E37_79B9_7F4A_7C15"), Ok(0x9E37_79B9_7F4A_7C15));
        assert!(seed("0").is_err() && seed("xyz").is_err());
        assert_eq!(speed("8x"), Ok(8.0));
        assert!(speed("0x").is_err() && speed("fast").is_err());
    }
}
