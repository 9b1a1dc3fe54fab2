//! What wakes a run: asked before anything else of it, and the same for every run.
//!
//! States whose runs the same steps can change, and which look at the same value, form a *class*.
//! An event gives each class a number; a run wakes if the number of its class is at least its
//! gate. So a run is passed over after one comparison, whatever its state. That it wakes means
//! little where it has no gate: what its branches ask is asked then.

use bytemuck::Pod;

use super::gate::{MOST_VALUES, Value};
use super::layout::CLASS;
use super::plan::{Branch, EVERY};

/// Most classes: one for each value, and one for none, besides the first two.
pub(super) const MOST_CLASSES: usize = MOST_VALUES + 3;
/// The class of runs that nothing wakes.
pub(super) const NEVER: u8 = 0;
/// The class of runs that every event of their key wakes, because their gate is of another kind.
pub(super) const FAR: u8 = 1;
/// The gate of a run whose state has none.
pub(super) const NO_GATE: i64 = 0;

/// A power of two, so that any number of a class can be cut to an index.
const NUMBERS: usize = MOST_CLASSES.next_power_of_two();

/// The number of each class for one event.
pub(super) type Numbers = [i64; NUMBERS];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    /// The steps whose events can change a run; [`EVERY`] if all events can.
    react: u64,
    /// What is compared with the run's gate, if its state has one.
    value: Option<Value>,
}

/// All classes but the first two.
#[derive(Debug)]
pub(super) struct Classes(Vec<Class>);

impl Classes {
    /// The classes, and that of each state; `gates` says which value its gates are compared with.
    pub(super) fn of(states: &[Vec<Branch>], gates: &[Option<Value>]) -> (Self, Vec<u8>) {
        let exact = states.iter().zip(gates);
        let exact = exact.map(|(state, value)| Class { react: react(state), value: *value });
        let exact: Vec<_> = exact.collect();
        Self::distinct(&exact).unwrap_or_else(|| {
            let coarse: Vec<_> = exact.iter().map(|it| Class { react: EVERY, ..*it }).collect();
            Self::distinct(&coarse).expect("a class for each value suffices")
        })
    }

    fn distinct(wanted: &[Class]) -> Option<(Self, Vec<u8>)> {
        let mut all = Vec::new();
        // No run waits in the first state.
        let mut of_state = vec![NEVER];
        for class in &wanted[1..] {
            let at = all.iter().position(|known| known == class).unwrap_or(all.len());
            if at == all.len() {
                all.push(*class);
            }
            of_state.push(FAR + 1 + at as u8);
        }
        (all.len() + 2 <= MOST_CLASSES).then_some((Self(all), of_state))
    }

    /// The numbers for `event`, which may be bound to the steps `admitted`.
    #[inline(always)]
    pub(super) fn numbers<E: Pod>(&self, event: &E, admitted: u64) -> Numbers {
        let mut numbers = [i64::MIN; NUMBERS];
        numbers[usize::from(FAR)] = i64::MAX;
        for (at, class) in (2..).zip(&self.0) {
            if class.react & (admitted | EVERY) != 0 {
                let number = class.value.as_ref().map_or(i64::MAX, |value| value.number(event));
                // Never cut, but so it need not be checked.
                numbers[at % NUMBERS] = number;
            }
        }
        numbers
    }
}

/// The number of the class in `word`, the state of a run.
#[inline(always)]
pub(super) fn number(numbers: &Numbers, word: u64) -> i64 {
    numbers[(word >> CLASS) as usize % NUMBERS]
}

/// The steps whose events can change a run that waits in these branches.
fn react(state: &[Branch]) -> u64 {
    let mut react = 0;
    for branch in state {
        // Where a gap may have closed, the run is looked at whenever its key is.
        if branch.is_adjacent() || branch.gap.is_some() {
            react |= EVERY;
        }
        let others = branch.between.iter().chain(&branch.barred);
        react = others.fold(react | branch.meets.bit, |bits, meets| bits | meets.bit);
    }
    react
}
