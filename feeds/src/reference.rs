//! The reference stream: one endless, seeded stream of trades and quotes that is written down
//! exactly, so that any engine in any language can be held to the same matches.
//!
//! Three xorshift64 draws an event; 1,000 symbols under Zipf's law; prices in whole numbers of
//! 1e-4. About 500,000 events are one second of event time. It is a workload, not a model of a
//! market.

use crate::event::{Kind, MarketEvent};
use crate::instruments::Instruments;
use crate::report::Report;
use crate::source::EventSource;
use crate::zipf::Zipf;

/// The seed that published counts and checksums are for.
pub const DEFAULT_SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Number of symbols.
pub const SYMBOLS: usize = 1_000;

/// From the stream's price unit (1e-4) to the event's (1e-9).
const PRICE_SCALE: i64 = 100_000;

/// The endless stream.
#[derive(Clone, Debug)]
pub struct Reference {
    state: u64,
    id: u64,
    ts_us: u64,
    zipf: Zipf,
    prices: Vec<i64>,
}

impl Reference {
    /// The stream of that seed; seed 0 would never move and is replaced by [`DEFAULT_SEED`].
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: if seed == 0 { DEFAULT_SEED } else { seed },
            id: 0,
            ts_us: 1_000_000,
            zipf: Zipf::new(SYMBOLS),
            prices: (0..SYMBOLS as i64).map(|symbol| 1_000_000 + 1_000 * symbol).collect(),
        }
    }

    #[inline]
    fn draw(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    #[inline]
    fn event(&mut self) -> MarketEvent {
        let (r1, r2, r3) = (self.draw(), self.draw(), self.draw());
        let symbol = self.zipf.rank((r1 >> 1) % self.zipf.total());
        self.ts_us += 1 + (r2 >> 33) % 3;
        let (kind, price) = if (r2 >> 1) % 10 < 3 {
            let step = ((r3 >> 1) % 4_001) as i64 - 2_000;
            let price = &mut self.prices[symbol];
            *price = (*price + *price * step / 1_000_000).clamp(10_000, 10_000_000_000);
            (Kind::Trade, *price)
        } else {
            (Kind::Quote, self.prices[symbol] + ((r3 >> 1) % 7) as i64 - 3)
        };
        let seq = self.id;
        self.id += 1;
        MarketEvent {
            ts_event: self.ts_us * 1_000,
            seq,
            order_id: r1,
            price: price * PRICE_SCALE,
            aux: r2,
            instrument: symbol as u32,
            size: 1 + ((r3 >> 40) % 1_000) as u32,
            kind: kind as u8,
            ..MarketEvent::default()
        }
    }
}

impl Iterator for Reference {
    type Item = MarketEvent;

    #[inline]
    fn next(&mut self) -> Option<MarketEvent> {
        Some(self.event())
    }
}

/// The first events of a [`Reference`], as a source. Symbols are named `S0000` to `S0999`.
#[derive(Clone, Debug)]
pub struct Limited {
    stream: Reference,
    left: u64,
    instruments: Instruments,
    report: Report,
}

impl Limited {
    /// The first `events` events of the stream of that seed.
    #[must_use]
    pub fn new(seed: u64, events: u64) -> Self {
        let mut instruments = Instruments::default();
        for symbol in 0..SYMBOLS {
            instruments.intern(&format!("S{symbol:04}"));
        }
        let mut report =
            Report::new("reference", 0, |code| if code == b'T' { "Trade" } else { "Quote" });
        report.symbols = SYMBOLS as u64;
        Self { stream: Reference::new(seed), left: events, instruments, report }
    }
}

impl EventSource for Limited {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let filled = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        for slot in &mut out[..filled] {
            *slot = self.stream.event();
            self.report.types.add(if slot.kind == Kind::Trade as u8 { b'T' } else { b'Q' });
        }
        self.left -= filled as u64;
        self.report.records += filled as u64;
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_four_events_are_the_written_ones() {
        let first: Vec<_> = Reference::new(DEFAULT_SEED)
            .take(4)
            .map(|e| {
                (e.seq, e.ts_event / 1_000, e.instrument, e.kind(), e.price / PRICE_SCALE, e.size)
            })
            .collect();
        let (trade, quote) = (Some(Kind::Trade), Some(Kind::Quote));
        assert_eq!(
            first,
            [
                (0, 1_000_001, 0, quote, 999_997, 927),
                (1, 1_000_002, 184, quote, 1_184_002, 62),
                (2, 1_000_004, 120, quote, 1_119_997, 55),
                (3, 1_000_007, 0, trade, 1_001_781, 78),
            ]
        );
    }

    #[test]
    fn ranges_and_rates_hold_over_a_million_events() {
        let mut source = Limited::new(DEFAULT_SEED, 1_000_000);
        let events = crate::read_all(&mut source);
        assert_eq!(events.len(), 1_000_000);
        assert!(events.iter().all(|e| (1..=1_000).contains(&e.size) && e.instrument < 1_000));
        let lowest = 10_000 * PRICE_SCALE - 3 * PRICE_SCALE;
        assert!(
            events
                .iter()
                .all(|e| e.price >= lowest && e.price <= (10_000_000_000 + 3) * PRICE_SCALE)
        );
        assert!(events.is_sorted_by(|a, b| a.ts_event < b.ts_event && a.seq + 1 == b.seq));
        let span_s = (events[999_999].ts_event - events[0].ts_event) as f64 / 1e9;
        assert!((1.99..2.01).contains(&span_s), "{span_s}");
        let trades = source.report().types.get(b'T') as f64 / 1e6;
        assert!((0.298..0.302).contains(&trades), "{trades}");
        assert_eq!(
            (source.report().events, source.fill(&mut [MarketEvent::default()])),
            (1_000_000, 0)
        );
    }
}
