//! What is fed: a built-in stream or a file, decoded into memory before anything is measured.

use std::path::Path;

use tourbillon_feeds::book::{BookReport, Books};
use tourbillon_feeds::direct::DirectItch;
use tourbillon_feeds::replay::{Selected, Selection};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{
    EventSource, Instruments, MarketEvent, OpenError, Options, Report, open, open_bytes, reference,
};

use crate::booked::Booked;
use crate::live::{self, LiveRequest};

/// Names of the feeds that need no file.
pub const BUILT_IN: [&str; 2] = ["reference", "synthetic"];

/// Events in memory, and what they are about.
#[derive(Debug)]
pub struct Feed {
    /// Built-in name or path.
    pub name: String,
    /// The events, in order.
    pub events: Vec<MarketEvent>,
    /// Their instruments.
    pub instruments: Instruments,
    /// What decoding found, errors included.
    pub report: Report,
    /// Seed of a generated feed.
    pub seed: Option<u64>,
    /// What the order books found, if they were kept.
    pub books: Option<BookReport>,
}

/// How a generated feed is made, and how much of any feed is taken.
#[derive(Debug, Clone)]
pub struct Request {
    /// At most so many events; all of a file if `None`.
    pub events: Option<u64>,
    /// Seed of a generated feed.
    pub seed: u64,
    /// Symbols of the synthetic feed.
    pub symbols: u16,
    /// Profile of the synthetic feed.
    pub profile: Profile,
    /// How a file is opened.
    pub options: Options,
    /// Which of its events are taken.
    pub selection: Selection,
    /// What the feed called `live` listens to.
    pub live: LiveRequest,
    /// Whether to keep order books, and put in their best prices.
    pub books: bool,
    /// Read an ITCH file past the page cache.
    pub direct: bool,
}

/// The selected events of an opened feed.
pub type Opened = Selected<Booked>;

/// Why there is no feed of that name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It has not all the symbols that were asked for.
    #[error("nothing that was read names {0}; `tourbillon inspect` lists the symbols there are")]
    NoSymbol(String),
}

impl Default for Request {
    /// A million events of a built-in feed, all of a file.
    fn default() -> Self {
        Self {
            events: None,
            seed: reference::DEFAULT_SEED,
            symbols: 1_000,
            profile: Profile::busy(),
            options: Options::default(),
            selection: Selection::default(),
            live: LiveRequest::default(),
            books: false,
            direct: false,
        }
    }
}

impl Request {
    /// Most events to take of the feed called `name`.
    #[must_use]
    pub fn limit(&self, name: &str) -> u64 {
        self.events.unwrap_or(if BUILT_IN.contains(&name) { 1_000_000 } else { u64::MAX })
    }

    /// Opens the feed called `name`, of which [`Request::limit`] events are to be taken.
    ///
    /// # Errors
    ///
    /// If it is a file that cannot be opened or has no known format.
    pub fn open(&self, name: &str) -> Result<Opened, OpenError> {
        let events = self.limit(name);
        let source: Box<dyn EventSource + Send> = match name {
            "reference" => Box::new(reference::Limited::new(self.seed, events)),
            "synthetic" => open_bytes(synthetic(self, events), &self.options)?,
            live::NAME => match self.live.open(&self.options) {
                Ok(source) => Box::new(source),
                Err(error) => {
                    return Err(OpenError::Io { path: "the network".to_owned(), error });
                }
            },
            path if self.direct => direct(path, &self.options)?,
            path => open(Path::new(path), &self.options)?,
        };
        // Books need all orders, also those before the first event that is taken.
        Ok(Selected::new(Booked::new(source, self.books), self.selection.clone()))
    }
}

impl Feed {
    /// Makes or reads the feed called `name`.
    ///
    /// # Errors
    ///
    /// If it is a file that cannot be opened or has no known format, or it has not all the symbols
    /// that were asked for.
    pub fn load(name: &str, request: &Request) -> Result<Self, LoadError> {
        let mut source = request.open(name)?;
        let mut all = Vec::new();
        drain(&mut source, request.limit(name), |events, _| all.extend_from_slice(events));
        check_symbols(&source)?;
        Ok(Self {
            name: name.to_owned(),
            events: all,
            instruments: source.instruments().clone(),
            report: source.report().clone(),
            seed: BUILT_IN.contains(&name).then_some(request.seed),
            books: source.inner().books().map(Books::report).cloned(),
        })
    }

    /// A feed of which nothing is known yet.
    #[must_use]
    pub fn unread(name: &str, source: &dyn EventSource) -> Self {
        Self {
            name: name.to_owned(),
            events: Vec::new(),
            instruments: source.instruments().clone(),
            report: source.report().clone(),
            seed: None,
            books: None,
        }
    }

    /// Names of the patterns that fit this feed.
    #[must_use]
    pub fn default_patterns(&self) -> &'static [&'static str] {
        if self.name == "reference" {
            &["reference", "reference-eager", "reference-leftmost"]
        } else if self.instruments.find("INTC").is_some() && self.report.format == "trades-csv" {
            &["stock-q1"]
        } else if self.books.is_some() {
            &["widening", "locked"]
        } else {
            &["rising-trades", "fleeting", "layering"]
        }
    }
}

/// Hands on at most `most` events, in portions with the symbols known by then.
pub fn drain(
    source: &mut Selected<impl EventSource>,
    most: u64,
    mut take: impl FnMut(&[MarketEvent], &Instruments),
) {
    let (mut left, mut events) = (most, vec![MarketEvent::default(); 4_096]);
    while left > 0 {
        let room = left.min(events.len() as u64) as usize;
        let filled = source.fill(&mut events[..room]);
        if filled == 0 {
            return;
        }
        take(&events[..filled], source.instruments());
        left -= filled as u64;
    }
}

/// Whether a feed that was read has all the symbols that were asked for.
///
/// # Errors
///
/// If it has not.
pub fn check_symbols(source: &Selected<impl EventSource>) -> Result<(), LoadError> {
    let missing = source.missing().join(", ");
    if missing.is_empty() { Ok(()) } else { Err(LoadError::NoSymbol(missing)) }
}

/// A file past the page cache; where that is refused, it is said and read as any other.
fn direct(path: &str, options: &Options) -> Result<Box<dyn EventSource + Send>, OpenError> {
    let source = DirectItch::open(Path::new(path), options)?;
    if let Some(why) = source.fallback() {
        eprintln!("tourbillon: note: {path} is read through the page cache: {why}");
    }
    Ok(Box::new(source))
}

/// Real ITCH 5.0 bytes, so that the synthetic feed goes through the decoder like any other.
fn synthetic(request: &Request, messages: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    Generator::new(request.seed, request.symbols, request.profile.clone())
        .write(&mut bytes, messages)
        .expect("a vector takes every byte");
    bytes
}
