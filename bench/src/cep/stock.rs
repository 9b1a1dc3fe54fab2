//! CORE's stock stream (224,473 trades of ten symbols), or a generated one of its shape.

use std::mem::offset_of;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bytemuck::{Pod, Zeroable};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
use tourbillon_cep::shared::{SharedLimits, SharedMatcher};
use tourbillon_feeds::{Options, Side, open, read_all};

/// Names of the ten symbols, at their numbers, and how many in a thousand events sell and buy.
const SYMBOLS: [(&str, u32, u32); 10] = [
    ("INTC", 60, 58),
    ("RIMM", 37, 39),
    ("QQQ", 64, 66),
    ("IPIX", 97, 106),
    ("AMAT", 38, 38),
    ("CSCO", 47, 46),
    ("YHOO", 29, 28),
    ("DELL", 33, 37),
    ("ORCL", 39, 34),
    ("MSFT", 56, 48),
];

/// Rows of the file.
const ROWS: usize = 224_473;
/// Of the generated stream.
const SEED: u64 = 0x7374_6f63_6b73;

pub(crate) const BUY: u8 = 1;
pub(crate) const SELL: u8 = 2;

/// A row.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(crate) struct Stock {
    /// Nanoseconds.
    pub(crate) stock_time: u64,
    /// In units of 1e-9.
    price: i64,
    volume: u32,
    /// Index of [`SYMBOLS`].
    pub(crate) name: u16,
    /// [`BUY`] or [`SELL`].
    pub(crate) event_type: u8,
    pad: u8,
}

/// The rows, and whether they are the published ones.
#[derive(Debug)]
pub(crate) struct Stocks {
    pub(crate) rows: Vec<Stock>,
    pub(crate) published: bool,
}

/// Those of the file at `path`; generated ones, and a sentence that says so, if there is none.
pub(crate) fn load(path: &Path) -> anyhow::Result<(Stocks, Vec<String>)> {
    if !path.exists() {
        let note = format!(
            "{} is not there: the stock scenarios run on a generated stream of the same shape, \
             whose matches nobody else has counted",
            path.display()
        );
        return Ok((Stocks { rows: generated(), published: false }, vec![note]));
    }
    let mut source = open(path, &Options::default())
        .with_context(|| format!("cannot read {}", path.display()))?;
    let events = read_all(&mut *source);
    let number = |instrument| {
        let name = source.instruments().get(instrument).unwrap_or_default();
        SYMBOLS.iter().position(|(known, ..)| *known == name)
    };
    let row = |event: &tourbillon_feeds::MarketEvent| {
        Some(Stock {
            stock_time: event.ts_event,
            price: event.price,
            volume: event.size,
            name: number(event.instrument)? as u16,
            event_type: if event.side() == Some(Side::Bid) { BUY } else { SELL },
            pad: 0,
        })
    };
    let rows: Option<Vec<Stock>> = events.iter().map(row).collect();
    match rows {
        Some(rows) if rows.len() == ROWS => Ok((Stocks { rows, published: true }, Vec::new())),
        _ => bail!("{} does not hold CORE's {ROWS} trades of ten symbols", path.display()),
    }
}

/// Symbols and sides as often as in the file; half of the rows at the time of the row before,
/// the others up to 0.8 s later.
fn generated() -> Vec<Stock> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(SEED);
    let total: u32 = SYMBOLS.iter().map(|(_, sell, buy)| sell + buy).sum();
    let mut time = 25_000_000;
    let mut row = |_| {
        let draw = random.next_u64();
        time += if draw & 1 == 0 { 0 } else { (draw >> 1) % 800 };
        let mut rest = (draw >> 32) as u32 % total;
        let sides = SYMBOLS
            .iter()
            .zip(0..)
            .flat_map(|((_, sell, buy), name)| [(name, SELL, *sell), (name, BUY, *buy)]);
        let mut drawn = sides.skip_while(|(_, _, share)| {
            let passed = rest >= *share;
            rest = rest.wrapping_sub(if passed { *share } else { 0 });
            passed
        });
        let (name, event_type, _) = drawn.next().expect("the shares add up");
        let price = 20_000_000_000 + (draw >> 50) as i64 * 1_000_000;
        Stock { stock_time: time * 1_000_000, price, volume: 100, name, event_type, pad: 0 }
    };
    (0..ROWS).map(&mut row).collect()
}

fn schema() -> anyhow::Result<Arc<Schema>> {
    use FieldType::{I64, U8, U16, U32, U64};
    let names = SYMBOLS.iter().zip(0..).map(|((name, ..), number)| (*name, number));
    let names: Vec<(&str, i128)> = names.collect();
    let field = SchemaField::new;
    Ok(Schema::builder::<Stock>("stock")
        .field(field("stock_time", U64, offset_of!(Stock, stock_time)))
        .field(field("price", I64, offset_of!(Stock, price)).decimals(9))
        .field(field("volume", U32, offset_of!(Stock, volume)))
        .field(field("name", U16, offset_of!(Stock, name)).open_symbols(names))
        .field(
            field("event_type", U8, offset_of!(Stock, event_type))
                .symbols([("BUY", i128::from(BUY)), ("SELL", i128::from(SELL))]),
        )
        .time("stock_time")
        .kind("event_type")
        .build()?)
}

/// The pattern called `name` in `text`.
pub(crate) fn pattern(text: &str, name: &str) -> anyhow::Result<Ir> {
    let compiled = compile(name, text, &[schema()?])?;
    let mut patterns = compiled.patterns.into_iter().map(|pattern| pattern.ir);
    let found = patterns.find(|ir| ir.name.as_deref() == Some(name));
    found.with_context(|| format!("there is no pattern {name}"))
}

/// A matcher whose limits no scenario reaches.
pub(crate) fn matcher(ir: &Ir) -> anyhow::Result<SharedMatcher<Stock>> {
    let limits = SharedLimits { keys: 8_192, ..SharedLimits::default() };
    Ok(SharedMatcher::new(ir, limits)?)
}
