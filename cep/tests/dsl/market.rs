//! The market of the texts again, derived.

#![allow(unreachable_pub, missing_docs, dead_code)]

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::event::Event;

pub const KINDS: [(&str, i128); 5] =
    [("ADD", 1), ("CANCEL", 2), ("EXEC", 3), ("REPLENISH", 4), ("TRADE", 5)];

#[derive(Event, Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
#[event(name = "mkt", function(link = link))]
pub struct Market {
    #[event(time)]
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
    #[event(kind, symbols = KINDS)]
    pub kind: u8,
    #[event(symbols(B = 1, "S" = 1 + 1))]
    pub side: u8,
    pub score: f64,
    #[event(flag)]
    pub ioc: u8,
    #[event(skip)]
    pub pad: [u8; 7],
}

/// Accounts 10 to 19 are linked, and 20 to 29, and so on.
fn link(account: i128) -> i64 {
    (account / 10) as i64
}

/// The text of a pattern in `patterns` or `tests/text`.
pub fn text(name: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |folder| std::fs::read_to_string(format!("{root}/{folder}/{name}.sql"));
    read("patterns").or_else(|_| read("tests/text")).expect("a text")
}
