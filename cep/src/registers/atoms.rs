//! What is asked of the event alone: each question is put once for an event, whatever the number
//! of steps and runs that want to know.

use bytemuck::Pod;

use super::why::Why;
use crate::comparison::Comparison;
use crate::eval::{Test, View};
use crate::field::RawField;
use crate::ir::{Condition, Ir, Linear, Operand, Place, StepId};

/// Most questions: one bit each.
const MOST: usize = 64;

/// A question about one event.
#[derive(Debug, Clone)]
enum Atom {
    Range(Range),
    /// Anything else.
    Test(Box<Test>),
}

/// A field from one number up to another, around the end of all numbers if need be.
#[derive(Debug, Clone, Copy)]
struct Range {
    field: RawField,
    /// The least number, aligned, and how far the largest is from it.
    base: u64,
    length: u64,
}

impl Range {
    /// `least <= field <= largest` (not so, if `outside`), of the field without its bias; `None`
    /// if no event is in it.
    fn new(field: RawField, least: i128, largest: i128, outside: bool) -> Option<Self> {
        let (lowest, highest) = field.range();
        let (least, largest) =
            (least.max(lowest - field.bias()), largest.min(highest - field.bias()));
        if least > largest {
            return outside.then_some(Self::all(field));
        }
        let ((base, free), (last, _)) = (field.align(least as i64), field.align(largest as i64));
        let length = last.wrapping_sub(base) | !(u64::MAX << free);
        if !outside {
            return Some(Self { field, base, length });
        }
        let length = length.checked_add(1)?;
        Some(Self { field, base: base.wrapping_add(length), length: u64::MAX - length })
    }

    /// Every event.
    fn all(field: RawField) -> Self {
        Self { field, base: 0, length: u64::MAX }
    }

    #[inline(always)]
    fn holds<E: Pod>(&self, event: &E) -> bool {
        self.field.aligned(event).wrapping_sub(self.base) <= self.length
    }
}

/// The questions, cheap ones first, and which of them each step needs.
#[derive(Debug)]
pub(super) struct Atoms {
    list: Vec<Atom>,
    /// For each step, the atoms that must hold.
    needs: Vec<u64>,
    /// How many are ranges, and their bits.
    ranges: usize,
    cheap: u64,
    /// The first one, if it is a range and every step needs it; else one that every event is in.
    first: Range,
    /// All steps, if it is the only one; else none.
    alone: u64,
}

impl Atoms {
    pub(super) fn new(ir: &Ir) -> Result<Self, Why> {
        let mut list: Vec<(Atom, &Condition)> = Vec::new();
        for step in &ir.steps {
            for conjunct in step.condition.conjuncts().iter().filter(|it| is_unary(it)) {
                if list.iter().all(|(_, known)| *known != conjunct) {
                    list.push((Atom::new(conjunct, &step.name, ir)?, conjunct));
                }
            }
        }
        if list.len() > MOST {
            return Err(Why::TooMany { what: "different conditions on one event", most: MOST });
        }
        // What rejects most events first: what every step needs, and of that the event's kind.
        let kind = ir.schema.kind().map(|kind| ir.schema.raw(kind));
        let rare = |condition: &Condition| {
            !ir.steps.iter().all(|step| step.condition.conjuncts().contains(condition))
        };
        list.sort_by_key(|(atom, condition)| match atom {
            Atom::Range(range) => (false, rare(condition), Some(range.field) != kind),
            Atom::Test(_) => (true, rare(condition), true),
        });
        let ranges = list.iter().filter(|(atom, _)| matches!(atom, Atom::Range(_))).count();
        let need = |condition: &Condition| {
            let needed = |known: &Condition| condition.conjuncts().contains(known);
            let bits = list.iter().enumerate().filter(|(_, (_, known))| needed(known));
            bits.fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let needs: Vec<u64> = ir.steps.iter().map(|step| need(&step.condition)).collect();
        let common = needs.iter().copied().reduce(|all, need| all & need).unwrap_or(0);
        let list: Vec<_> = list.into_iter().map(|(atom, _)| atom).collect();
        let cheap = u64::MAX.checked_shr(64 - ranges as u32).unwrap_or(0);
        let (first, alone) = match list.first() {
            Some(Atom::Range(range)) if common & 1 == 1 => (*range, list.len() == 1),
            _ => (Range::all(ir.schema.raw(ir.schema.time())), false),
        };
        let alone = if alone { u64::MAX >> (64 - ir.steps.len()) } else { 0 };
        Ok(Self { list, needs, ranges, cheap, first, alone })
    }

    /// Does the event not meet what every step needs, as far as one question tells?
    #[inline(always)]
    pub(super) fn first_fails<E: Pod>(&self, event: &E) -> bool {
        !self.first.holds(event)
    }

    /// The steps whose conditions on the event alone hold.
    #[inline(always)]
    pub(super) fn admitted<E: Pod>(&self, event: &E) -> u64 {
        if self.first_fails(event) {
            0
        } else if self.alone != 0 {
            self.alone
        } else {
            self.ask(event)
        }
    }

    #[inline(never)]
    fn ask<E: Pod>(&self, event: &E) -> u64 {
        let mut held = 0;
        for (at, atom) in self.list[..self.ranges].iter().enumerate() {
            held |= u64::from(atom.holds(event)) << at;
        }
        let (cheap, mut asked, mut admitted) = (self.cheap, 0, 0);
        for (step, need) in self.needs.iter().enumerate() {
            if need & cheap & !held != 0 {
                continue;
            }
            let mut open = need & !cheap & !asked;
            while open != 0 {
                let at = open.trailing_zeros() as usize;
                held |= u64::from(self.list[at].holds(event)) << at;
                open &= open - 1;
            }
            asked |= need & !cheap;
            admitted |= u64::from(need & !held == 0) << step;
        }
        admitted
    }
}

/// Does it read the event under test alone?
pub(super) fn is_unary(condition: &Condition) -> bool {
    !condition.reads().earlier
}

impl Atom {
    fn new(condition: &Condition, step: &str, ir: &Ir) -> Result<Self, Why> {
        let schema = &ir.schema;
        let too_large = |source| Why::TooLarge { step: step.to_owned(), source };
        if let Condition::Compare { left, comparison, right } = condition {
            let linear = Linear::of(left, *comparison, right, schema).map_err(too_large)?;
            if let Some(Linear { terms, constant, comparison }) = linear
                && let [term] = &*terms
                && let Operand::Field(Place::Current, field) = term.operand
            {
                let field = schema.raw(field);
                let (least, largest) =
                    comparison.solve(term.factor, constant + term.factor * field.bias());
                let outside = comparison == Comparison::NotEqual;
                if let Some(range) = Range::new(field, least, largest, outside) {
                    return Ok(Self::Range(range));
                }
            }
        }
        Ok(Self::Test(Box::new(Test::new(condition, schema).map_err(too_large)?)))
    }

    #[inline]
    fn holds<E: Pod>(&self, event: &E) -> bool {
        match self {
            Self::Range(range) => range.holds(event),
            Self::Test(test) => test.holds(&Alone(event)),
        }
    }
}

/// An event, and nothing bound before it.
struct Alone<'a, E>(&'a E);

impl<E> View<E> for Alone<'_, E> {
    fn event(&self, place: Place) -> Option<&E> {
        (place == Place::Current).then_some(self.0)
    }

    fn each(&self, _: Option<StepId>, _: impl FnMut(&E)) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Range;
    use crate::field::RawField;

    /// Numbers around those at which something changes.
    fn bound() -> impl Strategy<Value = i128> {
        let ends = [0, 1 << 7, 1 << 15, 1 << 31, 1 << 63, i128::MAX - 2];
        let near = (prop::sample::select(ends.to_vec()), any::<bool>(), -2..=2_i128);
        near.prop_map(|(end, negative, by)| if negative { -end + by } else { end + by })
    }

    proptest! {
        #[test]
        fn a_range_holds_what_lies_between_its_bounds(
            event in prop::array::uniform2(any::<u64>()),
            near in prop::option::of(bound()),
            (width, offset, signed) in (0..4_u32, 0..9_usize, any::<bool>()),
            (least, largest, outside) in (bound(), bound(), any::<bool>()),
        ) {
            let bytes = 1_usize << width;
            let field = RawField::new("field", offset, bytes, signed, 16);
            // Beside any number one that is near some bound.
            let mut event = event;
            if let Some(near) = near {
                let all: &mut [u8] = bytemuck::cast_slice_mut(&mut event);
                all[offset..offset + bytes].copy_from_slice(&(near as u64).to_ne_bytes()[..bytes]);
            }
            let number = i128::from(field.number(&event));
            let holds = (least <= number && number <= largest) != outside;
            match Range::new(field, least, largest, outside) {
                Some(range) => prop_assert_eq!(range.holds(&event), holds),
                None => prop_assert!(!holds),
            }
            prop_assert!(Range::all(field).holds(&event));
        }
    }
}
