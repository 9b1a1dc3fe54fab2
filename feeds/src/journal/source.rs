//! A journal as a source of events.

use super::reader::{Damaged, Journal, Position};
use crate::event::{Kind, MarketEvent, flags};
use crate::instruments::Instruments;
use crate::replay::Bound;
use crate::report::Report;
use crate::source::EventSource;

/// Gives the events of a journal one after the other.
#[derive(Debug)]
pub struct JournalSource {
    journal: Journal,
    next: Position,
    ended: bool,
    report: Report,
}

impl JournalSource {
    /// From the first event on.
    #[must_use]
    pub fn new(journal: Journal) -> Self {
        let mut report = Report::new("journal", journal.len(), name_of);
        report.symbols = journal.instruments().len() as u64;
        Self { journal, next: Position::default(), ended: false, report }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Goes on at that place, which one of the journal's `seek_` functions found.
    pub fn seek(&mut self, position: Position) {
        self.next = position;
        self.ended = false;
    }

    /// The source ends, cleanly or at a fault, with bytes up to `consumed` accounted for.
    fn end(&mut self, consumed: usize, fault: Option<super::Fault>) {
        self.ended = true;
        self.report.consumed = consumed as u64;
        self.report.trailing_bytes = self.report.bytes - consumed as u64;
        self.report.end_of_session = fault.is_none() && self.journal.is_closed();
        if let Some(fault) = fault {
            self.report.error(fault.kind(), fault.offset() as usize, format_args!("{fault}"));
        }
    }
}

impl EventSource for JournalSource {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        let mut filled = 0;
        while filled < out.len() && !self.ended {
            let Position { block, event } = self.next;
            if block >= self.journal.blocks() {
                let fault = self.journal.fault();
                // What lies behind the last event is accounted for up to the fault.
                let whole = self.journal.len() as u64;
                let consumed = fault.map_or(whole, |fault| fault.offset().min(whole));
                self.end(consumed as usize, fault);
                break;
            }
            let (events, fault) = match self.journal.block(block) {
                Ok(events) => (events, None),
                Err(Damaged { whole, fault }) => (whole, Some(fault)),
            };
            let rest = events.get(event..).unwrap_or_default();
            let now = rest.len().min(out.len() - filled);
            out[filled..filled + now].copy_from_slice(&rest[..now]);
            filled += now;
            let (done, at) = (event + now, self.journal.payload_at(block));
            let all = now == rest.len();
            let consumed = at + done * size_of::<MarketEvent>();
            match fault {
                Some(_) if all => {
                    let consumed = if done == 0 { at.min(self.journal.len()) } else { consumed };
                    self.end(consumed, fault);
                }
                None if all => self.next = Position { block: block + 1, event: 0 },
                _ => self.next.event = done,
            }
            if !self.ended {
                self.report.consumed = consumed as u64;
            }
        }
        for event in &out[..filled] {
            self.report.types.add(code_of(event.kind));
            self.report.bad_timestamps += u64::from(event.flags & flags::BAD_TS != 0);
        }
        self.report.records += filled as u64;
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        self.journal.instruments()
    }

    fn report(&self) -> &Report {
        &self.report
    }

    fn skip_to(&mut self, to: Bound) {
        let place = match to {
            Bound::Sequence(seq) => self.journal.seek_seq(seq),
            Bound::Time(time) => self.journal.seek_time(time),
            Bound::TimeOfDay(_) => return,
        };
        self.next = self.next.max(place);
    }
}

/// A letter for each kind, at its number; ITCH's where it has one.
const CODES: &[u8; 23] = b"-AUXDECPQBqdHISRcghtKLs";

const _: () = assert!(CODES.len() == Kind::ALL.len());

fn code_of(kind: u8) -> u8 {
    CODES.get(usize::from(kind)).copied().unwrap_or(b'?')
}

fn name_of(code: u8) -> &'static str {
    let kind = CODES.iter().position(|&other| other == code).and_then(|kind| Kind::ALL.get(kind));
    kind.map_or("unknown", |kind| kind.name())
}
