//! A slow, obviously right matcher, and random patterns and streams to hold against it.
//!
//! The oracle works from the definition: it takes every start by itself and follows the first
//! later event that meets each step's condition; then it keeps the matches that the after-match
//! mode keeps. It shares no code with the matcher, conditions included.

#![allow(dead_code, unreachable_pub, missing_docs)]

use proptest::prelude::*;
use tourbillon_cep::field;
use tourbillon_cep::first::{
    AfterMatch, Condition, Field, Limits, Linear, Matcher, Pattern, first, of, prev,
};

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Event {
    pub time: u64,
    pub value: i64,
    pub key: u32,
    pub kind: u8,
    pub pad: [u8; 3],
}

pub const TIME: Field<Event, u64> = field!(Event, time);
pub const VALUE: Field<Event, i64> = field!(Event, value);
pub const KEY: Field<Event, u32> = field!(Event, key);
pub const KIND: Field<Event, u8> = field!(Event, kind);

/// A condition that the oracle can evaluate without the crate.
#[derive(Clone, Debug)]
pub enum Cond {
    Kind(u8),
    /// `value OP constant`
    Value(Op, i64),
    /// `value * a OP bound * b + c`
    Bound(Op, i64, Bound, i64, i64),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Not(Box<Cond>),
    /// `value % 2 == 0`, as a closure.
    Even,
}

#[derive(Clone, Copy, Debug)]
pub enum Bound {
    First,
    Prev,
    Step(usize),
}

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    fn compare(self, left: i64, right: i64) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Ne => left != right,
            Self::Lt => left < right,
            Self::Le => left <= right,
            Self::Gt => left > right,
            Self::Ge => left >= right,
        }
    }

    fn build(self, left: Linear<Event>, right: Linear<Event>) -> Condition<Event> {
        match self {
            Self::Eq => left.eq(right),
            Self::Ne => left.ne(right),
            Self::Lt => left.lt(right),
            Self::Le => left.le(right),
            Self::Gt => left.gt(right),
            Self::Ge => left.ge(right),
        }
    }
}

impl Cond {
    fn holds(&self, event: &Event, bound: &[&Event]) -> bool {
        match self {
            Self::Kind(kind) => event.kind == *kind,
            Self::Value(op, constant) => op.compare(event.value, *constant),
            Self::Bound(op, a, which, b, c) => {
                let other = match which {
                    Bound::First => bound[0],
                    Bound::Prev => bound[bound.len() - 1],
                    Bound::Step(step) => bound[*step],
                };
                op.compare(event.value * a, other.value * b + c)
            }
            Self::All(parts) => parts.iter().all(|part| part.holds(event, bound)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event, bound)),
            Self::Not(part) => !part.holds(event, bound),
            Self::Even => event.value % 2 == 0,
        }
    }

    fn build(&self) -> Condition<Event> {
        match self {
            Self::Kind(kind) => KIND.eq(*kind),
            Self::Value(op, constant) => op.build(VALUE.into(), (*constant).into()),
            Self::Bound(op, a, which, b, c) => {
                let other = match which {
                    Bound::First => first(VALUE),
                    Bound::Prev => prev(VALUE),
                    Bound::Step(step) => of(&name(*step), VALUE),
                };
                op.build(VALUE * *a, other * *b + *c)
            }
            Self::All(parts) => Condition::All(parts.iter().map(Self::build).collect()),
            Self::Any(parts) => Condition::Any(parts.iter().map(Self::build).collect()),
            Self::Not(part) => part.build().negate(),
            Self::Even => Condition::opaque("even", |event: &Event| event.value % 2 == 0),
        }
    }
}

fn name(step: usize) -> String {
    format!("s{step}")
}

#[derive(Clone, Debug)]
pub struct Case {
    pub steps: Vec<Cond>,
    pub keyed: bool,
    pub window: u64,
    pub after_match: AfterMatch,
    pub events: Vec<Event>,
}

impl Case {
    pub fn pattern(&self) -> Pattern<Event> {
        let mut builder = Pattern::builder("random", TIME);
        if self.keyed {
            builder = builder.partition_by(KEY);
        }
        for (at, step) in self.steps.iter().enumerate() {
            builder = builder.then(&name(at), step.build());
        }
        builder.within(self.window).after_match(self.after_match).build().expect("a sound pattern")
    }

    pub fn matcher(&self, limits: Limits) -> Matcher<Event> {
        Matcher::new(&self.pattern(), limits).expect("sound limits")
    }

    /// Every start followed by itself, by definition of skip till next.
    fn no_skip(&self) -> Vec<Vec<u64>> {
        let same_key = |a: &Event, b: &Event| !self.keyed || a.key == b.key;
        let mut matches = Vec::new();
        'starts: for (start, event) in self.events.iter().enumerate() {
            if !self.steps[0].holds(event, &[]) {
                continue;
            }
            let mut bound = vec![start];
            for step in &self.steps[1..] {
                let so_far: Vec<_> = bound.iter().map(|&at| &self.events[at]).collect();
                let next = (bound[bound.len() - 1] + 1..self.events.len()).find(|&at| {
                    let candidate = &self.events[at];
                    same_key(candidate, event) && step.holds(candidate, &so_far)
                });
                match next {
                    Some(at) if self.events[at].time - event.time < self.window => bound.push(at),
                    _ => continue 'starts,
                }
            }
            matches.push(bound.into_iter().map(|at| at as u64).collect());
        }
        matches
    }

    /// The matches, by rising sequences.
    pub fn expected(&self) -> Vec<Vec<u64>> {
        let mut all = self.no_skip();
        let end = |m: &Vec<u64>| m[m.len() - 1];
        match self.after_match {
            AfterMatch::NoSkip => {}
            AfterMatch::PastLastEager => all.sort_by_key(|m| (end(m), m[0])),
            AfterMatch::PastLastLeftmost => all.sort_by_key(|m| m[0]),
        }
        if self.after_match != AfterMatch::NoSkip {
            let mut past = std::collections::HashMap::<u32, u64>::new();
            all.retain(|m| {
                let key = if self.keyed { self.events[m[0] as usize].key } else { 0 };
                let free = past.get(&key).is_none_or(|&last| m[0] > last);
                if free {
                    past.insert(key, end(m));
                }
                free
            });
        }
        all.sort();
        all
    }
}

/// A match as the sink saw it: where it was emitted, and what it bound.
pub type Seen = (u64, Vec<u64>);

pub fn one_by_one(matcher: &mut Matcher<Event>, events: &[Event]) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut sink =
        |m: tourbillon_cep::first::Match<'_>| seen.push((m.emitted_at(), m.sequences().to_vec()));
    for (sequence, event) in events.iter().enumerate() {
        matcher.push(sequence as u64, event, &mut sink);
    }
    matcher.finish(&mut sink);
    seen
}

pub fn sorted(seen: Vec<Seen>) -> Vec<Vec<u64>> {
    let mut matches: Vec<_> = seen.into_iter().map(|(_, sequences)| sequences).collect();
    matches.sort();
    matches
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![Just(Op::Eq), Just(Op::Ne), Just(Op::Lt), Just(Op::Le), Just(Op::Gt), Just(Op::Ge)]
}

fn alone() -> BoxedStrategy<Cond> {
    prop_oneof![
        4 => (0..2_u8).prop_map(Cond::Kind),
        3 => (op(), 0..8_i64).prop_map(|(op, constant)| Cond::Value(op, constant)),
        1 => Just(Cond::Even),
        1 => Just(Cond::All(Vec::new())),
    ]
    .boxed()
}

/// A condition for step `at`.
fn condition(at: usize) -> BoxedStrategy<Cond> {
    let leaf = if at == 0 {
        alone()
    } else {
        let which =
            prop_oneof![Just(Bound::First), Just(Bound::Prev), (0..at).prop_map(Bound::Step)];
        let bound = (op(), -2..3_i64, which, -2..3_i64, -4..5_i64)
            .prop_map(|(op, a, which, b, c)| Cond::Bound(op, a, which, b, c));
        prop_oneof![alone(), bound].boxed()
    };
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..3).prop_map(Cond::All),
            1 => prop::collection::vec(inner.clone(), 1..3).prop_map(Cond::Any),
            1 => inner.prop_map(|part| Cond::Not(Box::new(part))),
        ]
    })
    .boxed()
}

fn event() -> impl Strategy<Value = (u64, i64, u32, u8)> {
    (0..4_u64, 0..8_i64, 0..3_u32, 0..2_u8)
}

prop_compose! {
    /// A random pattern on a random stream.
    pub fn case()(length in 1..5_usize)(
        steps in (0..length).map(condition).collect::<Vec<_>>(),
        keyed in any::<bool>(),
        window in 1..24_u64,
        after_match in prop_oneof![
            Just(AfterMatch::NoSkip),
            Just(AfterMatch::PastLastEager),
            Just(AfterMatch::PastLastLeftmost),
        ],
        events in prop::collection::vec(event(), 0..40),
    ) -> Case {
        let mut time = 0;
        let events = events.into_iter().map(|(step, value, key, kind)| {
            time += step;
            Event { time, value, key, kind, pad: [0; 3] }
        });
        Case { events: events.collect(), steps, keyed, window, after_match }
    }
}
