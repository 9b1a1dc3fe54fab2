//! From the receiver's output to market events.

use super::arbiter::Output;
use crate::event::{Kind, MarketEvent, flags};
use crate::itch::Decoder;

/// Decodes ITCH messages in sequence, and says in events what is missing and when it is made good.
///
/// A gap becomes [`Kind::Gap`] (`seq`: first missing number, `aux`: how many); from it on every
/// event carries [`flags::MAYBE_BAD_BOOK`]. A snapshot becomes [`Kind::Clear`] of
/// [`MarketEvent::EVERY_INSTRUMENT`] and then its own events, with [`flags::SNAPSHOT`]; after it the books are right
/// and the flag is gone.
#[derive(Debug)]
pub struct Events {
    decoder: Decoder,
    suspect: bool,
    faults: u64,
    /// Number given to the events of a snapshot: the first one after it.
    snapshot_next: u64,
}

impl Events {
    /// Decodes with `decoder`.
    #[must_use]
    pub fn new(decoder: Decoder) -> Self {
        Self { decoder, suspect: false, faults: 0, snapshot_next: 0 }
    }

    /// Whether messages were lost since the last snapshot.
    #[must_use]
    pub fn suspect(&self) -> bool {
        self.suspect
    }

    /// Messages that could not be decoded.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults
    }

    /// The decoder, which knows the symbols.
    #[must_use]
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// The event of an output, received at `ts_recv`; `None` if it has none.
    pub fn on(&mut self, output: Output<'_>, ts_recv: u64) -> Option<MarketEvent> {
        let suspect = |suspect: bool| u16::from(suspect) * flags::MAYBE_BAD_BOOK;
        match output {
            Output::Message { sequence, message } => {
                let flags = suspect(self.suspect);
                self.decode(sequence, message, ts_recv, flags, 0)
            }
            Output::Gap { first, count } => {
                self.suspect = true;
                Some(MarketEvent {
                    ts_event: self.decoder.now(),
                    ts_recv,
                    seq: first,
                    aux: count,
                    size: u32::try_from(count).unwrap_or(u32::MAX),
                    kind: Kind::Gap as u8,
                    flags: flags::MAYBE_BAD_BOOK,
                    source: self.decoder.source(),
                    ..MarketEvent::default()
                })
            }
            Output::SnapshotStart { next } => {
                self.snapshot_next = next;
                Some(MarketEvent {
                    ts_event: self.decoder.now(),
                    ts_recv,
                    seq: next,
                    instrument: MarketEvent::EVERY_INSTRUMENT,
                    kind: Kind::Clear as u8,
                    flags: flags::SNAPSHOT,
                    source: self.decoder.source(),
                    ..MarketEvent::default()
                })
            }
            Output::SnapshotMessage { message } => {
                // Its time is the order's, long past; that is no fault.
                self.decode(self.snapshot_next, message, ts_recv, flags::SNAPSHOT, flags::BAD_TS)
            }
            Output::SnapshotEnd => {
                self.suspect = false;
                None
            }
            Output::Request { .. } | Output::End => None,
        }
    }

    fn decode(
        &mut self,
        sequence: u64,
        message: &[u8],
        ts_recv: u64,
        set: u16,
        unset: u16,
    ) -> Option<MarketEvent> {
        let mut event = MarketEvent::default();
        match self.decoder.decode(message, sequence, &mut event) {
            Ok(()) => {
                event.ts_recv = ts_recv;
                event.flags = event.flags & !unset | set;
                Some(event)
            }
            Err(_) => {
                self.faults += 1;
                None
            }
        }
    }
}
