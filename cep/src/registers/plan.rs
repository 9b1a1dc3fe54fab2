//! The pattern as states: what a run in each of them waits for, with every condition compiled.
//!
//! A state is a point of the unfolded pattern ([`crate::forked`]) together with what is known
//! there (`known`). A run waits in all branches of its state at once, which is why it needs to be copied
//! only where an event is bound and something else is still waited for.

use bytemuck::Pod;

use super::atoms::Atoms;
use super::blocks::Key;
use super::compile::compile;
use super::gate::{Gate, Least, Value};
use super::layout::{CLASS, LINK, MOST_WORDS, Register, Update, whole};
use super::met::first;
use super::short::Short;
use super::test::Test;
use super::wake::{Classes, FAR, NEVER, NO_GATE};
use super::why::Why;
use crate::field::RawField;
use crate::ir::{Contiguity, Emit, Expr, Ir, Selection, StepId};

/// Most branches of a state: one bit each, and one that says that the last event was the first.
pub(super) const MOST_BRANCHES: usize = 15;
/// No event of the partition was seen since the last one was bound; not set in a state with a gate,
/// which does not ask for that.
pub(super) const FRESH: u16 = 1 << MOST_BRANCHES;
/// Among steps that wake a run: every event of the partition. No step has this number.
pub(super) const EVERY: u64 = 1 << 63;
/// Most fields to partition by.
pub(super) const MOST_KEY_FIELDS: usize = 4;

/// A step's condition on events bound earlier; what it asks of the event alone is a bit.
#[derive(Debug)]
pub(super) struct Meets {
    pub(super) bit: u64,
    pub(super) tests: Box<[Test]>,
}

/// One way to go on.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) step: StepId,
    pub(super) meets: Meets,
    pub(super) link: Contiguity,
    /// `time(q) - time(p) < gap`.
    pub(super) gap: Option<u64>,
    /// What the event right after the last bound one must not meet.
    pub(super) next: Box<[Meets]>,
    /// What no event between two bound ones may meet.
    pub(super) between: Box<[Meets]>,
    /// What a preferred branch could have bound.
    pub(super) barred: Box<[Meets]>,
    /// Does it ask nothing but what its step asks of the event alone?
    pub(super) plain: bool,
    /// What binding does to the registers.
    pub(super) updates: Box<[Update]>,
    /// Is there a match when it is bound?
    pub(super) ends: bool,
    /// Where a run waits then, if it does.
    pub(super) then: Option<Then>,
}

/// A state to be entered.
#[derive(Debug)]
pub(super) struct Then {
    /// The run's [`STATE`](super::layout::STATE), but for link and class.
    pub(super) word: u64,
    /// How its gate is computed, if it has one.
    pub(super) gate: Option<Gate>,
    /// The class that wakes it.
    pub(super) class: u8,
}

/// A pattern, ready to be matched.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) ir: Ir,
    pub(super) time: RawField,
    pub(super) kind: Option<RawField>,
    pub(super) key: Vec<RawField>,
    pub(super) atoms: Atoms,
    /// For each step, the number of its condition.
    pub(super) conditions: Box<[u8]>,
    /// Has each step the condition of its own number?
    in_order: bool,
    pub(super) classes: Classes,
    /// For each state what its gates are compared with.
    pub(super) gates: Vec<Option<Value>>,
    /// The branches of each state; the first state is the start.
    pub(super) states: Vec<Vec<Branch>>,
    /// Steps that a first event is bound to.
    pub(super) starts: u64,
    /// The conditions that matter while nothing waits.
    pub(super) first: u64,
    /// Words of a run.
    pub(super) words: usize,
    pub(super) last_time: Option<usize>,
    /// How long a run lives, `u64::MAX` if for ever.
    pub(super) window: u64,
    /// The word of the first event's position, and how many events the window takes from there.
    pub(super) full: Option<(usize, u64)>,
    /// Does every event of a partition change its runs?
    pub(super) every: bool,
    /// May a run wait for the very next event?
    pub(super) adjacent: bool,
    /// Most events that a run binds at once, in several branches.
    pub(super) takes: usize,
    /// The short way, if it has one.
    pub(super) short: Option<Short>,
    /// May something be waited for still when an event is bound?
    pub(super) copies: bool,
}

impl Plan {
    pub(super) fn new(ir: &Ir) -> Result<Self, Why> {
        Self::numbered(ir, ir.conditions().1)
    }

    /// The same; `conditions` are the numbers of the steps' conditions.
    pub(super) fn numbered(ir: &Ir, conditions: Vec<u8>) -> Result<Self, Why> {
        let clause = |clause| Err(Why::Clause { clause });
        if ir.partition_by.len() > MOST_KEY_FIELDS {
            return clause("a partition by more than four fields");
        }
        if ir.selection == Selection::LongestPerStart {
            return clause("the longest match per start");
        }
        if ir.emit != Emit::Matches {
            return clause("the number of matches without the matches");
        }
        if ir.selection == Selection::PreferredPerStart {
            return clause("the preferred match per start");
        }
        if ir.emit_timeouts {
            return clause("the report of time-outs");
        }
        for measure in &ir.measures {
            let mut numbers = false;
            measure.value.visit(&mut |value| numbers |= *value == Expr::MatchNumber);
            if numbers {
                let measure = measure.name.clone();
                return Err(Why::Measure { measure, what: "counts the matches of each key" });
            }
        }
        for step in &ir.steps {
            if step.condition.reads().rows > 0 {
                let step = step.name.clone();
                return Err(Why::Step { step, what: "reads rows that are not bound" });
            }
        }
        let atoms = Atoms::new(ir)?;
        let (layout, gates, mut states) = compile(ir)?;
        let (classes, class_of) = Classes::of(&states, &gates);
        for then in states.iter_mut().flatten().filter_map(|branch| branch.then.as_mut()) {
            then.class = class_of[usize::from(then.word as u16)];
        }
        if layout.words() > MOST_WORDS {
            return Err(Why::TooMany { what: "words for registers", most: MOST_WORDS });
        }
        let raw = |field| ir.schema.raw(field);
        let adjacent = states[1..].iter().flatten().any(Branch::is_adjacent);
        let every = adjacent || ir.window.events.is_some();
        let window = ir.window.time.unwrap_or(u64::MAX);
        let key: Vec<_> = ir.partition_by.iter().map(|field| raw(*field)).collect();
        Ok(Self {
            time: raw(ir.schema.time()),
            kind: ir.schema.kind().map(raw).filter(|_| ir.kinds.is_some()),
            starts: states[0].iter().fold(0, |bits, branch| bits | branch.meets.bit),
            every,
            adjacent,
            short: Short::of(&key, &states, &gates, layout.words(), window).filter(|_| !every),
            takes: states.iter().map(Vec::len).max().unwrap_or(1),
            copies: states[1..].iter().any(|state| {
                state.len() > 1 || state.iter().any(|branch| branch.link == Contiguity::Any)
            }),
            words: layout.words(),
            last_time: layout.find(Register::LastTime),
            window,
            full: layout.find(Register::FirstPosition).zip(ir.window.events),
            ir: ir.clone(),
            atoms,
            first: first(&states, &conditions),
            in_order: conditions.iter().enumerate().all(|(step, it)| step == usize::from(*it)),
            conditions: conditions.into(),
            classes,
            gates,
            states,
            key,
        })
    }

    /// Is the event one of the pattern's kinds?
    #[inline]
    pub(super) fn sees<E: Pod>(&self, event: &E) -> bool {
        let (Some(field), Some(kinds)) = (self.kind, &self.ir.kinds) else { return true };
        kinds.contains(&whole(field, event))
    }

    /// The steps whose conditions are among those `met`.
    #[inline]
    pub(super) fn steps(&self, met: u64) -> u64 {
        if self.in_order {
            return met;
        }
        let numbers = self.conditions.iter().enumerate();
        numbers.fold(0, |steps, (step, number)| steps | (met >> number & 1) << step)
    }

    /// The values of the partition's fields; without a partition, the number of the pattern.
    #[inline]
    pub(super) fn key_of<E: Pod>(&self, event: &E, pattern: u32) -> Key {
        let mut key = Key::default();
        if let [field] = &self.key[..] {
            key[0] = field.bits(event);
            return key;
        }
        key[0] = u64::from(pattern);
        for (part, field) in key.iter_mut().zip(&self.key) {
            *part = field.bits(event);
        }
        key
    }
}

impl Then {
    /// State and gate of a run with these words, which enters it by binding `event`.
    #[inline(always)]
    pub(super) fn enter<E: Pod>(&self, words: &[u64], event: &E, link: u32) -> (u64, u64) {
        let least = match &self.gate {
            Some(gate) => gate.least(words, event),
            None => Least::Near(NO_GATE),
        };
        let (class, least) = match least {
            Least::Near(least) => (self.class, least),
            Least::Far(least) => (FAR, least),
            Least::Never => (NEVER, i64::MAX),
        };
        (self.word | u64::from(link) << LINK | u64::from(class) << CLASS, least as u64)
    }
}

impl Branch {
    /// Is the very next event of the partition unlike any other?
    pub(super) fn is_adjacent(&self) -> bool {
        self.link == Contiguity::Strict || !self.next.is_empty()
    }
}
