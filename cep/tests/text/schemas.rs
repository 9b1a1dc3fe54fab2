//! Two event types for texts: orders and executions of a market, and rows of a trade file.

#![allow(unreachable_pub, missing_docs, dead_code)]

use std::mem::offset_of;
use std::sync::{Arc, LazyLock};

use tourbillon_cep::schema::{FieldType, Schema, SchemaField};

/// Prices are in ticks.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Market {
    pub ts: u64,
    pub oid: u64,
    pub price: i64,
    pub bid: i64,
    pub ask: i64,
    pub vwap: i64,
    pub acct: u32,
    pub qty: u32,
    pub shown: u32,
    pub sym: u16,
    pub kind: u8,
    pub side: u8,
    pub score: f64,
    pub ioc: u8,
    pub pad: [u8; 7],
}

pub const KINDS: [(&str, i128); 5] =
    [("ADD", 1), ("CANCEL", 2), ("EXEC", 3), ("REPLENISH", 4), ("TRADE", 5)];
pub const SIDES: [(&str, i128); 2] = [("B", 1), ("S", 2)];

/// Accounts 10 to 19 are linked, and 20 to 29, and so on.
pub fn market() -> Arc<Schema> {
    use FieldType::{Bool, F64, I64, U8, U16, U32, U64};
    let field = SchemaField::new;
    Schema::builder::<Market>("mkt")
        .field(field("ts", U64, offset_of!(Market, ts)))
        .field(field("oid", U64, offset_of!(Market, oid)))
        .field(field("price", I64, offset_of!(Market, price)))
        .field(field("bid", I64, offset_of!(Market, bid)))
        .field(field("ask", I64, offset_of!(Market, ask)))
        .field(field("vwap", I64, offset_of!(Market, vwap)))
        .field(field("acct", U32, offset_of!(Market, acct)))
        .field(field("qty", U32, offset_of!(Market, qty)))
        .field(field("shown", U32, offset_of!(Market, shown)))
        .field(field("sym", U16, offset_of!(Market, sym)))
        .field(field("kind", U8, offset_of!(Market, kind)).symbols(KINDS))
        .field(field("side", U8, offset_of!(Market, side)).symbols(SIDES))
        .field(field("score", F64, offset_of!(Market, score)))
        .field(field("ioc", Bool, offset_of!(Market, ioc)))
        .function("link", |account| (account / 10) as i64)
        .time("ts")
        .kind("kind")
        .build()
        .expect("a sound schema")
}

/// Prices are in units of 1e-9, times in nanoseconds.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Stock {
    pub stock_time: u64,
    pub price: i64,
    pub id: u64,
    pub volume: u32,
    pub name: u16,
    pub event_type: u8,
    pub pad: u8,
}

pub const NAMES: [(&str, i128); 10] = [
    ("INTC", 0),
    ("RIMM", 1),
    ("QQQ", 2),
    ("IPIX", 3),
    ("AMAT", 4),
    ("CSCO", 5),
    ("YHOO", 6),
    ("DELL", 7),
    ("ORCL", 8),
    ("MSFT", 9),
];

pub fn stock() -> Arc<Schema> {
    use FieldType::{I64, U8, U16, U32, U64};
    let field = SchemaField::new;
    Schema::builder::<Stock>("stock")
        .field(field("stock_time", U64, offset_of!(Stock, stock_time)))
        .field(field("price", I64, offset_of!(Stock, price)).decimals(9))
        .field(field("id", U64, offset_of!(Stock, id)))
        .field(field("volume", U32, offset_of!(Stock, volume)))
        .field(field("name", U16, offset_of!(Stock, name)).open_symbols(NAMES))
        .field(
            field("event_type", U8, offset_of!(Stock, event_type))
                .symbols([("BUY", 1), ("SELL", 2)]),
        )
        .time("stock_time")
        .kind("event_type")
        .build()
        .expect("a sound schema")
}

/// Both, always the same: functions are equal only to themselves.
pub fn schemas() -> [Arc<Schema>; 2] {
    static BOTH: LazyLock<[Arc<Schema>; 2]> = LazyLock::new(|| [market(), stock()]);
    BOTH.clone()
}
