//! What kind of day the generator makes.

/// Shares of the message types, arrival of the messages, movement of the prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Weight of new orders (A; 3 % of them F).
    pub add: u32,
    /// Weight of deletions (D).
    pub delete: u32,
    /// Weight of replacements (U).
    pub replace: u32,
    /// Weight of executions (E).
    pub execute: u32,
    /// Weight of executions at another price (C).
    pub execute_with_price: u32,
    /// Weight of partial cancellations (X).
    pub cancel: u32,
    /// Weight of trades against non-displayed orders (P).
    pub trade: u32,
    /// Mean number of messages in a burst; at least 1.
    pub burst_length: u32,
    /// Mean messages a second, before the longest silences are cut.
    pub rate: u32,
    /// A trade moves its stock's price by up to so many ticks of 0.01.
    pub impact: u32,
}

impl Profile {
    /// The names that [`Profile::by_name`] knows.
    pub const NAMES: [&'static str; 2] = ["day", "busy"];

    /// An ordinary day: the message mix of Nasdaq on 2019-12-30, where one message in a hundred is
    /// a trade with a price.
    #[must_use]
    pub const fn day() -> Self {
        Self {
            add: 4_470,
            delete: 4_280,
            replace: 820,
            execute: 220,
            execute_with_price: 20,
            cancel: 90,
            trade: 100,
            burst_length: 10,
            rate: 100_000,
            impact: 1,
        }
    }

    /// Trades with a price are one message in five and move the price far, so that patterns over
    /// trades find matches. A workload, not a market.
    #[must_use]
    pub const fn busy() -> Self {
        Self {
            add: 3_700,
            delete: 2_900,
            replace: 400,
            execute: 800,
            execute_with_price: 100,
            cancel: 100,
            trade: 2_000,
            burst_length: 25,
            rate: 500_000,
            impact: 40,
        }
    }

    /// The profile of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::day()),
            "busy" => Some(Self::busy()),
            _ => None,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::day()
    }
}
