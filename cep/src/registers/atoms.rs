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

/// `least <= field <= largest` (not so, if `outside`), of the field without its bias.
#[derive(Debug, Clone, Copy)]
struct Range {
    field: RawField,
    least: i64,
    largest: i64,
    outside: bool,
}

impl Range {
    #[inline(always)]
    fn holds<E: Pod>(&self, event: &E) -> bool {
        let number = self.field.number(event);
        (self.least <= number && number <= self.largest) != self.outside
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
    /// The first one, if it is a range and every step needs it.
    first: Option<Range>,
    /// All steps, if it is the only one.
    alone: Option<u64>,
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
        let alone = (list.len() == 1).then(|| u64::MAX >> (64 - ir.steps.len()));
        let cheap = u64::MAX.checked_shr(64 - ranges as u32).unwrap_or(0);
        let first = match list.first() {
            Some(Atom::Range(range)) if common & 1 == 1 => Some(*range),
            _ => None,
        };
        let alone = alone.filter(|_| first.is_some());
        Ok(Self { list, needs, ranges, cheap, first, alone })
    }

    /// The steps whose conditions on the event alone hold.
    #[inline(always)]
    pub(super) fn admitted<E: Pod>(&self, event: &E) -> u64 {
        if let Some(first) = &self.first {
            if !first.holds(event) {
                return 0;
            }
            if let Some(steps) = self.alone {
                return steps;
            }
        }
        self.ask(event)
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
                let clamped = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                let none = least > largest || least > i64::MAX.into() || largest < i64::MIN.into();
                let (least, largest) =
                    if none { (1, 0) } else { (clamped(least), clamped(largest)) };
                let outside = comparison == Comparison::NotEqual;
                return Ok(Self::Range(Range { field, least, largest, outside }));
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
