//! Conditions and patterns as text, in the manner of SQL's `MATCH_RECOGNIZE`. For reading only.

use std::fmt;

use super::expr::{Condition, Linear, Source, Term};
use super::pattern::{AfterMatch, Pattern};

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.field.name;
        match &self.source {
            Source::Current => write!(f, "{name}")?,
            Source::First => write!(f, "first({name})")?,
            Source::Previous => write!(f, "prev({name})")?,
            Source::Step(step) => write!(f, "{step}.{name}")?,
        }
        match self.factor.unsigned_abs() {
            1 => Ok(()),
            factor => write!(f, " * {factor}"),
        }
    }
}

impl<E> fmt::Display for Linear<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, term) in self.terms.iter().enumerate() {
            match (i, term.factor < 0) {
                (0, false) => {}
                (0, true) => f.write_str("-")?,
                (_, false) => f.write_str(" + ")?,
                (_, true) => f.write_str(" - ")?,
            }
            write!(f, "{term}")?;
        }
        match (self.terms.is_empty(), self.constant) {
            (true, constant) => write!(f, "{constant}"),
            (false, 0) => Ok(()),
            (false, constant) if constant < 0 => write!(f, " - {}", constant.unsigned_abs()),
            (false, constant) => write!(f, " + {constant}"),
        }
    }
}

impl<E> fmt::Display for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str, none: &str| {
            if parts.is_empty() {
                return f.write_str(none);
            }
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::All(_) | Self::Any(_) if parts.len() > 1 => write!(f, "({part})")?,
                    part => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Compare { left, comparison, right } => write!(f, "{left} {comparison} {right}"),
            Self::All(parts) => list(f, parts, "AND", "TRUE"),
            Self::Any(parts) => list(f, parts, "OR", "FALSE"),
            Self::Not(part) => write!(f, "NOT ({part})"),
            Self::Opaque(opaque) => write!(f, "{opaque:?}"),
        }
    }
}

impl fmt::Display for AfterMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSkip => "SKIP NONE",
            Self::PastLastEager => "SKIP PAST LAST ROW EAGER",
            Self::PastLastLeftmost => "SKIP PAST LAST ROW",
        })
    }
}

impl<E> fmt::Display for Pattern<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MATCH_RECOGNIZE (")?;
        if let Some(key) = self.key {
            writeln!(f, "  PARTITION BY {}", key.name)?;
        }
        writeln!(f, "  ORDER BY {}", self.time.name)?;
        writeln!(f, "  AFTER MATCH {}", self.after_match)?;
        let names: Vec<_> = self.steps.iter().map(|step| step.name.as_str()).collect();
        writeln!(f, "  PATTERN ( {} ) WITHIN {}", names.join(" -> "), self.window)?;
        for (i, step) in self.steps.iter().enumerate() {
            let word = if i == 0 { "DEFINE" } else { "      " };
            let comma = if i + 1 < self.steps.len() { "," } else { "" };
            writeln!(f, "  {word} {} AS {}{comma}", step.name, step.condition)?;
        }
        write!(f, ")")
    }
}

macro_rules! debug_as_display {
    ($($type:ident),*) => {
        $(impl<E> fmt::Debug for $type<E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })*
    };
}
debug_as_display!(Linear, Condition, Pattern);
