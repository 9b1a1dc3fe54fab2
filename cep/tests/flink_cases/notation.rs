//! The notation of Flink's cases: `^:a ~:b+g n~:c *:d{2,3}?`.
//!
//! Relations: `^` begin, `!` next, `~` followedBy, `*` followedByAny, `n!` notNext, `n~`
//! notFollowedBy. Then a letter; a quantifier `+ {n} {n,m} {n,}`; `?` optional, `g` greedy, `k`
//! allowCombinations, `s` consecutive. Step number k is named `pk`.

use crate::oracle::pattern::{Condition, Link, Stop};

#[derive(Clone, Debug)]
pub struct Step {
    not: bool,
    /// For a negation: `Next` if it is a strict one.
    pub link: Link,
    pub condition: Condition,
    pub least: usize,
    pub most: usize,
    pub optional: bool,
    pub stop: Stop,
    /// Between the events of a loop.
    pub inner: Link,
}

impl Step {
    pub fn all(pattern: &str) -> Vec<Self> {
        pattern.split(' ').map(Self::one).collect()
    }

    pub fn is_negation(&self) -> bool {
        self.not
    }

    fn one(text: &str) -> Self {
        let (relation, step) = text.split_once(':').expect("relation:step");
        let (letter, quantifier) = step.split_at(1);
        let (least, most, flags) = match quantifier.split_once('}') {
            Some((range, flags)) => {
                let (least, most) = bounds(range.trim_start_matches('{'));
                (least, most, flags)
            }
            None if quantifier.starts_with('+') => (1, usize::MAX, &quantifier[1..]),
            None => (1, 1, quantifier),
        };
        Self {
            not: relation.starts_with('n'),
            link: match relation.trim_start_matches('n') {
                "!" => Link::Next,
                "~" => Link::Relaxed,
                "*" | "^" => Link::Any,
                other => panic!("unknown relation {other:?}"),
            },
            condition: Condition::Kind(letter.as_bytes()[0]),
            least,
            most,
            optional: flags.contains('?'),
            stop: if flags.contains('g') { Stop::Greedy } else { Stop::Each },
            inner: match flags {
                _ if flags.contains('s') => Link::Next,
                _ if flags.contains('k') => Link::Any,
                _ => Link::Relaxed,
            },
        }
    }
}

/// `2`, `2,3` or `2,`.
fn bounds(range: &str) -> (usize, usize) {
    let number = |text: &str| text.parse().expect("a number");
    match range.split_once(',') {
        None => (number(range), number(range)),
        Some((least, "")) => (number(least), usize::MAX),
        Some((least, most)) => (number(least), number(most)),
    }
}
