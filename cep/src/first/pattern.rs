//! The typed builder: a pattern is a sequence of named steps with a window and a key.

use std::marker::PhantomData;

use bytemuck::Pod;

use super::error::PatternError;
use super::expr::{Condition, Source, Term};
use super::field::{Field, Scalar};
use super::plan::Plan;
use crate::field::RawField;

/// What happens to the other partial matches of a key once a match is found.
///
/// "Skip past last row" has two readings that share only part of their matches, so each has its
/// own name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterMatch {
    /// Every event that can start a match does, and every one that completes is emitted.
    #[default]
    NoSkip,
    /// The first match *to complete* is emitted at once; every other partial match of its key is
    /// dropped, and the event that completed it starts none. No match waits.
    PastLastEager,
    /// The match *that starts first* wins, as in SQL:2016 `AFTER MATCH SKIP PAST LAST ROW`. A
    /// completed match is held back until no partial match of its key that started earlier is
    /// alive; emitting it drops all that start at or before its last event. It is looked for at
    /// each event of its key that some step's own condition admits, and when the stream ends.
    PastLastLeftmost,
}

/// One step of a pattern: binds one event that meets its condition.
pub(crate) struct Step<E> {
    pub(crate) name: String,
    pub(crate) condition: Condition<E>,
}

impl<E> Clone for Step<E> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), condition: self.condition.clone() }
    }
}

/// A checked pattern, ready to be matched. Its [`Display`](std::fmt::Display) is its text form.
///
/// Between two steps the contiguity is *skip till next*: the first later event of the same key
/// that meets the condition is bound, whatever lies between. All events of a match lie in a
/// window: `time(last) - time(first) < window`, strictly.
pub struct Pattern<E> {
    pub(crate) name: String,
    pub(crate) time: RawField,
    pub(crate) key: Option<RawField>,
    pub(crate) steps: Vec<Step<E>>,
    pub(crate) window: u64,
    pub(crate) after_match: AfterMatch,
    pub(crate) plan: Plan<E>,
}

impl<E: Pod> Pattern<E> {
    /// Starts a pattern over events that are ordered by `time`.
    ///
    /// The unit of `time` is the pattern's business alone; [`Builder::within`] uses the same.
    pub fn builder(name: &str, time: Field<E, u64>) -> Builder<E> {
        Builder {
            name: name.to_owned(),
            time: time.raw,
            key: None,
            steps: Vec::new(),
            window: None,
            after_match: AfterMatch::default(),
            event: PhantomData,
        }
    }

    /// Name of the pattern.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of its steps, in order.
    pub fn steps(&self) -> impl ExactSizeIterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// What happens after a match.
    #[must_use]
    pub fn after_match(&self) -> AfterMatch {
        self.after_match
    }
}

/// Builds a [`Pattern`] step by step.
#[derive(Debug, Clone)]
#[must_use = "a pattern does nothing until `build`"]
pub struct Builder<E> {
    name: String,
    time: RawField,
    key: Option<RawField>,
    steps: Vec<Step<E>>,
    window: Option<u64>,
    after_match: AfterMatch,
    event: PhantomData<fn(&E)>,
}

impl<E> std::fmt::Debug for Step<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} AS {}", self.name, self.condition)
    }
}

impl<E: Pod> Builder<E> {
    /// Matches each value of `key` by itself, as if it were a stream of its own.
    pub fn partition_by<T: Scalar>(mut self, key: Field<E, T>) -> Self {
        self.key = Some(key.raw);
        self
    }

    /// The first step, or any later one; see [`Builder::then`].
    pub fn step(mut self, name: &str, condition: Condition<E>) -> Self {
        self.steps.push(Step { name: name.to_owned(), condition });
        self
    }

    /// The next step: binds the first later event that meets `condition` (skip till next).
    ///
    /// The condition may read events bound before it with [`of`](super::of),
    /// [`first`](super::first) and [`prev`](super::prev).
    pub fn then(self, name: &str, condition: Condition<E>) -> Self {
        self.step(name, condition)
    }

    /// The window: the last event's time minus the first's is less than `window`.
    pub fn within(mut self, window: u64) -> Self {
        self.window = Some(window);
        self
    }

    /// What happens after a match; [`AfterMatch::NoSkip`] unless said.
    pub fn after_match(mut self, after_match: AfterMatch) -> Self {
        self.after_match = after_match;
        self
    }

    /// Checks the pattern and plans it.
    ///
    /// # Errors
    ///
    /// A [`PatternError`] that names the step, what is wrong with it and what to do.
    pub fn build(self) -> Result<Pattern<E>, PatternError> {
        let window = match self.window {
            None => return Err(PatternError::NoWindow { pattern: self.name }),
            Some(0) => return Err(PatternError::EmptyWindow { pattern: self.name }),
            Some(window) => window,
        };
        for (i, step) in self.steps.iter().enumerate() {
            if self.steps[..i].iter().any(|earlier| earlier.name == step.name) {
                return Err(PatternError::DuplicateStep { step: step.name.clone() });
            }
        }
        let plan = Plan::new(&self.name, &self.steps)?;
        Ok(Pattern {
            name: self.name,
            time: self.time,
            key: self.key,
            steps: self.steps,
            window,
            after_match: self.after_match,
            plan,
        })
    }
}

/// Finds the step that `term` of step `at` reads, `None` for the current event.
pub(crate) fn resolve<E>(
    steps: &[Step<E>],
    at: usize,
    term: &Term,
) -> Result<Option<usize>, PatternError> {
    let step = || steps[at].name.clone();
    match &term.source {
        Source::Current => Ok(None),
        Source::First | Source::Previous if at == 0 => {
            Err(PatternError::NothingBound { step: step(), expression: term.to_string() })
        }
        Source::First => Ok(Some(0)),
        Source::Previous => Ok(Some(at - 1)),
        Source::Step(name) => match steps.iter().position(|other| other.name == *name) {
            Some(bound) if bound < at => Ok(Some(bound)),
            Some(_) => Err(PatternError::NotYetBound { step: step(), named: name.clone() }),
            None => Err(PatternError::UnknownStep {
                step: step(),
                named: name.clone(),
                known: steps[..at].iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", "),
            }),
        },
    }
}
