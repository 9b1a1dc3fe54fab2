//! Message -> event, with what spans messages: the symbol table and the clock.

use super::fields::fields;
use super::frequent::{REACH, frequent, layout};
use super::messages::{Fault, StockDirectory, fault_of, stock_of};
use super::wire::{HEADER_SIZE, Header};
use crate::event::{MarketEvent, flags};
use crate::instruments::Instruments;
use crate::report::TypeCounts;

const NS_PER_DAY: u64 = 86_400_000_000_000;

/// Bytes of the length before each message.
pub(crate) const PREFIX: usize = 2;
/// Bytes that a record must be followed by, with its own, to be in a run.
pub(crate) const RECORD: usize = PREFIX + REACH;

/// Turns messages into events.
#[derive(Debug)]
pub struct Decoder {
    instruments: Instruments,
    /// One bit per locate that has its symbol: small enough to stay in the first cache level.
    named: Box<[u64; 1 << 10]>,
    midnight_ns: u64,
    source: u16,
    previous_timestamp: u64,
    bad_timestamps: u64,
}

impl Decoder {
    /// `midnight_ns`: the session's midnight in New York in UNIX nanoseconds; `source`: copied into
    /// every event.
    #[must_use]
    pub fn new(midnight_ns: u64, source: u16) -> Self {
        Self {
            instruments: Instruments::default(),
            named: Box::new([0; 1 << 10]),
            midnight_ns,
            source,
            previous_timestamp: 0,
            bad_timestamps: 0,
        }
    }

    /// Symbols named so far.
    #[must_use]
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// Events that went out with [`flags::BAD_TS`].
    #[must_use]
    pub fn bad_timestamps(&self) -> u64 {
        self.bad_timestamps
    }

    /// What every event carries as its source.
    pub(crate) fn source(&self) -> u16 {
        self.source
    }

    /// Exchange time of the latest message.
    pub(crate) fn now(&self) -> u64 {
        self.midnight_ns.wrapping_add(self.previous_timestamp)
    }

    /// Decodes one message without framing into `out`, with that sequence number.
    ///
    /// # Errors
    /// If there is no byte, the type is unknown, or the length is not the type's. Nothing changes
    /// then.
    #[inline(always)]
    pub fn decode(&mut self, frame: &[u8], seq: u64, out: &mut MarketEvent) -> Result<(), Fault> {
        let head = frame.first_chunk::<HEADER_SIZE>().ok_or_else(|| fault_of(frame))?;
        let header = Header::load(head);
        let bad = (header.timestamp < self.previous_timestamp) | (header.timestamp > NS_PER_DAY);
        fields(frame, out, |event| MarketEvent {
            flags: event.flags | (u16::from(bad) * flags::BAD_TS),
            ..self.complete(event, head[0], header, seq)
        })?;
        self.previous_timestamp = header.timestamp;
        self.bad_timestamps += u64::from(bad);
        if !self.is_named(header.stock_locate) || head[0] == StockDirectory::CODE {
            self.name(header.stock_locate, frame);
        }
        Ok(())
    }

    /// Decodes messages, each with its length before it, until there is one for
    /// [`Decoder::decode`]: of a type that is not frequent, of a wrong length, with a time or a
    /// stock that needs care, or near the end of `records`. Says how many bytes and messages that
    /// were.
    ///
    /// Nothing is called in here and nothing around it is compiled into it, so all that is needed
    /// stays in registers.
    #[inline(never)]
    pub(crate) fn decode_run(
        &mut self,
        records: &[u8],
        seq: u64,
        types: &mut TypeCounts,
        out: &mut [MarketEvent],
    ) -> (usize, usize) {
        let mut left = records;
        let mut previous = self.previous_timestamp;
        let mut filled = 0;
        for (out, seq) in out.iter_mut().zip(seq..) {
            let Some([high, low, message @ ..]) = left.first_chunk::<RECORD>() else { break };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            let header = Header::load(message);
            if let Some(layout) = layout(message[0], length)
                && (previous..=NS_PER_DAY).contains(&header.timestamp)
                && self.is_named(header.stock_locate)
                && let Some(event) = frequent(message, layout)
                && let Some(rest) = left.get(PREFIX + length..)
            {
                *out = self.complete(event, message[0], header, seq);
                types.add(message[0]);
                (left, previous, filled) = (rest, header.timestamp, filled + 1);
            } else {
                break;
            }
        }
        self.previous_timestamp = previous;
        (records.len() - left.len(), filled)
    }

    /// What is in the event of every message.
    #[inline(always)]
    fn complete(&self, event: MarketEvent, code: u8, header: Header, seq: u64) -> MarketEvent {
        MarketEvent {
            ts_event: self.midnight_ns.wrapping_add(header.timestamp),
            seq,
            instrument: u32::from(header.stock_locate),
            source: self.source,
            ext: event.ext | u16::from(code),
            ..event
        }
    }

    #[inline(always)]
    fn is_named(&self, locate: u16) -> bool {
        self.named[usize::from(locate >> 6)] >> (locate & 63) & 1 != 0
    }

    /// Names a stock from any message that carries its symbol: the directory may be missing, in a
    /// file that starts within the day. Locate 0 is no stock, and a symbol that is not printable
    /// can only be damage.
    #[cold]
    fn name(&mut self, locate: u16, frame: &[u8]) {
        if let Some(symbol) = stock_of(frame).map(<[u8]>::trim_ascii_end)
            && locate != 0
            && !symbol.is_empty()
            && symbol.iter().all(u8::is_ascii_graphic)
            && let Ok(symbol) = str::from_utf8(symbol)
        {
            self.instruments.set(u32::from(locate), symbol);
            self.named[usize::from(locate >> 6)] |= 1 << (locate & 63);
        }
    }
}
