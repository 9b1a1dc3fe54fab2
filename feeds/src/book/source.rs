//! Books between a source and whoever takes its events.

use super::{BookLimits, BookRules, Books};
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::report::Report;
use crate::source::EventSource;

/// Events asked of the source at once: few, so that a live source is not waited for.
const STEP: usize = 256;

/// The events of a source, each one followed by the quotes that it completes.
///
/// See [`Books`] for what a quote holds. What the last events changed is told at the end, also if
/// no boundary came.
#[derive(Debug)]
pub struct BookSource<S> {
    source: S,
    books: Books,
    input: Vec<MarketEvent>,
    /// What is to be given; everything before `given` has been.
    ready: Vec<MarketEvent>,
    given: usize,
    last: MarketEvent,
    ended: bool,
}

impl<S: EventSource> BookSource<S> {
    /// Puts empty books behind `source`.
    #[must_use]
    pub fn new(source: S, limits: &BookLimits, rules: BookRules) -> Self {
        Self {
            source,
            books: Books::new(limits, rules),
            input: vec![MarketEvent::default(); STEP],
            ready: Vec::with_capacity(2 * STEP),
            given: 0,
            last: MarketEvent::default(),
            ended: false,
        }
    }

    /// The books as they are after the events asked of the source so far, which may be some more
    /// than were given.
    #[must_use]
    pub fn books(&self) -> &Books {
        &self.books
    }

    fn step(&mut self) {
        self.ready.clear();
        self.given = 0;
        let filled = self.source.fill(&mut self.input);
        let events = &self.input[..filled];
        let Some(&last) = events.last() else {
            self.books.finish(&self.last, |quote| self.ready.push(quote));
            self.ended = true;
            return;
        };
        self.last = last;
        self.books.weave(events, |event| self.ready.push(event));
    }
}

impl<S: EventSource> EventSource for BookSource<S> {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        while self.given == self.ready.len() && !self.ended {
            self.step();
        }
        let ready = &self.ready[self.given..];
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        count
    }

    fn instruments(&self) -> &Instruments {
        self.source.instruments()
    }

    fn report(&self) -> &Report {
        self.source.report()
    }
}
