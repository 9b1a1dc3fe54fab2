//! Random patterns from the builder, to the typed pattern, to text and back.

#![allow(missing_docs)]

#[path = "dsl/market.rs"]
mod market;

use std::cell::RefCell;
use std::collections::HashSet;
use std::time::Duration;

use market::Market;
use proptest::prelude::*;
use tourbillon_cep::builder::{
    ALL, Choice, Condition, Part, Pattern, Repeated, Single, Units, Value, again, all_of,
    any_event, any_of, avg, call, count, ewma, first, lag, last_by, max, of, prev, step, sum, vwap,
};
use tourbillon_cep::decimal;
use tourbillon_cep::event::Number;

const NAMES: [&str; 5] = ["a", "b", "c", "select", "two words"];

/// The form of a pattern.
#[derive(Debug, Clone)]
enum Form {
    Step(usize),
    Sequence(Box<Form>, Vec<(u8, Form)>),
    Not(Box<Form>, u8, usize, Box<Form>),
    Choice(Box<Form>, Box<Form>),
    Permuted(Box<Form>, Box<Form>, u8),
    Repeated(Box<Form>, u32, Option<u32>, u8, u8),
}

fn forms() -> impl Strategy<Value = Form> {
    (0..NAMES.len()).prop_map(Form::Step).prop_recursive(4, 12, 4, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        prop_oneof![
            3 => (one(), prop::collection::vec((0..6_u8, inner.clone()), 1..4))
                .prop_map(|(first, rest)| Form::Sequence(first, rest)),
            1 => (one(), 0..3_u8, 0..NAMES.len(), one())
                .prop_map(|(first, how, step, then)| Form::Not(first, how, step, then)),
            1 => (one(), one()).prop_map(|(one, other)| Form::Choice(one, other)),
            1 => (one(), one(), 0..6_u8)
                .prop_map(|(one, other, mode)| Form::Permuted(one, other, mode)),
            2 => (one(), 0..3_u32, prop::option::of(0..3_u32), 0..3_u8, 0..6_u8)
                .prop_map(|(body, least, more, stop, mode)| {
                    Form::Repeated(body, least, more.map(|more| 1.max(least + more)), stop, mode)
                }),
        ]
    })
}

/// A condition made from a few numbers.
fn condition(seed: &[u8; 4]) -> Condition<Market> {
    let other = NAMES[usize::from(seed[3]) % NAMES.len()];
    let number = |seed: u8| -> Value<Market, Number> {
        match seed % 14 {
            0 => Market::PRICE.into(),
            1 => Market::QTY * 3 - Market::BID,
            2 => -(Market::PRICE + 1) / 2,
            3 => decimal!(26.05).into(),
            4 => (-7).into(),
            5 => of(other, Market::PRICE),
            6 => prev(Market::PRICE) * 2,
            7 => lag(Market::QTY, 2),
            8 => first(ALL, Market::PRICE) - (Market::ASK - Market::BID),
            9 => last_by(other, Market::PRICE, 1),
            10 => sum(other, Market::QTY) / count(other),
            11 => avg(ALL, Market::PRICE) + vwap(other, Market::PRICE, Market::QTY),
            12 => call("link", Market::ACCT),
            _ => max(other, Market::PRICE) - ewma(other, Market::PRICE, decimal!(0.5)),
        }
    };
    let compared = number(seed[0]).le(number(seed[1]));
    let side = Market::SIDE.eq("B");
    match seed[2] % 8 {
        0 => any_event(),
        1 => compared,
        2 => !compared,
        3 => compared.and(side).and(Market::IOC.eq(false)),
        4 => compared.or(side.and(Market::SCORE.gt(decimal!(0.25)))),
        5 => !(side.or(compared)).and(any_event()),
        6 => number(seed[1]).between(number(seed[0]), 12).and(Market::SIDE.is_in(["B", "S"])),
        _ => Market::TS.lt(of(other, Market::TS) + 5.us()).and(compared),
    }
}

/// Builds parts; each step has its condition where it stands first.
struct Parts<'a> {
    conditions: &'a [[u8; 4]],
    seen: RefCell<HashSet<usize>>,
}

impl Parts<'_> {
    fn step(&self, at: usize) -> Part<Market, Single> {
        if self.seen.borrow_mut().insert(at) {
            return step(NAMES[at], condition(&self.conditions[at]));
        }
        again(NAMES[at])
    }

    /// A part of any kind, as a choice of one.
    fn part(&self, form: &Form) -> Part<Market, Choice> {
        const GAP: Duration = Duration::from_micros(20);
        match form {
            Form::Step(at) => any_of([self.step(*at)]),
            Form::Sequence(first, rest) => {
                let ((how, second), others) = rest.split_first().expect("two parts at least");
                let first = self.part(first);
                let join = |how: u8, next: Part<Market, Choice>| match how {
                    0 | 1 => any_of([first.clone().then_next(next)]),
                    2 | 3 => any_of([first.clone().then(next)]),
                    4 => any_of([first.clone().then_any(next).gap(GAP)]),
                    _ => any_of([first.clone().then_next(next).gap(GAP)]),
                };
                let mut joined = join(*how, self.part(second));
                for (how, next) in others {
                    joined = match how {
                        0 | 1 => any_of([joined.then_next(self.part(next))]),
                        _ => any_of([joined.then(self.part(next)).gap(GAP)]),
                    };
                }
                joined
            }
            Form::Not(first, how, step, then) => {
                let (first, step) = (self.part(first), self.step(*step));
                let without = match how {
                    0 => first.not(step),
                    1 => first.not_next(step),
                    _ => first.not_for(step, 3.ms()),
                };
                any_of([without.then(self.part(then))])
            }
            Form::Choice(one, other) => any_of([self.part(one), self.part(other)]),
            Form::Permuted(one, other, mode) => {
                let all = all_of([self.part(one), self.part(other)]);
                match mode {
                    0..3 => any_of([all]),
                    3 => any_of([all.strict().gap(GAP)]),
                    4 => any_of([all.relaxed().without(self.step(0))]),
                    _ => any_of([all.any().without_next(self.step(1))]),
                }
            }
            Form::Repeated(body, least, most, stop, mode) => {
                let body = self.part(body);
                let repeated: Part<Market, Repeated> = match most {
                    Some(most) => body.times(*least..=*most),
                    None => body.at_least(*least),
                };
                let repeated = match stop {
                    0 => repeated,
                    1 => repeated.reluctant(),
                    _ => repeated.each(),
                };
                match mode {
                    0..3 => any_of([repeated]),
                    3 => any_of([repeated.strict()]),
                    4 => any_of([repeated.relaxed().gap(GAP)]),
                    _ => any_of([repeated.any().without(self.step(2))]),
                }
            }
        }
    }
}

/// Of `cases` random patterns, how many are sound; each of these comes back from its text.
#[test]
fn what_is_built_is_what_its_text_says() {
    let cases = 10_000;
    let sound = RefCell::new(0);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let conditions = prop::collection::vec(any::<[u8; 4]>(), NAMES.len());
    proptest!(config, |(form in forms(), conditions in conditions)| {
        let parts = Parts { conditions: &conditions, seen: RefCell::default() };
        let builder = Pattern::builder("random").pattern(parts.part(&form)).within(1.s());
        let text = builder.text();
        match builder.build() {
            Ok(built) => {
                *sound.borrow_mut() += 1;
                let again = Pattern::<Market>::parse("again", &built.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&built), "\n{}\n{}", text, built);
            }
            // It may mean nothing, but it is always read.
            Err(errors) => {
                let unreadable = errors.iter().any(|it| it.code.as_str() < "E004");
                prop_assert!(!unreadable, "{text}\n{errors}");
            }
        }
    });
    let sound = sound.into_inner();
    assert!(sound > cases / 8, "only {sound} of {cases} patterns are sound");
}
