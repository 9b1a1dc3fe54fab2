//! A receiver as a source of events like any file: it waits for packets, and ends with its session
//! or with silence.

use std::collections::VecDeque;
use std::hint::spin_loop;
use std::thread;
use std::time::Duration;

use super::receiver::{Receiver, ReceiverStats};
use crate::event::MarketEvent;
use crate::instruments::Instruments;
use crate::itch;
use crate::report::{ErrorKind, Report};
use crate::session::Line;
use crate::source::EventSource;

/// Rests after so many polls without a packet: a reader of files need not spin.
const IDLE_POLLS: u32 = 1_000;
const REST: Duration = Duration::from_micros(50);

/// Events of a live session.
#[derive(Debug)]
pub struct LiveSource {
    receiver: Receiver,
    patience: Duration,
    spins: bool,
    /// Events that found no room in the caller's buffer.
    waiting: VecDeque<MarketEvent>,
    ended: bool,
    report: Report,
}

impl LiveSource {
    /// Ends with the session, or when no packet comes for `patience`.
    #[must_use]
    pub fn new(receiver: Receiver, patience: Duration) -> Self {
        Self {
            receiver,
            patience,
            spins: false,
            waiting: VecDeque::new(),
            ended: false,
            report: Report::new("live", 0, itch::type_name),
        }
    }

    /// Never rests: for a thread that has a core of its own.
    #[must_use]
    pub fn spinning(self) -> Self {
        Self { spins: true, ..self }
    }

    /// What was received so far.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        self.receiver.stats()
    }

    /// Polls until there is an event or the end.
    fn wait(&mut self) {
        let Self { receiver, waiting, report, spins, .. } = self;
        let mut idle = 0;
        while waiting.is_empty() && !self.ended {
            let taken = receiver.poll(&mut |event| {
                // Events that are not of a message (gaps, snapshots' ends) have no type byte.
                if event.ext as u8 != 0 {
                    report.types.add(event.ext as u8);
                }
                waiting.push_back(event);
            });
            match taken {
                Ok(0) if receiver.silence() >= self.patience => self.ended = true,
                Ok(0) if *spins => spin_loop(),
                Ok(0) if idle >= IDLE_POLLS => thread::sleep(REST),
                Ok(0) => idle += 1,
                Ok(_) => idle = 0,
                Err(error) => {
                    let at = receiver.stats().bytes as usize;
                    let sentence = format_args!("the network after {at} bytes: {error}");
                    report.error(ErrorKind::Network, at, sentence);
                    self.ended = true;
                }
            }
            self.ended |= receiver.ended();
        }
    }

    fn account(&mut self) {
        let stats = self.receiver.stats();
        let decoder = self.receiver.events().decoder();
        let report = &mut self.report;
        let [a, b, recovery] =
            [Line::A, Line::B, Line::Recovery].map(|line| &stats.session.lines[line as usize]);
        report.bytes = stats.bytes;
        report.consumed = stats.bytes;
        report.records = stats.session.delivered;
        report.packets = a.packets + b.packets + recovery.packets;
        report.duplicates = a.duplicates + b.duplicates + recovery.duplicates;
        report.heartbeats = stats.session.heartbeats;
        report.gaps = stats.session.gaps;
        report.gap_messages = stats.session.gap_messages;
        report.late = stats.session.held;
        report.symbols = decoder.instruments().len() as u64;
        report.bad_timestamps = decoder.bad_timestamps();
        report.end_of_session = self.receiver.session_ended();
        let malformed = a.malformed + b.malformed + recovery.malformed;
        for (kind, count) in
            [(ErrorKind::MalformedPacket, malformed), (ErrorKind::BadLength, stats.faults)]
        {
            if count > 0 {
                report.errors.insert(kind, count);
            }
        }
    }
}

impl EventSource for LiveSource {
    fn fill(&mut self, out: &mut [MarketEvent]) -> usize {
        if !out.is_empty() {
            self.wait();
        }
        let filled = out.len().min(self.waiting.len());
        for (place, event) in out.iter_mut().zip(self.waiting.drain(..filled)) {
            *place = event;
        }
        self.account();
        self.report.delivered(&out[..filled]);
        filled
    }

    fn instruments(&self) -> &Instruments {
        self.receiver.events().decoder().instruments()
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
