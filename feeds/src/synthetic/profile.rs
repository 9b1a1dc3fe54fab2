//! What kind of day the generator makes.

/// How the rate goes through the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pace {
    /// So many messages a second from one second after the open on, on average; more if the
    /// messages would not fit into the session otherwise.
    Steady(u32),
    /// The measured open of a large exchange at its own rates: 887 k messages/s for the first
    /// 7.66 ms, less later. A file of 6,800 messages ends there, one of 19 million after ten minutes.
    Opening,
    /// The whole session, busy at the open and at the close; rates are such that the messages fill
    /// it.
    Session,
}

/// Shares of the message types, arrival of the messages, movement of the prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Weight of new orders (A; 3 % of them F).
    pub add: u32,
    /// Weight of deletions (D).
    pub delete: u32,
    /// Weight of replacements (U).
    pub replace: u32,
    /// Weight of marketable orders, each of one or several executions (E).
    pub execute: u32,
    /// Weight of executions at another price (C).
    pub execute_with_price: u32,
    /// Weight of partial cancellations (X).
    pub cancel: u32,
    /// Weight of trades against non-displayed orders (P).
    pub trade: u32,
    /// How the rate goes through the session.
    pub pace: Pace,
    /// Messages that one message triggers itself, on average, in thousandths; below 1,000. A burst
    /// has `1000 / (1000 - excitation)` messages on average.
    pub excitation: u32,
    /// Share of the time without messages, in lulls of about a thousand messages' time each, in
    /// thousandths; below 1,000. The gaps between messages vary by `53 * quiet / 1000` times their
    /// mean, and a little more.
    pub quiet: u32,
    /// A trade moves its stock's price by up to so many ticks of 0.01.
    pub impact: u32,
    /// Orders in the books before trading starts; at least two for each stock are made.
    pub live_orders: u32,
    /// Trading halts.
    pub halts: u32,
}

impl Profile {
    /// The names that [`Profile::by_name`] knows.
    pub const NAMES: [&'static str; 6] = ["day", "busy", "quiet", "busy-day", "opening", "deep"];

    /// An ordinary stretch of a day: the message mix of Nasdaq on 2019-12-30, where one message in
    /// a hundred is a trade with a price.
    #[must_use]
    pub const fn day() -> Self {
        Self {
            add: 4_470,
            delete: 4_280,
            replace: 820,
            execute: 150,
            execute_with_price: 20,
            cancel: 90,
            trade: 100,
            pace: Pace::Steady(100_000),
            excitation: 900,
            quiet: 750,
            impact: 1,
            live_orders: 0,
            halts: 0,
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
            execute: 550,
            execute_with_price: 100,
            cancel: 100,
            trade: 2_000,
            pace: Pace::Steady(500_000),
            excitation: 960,
            quiet: 0,
            impact: 40,
            live_orders: 0,
            halts: 0,
        }
    }

    /// A thin market: eight messages a second, which come in bursts between long silences.
    #[must_use]
    pub const fn quiet() -> Self {
        Self { pace: Pace::Steady(8), excitation: 930, ..Self::day() }
    }

    /// A whole session from the opening to the closing auction, with halts.
    #[must_use]
    pub const fn busy_day() -> Self {
        Self {
            pace: Pace::Session,
            excitation: 960,
            // Rates that change through the day make gaps vary too.
            quiet: 680,
            halts: 10,
            live_orders: 20_000,
            ..Self::day()
        }
    }

    /// The first moments after the open, at the rates that were measured.
    #[must_use]
    pub const fn opening() -> Self {
        Self { pace: Pace::Opening, quiet: 0, live_orders: 50_000, ..Self::day() }
    }

    /// Two million live orders, as on a real day: a book's cache misses are not flattered.
    #[must_use]
    pub const fn deep() -> Self {
        Self { live_orders: 2_000_000, ..Self::day() }
    }

    /// The profile of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::day()),
            "busy" => Some(Self::busy()),
            "quiet" => Some(Self::quiet()),
            "busy-day" => Some(Self::busy_day()),
            "opening" => Some(Self::opening()),
            "deep" => Some(Self::deep()),
            _ => None,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::day()
    }
}
