//! Several parts of which one, or all, are bound.

use super::part::{Binds, Choice, Part};
use crate::lang::Spanned;
use crate::lang::ast::{Mode, Pattern};

/// Several parts in any order.
#[derive(Debug)]
pub enum Permuted {}

/// Two to six parts, of any kinds: a tuple of them; or any number of one kind, in an array.
pub trait Parts<E> {
    /// Puts their definitions into `part`, and gives their shapes.
    #[doc(hidden)]
    fn into_shapes<K>(self, part: &mut Part<E, K>) -> Vec<Spanned<Pattern>>;
}

impl<E, L: Binds, const N: usize> Parts<E> for [Part<E, L>; N] {
    fn into_shapes<K>(self, part: &mut Part<E, K>) -> Vec<Spanned<Pattern>> {
        self.into_iter().map(|one| part.take(one)).collect()
    }
}

macro_rules! tuples {
    ($(($($kind:ident $at:tt),*))*) => {
        $(impl<E, $($kind: Binds),*> Parts<E> for ($(Part<E, $kind>,)*) {
            fn into_shapes<K>(self, part: &mut Part<E, K>) -> Vec<Spanned<Pattern>> {
                vec![$(part.take(self.$at)),*]
            }
        })*
    };
}
tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, F 4)
    (A 0, B 1, C 2, D 3, F 4, G 5)
}

/// Any one of the parts (`a | b`).
pub fn any_of<E>(parts: impl Parts<E>) -> Part<E, Choice> {
    let mut choice = Part::new(Pattern::Alternation(Vec::new()));
    choice.shape = Pattern::Alternation(parts.into_shapes(&mut choice));
    choice
}

/// All of the parts, in any order (`PERMUTE(a, b)`).
pub fn all_of<E>(parts: impl Parts<E>) -> Part<E, Permuted> {
    let mut all = Part::new(Pattern::Permute(Vec::new(), Mode::default()));
    all.shape = Pattern::Permute(parts.into_shapes(&mut all), Mode::default());
    all
}
