//! What to feed and what to look for: options that several commands share, and what they turn into.

use anyhow::{Context, bail};
use clap::Args;
use tourbillon_feeds::synthetic::Profile;
use tourbillon_feeds::{Format, Framing, Instruments, Options};

use super::live::LiveArgs;
use super::part::PartArgs;
use super::units::{self, Symbols};
use crate::feed::{BUILT_IN, Feed, LoadError, Request};
use crate::pattern::Pattern;
use crate::patterns;
use crate::report::inspection;

/// What to feed.
#[derive(Debug, Args)]
pub(crate) struct FeedArgs {
    /// `reference`, `synthetic`, `live`, or a file
    #[arg(default_value = "reference")]
    pub(crate) feed: String,
    #[command(flatten)]
    making: MakeArgs,
}

/// How a feed is made or opened, and how much of it is taken.
#[derive(Debug, Args)]
pub(crate) struct MakeArgs {
    /// At most so many events (built-in feeds: 1M)
    #[arg(long, value_parser = units::count)]
    pub(crate) events: Option<u64>,
    /// Seed of a built-in feed, hexadecimal
    #[arg(long, value_parser = units::seed, default_value = "9e3779b97f4a7c15")]
    pub(crate) seed: u64,
    /// Take only these symbols, such as AAPL,MSFT; a number is how many the synthetic feed has
    #[arg(long, default_value = "1000", value_name = "A,B|N", value_parser = units::symbols)]
    pub(crate) symbols: Symbols,
    /// Profile of the synthetic feed: day, busy, quiet, busy-day, opening or deep
    #[arg(long, default_value = "busy", value_parser = units::profile)]
    pub(crate) profile: Profile,
    /// Keep order books, and put in their best prices as events of kind Quote
    #[arg(long)]
    pub(crate) books: bool,
    #[command(flatten)]
    part: PartArgs,
    #[command(flatten)]
    pub(crate) file: FileArgs,
    /// Read an ITCH 5.0 file in pieces past the page cache (io_uring, O_DIRECT): for `inspect` of a
    /// file that is larger than memory
    #[arg(long)]
    direct: bool,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

/// Most events of one run: 6.4 GB.
pub(crate) const MOST_EVENTS: u64 = 100_000_000;

/// How to open a file.
#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// Format of a file (default: by its content); a wrong name lists all
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// Find ITCH records by their type: for files whose length prefixes are all zero
    #[arg(long)]
    pub(crate) length_by_type: bool,
    /// Skip and count the packets of a capture whose UDP checksum is wrong
    #[arg(long)]
    verify_checksums: bool,
    /// Most bytes that a packed file may have unpacked
    #[arg(long, value_parser = units::count, default_value = "4294967296", value_name = "BYTES")]
    unpacked_limit: u64,
}

impl FileArgs {
    pub(crate) fn options(&self) -> Options {
        let framing = if self.length_by_type { Framing::LengthByType } else { Framing::Strict };
        Options {
            format: self.format,
            framing,
            verify_checksums: self.verify_checksums,
            unpacked_limit: Some(self.unpacked_limit),
            ..Options::default()
        }
    }
}

impl FeedArgs {
    pub(crate) fn request(&self) -> Request {
        self.making.request()
    }

    pub(crate) fn load(&self) -> anyhow::Result<Feed> {
        self.making.load(&self.feed)
    }
}

impl MakeArgs {
    fn request(&self) -> Request {
        let (many, names) = match &self.symbols {
            Symbols::Many(many) => (*many, Vec::new()),
            Symbols::Named(names) => (Request::default().symbols, names.clone()),
        };
        Request {
            events: self.events,
            seed: self.seed,
            symbols: many,
            profile: self.profile.clone(),
            options: self.file.options(),
            selection: self.part.selection(names),
            live: self.live.request(),
            books: self.books,
            direct: self.direct,
        }
    }

    /// The feed called `name`.
    pub(crate) fn load(&self, name: &str) -> anyhow::Result<Feed> {
        if let Some(events) = self.events.filter(|&events| events > MOST_EVENTS) {
            bail!(
                "--events {events}: a feed is decoded into memory, 64 bytes an event; take at \
                 most {MOST_EVENTS}"
            );
        }
        let request = self.request();
        let feed = match Feed::load(name, &request) {
            Err(LoadError::Open(error)) => return Err(error).with_context(|| not_a_feed(name)),
            loaded => loaded?,
        };
        if feed.events.is_empty() {
            bail!("{}", nothing_taken(&feed, request.selection.is_everything()));
        }
        if let Some(books) = &feed.books {
            for (fault, count) in books.counts() {
                eprintln!("tourbillon: note: books, {count} times: {fault}");
            }
        }
        Ok(feed)
    }
}

/// What to say of a feed of which nothing was taken.
fn nothing_taken(feed: &Feed, of_everything: bool) -> String {
    let what = if of_everything { "event" } else { "such event" };
    let read = match (feed.report.first_ts_event, feed.report.last_ts_event) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(inspection::clock_time);
            format!(" (what was read is of {first} to {last})")
        }
        _ => String::new(),
    };
    format!("{} holds no {what}{read}; `tourbillon inspect {0}` says what it holds", feed.name)
}

/// What to say of a feed that cannot be opened, before the reason.
pub(crate) fn not_a_feed(name: &str) -> String {
    let built_in = BUILT_IN.join(" and ");
    format!("no feed '{name}' ({built_in} are built in; --format names the format of a file)")
}

/// What to look for.
#[derive(Debug, Args)]
pub(crate) struct PatternArgs {
    /// A built-in pattern, or a file of patterns in text; may be repeated (default: those that
    /// fit the feed)
    #[arg(long = "pattern", value_name = "NAME|FILE.sql")]
    patterns: Vec<String>,
}

impl PatternArgs {
    pub(crate) fn build(&self, feed: &Feed) -> anyhow::Result<Vec<Pattern>> {
        let names: Vec<&str> = if self.patterns.is_empty() {
            feed.default_patterns().to_vec()
        } else {
            self.patterns.iter().map(String::as_str).collect()
        };
        let mut patterns = Vec::new();
        for name in names {
            patterns.extend(named(name, &feed.instruments)?);
        }
        Ok(patterns)
    }
}

/// The patterns of the file `name`, if that is what it names; else the built-in one.
pub(crate) fn named(name: &str, instruments: &Instruments) -> anyhow::Result<Vec<Pattern>> {
    if Pattern::is_file(name) {
        Pattern::read(name, instruments)
    } else {
        Ok(vec![patterns::build(name, instruments)?])
    }
}
