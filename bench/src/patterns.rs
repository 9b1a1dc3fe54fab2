//! The built-in patterns, by name.

use tourbillon_cep::first::{AfterMatch, PatternError, of};
use tourbillon_cep::lang::{Diagnostics, compile};
use tourbillon_feeds::{Instruments, Kind, MarketEvent, Side};

use crate::market;
use crate::market::{INSTRUMENT, MICROSECOND, MILLISECOND, ORDER, PRICE, SIZE, TIME, is, on};
use crate::pattern::Pattern;

/// A built-in pattern and what to know about it.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Name, as given to `--pattern`.
    pub name: &'static str,
    /// What it looks for.
    pub about: &'static str,
    /// The feed it is meant for.
    pub feed: &'static str,
    /// Its text, from the folder `patterns`: one pattern.
    pub text: &'static str,
    /// Instruments that it names.
    symbols: &'static [&'static str],
    /// The same in Rust, for the matcher of plain sequences.
    rust: Option<Build>,
}

type Built = tourbillon_cep::first::Pattern<MarketEvent>;
type Build = fn(&'static str, &Instruments) -> Result<Built, Error>;

/// Why a built-in pattern cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No pattern has this name.
    #[error("there is no pattern '{name}'; `tourbillon patterns` lists them: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// The pattern names a symbol that the feed does not have.
    #[error("pattern '{pattern}' needs symbol {symbol}, which this feed does not have")]
    NoSymbol {
        /// The pattern.
        pattern: &'static str,
        /// The symbol.
        symbol: &'static str,
    },
    /// The pattern itself is wrong.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The pattern's text is wrong.
    #[error(transparent)]
    Text(#[from] Diagnostics),
}

/// Every built-in pattern.
pub const ALL: &[BuiltIn] = &[
    BuiltIn {
        name: "reference",
        about: "a trade, one 0.2 % higher, one 0.2 % below that, within 1 ms; every match",
        feed: "reference",
        text: include_str!("../../patterns/reference.sql"),
        symbols: &[],
        rust: Some(|name, _| reference(name, AfterMatch::NoSkip)),
    },
    BuiltIn {
        name: "reference-eager",
        about: "the same; the first to complete drops all other partial matches of its symbol",
        feed: "reference",
        text: include_str!("../../patterns/reference-eager.sql"),
        symbols: &[],
        rust: Some(|name, _| reference(name, AfterMatch::PastLastEager)),
    },
    BuiltIn {
        name: "reference-leftmost",
        about: "the same; the one that starts first wins, as in SQL (matches may be held back)",
        feed: "reference",
        text: include_str!("../../patterns/reference-leftmost.sql"),
        symbols: &[],
        rust: Some(|name, _| reference(name, AfterMatch::PastLastLeftmost)),
    },
    BuiltIn {
        name: "rising-trades",
        about: "three trades of a symbol, each above the one before, within 50 ms",
        feed: "synthetic",
        text: include_str!("../../patterns/rising-trades.sql"),
        symbols: &[],
        rust: Some(|name, _| rising_trades(name)),
    },
    BuiltIn {
        name: "fleeting",
        about: "an order of 500 shares or more, deleted within 100 us",
        feed: "synthetic",
        text: include_str!("../../patterns/fleeting.sql"),
        symbols: &[],
        rust: Some(|name, _| fleeting(name)),
    },
    BuiltIn {
        name: "layering",
        about: "a large bid, an execution on the symbol, then that bid deleted, within 5 ms",
        feed: "synthetic",
        text: include_str!("../../patterns/layering.sql"),
        symbols: &[],
        rust: Some(|name, _| layering(name)),
    },
    BuiltIn {
        name: "stock-q1",
        about: "INTC sold, RIMM bought, QQQ bought, within 10 s",
        feed: "stock_data.csv",
        text: include_str!("../../patterns/stock-q1.sql"),
        symbols: &["INTC", "RIMM", "QQQ"],
        rust: Some(stock_q1),
    },
    BuiltIn {
        name: "spike",
        about: "three or more rising trades, then one back at the first price or below",
        feed: "reference",
        text: include_str!("../../patterns/spike.sql"),
        symbols: &[],
        rust: None,
    },
    BuiltIn {
        name: "unfilled",
        about: "an order of 500 shares or more that nothing happens to for 10 ms: an absence",
        feed: "synthetic",
        text: include_str!("../../patterns/unfilled.sql"),
        symbols: &[],
        rust: None,
    },
    BuiltIn {
        name: "widening",
        about: "a spread of at most 2 cents that is at least 5 times as wide within 1 ms",
        feed: "synthetic --books",
        text: include_str!("../../patterns/widening.sql"),
        symbols: &[],
        rust: None,
    },
    BuiltIn {
        name: "locked",
        about: "a best bid at the best ask or above it",
        feed: "synthetic --books",
        text: include_str!("../../patterns/locked.sql"),
        symbols: &[],
        rust: None,
    },
];

/// The built-in pattern called `name`.
///
/// # Errors
///
/// If there is none of that name.
pub fn find(name: &str) -> Result<&'static BuiltIn, Error> {
    ALL.iter().find(|built_in| built_in.name == name).ok_or_else(|| {
        let known: Vec<_> = ALL.iter().map(|built_in| built_in.name).collect();
        Error::Unknown { name: name.to_owned(), known: known.join(", ") }
    })
}

/// Builds the pattern called `name` for a feed with these instruments.
///
/// # Errors
///
/// If there is none of that name, or the feed lacks what it needs.
///
/// # Panics
///
/// If a text of ours holds no pattern, which tests rule out.
pub fn build(name: &str, instruments: &Instruments) -> Result<Pattern, Error> {
    let built_in = find(name)?;
    if let Some(symbol) = built_in.symbols.iter().find(|it| instruments.find(it).is_none()) {
        return Err(Error::NoSymbol { pattern: built_in.name, symbol });
    }
    built_in.parse(instruments)
}

impl BuiltIn {
    /// The same for the matcher of plain sequences, which is measured beside the other; `None` if
    /// it cannot run it.
    ///
    /// # Errors
    ///
    /// If the feed lacks what it needs.
    pub fn in_rust(&self, instruments: &Instruments) -> Option<Result<Built, Error>> {
        self.rust.map(|build| build(self.name, instruments))
    }

    /// Its text, read for a feed with these instruments.
    ///
    /// # Errors
    ///
    /// None; reading a text may fail in general.
    ///
    /// # Panics
    ///
    /// If a text of ours holds no pattern, which tests rule out.
    pub fn parse(&self, instruments: &Instruments) -> Result<Pattern, Error> {
        let compiled = compile(self.name, self.text, &[market::schema(instruments)])?;
        let pattern = compiled.patterns.into_iter().next().expect("a text with a pattern");
        Ok(Pattern::new(self.name, pattern.ir))
    }
}

/// A trade, one 0.2 % higher, one 0.2 % below that: the pattern of the reference workload.
///
/// # Errors
///
/// None; building a pattern may fail in general.
pub fn reference(name: &str, after_match: AfterMatch) -> Result<Built, Error> {
    let trade = || is(Kind::Trade);
    Ok(Built::builder(name, TIME)
        .partition_by(INSTRUMENT)
        .step("a", trade())
        .then("b", trade().and((PRICE * 1_000).ge(of("a", PRICE) * 1_002)))
        .then("c", trade().and((PRICE * 1_000).le(of("b", PRICE) * 998)))
        .within(MILLISECOND)
        .after_match(after_match)
        .build()?)
}

fn rising_trades(name: &str) -> Result<Built, Error> {
    let trade = || is(Kind::Trade);
    Ok(Built::builder(name, TIME)
        .partition_by(INSTRUMENT)
        .step("low", trade())
        .then("middle", trade().and(PRICE.gt(of("low", PRICE))))
        .then("high", trade().and(PRICE.gt(of("middle", PRICE))))
        .within(50 * MILLISECOND)
        .after_match(AfterMatch::PastLastEager)
        .build()?)
}

fn fleeting(name: &str) -> Result<Built, Error> {
    Ok(Built::builder(name, TIME)
        .partition_by(ORDER)
        .step("add", is(Kind::Add).and(SIZE.ge(500)))
        .then("gone", is(Kind::Delete))
        .within(100 * MICROSECOND)
        .build()?)
}

fn layering(name: &str) -> Result<Built, Error> {
    Ok(Built::builder(name, TIME)
        .partition_by(INSTRUMENT)
        .step("large", is(Kind::Add).and(on(Side::Bid)).and(SIZE.ge(300)))
        .then("fill", is(Kind::Exec).and(ORDER.ne(of("large", ORDER))))
        .then("gone", is(Kind::Delete).and(ORDER.eq(of("large", ORDER))))
        .within(5 * MILLISECOND)
        .build()?)
}

/// The three steps of CORE's first stock query, read as skip till next.
fn stock_q1(name: &'static str, instruments: &Instruments) -> Result<Built, Error> {
    let traded = |side, symbol: &'static str| {
        let index = instruments.find(symbol).ok_or(Error::NoSymbol { pattern: name, symbol })?;
        Ok::<_, Error>(is(Kind::Trade).and(on(side)).and(INSTRUMENT.eq(index)))
    };
    Ok(Built::builder(name, TIME)
        .step("intc", traded(Side::Ask, "INTC")?)
        .then("rimm", traded(Side::Bid, "RIMM")?)
        .then("qqq", traded(Side::Bid, "QQQ")?)
        .within(10_000 * MILLISECOND)
        .build()?)
}
