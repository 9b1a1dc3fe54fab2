//! What a stream of events looks like: rates, bursts, silences, symbols.
//!
//! Memory is bounded whatever the length of the stream: intervals grow with it, silences are
//! counted in buckets. Events whose time is known to be wrong ([`flags::BAD_TS`]) are counted and
//! have no place in time; a step back of others is taken as standing still.

mod silences;
mod timeline;

use serde::Serialize;

use crate::event::{Kind, MarketEvent, flags};
use crate::instruments::Instruments;
pub use silences::SilenceSummary;
use silences::Silences;
use timeline::Timeline;
pub use timeline::TimelineSummary;

/// Lengths of the intervals in which bursts are looked for, in nanoseconds.
pub const BURST_WINDOWS: [u64; 3] = [1_000_000, 10_000_000, 1_000_000_000];
/// Instruments of higher index are counted together, which bounds memory.
const MOST_INSTRUMENTS: usize = 1 << 20;

/// Looks at a stream as it goes by.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    events: u64,
    untimed: u64,
    kinds: [u64; Kind::ALL.len()],
    instruments: Vec<u64>,
    first: Option<u64>,
    last: u64,
    timeline: Timeline,
    silences: Silences,
    bursts: [Burst; BURST_WINDOWS.len()],
}

/// The interval that is going on, and the busiest so far.
#[derive(Clone, Copy, Debug, Default)]
struct Burst {
    index: u64,
    count: u64,
    most: u64,
    most_index: u64,
}

impl Survey {
    /// Looks at the next events.
    pub fn observe(&mut self, events: &[MarketEvent]) {
        for event in events {
            self.events += 1;
            if let Some(count) = self.kinds.get_mut(usize::from(event.kind)) {
                *count += 1;
            }
            let instrument = (event.instrument as usize).min(MOST_INSTRUMENTS);
            if self.instruments.len() <= instrument {
                self.instruments.resize(instrument + 1, 0);
            }
            self.instruments[instrument] += 1;
            if event.flags & flags::BAD_TS == 0 {
                self.time(event.ts_event);
            } else {
                self.untimed += 1;
            }
        }
    }

    fn time(&mut self, time: u64) {
        let time = time.max(self.last);
        if self.first.is_none() {
            self.first = Some(time);
        } else {
            self.silences.add(time - self.last, time);
        }
        self.last = time;
        self.timeline.add(time);
        for (burst, window) in self.bursts.iter_mut().zip(BURST_WINDOWS) {
            let index = time / window;
            if index != burst.index {
                (burst.index, burst.count) = (index, 0);
            }
            burst.count += 1;
            if burst.count > burst.most {
                (burst.most, burst.most_index) = (burst.count, index);
            }
        }
    }

    /// What was seen, with the `top` most active symbols.
    #[must_use]
    pub fn summary(&self, names: &Instruments, top: usize) -> Surveyed {
        let kinds = Kind::ALL.iter().zip(self.kinds).filter(|(_, count)| *count > 0);
        let mut kinds: Vec<_> =
            kinds.map(|(kind, events)| Share { name: kind.name().to_owned(), events }).collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.events));
        let named = |index: u32| names.get(index).filter(|name| !name.is_empty());
        let mut symbols: Vec<_> = (0..)
            .zip(&self.instruments)
            .filter(|(_, events)| **events > 0)
            .filter_map(|(index, &events)| Some(Share { name: named(index)?.to_owned(), events }))
            .collect();
        symbols.sort_by_key(|symbol| std::cmp::Reverse(symbol.events));
        let active_symbols = symbols.len() as u64;
        symbols.truncate(top);
        let span_ns = self.first.map_or(0, |first| self.last - first);
        let timed = self.events - self.untimed;
        let bursts = self.bursts.iter().zip(BURST_WINDOWS).map(|(burst, window_ns)| BurstSummary {
            window_ns,
            events: burst.most,
            at_ns: burst.most_index * window_ns,
        });
        Surveyed {
            events: self.events,
            untimed: self.untimed,
            first_ns: self.first,
            last_ns: self.first.map(|_| self.last),
            rate_eps: (span_ns > 0).then(|| (timed - 1) as f64 * 1e9 / span_ns as f64),
            kinds,
            active_symbols,
            top_symbols: symbols,
            bursts: bursts.filter(|burst| burst.events > 0).collect(),
            silences: self.silences.summary(),
            timeline: self.timeline.summary(),
        }
    }
}

/// What a [`Survey`] saw. The names of the fields are a contract with scripts; times are
/// nanoseconds by the feed's clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Surveyed {
    /// Events.
    pub events: u64,
    /// Events whose time is known to be wrong.
    pub untimed: u64,
    /// Time of the first event.
    pub first_ns: Option<u64>,
    /// Time of the last event.
    pub last_ns: Option<u64>,
    /// Events a second between those.
    pub rate_eps: Option<f64>,
    /// Events by kind, most frequent first.
    pub kinds: Vec<Share>,
    /// Symbols with an event.
    pub active_symbols: u64,
    /// The most active of them.
    pub top_symbols: Vec<Share>,
    /// The busiest interval of each length in [`BURST_WINDOWS`]; intervals begin at multiples of
    /// their length.
    pub bursts: Vec<BurstSummary>,
    /// Between neighbours.
    pub silences: Option<SilenceSummary>,
    /// Events by interval.
    pub timeline: Option<TimelineSummary>,
}

/// What has a name, and its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The kind or symbol.
    pub name: String,
    /// How many.
    pub events: u64,
}

/// The busiest interval of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BurstSummary {
    /// The length.
    pub window_ns: u64,
    /// Events in it.
    pub events: u64,
    /// When it began.
    pub at_ns: u64,
}
