//! Trades that are drawn: prices that walk, symbols at random.

use std::mem::offset_of;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

const SEED: u64 = 0x7472_6164_6573;
/// Kinds of events.
pub(crate) const TRADE: u32 = 1;

/// A trade, or another event of a symbol.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Trade {
    /// Nanoseconds.
    pub(crate) ts: u64,
    /// Ticks.
    pub(crate) price: i64,
    pub(crate) qty: u32,
    pub(crate) sym: u32,
    pub(crate) kind: u32,
    pub(crate) pad: u32,
}

/// `events` events of `symbols` symbols, half of them trades, one each 0 to 2 times `gap`
/// nanoseconds; a trade is one to three ticks above or below the one before of its symbol.
pub(crate) fn trades(events: usize, symbols: u32, gap: u64) -> Vec<Trade> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let mut prices = vec![10_000_i64; symbols as usize];
    let mut ts = 0;
    let mut trade = |_| {
        let draw = random.next_u64();
        ts += draw % (2 * gap + 1);
        let sym = (draw >> 40) as u32 % symbols;
        let kind = (draw >> 16) as u32 & 1;
        let price = &mut prices[sym as usize];
        if kind == TRADE {
            let step = 1 + (draw >> 20) as i64 % 3;
            *price += if draw >> 24 & 1 == 0 { step } else { -step };
        }
        Trade { ts, price: *price, qty: 1 + (draw >> 28) as u32 % 100, sym, kind, pad: 0 }
    };
    (0..events).map(&mut trade).collect()
}

/// The one pattern of `text`, over these events.
pub(crate) fn pattern(text: &str) -> anyhow::Result<Ir> {
    pattern_of(text, &schema()?)
}

/// The same with a schema that several patterns have in common.
pub(crate) fn pattern_of(text: &str, schema: &Arc<Schema>) -> anyhow::Result<Ir> {
    let mut patterns = compile("pattern", text, std::slice::from_ref(schema))?.patterns;
    Ok(patterns.remove(0).ir)
}

/// What texts know of these events.
pub(crate) fn schema() -> anyhow::Result<Arc<Schema>> {
    use FieldType::{I64, U32, U64};
    let field = SchemaField::new;
    Ok(Schema::builder::<Trade>("mkt")
        .field(field("ts", U64, offset_of!(Trade, ts)))
        .field(field("price", I64, offset_of!(Trade, price)))
        .field(field("qty", U32, offset_of!(Trade, qty)))
        .field(field("sym", U32, offset_of!(Trade, sym)))
        .field(
            field("kind", U32, offset_of!(Trade, kind))
                .symbols([("QUOTE", 0), ("TRADE", i128::from(TRADE))]),
        )
        .time("ts")
        .kind("kind")
        .build()?)
}
