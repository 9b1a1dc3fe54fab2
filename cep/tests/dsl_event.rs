//! What `#[derive(Event)]` makes of a struct.

#![allow(missing_docs, dead_code)]

#[path = "dsl/market.rs"]
mod market;
#[path = "text/schemas.rs"]
mod schemas;

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use market::Market;
use tourbillon_cep::event::Event;
use tourbillon_cep::schema::FieldType;

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
#[event(function(half = half, twice = twice))]
struct MarketTick {
    #[event(skip)]
    padding: [u64; 6],
    #[event(time, rename = "at")]
    r#type: u64,
    #[event(decimals = 9)]
    price: i32,
    #[event(open_symbols(ABC = 7))]
    name: u16,
    kind: i16,
}

fn half(number: i128) -> i64 {
    (number / 2) as i64
}

fn twice(number: i128) -> i64 {
    (number * 2) as i64
}

#[test]
fn the_schema_is_the_one_written_by_hand() {
    let derived = Market::schema();
    let by_hand = schemas::market();
    assert_eq!(derived.name(), by_hand.name());
    assert_eq!(derived.size(), by_hand.size());
    assert_eq!(derived.fields(), by_hand.fields());
    assert_eq!((derived.time(), derived.kind()), (by_hand.time(), by_hand.kind()));
}

#[test]
fn names_offsets_and_functions() {
    let schema = MarketTick::schema();
    assert_eq!(schema.name(), "market_tick");
    let found: Vec<_> = schema.fields().iter().map(|f| (f.name(), f.offset())).collect();
    assert_eq!(found, [("at", 48), ("price", 56), ("name", 60), ("kind", 62)]);
    assert_eq!(schema.field(schema.time()).name(), "at");
    assert_eq!(schema.kind(), None);
    let price = schema.find("price").map(|id| schema.field(id)).expect("a field");
    assert_eq!((price.stored(), price.scale()), (FieldType::I32, 9));
    let name = schema.find("name").map(|id| schema.field(id)).expect("a field");
    let symbols = name.symbol_table().expect("symbols");
    assert_eq!((symbols.code("ABC"), symbols.is_open()), (Some(7), true));
    let values: Vec<_> = schema.functions().iter().map(|f| (f.name(), f.apply(8))).collect();
    assert_eq!(values, [("half", 4), ("twice", 16)]);
}

/// Functions are equal only to themselves, so patterns could not be compared otherwise.
#[test]
fn the_schema_is_always_the_same() {
    assert!(Arc::ptr_eq(&MarketTick::schema(), &MarketTick::schema()));
}

#[test]
fn fields_are_typed_constants() {
    let side: tourbillon_cep::event::Field<Market, tourbillon_cep::event::Symbol> = Market::SIDE;
    let ioc: tourbillon_cep::event::Field<Market, bool> = Market::IOC;
    let score: tourbillon_cep::event::Field<Market, f64> = Market::SCORE;
    let at: tourbillon_cep::event::Field<MarketTick, u64> = MarketTick::AT;
    assert_eq!([side.name(), ioc.name(), score.name(), at.name()], ["side", "ioc", "score", "at"]);
}
