//! The built-in patterns, by name.

use tourbillon_cep::lang::{Diagnostics, compile};
use tourbillon_feeds::Instruments;

use crate::market;
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
}

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
    },
    BuiltIn {
        name: "reference-eager",
        about: "the same; the first to complete drops all other partial matches of its symbol",
        feed: "reference",
        text: include_str!("../../patterns/reference-eager.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "reference-leftmost",
        about: "the same; the one that starts first wins, as in SQL (matches may be held back)",
        feed: "reference",
        text: include_str!("../../patterns/reference-leftmost.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "rising-trades",
        about: "three trades of a symbol, each above the one before, within 50 ms",
        feed: "synthetic",
        text: include_str!("../../patterns/rising-trades.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "fleeting",
        about: "an order of 500 shares or more, deleted within 100 us",
        feed: "synthetic",
        text: include_str!("../../patterns/fleeting.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "layering",
        about: "a large bid, an execution on the symbol, then that bid deleted, within 5 ms",
        feed: "synthetic",
        text: include_str!("../../patterns/layering.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "stock-q1",
        about: "INTC sold, RIMM bought, QQQ bought, within 10 s",
        feed: "stock_data.csv",
        text: include_str!("../../patterns/stock-q1.sql"),
        symbols: &["INTC", "RIMM", "QQQ"],
    },
    BuiltIn {
        name: "spike",
        about: "three or more rising trades, then one back at the first price or below",
        feed: "reference",
        text: include_str!("../../patterns/spike.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "vwap-deviation",
        about: "a trade 1 % above the average of its last 10 ms, then one back at it, within 5 ms",
        feed: "reference",
        text: include_str!("../../patterns/vwap-deviation.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "ohlc-breakout",
        about: "a trade above the high of the last 10 ms bar, confirmed by a large one within 2 ms",
        feed: "reference",
        text: include_str!("../../patterns/ohlc-breakout.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "unfilled",
        about: "an order of 500 shares or more that nothing happens to for 10 ms: an absence",
        feed: "synthetic",
        text: include_str!("../../patterns/unfilled.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "widening",
        about: "a spread of at most 2 cents that is at least 5 times as wide within 1 ms",
        feed: "synthetic --books",
        text: include_str!("../../patterns/widening.sql"),
        symbols: &[],
    },
    BuiltIn {
        name: "locked",
        about: "a best bid at the best ask or above it",
        feed: "synthetic --books",
        text: include_str!("../../patterns/locked.sql"),
        symbols: &[],
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
