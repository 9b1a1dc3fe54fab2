//! A part of a feed: from a place on, up to a place, of some symbols.

use crate::event::{Kind, MarketEvent, flags};
use crate::instruments::Instruments;
use crate::report::Report;
use crate::source::EventSource;

const DAY: u64 = 86_400_000_000_000;

/// A place in a stream. An event is *at or behind* it by its sequence number or its exchange time;
/// events whose number or time is known to be wrong ([`flags::OUT_OF_ORDER`], [`flags::BAD_TS`])
/// neither start nor end anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// [`MarketEvent::seq`].
    Sequence(u64),
    /// [`MarketEvent::ts_event`], in nanoseconds.
    Time(u64),
    /// Nanoseconds since the midnight before the first event, by the feed's own clock: New York
    /// for ITCH, UTC for times since the UNIX epoch.
    TimeOfDay(u64),
}

impl Bound {
    /// Whether the event is at or behind it. A time of day is no place before the day is known.
    fn reached(self, event: &MarketEvent) -> bool {
        match self {
            Bound::Sequence(seq) => event.flags & flags::OUT_OF_ORDER == 0 && event.seq >= seq,
            Bound::Time(time) => event.flags & flags::BAD_TS == 0 && event.ts_event >= time,
            Bound::TimeOfDay(_) => false,
        }
    }

    fn on_day_of(self, event: &MarketEvent) -> Self {
        match self {
            Bound::TimeOfDay(time) => Bound::Time(event.ts_event - event.ts_event % DAY + time),
            bound => bound,
        }
    }
}

/// What to take of a feed; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The first event at or behind this place is the first one taken.
    pub from: Option<Bound>,
    /// The first event at or behind this place is the first one not taken.
    pub until: Option<Bound>,
    /// Take these symbols only, and what is about no symbol: the market's state, gaps. All if
    /// empty.
    pub symbols: Vec<String>,
}

impl Selection {
    /// Whether everything is taken.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// A source that gives a [`Selection`] of another.
///
/// Its [`Report`] is the other's: what was read, not what was taken. If events were left out before
/// the first one taken, that one has [`flags::MAYBE_BAD_BOOK`].
#[derive(Debug)]
pub struct Selected<S> {
    source: S,
    selection: Selection,
    state: State,
    /// Whether the first event was seen, from which times of day count.
    begun: bool,
    /// Events were left out since the last one taken.
    left_out: bool,
    /// Whether to take an instrument, by index.
    wanted: Vec<bool>,
    /// Symbols that were known when `wanted` was made.
    known: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Within,
    Behind,
}

impl<S: EventSource> Selected<S> {
    /// What `selection` takes of `source`.
    #[must_use]
    pub fn new(source: S, selection: Selection) -> Self {
        let state = if selection.from.is_some() { State::Before } else { State::Within };
        Self {
            source,
            selection,
            state,
            begun: false,
            left_out: false,
            wanted: Vec::new(),
            known: usize::MAX,
        }
    }

    /// The source itself.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.source
    }

    /// The symbols to be taken that the source has not named so far; at its end, those that it
    /// does not have.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let named = |symbol: &&str| self.source.instruments().find(symbol).is_none();
        self.selection.symbols.iter().map(String::as_str).filter(named).collect()
    }

    /// Moves what is taken to the front and says how much that is.
    fn take(&mut self, events: &mut [MarketEvent]) -> usize {
        if !self.begun {
            self.begun = true;
            let of_day = |bound: Option<Bound>| bound.map(|bound| bound.on_day_of(&events[0]));
            self.selection.from = of_day(self.selection.from);
            self.selection.until = of_day(self.selection.until);
        }
        let first = match (self.state, self.selection.from) {
            (State::Before, Some(from)) => {
                let first = events.iter().position(|event| from.reached(event));
                self.left_out |= first != Some(0);
                let Some(first) = first else {
                    self.source.skip_to(from);
                    return 0;
                };
                self.state = State::Within;
                first
            }
            _ => 0,
        };
        let ends = |event: &MarketEvent| self.selection.until.is_some_and(|end| end.reached(event));
        let end = events[first..].iter().position(ends).map(|length| first + length);
        if end.is_some() {
            self.state = State::Behind;
        }
        self.look_up_symbols();
        let mut taken = 0;
        for at in first..end.unwrap_or(events.len()) {
            if self.wants(&events[at]) {
                events[taken] = events[at];
                taken += 1;
            }
        }
        if taken > 0 && std::mem::take(&mut self.left_out) {
            events[0].flags |= flags::MAYBE_BAD_BOOK;
        }
        taken
    }

    fn wants(&self, event: &MarketEvent) -> bool {
        let about_none = matches!(
            event.kind(),
            Some(Kind::System | Kind::Gap | Kind::Heartbeat | Kind::Timer | Kind::Clear)
        );
        self.selection.symbols.is_empty()
            || about_none
            || self.wanted.get(event.instrument as usize).is_some_and(|&wanted| wanted)
    }

    /// Finds the indices of the symbols again whenever the source has named more.
    fn look_up_symbols(&mut self) {
        let instruments = self.source.instruments();
        if self.selection.symbols.is_empty() || instruments.len() == self.known {
            return;
        }
        self.known = instruments.len();
        self.wanted.clear();
        self.wanted.resize(instruments.bound(), false);
        for symbol in &self.selection.symbols {
            if let Some(index) = instruments.find(symbol) {
                self.wanted[index as usize] = true;
            }
        }
    }
}

impl<S: EventSource> EventSource for Selected<S> {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        while self.state != State::Behind {
            let filled = self.source.fill(out);
            if filled == 0 {
                break;
            }
            let taken = self.take(&mut out[..filled]);
            if taken > 0 {
                return taken;
            }
        }
        0
    }

    fn instruments(&self) -> &Instruments {
        self.source.instruments()
    }

    fn report(&self) -> &Report {
        self.source.report()
    }

    fn skip_to(&mut self, to: Bound) {
        self.source.skip_to(to);
    }
}
