//! The words of a run: which register holds what, and how binding an event updates it.
//!
//! A register is made when something reads it. Fields are kept as [`RawField::number`] gives them
//! (without their bias); sums take two words.

use bytemuck::Pod;

use super::known::Known;
use crate::field::RawField;
use crate::ir::StepId;
use crate::schema::{FieldId, Schema};

/// Sequence of the first event bound.
pub(super) const START: usize = 0;
/// Its time.
pub(super) const TIME: usize = 1;
/// State (16 bits), branches that wait (16), the last link (24) and the class that wakes it (8).
pub(super) const STATE: usize = 2;
/// What the number of its class must reach to wake it.
pub(super) const GATE: usize = 3;
/// From which bit on [`STATE`] holds the branches, the link and the class.
pub(super) const BRANCHES: u32 = 16;
pub(super) const LINK: u32 = 32;
pub(super) const CLASS: u32 = 56;
/// Where registers begin.
pub(super) const FIRST: usize = 4;
/// Most words of a run.
pub(super) const MOST_WORDS: usize = 64;

/// What a register holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    /// Time of the last bound event.
    LastTime,
    /// Position of the first bound event in its partition.
    FirstPosition,
    /// A field of the event bound so many before the next one, from 1.
    Previous(u32, FieldId),
    /// A field of the first event bound to a step (to any, if `None`), or of a later one.
    First(Option<StepId>, u32, FieldId),
    /// A field of the last event bound to a step, or of an earlier one.
    Last(StepId, u32, FieldId),
    /// How many events are bound to a step.
    Count(Option<StepId>),
    Sum(Option<StepId>, FieldId),
    Min(Option<StepId>, FieldId),
    Max(Option<StepId>, FieldId),
}

/// What binding an event does to one register.
#[derive(Debug, Clone, Copy)]
pub(super) enum Update {
    Time(usize),
    Position(usize),
    Copy { from: usize, to: usize },
    Set(usize, RawField),
    One(usize),
    Increment(usize),
    SetSum(usize, RawField),
    AddSum(usize, RawField),
    Min(usize, RawField),
    Max(usize, RawField),
}

/// All registers, each with its word.
#[derive(Debug)]
pub(super) struct Layout {
    registers: Vec<(Register, usize)>,
    words: usize,
}

impl Layout {
    pub(super) fn new() -> Self {
        Self { registers: Vec::new(), words: FIRST }
    }

    /// Words of a run.
    pub(super) fn words(&self) -> usize {
        self.words
    }

    /// The word of `register`, if it is there.
    pub(super) fn find(&self, register: Register) -> Option<usize> {
        let found = self.registers.iter().find(|(known, _)| *known == register);
        found.map(|(_, word)| *word)
    }

    /// The word of `register`, which is made if need be, with those that it is filled from.
    pub(super) fn word(&mut self, register: Register) -> usize {
        if let Some(word) = self.find(register) {
            return word;
        }
        // Later ones first: they are filled from earlier ones before those change.
        let word = self.words;
        self.words += if matches!(register, Register::Sum(..)) { 2 } else { 1 };
        self.registers.push((register, word));
        match register {
            Register::Previous(back @ 2.., field) => {
                self.word(Register::Previous(back - 1, field));
            }
            Register::Last(step, back @ 1.., field) => {
                self.word(Register::Last(step, back - 1, field));
            }
            _ => {}
        }
        word
    }

    /// What binding an event to `step` does where `known` was bound before.
    pub(super) fn updates(&self, step: StepId, known: &Known, schema: &Schema) -> Box<[Update]> {
        let mut registers = self.registers.clone();
        // What is filled from another goes before that one changes.
        registers.sort_by_key(|(register, _)| match *register {
            Register::Previous(back, _) => u32::MAX - back,
            Register::Last(_, back, _) => u32::MAX - back,
            _ => 0,
        });
        let update = |&(register, word): &(Register, usize)| {
            self.update(register, word, step, known, schema)
        };
        registers.iter().filter_map(update).collect()
    }

    fn update(
        &self,
        register: Register,
        word: usize,
        step: StepId,
        known: &Known,
        schema: &Schema,
    ) -> Option<Update> {
        let of = |over: Option<StepId>| over.is_none_or(|over| over == step);
        let raw = |field| schema.raw(field);
        let first = |over| known.count(over) == 0;
        let shift = |from| {
            let from = self.find(from).expect("made with the one that is filled from it");
            Update::Copy { from, to: word }
        };
        Some(match register {
            Register::LastTime => Update::Time(word),
            Register::FirstPosition if first(None) => Update::Position(word),
            Register::Previous(1, field) => Update::Set(word, raw(field)),
            Register::Previous(back, field) => shift(Register::Previous(back - 1, field)),
            Register::First(over, later, field) if of(over) && known.count(over) == later => {
                Update::Set(word, raw(field))
            }
            Register::Last(own, 0, field) if own == step => Update::Set(word, raw(field)),
            Register::Last(own, back, field) if own == step => {
                shift(Register::Last(own, back - 1, field))
            }
            Register::Count(over) if of(over) && first(over) => Update::One(word),
            Register::Count(over) if of(over) => Update::Increment(word),
            Register::Sum(over, field) if of(over) && first(over) => {
                Update::SetSum(word, raw(field))
            }
            Register::Sum(over, field) if of(over) => Update::AddSum(word, raw(field)),
            Register::Min(over, field) | Register::Max(over, field) if of(over) && first(over) => {
                Update::Set(word, raw(field))
            }
            Register::Min(over, field) if of(over) => Update::Min(word, raw(field)),
            Register::Max(over, field) if of(over) => Update::Max(word, raw(field)),
            _ => return None,
        })
    }
}

impl Update {
    /// Updates `words` for `event`, bound at `position` and `time`.
    #[inline]
    pub(super) fn apply<E: Pod>(self, words: &mut [u64], event: &E, position: u64, time: u64) {
        let mut set = |word: usize, number: i64| words[word] = number as u64;
        match self {
            Self::Time(word) => words[word] = time,
            Self::Position(word) => words[word] = position,
            Self::Copy { from, to } => words[to] = words[from],
            Self::Set(word, field) => set(word, field.number(event)),
            Self::One(word) => words[word] = 1,
            Self::Increment(word) => words[word] += 1,
            Self::SetSum(word, field) => put_sum(words, word, whole(field, event)),
            Self::AddSum(word, field) => {
                put_sum(words, word, sum_at(words, word) + whole(field, event));
            }
            Self::Min(word, field) => {
                let least = (words[word] as i64).min(field.number(event));
                words[word] = least as u64;
            }
            Self::Max(word, field) => {
                let largest = (words[word] as i64).max(field.number(event));
                words[word] = largest as u64;
            }
        }
    }
}

/// A field's number, its bias included.
#[inline]
pub(super) fn whole<E: Pod>(field: RawField, event: &E) -> i128 {
    i128::from(field.number(event)) + field.bias()
}

/// The sum kept in two words from `word` on.
#[inline]
pub(super) fn sum_at(words: &[u64], word: usize) -> i128 {
    (u128::from(words[word]) | u128::from(words[word + 1]) << 64) as i128
}

fn put_sum(words: &mut [u64], word: usize, sum: i128) {
    words[word] = sum as u64;
    words[word + 1] = (sum as u128 >> 64) as u64;
}
