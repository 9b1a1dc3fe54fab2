//! Opening a feed: options, detection by content, and the trait that every source has.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::binary_file::{self, BinaryFile};
use crate::bytes::Bytes;
use crate::dbn::{self, Dbn};
use crate::event::MarketEvent;
use crate::iex;
use crate::instruments::Instruments;
use crate::journal::{self, Journal, JournalSource};
use crate::mdp3::Mdp3Feed;
use crate::pcap;
use crate::replay::Bound;
use crate::report::Report;
use crate::soup::{self, SoupFile};
use crate::text::binance::{binance, looks_like_binance};
use crate::text::bitstamp::{bitstamp, looks_like_bitstamp};
use crate::text::lobster::{lobster, looks_like_lobster};
use crate::text::trades_csv::{has_header, trades_csv};

/// A stream of events with an end.
pub trait EventSource {
    /// Writes the next events to the front of `out` and says how many; 0 = end (or `out` is empty).
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize;

    /// The symbols seen so far.
    fn instruments(&self) -> &Instruments;

    /// What was seen so far.
    fn report(&self) -> &Report;

    /// Moves on to about the first event at or behind `to`, never beyond it and never back, where
    /// an index makes that cheap. Otherwise nothing happens: whoever asks leaves out what still
    /// comes before, as [`crate::replay::Selected`] does.
    fn skip_to(&mut self, _to: Bound) {}
}

impl<S: EventSource + ?Sized> EventSource for Box<S> {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        (**self).fill(out)
    }

    fn instruments(&self) -> &Instruments {
        (**self).instruments()
    }

    fn report(&self) -> &Report {
        (**self).report()
    }

    fn skip_to(&mut self, to: Bound) {
        (**self).skip_to(to);
    }
}

/// Every event of the source.
pub fn read_all(source: &mut (impl EventSource + ?Sized)) -> Vec<MarketEvent> {
    const STEP: usize = 4_096;
    let mut events = Vec::new();
    loop {
        let filled = events.len();
        events.resize(filled + STEP, MarketEvent::default());
        let more = source.fill(&mut events[filled..]);
        events.truncate(filled + more);
        if more == 0 {
            return events;
        }
    }
}

/// A format that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Nasdaq TotalView-ITCH 5.0 as BinaryFILE: messages with a two-byte length before each.
    Itch50,
    /// A packet capture (pcap or pcapng) of MoldUDP64 packets with ITCH 5.0 messages.
    Pcap,
    /// Text: one trade a line, with the header `event_type,id,name,volume,price,stock_time`.
    TradesCsv,
    /// The project's own event journal.
    Journal,
    /// Databento Binary Encoding, versions 1 to 3: orders, trades, best prices.
    Dbn,
    /// A packet capture of IEX-TP segments: DEEP 1.0 or TOPS 1.6.
    IexTp,
    /// A packet capture of CME MDP 3.0 packets.
    Mdp3,
    /// LOBSTER message file: CSV without a header.
    Lobster,
    /// Bitstamp's order events as recorded by ob-analytics, log or CSV.
    Bitstamp,
    /// Binance's streams as recorded by hftbacktest.
    Binance,
    /// The server's half of a recorded SoupBinTCP connection, with ITCH 5.0 messages.
    Soup,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 11] = [
        Format::Itch50,
        Format::Pcap,
        Format::TradesCsv,
        Format::Journal,
        Format::Dbn,
        Format::IexTp,
        Format::Mdp3,
        Format::Lobster,
        Format::Bitstamp,
        Format::Binance,
        Format::Soup,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Itch50 => "itch50",
            Format::Pcap => "pcap",
            Format::TradesCsv => "trades-csv",
            Format::Journal => "journal",
            Format::Dbn => "dbn",
            Format::IexTp => "iex-tp",
            Format::Mdp3 => "mdp3",
            Format::Lobster => "lobster",
            Format::Bitstamp => "bitstamp",
            Format::Binance => "binance",
            Format::Soup => "soup",
        }
    }

    /// The format of these bytes, by their content.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Format> {
        if pcap::is_capture(bytes) {
            Some(pcap::protocol(bytes))
        } else if has_header(bytes) {
            Some(Format::TradesCsv)
        } else if journal::is_journal(bytes) {
            Some(Format::Journal)
        } else if dbn::is_dbn(bytes) {
            Some(Format::Dbn)
        } else if looks_like_lobster(bytes) {
            Some(Format::Lobster)
        } else if looks_like_bitstamp(bytes) {
            Some(Format::Bitstamp)
        } else if looks_like_binance(bytes) {
            Some(Format::Binance)
        } else if soup::looks_like_soup(bytes) {
            Some(Format::Soup)
        } else {
            binary_file::looks_like_itch(bytes).then_some(Format::Itch50)
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format \"{0}\"; known are {names}", names = Format::ALL.map(Format::name).join(", "))]
pub struct ParseFormatError(String);

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| ParseFormatError(text.to_owned()))
    }
}

/// How BinaryFILE records are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Framing {
    /// By the length before each message; length 0 ends the session.
    #[default]
    Strict,
    /// By the message's type; the two bytes before each message are not looked at. For files whose
    /// lengths are all 0.
    LengthByType,
}

/// How to open a feed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format; `None` = by content.
    pub format: Option<Format>,
    /// How BinaryFILE records are found.
    pub framing: Framing,
    /// The session's midnight in New York, in UNIX nanoseconds: added to exchange times, which
    /// count from midnight.
    pub session_midnight_ns: u64,
    /// Copied into [`MarketEvent::source`].
    pub source: u16,
    /// Read the file into memory instead of mapping it. A mapped file must not be changed while it
    /// is open: if another process may write to it or cut it, set this.
    pub in_memory: bool,
    /// Most bytes that a packed file may have unpacked, or that are read from a pipe; `None` =
    /// [`UNPACKED_LIMIT`]. It keeps a small file from filling the memory.
    pub unpacked_limit: Option<u64>,
    /// Skip the packets of a capture whose UDP checksum is wrong. One that is absent, or left to
    /// the network card to complete, is not.
    pub verify_checksums: bool,
}

/// Most bytes of unpacked content in memory, unless [`Options::unpacked_limit`] says otherwise:
/// 4 GiB.
pub const UNPACKED_LIMIT: u64 = 4 << 30;

/// Why a feed could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be opened, read, mapped or unpacked.
    #[error("cannot read {path}: {error}")]
    Io {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The content is of no known format.
    #[error(
        "unknown format: {length} bytes that start with [{start}] are of no format that is known by its content \
         ({names}); name it (`--format`) if you know better",
        names = Format::ALL.map(Format::name).join(", ")
    )]
    UnknownFormat {
        /// Length of the input.
        length: usize,
        /// Its first bytes in hexadecimal.
        start: String,
    },
    /// The content is not of the format that was asked for.
    #[error("not {format}: {reason}")]
    WrongFormat {
        /// What was asked for.
        format: Format,
        /// What is wrong at the start of the input.
        reason: String,
    },
}

/// Opens a file: mapped, or unpacked into memory if it is gzip or xz. The format is found by
/// content, never by name.
///
/// # Errors
/// If the file cannot be read or unpacked, is longer unpacked than
/// [`Options::unpacked_limit`], or its content is of no known format (or not of the one
/// asked for). Faults further inside are not errors: they are counted and located in the
/// [`Report`].
pub fn open(path: &Path, options: &Options) -> Result<Box<dyn EventSource + Send>, OpenError> {
    let io = |error| OpenError::Io { path: path.display().to_string(), error };
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    // A file of LOBSTER is named by its stock first.
    let name = name.split('_').next().unwrap_or_default();
    source_of(Bytes::open(path, options.in_memory, limit(options)).map_err(io)?, options, name)
}

/// Opens bytes in memory, as [`open`] does a file.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(
    bytes: Vec<u8>,
    options: &Options,
) -> Result<Box<dyn EventSource + Send>, OpenError> {
    let io = |error| OpenError::Io { path: "bytes in memory".to_owned(), error };
    source_of(Bytes::Owned(bytes).unpacked(limit(options)).map_err(io)?, options, "")
}

fn limit(options: &Options) -> u64 {
    options.unpacked_limit.unwrap_or(UNPACKED_LIMIT)
}

fn source_of(
    bytes: Bytes,
    options: &Options,
    name: &str,
) -> Result<Box<dyn EventSource + Send>, OpenError> {
    let format = options.format.or_else(|| Format::detect(&bytes)).ok_or_else(|| {
        OpenError::UnknownFormat {
            length: bytes.len(),
            start: bytes
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect::<Vec<_>>()
                .join(" "),
        }
    })?;
    Ok(match format {
        Format::Itch50 => Box::new(BinaryFile::new(bytes, options)),
        Format::Pcap => Box::new(pcap::mold_feed(bytes, options)?),
        Format::IexTp => Box::new(iex::iex_feed(bytes, options)?),
        Format::Mdp3 => Box::new(Mdp3Feed::new(bytes, options)?),
        Format::TradesCsv => Box::new(trades_csv(bytes, options)?),
        Format::Lobster => Box::new(lobster(bytes, options, name)?),
        Format::Bitstamp => Box::new(bitstamp(bytes, options)?),
        Format::Binance => Box::new(binance(bytes, options)?),
        Format::Soup => Box::new(SoupFile::new(bytes, options)),
        Format::Dbn => Box::new(Dbn::new(bytes, options)?),
        Format::Journal => {
            let wrong = |error: journal::HeadError| OpenError::WrongFormat {
                format,
                reason: error.to_string(),
            };
            Box::new(JournalSource::new(Journal::new(bytes).map_err(wrong)?))
        }
    })
}
