//! What is fed: a built-in stream or a file, decoded into memory before anything is measured.

use std::path::Path;

use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{
    EventSource, Instruments, MarketEvent, OpenError, Options, Report, open, open_bytes, read_all,
    reference,
};

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
}

impl Request {
    /// Most events to take of the feed called `name`.
    #[must_use]
    pub fn limit(&self, name: &str) -> u64 {
        self.events.unwrap_or(if BUILT_IN.contains(&name) { 1_000_000 } else { u64::MAX })
    }

    /// Opens the feed called `name`, which may hold more than [`Request::limit`] events.
    ///
    /// # Errors
    ///
    /// If it is a file that cannot be opened or has no known format.
    pub fn open(&self, name: &str) -> Result<Box<dyn EventSource + Send>, OpenError> {
        let events = self.limit(name);
        match name {
            "reference" => Ok(Box::new(reference::Limited::new(self.seed, events))),
            "synthetic" => open_bytes(synthetic(self, events), &self.options),
            path => open(Path::new(path), &self.options),
        }
    }
}

impl Feed {
    /// Makes or reads the feed called `name`.
    ///
    /// # Errors
    ///
    /// If it is a file that cannot be opened or has no known format.
    pub fn load(name: &str, request: &Request) -> Result<Self, OpenError> {
        let mut source = request.open(name)?;
        let mut all = read_all(&mut *source);
        all.truncate(usize::try_from(request.limit(name)).unwrap_or(usize::MAX));
        Ok(Self {
            name: name.to_owned(),
            events: all,
            instruments: source.instruments().clone(),
            report: source.report().clone(),
            seed: BUILT_IN.contains(&name).then_some(request.seed),
        })
    }

    /// Names of the patterns that fit this feed.
    #[must_use]
    pub fn default_patterns(&self) -> &'static [&'static str] {
        if self.name == "reference" {
            &["reference", "reference-eager", "reference-leftmost"]
        } else if self.instruments.find("INTC").is_some() && self.report.format == "trades-csv" {
            &["stock-q1"]
        } else {
            &["rising-trades", "fleeting", "layering"]
        }
    }
}

/// Real ITCH 5.0 bytes, so that the synthetic feed goes through the decoder like any other.
fn synthetic(request: &Request, messages: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    Generator::new(request.seed, request.symbols, request.profile.clone())
        .write(&mut bytes, messages)
        .expect("a vector takes every byte");
    bytes
}
