//! An opened feed, with order books behind it or without.

use tourbillon_feeds::book::{BookLimits, BookRules, BookSource, Books, Boundary, Crossing};
use tourbillon_feeds::{EventSource, Instruments, MarketEvent, Report};

type Source = Box<dyn EventSource + Send>;

/// Events of a feed; with books, each one is followed by the quotes that it completes.
#[expect(missing_debug_implementations, reason = "an opened source has none")]
pub enum Booked {
    /// As they come.
    Without(Source),
    /// With quotes.
    With(Box<BookSource<Source>>),
}

impl Booked {
    /// Puts books behind `source` if they are wanted.
    #[must_use]
    pub fn new(source: Source, books: bool) -> Self {
        if !books {
            return Self::Without(source);
        }
        let rules = rules(source.report().format);
        Self::With(Box::new(BookSource::new(source, &BookLimits::default(), rules)))
    }

    /// The books, if there are any.
    #[must_use]
    pub fn books(&self) -> Option<&Books> {
        match self {
            Self::Without(_) => None,
            Self::With(source) => Some(source.books()),
        }
    }

    fn source(&self) -> &dyn EventSource {
        match self {
            Self::Without(source) => source,
            Self::With(source) => &**source,
        }
    }
}

/// How books of a feed of this format are kept: DBN marks where a book is consistent, and gathers
/// orders for auctions without saying so.
fn rules(format: &str) -> BookRules {
    if format == "dbn" {
        BookRules { boundary: Boundary::Instrument, crossing: Crossing::Allowed }
    } else {
        BookRules::default()
    }
}

impl EventSource for Booked {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        match self {
            Self::Without(source) => source.fill(out),
            Self::With(source) => source.fill(out),
        }
    }

    fn instruments(&self) -> &Instruments {
        self.source().instruments()
    }

    fn report(&self) -> &Report {
        self.source().report()
    }
}
