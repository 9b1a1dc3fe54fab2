//! Parts of a pattern: steps, and how they follow each other.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::time::Duration;

use bytemuck::Pod;

use super::compare::Condition;
use super::parts::Permuted;
use super::units::nanoseconds;
use super::unplaced;
use crate::ir::{Contiguity, Opaque, Stop};
use crate::lang::Spanned;
use crate::lang::ast::{Definition, Mode, Pattern, Quantifier, Separator, Without};

/// One step.
#[derive(Debug)]
pub enum Single {}
/// Several parts, one after the other.
#[derive(Debug)]
pub enum Sequence {}
/// One of several parts.
#[derive(Debug)]
pub enum Choice {}
/// A part several times.
#[derive(Debug)]
pub enum Repeated {}
/// A part several times, or several parts in any order, and how they follow each other.
#[derive(Debug)]
pub enum InMode {}
/// No event, before all others.
#[derive(Debug)]
pub enum Absence {}

/// Parts with something between their rounds, or between themselves.
pub trait Looping: Binds {}
impl Looping for Repeated {}
impl Looping for Permuted {}

/// Parts that bind events, and so can be repeated.
pub trait Binds {}
impl Binds for Single {}
impl Binds for Sequence {}
impl Binds for Choice {}
impl Binds for Repeated {}
impl Binds for Permuted {}
impl Binds for InMode {}

/// A part of a pattern over events of type `E`; `K` says which kind of part, and so what can be
/// done with it. Made by [`step`], [`any_of`](super::any_of) and [`all_of`](super::all_of).
#[must_use = "a part of a pattern does nothing by itself"]
pub struct Part<E, K> {
    pub(super) shape: Pattern,
    /// What its steps ask of an event.
    pub(super) define: Vec<Definition>,
    /// Closures, by the name of the step.
    pub(super) tests: Vec<(String, Opaque)>,
    types: PhantomData<fn(&E) -> K>,
}

/// A step called `name`, which binds one event that meets `condition`.
pub fn step<E>(name: &str, condition: Condition<E>) -> Part<E, Single> {
    let mut part = again(name);
    if !condition.is_any() {
        let (variable, condition) = (unplaced(name.to_owned()), unplaced(condition.expr));
        part.define.push(Definition { variable, condition });
    }
    part
}

/// The step called `name` once more, whose condition is given where it stands as a [`step`].
pub fn again<E>(name: &str) -> Part<E, Single> {
    Part::new(Pattern::Variable(name.to_owned()))
}

/// Before all events: none like `step` for so `long` before the first.
pub fn not_for<E>(step: Part<E, Single>, long: Duration) -> Part<E, Absence> {
    step.absent(Some(long))
}

impl<E, K> Part<E, K> {
    pub(super) fn new(shape: Pattern) -> Self {
        Self { shape, define: Vec::new(), tests: Vec::new(), types: PhantomData }
    }

    /// The same definitions, another shape.
    pub(super) fn map<L>(self, change: impl FnOnce(Pattern) -> Pattern) -> Part<E, L> {
        let Self { shape, define, tests, .. } = self;
        Part { shape: change(shape), define, tests, types: PhantomData }
    }

    /// Takes the definitions of another part, and gives its shape.
    pub(super) fn take<L>(&mut self, other: Part<E, L>) -> Spanned<Pattern> {
        self.define.extend(other.define);
        self.tests.extend(other.tests);
        unplaced(other.shape)
    }

    fn followed<L>(mut self, contiguity: Contiguity, next: Part<E, L>) -> Part<E, Sequence> {
        let next = (Separator { contiguity, gap: None }, self.take(next));
        self.map(|shape| match shape {
            Pattern::Sequence { first, mut rest } => {
                rest.push(next);
                Pattern::Sequence { first, rest }
            }
            first => Pattern::Sequence { first: Box::new(unplaced(first)), rest: vec![next] },
        })
    }

    /// Then `next`, at the first later event that fits, whatever lies between (`->`).
    pub fn then<L: Binds>(self, next: Part<E, L>) -> Part<E, Sequence> {
        self.followed(Contiguity::Next, next)
    }

    /// Then `next`, at the very next event of the partition (juxtaposition).
    pub fn then_next<L: Binds>(self, next: Part<E, L>) -> Part<E, Sequence> {
        self.followed(Contiguity::Strict, next)
    }

    /// Then `next`, at any later event that fits (`->>`).
    pub fn then_any<L: Binds>(self, next: Part<E, L>) -> Part<E, Sequence> {
        self.followed(Contiguity::Any, next)
    }

    /// No event like `step` until the next part; at the end, until the window closes
    /// (`-> NOT step`).
    pub fn not(self, step: Part<E, Single>) -> Part<E, Sequence> {
        self.followed(Contiguity::Next, step.absent(None))
    }

    /// The very next event is not like `step` (juxtaposed `NOT step`).
    pub fn not_next(self, step: Part<E, Single>) -> Part<E, Sequence> {
        self.followed(Contiguity::Strict, step.absent(None))
    }

    /// No event like `step` for so `long` after the event before (`-> NOT step FOR 10 MS`).
    pub fn not_for(self, step: Part<E, Single>, long: Duration) -> Part<E, Sequence> {
        self.followed(Contiguity::Next, step.absent(Some(long)))
    }
}

impl<E> Part<E, Single> {
    fn absent(self, lasting: Option<Duration>) -> Part<E, Absence> {
        self.map(|shape| match shape {
            Pattern::Variable(name) => {
                Pattern::Not { variable: unplaced(name), lasting: lasting.map(nanoseconds) }
            }
            other => other,
        })
    }
}

impl<E: Pod> Part<E, Single> {
    /// The event must also pass `test`, a pure function, which is asked last. `name` is what it is
    /// called where the pattern is printed.
    ///
    /// The escape hatch: nobody can look into a closure, so that it is neither indexed nor shared
    /// between patterns, and the printed pattern cannot be read back.
    pub fn where_fn(
        mut self,
        name: &str,
        test: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> Self {
        let test = Opaque::new(name, move |bytes| match bytemuck::try_from_bytes(bytes) {
            Ok(event) => test(event),
            Err(_) => test(&bytemuck::pod_read_unaligned(bytes)),
        });
        if let Pattern::Variable(step) = &self.shape {
            self.tests.push((step.clone(), test));
        }
        self
    }
}

impl<E> Part<E, Sequence> {
    /// Less than so `long` between the part added last and the one before (`GAP`).
    pub fn gap(self, long: Duration) -> Self {
        self.map(|mut shape| {
            if let Pattern::Sequence { rest, .. } = &mut shape
                && let Some((separator, _)) = rest.last_mut()
            {
                separator.gap = Some(nanoseconds(long));
            }
            shape
        })
    }
}

impl<E, K: Binds> Part<E, K> {
    fn repeated(self, least: u32, most: Option<u32>) -> Part<E, Repeated> {
        let quantifier = Quantifier { least, most, stop: Stop::Greedy };
        self.map(|shape| {
            let body = Box::new(unplaced(shape));
            Pattern::Repeat { body, quantifier, mode: Mode::default() }
        })
    }

    /// Once or more (`+`). Greedy, unless more is said.
    pub fn one_or_more(self) -> Part<E, Repeated> {
        self.repeated(1, None)
    }

    /// Any number of times, or not at all (`*`).
    pub fn zero_or_more(self) -> Part<E, Repeated> {
        self.repeated(0, None)
    }

    /// Once or not at all (`?`).
    pub fn optional(self) -> Part<E, Repeated> {
        self.repeated(0, Some(1))
    }

    /// So many times or more (`{3,}`).
    pub fn at_least(self, least: u32) -> Part<E, Repeated> {
        self.repeated(least, None)
    }

    /// So many times: `times(2..=5)`, `times(3..=3)`, `times(3..)`.
    pub fn times(self, counts: impl RangeBounds<u32>) -> Part<E, Repeated> {
        let least = match counts.start_bound() {
            Bound::Included(least) => *least,
            Bound::Excluded(less) => less.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let most = match counts.end_bound() {
            Bound::Included(most) => Some(*most),
            Bound::Excluded(more) => Some(more.saturating_sub(1)),
            Bound::Unbounded => None,
        };
        self.repeated(least, most)
    }
}

impl<E> Part<E, Repeated> {
    fn stop(self, stop: Stop) -> Self {
        self.map(|mut shape| {
            if let Pattern::Repeat { quantifier, .. } = &mut shape {
                quantifier.stop = stop;
            }
            shape
        })
    }

    /// As many times as possible; the default.
    pub fn greedy(self) -> Self {
        self.stop(Stop::Greedy)
    }

    /// As few times as possible (`+?`).
    pub fn reluctant(self) -> Self {
        self.stop(Stop::Reluctant)
    }

    /// Every count gives a match of its own (`+ EACH`).
    pub fn each(self) -> Self {
        self.stop(Stop::Each)
    }
}

impl<E, K: Looping> Part<E, K> {
    /// Without anything between the rounds or parts. The default if nothing in the pattern skips.
    pub fn strict(self) -> Part<E, InMode> {
        self.mode(Contiguity::Strict)
    }

    /// Each round or part at the first later event that fits. The default if anything in the
    /// pattern skips.
    pub fn relaxed(self) -> Part<E, InMode> {
        self.mode(Contiguity::Next)
    }

    /// Each round or part at any later event that fits.
    pub fn any(self) -> Part<E, InMode> {
        self.mode(Contiguity::Any)
    }

    fn mode(self, contiguity: Contiguity) -> Part<E, InMode> {
        self.map(|shape| in_mode(shape, |mode| mode.contiguity = Some(contiguity)))
    }
}

impl<E> Part<E, InMode> {
    /// Less than so `long` between one round or part and the next (`GAP`).
    pub fn gap(self, long: Duration) -> Self {
        self.map(|shape| in_mode(shape, |mode| mode.gap = Some(nanoseconds(long))))
    }

    /// No event like `step` between one round or part and the next (`WITHOUT step`).
    pub fn without(self, step: Part<E, Single>) -> Self {
        self.forbid(false, step)
    }

    /// The event right after a round or part is not like `step` (`WITHOUT STRICT step`).
    pub fn without_next(self, step: Part<E, Single>) -> Self {
        self.forbid(true, step)
    }

    fn forbid(mut self, strict: bool, step: Part<E, Single>) -> Self {
        let Pattern::Variable(name) = self.take(step).node else { return self };
        let without = Without { strict, variable: unplaced(name) };
        self.map(|shape| in_mode(shape, |mode| mode.without.push(without)))
    }
}

fn in_mode(mut shape: Pattern, change: impl FnOnce(&mut Mode)) -> Pattern {
    if let Pattern::Repeat { mode, .. } | Pattern::Permute(_, mode) = &mut shape {
        change(mode);
    }
    shape
}

impl<E, K> Clone for Part<E, K> {
    fn clone(&self) -> Self {
        let Self { shape, define, tests, .. } = self;
        let (shape, define, tests) = (shape.clone(), define.clone(), tests.clone());
        Self { shape, define, tests, types: PhantomData }
    }
}

impl<E, K> fmt::Debug for Part<E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shape.fmt(f)
    }
}
