//! Planted behaviours: what surveillance looks for, put into the order flow on purpose, so that it
//! is known what is to be found.
//!
//! A behaviour is a script of orders, executions and deletions in one stock, which everybody else
//! leaves alone meanwhile. For each behaviour there are near misses too, of which one step is
//! missing or wrong: they are not in the ground truth and must not be found. The order flow itself
//! never has orders of more than 1,000 shares.
//!
//! ITCH names the owner of an order only where the order carries an attribution, and never who
//! trades against it. A wash trade is therefore what can be seen of one: the attributed order of a
//! participant is executed whole, and at once its attributed order on the other side, of the same
//! size and price.

mod script;
mod scripts;

pub(super) use script::Script;

use serde::Serialize;

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Behaviour {
    /// A large order on one side, an execution of a small one on the other, the large one deleted.
    Spoofing,
    /// The same with several orders at prices side by side instead of a large one.
    Layering,
    /// Trades at ever higher prices, then back to where they began.
    MomentumIgnition,
    /// A participant sells and buys back the same shares at the same price.
    WashTrade,
    /// An order executed whole, and entered anew with the same size and price, time after time.
    Iceberg,
    /// Order after order entered and deleted at once.
    QuoteStuffing,
}

impl Behaviour {
    /// Every behaviour.
    pub const ALL: [Behaviour; 6] = [
        Behaviour::Spoofing,
        Behaviour::Layering,
        Behaviour::MomentumIgnition,
        Behaviour::WashTrade,
        Behaviour::Iceberg,
        Behaviour::QuoteStuffing,
    ];

    /// The name on the command line and in the ground truth.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Behaviour::Spoofing => "spoofing",
            Behaviour::Layering => "layering",
            Behaviour::MomentumIgnition => "momentum-ignition",
            Behaviour::WashTrade => "wash-trade",
            Behaviour::Iceberg => "iceberg",
            Behaviour::QuoteStuffing => "quote-stuffing",
        }
    }
}

/// What to plant when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plant {
    /// Messages of traffic before it.
    pub(super) after: u64,
    pub(super) behaviour: Behaviour,
    pub(super) near_miss: bool,
}

/// The ground truth about one planted behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// Which.
    pub behaviour: Behaviour,
    /// In which stock.
    pub symbol: String,
    /// Number of its first message, counted from 0 over the whole file.
    pub first_sequence: u64,
    /// Number of its last message. Messages about other stocks may lie between.
    pub last_sequence: u64,
    /// Its orders, in the order of their entry; none if it has trades only.
    pub orders: Vec<u64>,
}
