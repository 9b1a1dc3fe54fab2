//! Patterns for a set, and what each of them finds alone.

use std::sync::Arc;

use tourbillon_cep::Comparison;
use tourbillon_cep::ir::{Condition, Decimal, Expr, Ir, Opaque, Place};
use tourbillon_cep::schema::Schema;
use tourbillon_cep::set::{PatternId, PatternSet};
use tourbillon_cep::{Bound, Found, Kind, Limits, Matcher, Pattern};

use crate::oracle::pattern::Item;
use crate::oracle::typed::Plain;

/// What came out: at which item, and everything that can be said of it.
pub(crate) type Output = (usize, Kind, Vec<Bound>, u64, u64, Option<u64>, bool);

pub(crate) fn output(at: usize, it: &Found<'_>) -> Output {
    let bound = it.bound().to_vec();
    (at, it.kind(), bound, it.start_time(), it.end_time(), it.released_by(), it.is_truncated())
}

pub(crate) fn limits() -> Limits {
    let (partial, keys) = (4_096, 4);
    Limits {
        partial,
        partial_per_key: partial,
        bound: 4_096,
        keys,
        states: 500,
        ..Limits::default()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

pub(crate) fn compare(
    schema: &Schema,
    field: &str,
    comparison: Comparison,
    number: i64,
) -> Condition {
    let field = schema.find(field).expect("a field");
    Condition::Compare {
        left: Expr::Field { place: Place::Current, field },
        comparison,
        right: Expr::Number(Decimal::new(number.into(), 0)),
    }
}

/// Something more for the index to do: a test of every kind.
pub(crate) fn narrowed(ir: &mut Ir, schema: &Schema, odd: &Opaque, random: &mut Random) {
    for step in &mut ir.steps {
        let extra = match random.below(12) {
            0..2 => compare(schema, "key", Comparison::Equal, random.below(2) as i64),
            2 => compare(schema, "value", Comparison::GreaterOrEqual, random.below(3) as i64),
            3 => compare(schema, "value", Comparison::Less, 1 + random.below(3) as i64),
            4 => compare(schema, "value", Comparison::NotEqual, random.below(4) as i64),
            5 => Condition::any(
                [0, 2, 3].map(|it| compare(schema, "value", Comparison::Equal, it)).into(),
            ),
            6 => Condition::Opaque(odd.clone()),
            7 => Condition::Not(Box::new(Condition::Opaque(odd.clone()))),
            _ => continue,
        };
        step.condition = Condition::all(vec![step.condition.clone(), extra]);
    }
}

/// A pattern of the set: when it comes and goes, the number it has, and what it found.
pub(crate) struct Part {
    pub(crate) ir: Ir,
    pub(crate) from: usize,
    pub(crate) until: usize,
    pub(crate) id: Option<PatternId>,
    pub(crate) found: Vec<Output>,
}

/// What a matcher of the part alone finds while the part is there.
pub(crate) fn alone(part: &Part, items: &[Item]) -> Vec<Output> {
    let mut matcher = Matcher::<Plain>::new(&Pattern::from_ir(part.ir.clone()), limits())
        .expect("a pattern that runs");
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate().take(part.until).skip(part.from) {
        let mut sink = |it: &Found<'_>| found.push(output(at, it));
        match *item {
            Item::Event(event) => matcher.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => matcher.advance_to(time, &mut sink),
            Item::End(_) => matcher.finish(&mut sink),
        }
        .expect("room");
    }
    found
}

/// How events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coming {
    OneByOne,
    InBatches,
}

/// Runs all parts in one set.
pub(crate) fn together(
    parts: &mut [Part],
    items: &[Item],
    schema: &Arc<Schema>,
    coming: Coming,
    random: &mut Random,
) {
    let mut set = PatternSet::<Plain>::new(schema);
    if coming == Coming::InBatches {
        set = set.with_batches(200, 20_000);
    }
    let mut waiting = 0..0;
    for (at, item) in items.iter().enumerate() {
        let comes = |part: &Part| part.from == at && part.until > at;
        let changes = parts.iter().any(|part| part.until == at || comes(part));
        let cut = changes || !matches!(item, Item::Event(_)) || random.below(5) == 0;
        if cut && coming == Coming::InBatches {
            commit(&mut set, parts, items, &mut waiting, random);
        }
        for part in parts.iter_mut().filter(|part| part.until == at) {
            assert!(set.remove(part.id.expect("added before")));
            assert!(!set.remove(part.id.expect("added before")), "it is gone");
        }
        for part in parts.iter_mut().filter(|part| comes(part)) {
            part.id = Some(set.add(&part.ir, limits()).expect("a pattern that runs"));
        }
        let mut sink = sink(parts, Some(at));
        match *item {
            Item::Event(_) if coming == Coming::InBatches => waiting = waiting.start..at + 1,
            Item::Event(event) => set.push(at as u64, &event.into(), &mut sink),
            Item::Watermark(time) => set.advance_to(time, &mut sink),
            Item::End(_) => set.finish(&mut sink),
        }
        if !matches!(item, Item::Event(_)) {
            waiting = at + 1..at + 1;
        }
    }
    commit(&mut set, parts, items, &mut waiting, random);
}

/// Notes what comes out: at the item, or at the event that lets it out.
fn sink(parts: &mut [Part], at: Option<usize>) -> impl FnMut(PatternId, &Found<'_>) {
    let mut last = None;
    move |id, it| {
        let at = at.unwrap_or_else(|| it.released_by().expect("an event") as usize);
        assert!(last <= Some((at, id.index())), "pattern by pattern");
        last = Some((at, id.index()));
        let part = parts.iter_mut().find(|part| part.id == Some(id)).expect("one of the set");
        part.found.push(output(at, it));
    }
}

/// Commits the events that wait, in several calls, and after some went for nothing.
fn commit(
    set: &mut PatternSet<Plain>,
    parts: &mut [Part],
    items: &[Item],
    waiting: &mut std::ops::Range<usize>,
    random: &mut Random,
) {
    let events: Vec<Plain> = items[waiting.clone()]
        .iter()
        .filter_map(|item| match item {
            Item::Event(event) => Some((*event).into()),
            _ => None,
        })
        .collect();
    let (first, middle) = (waiting.start, random.below(events.len() as u64 + 1) as usize);
    if random.below(3) == 0 {
        set.apply(first as u64, &events).expect("room");
        set.rollback();
    }
    set.apply(first as u64, &events[..middle]).expect("room");
    set.apply((first + middle) as u64, &events[middle..]).expect("room");
    set.commit(&mut sink(parts, None));
    *waiting = waiting.end..waiting.end;
}
