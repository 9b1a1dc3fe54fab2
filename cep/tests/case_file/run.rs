//! A case through the matcher: event by event and in batches, which must not differ.

use std::mem::offset_of;
use std::sync::Arc;

use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::matching::{Found, Kind, Limits, Matcher};
use tourbillon_cep::planner::Choice;
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

use super::{Case, Event, Item, KINDS};

fn schema() -> Arc<Schema> {
    let field = SchemaField::new;
    let kinds = KINDS.chars().map(String::from).zip(0_i128..);
    Schema::builder::<Event>("s")
        .field(field("ts", FieldType::U64, offset_of!(Event, ts)))
        .field(field("v", FieldType::I64, offset_of!(Event, v)))
        .field(field("price", FieldType::I64, offset_of!(Event, v)).decimals(2))
        .field(field("score", FieldType::F64, offset_of!(Event, score)))
        .field(field("q", FieldType::U32, offset_of!(Event, q)))
        .field(field("g", FieldType::U16, offset_of!(Event, g)))
        .field(field("kind", FieldType::U8, offset_of!(Event, kind)).symbols(kinds))
        .time("ts")
        .kind("kind")
        .build()
        .expect("a sound schema")
}

/// What came out, as the files write it.
pub fn outputs(case: &Case) -> Vec<String> {
    let text = format!("FROM s MATCH_RECOGNIZE ( {} )", case.query);
    let compiled = match compile(&case.name, &text, &[schema()]) {
        Ok(compiled) => compiled,
        Err(errors) => return vec![errors.to_string()],
    };
    let ir = &compiled.patterns[0].ir;
    if let Err(error) =
        Matcher::<Event>::new(&tourbillon_cep::Pattern::from_ir(ir.clone()), Limits::default())
    {
        return vec![error.to_string()];
    }
    let one_by_one = run(case, ir, 1);
    for batch in [2, 5] {
        assert_eq!(run(case, ir, batch), one_by_one, "{}: in batches of {batch}", case.name);
    }
    one_by_one
}

fn run(case: &Case, ir: &Ir, batch: usize) -> Vec<String> {
    let limits = Limits { keys: 16, ..Limits::default() }.with_batches(batch);
    let mut matcher = Matcher::<Event>::new(&tourbillon_cep::Pattern::from_ir(ir.clone()), limits)
        .expect("a runnable pattern");
    let mut writer = Writer { ir, events: vec![], out: vec![] };
    let mut pending = Vec::new();
    for item in &case.items {
        match *item {
            Item::Event(event) => {
                writer.events.push(event);
                pending.push(event);
                if pending.len() == batch {
                    commit(&mut matcher, &mut writer, &mut pending);
                }
            }
            Item::Watermark(time) => {
                commit(&mut matcher, &mut writer, &mut pending);
                let mut sink = |found: &Found<'_>| writer.write(found, &format!("~{time}"));
                matcher.advance_to(time, &mut sink).expect("room");
            }
        }
    }
    commit(&mut matcher, &mut writer, &mut pending);
    matcher.finish(&mut |found| writer.write(found, "end")).expect("room");
    assert_eq!(matcher.counts().truncated(), 0, "{}", case.name);
    if matches!(matcher.plan().choice(), Choice::Shared { .. }) {
        // What one event completes is shared, and comes in no order of its own.
        writer.out.sort();
    }
    writer.out.into_iter().map(|(_, _, line)| line).collect()
}

fn commit(matcher: &mut Matcher<Event>, writer: &mut Writer<'_>, pending: &mut Vec<Event>) {
    let first = writer.events.len() - pending.len() + 1;
    matcher.apply(first as u64, pending).expect("a batch that fits");
    matcher.commit(&mut |found| writer.write(found, "nobody")).expect("room");
    pending.clear();
}

struct Writer<'a> {
    ir: &'a Ir,
    events: Vec<Event>,
    /// Each with the event that let it out, and its own.
    out: Vec<(Option<u64>, Vec<u64>, String)>,
}

impl Writer<'_> {
    fn write(&mut self, found: &Found<'_>, otherwise: &str) {
        let mut line = String::new();
        let mut last = None;
        for bound in found.bound() {
            if last == Some(bound.step) {
                line += &format!(",{}", bound.sequence);
            } else {
                let name = &self.ir.step(bound.step).name;
                line += &format!(" {name}={}", bound.sequence);
            }
            last = Some(bound.step);
        }
        if found.kind() == Kind::TimedOut {
            line.insert_str(0, "timeout");
        }
        for (at, (measure, value)) in self.ir.measures.iter().zip(found.values()).enumerate() {
            line += if at == 0 { " | " } else { ", " };
            line += &format!("{} = {}", measure.name, value.named(self.ir));
        }
        if found.released_by().is_none() || found.released_by() != found.sequences().last() {
            let by = found.released_by().map_or(otherwise.to_owned(), |by| by.to_string());
            line += &format!(" at {by}");
        }
        let sequences = found.sequences().collect();
        self.out.push((found.released_by(), sequences, line.trim().to_owned()));
    }
}
