//! The packets of a capture file as if they came now: at the pace of their capture, or as fast as
//! they are taken.

use std::path::Path;
use std::time::Instant;

use super::{LivePacket, PacketSource};
use crate::bytes::Bytes;
use crate::itch;
use crate::pcap::{Datagram, Datagrams, Destination};
use crate::report::Report;
use crate::session::Line;
use crate::source::{Format, OpenError, UNPACKED_LIMIT};
use std::io;

/// Datagrams given in one poll.
const BATCH: usize = 32;

/// A capture whose first two destinations are lines A and B. Datagrams to others are skipped.
#[derive(Debug)]
pub struct CaptureLines {
    datagrams: Datagrams,
    /// In order of appearance.
    destinations: Vec<Destination>,
    /// Times faster than captured; `None` = as fast as they are taken.
    speed: Option<f64>,
    /// When the first datagram was given, and when it had been captured.
    begun: Option<(Instant, u64)>,
    next: Option<Datagram>,
    others: u64,
    report: Report,
}

impl CaptureLines {
    /// Opens a capture (pcap or pcapng, packed or not), to be replayed `speed` times faster than it
    /// was captured, or as fast as its packets are taken.
    ///
    /// # Errors
    /// If the file cannot be read or is no capture.
    pub fn open(path: &Path, speed: Option<f64>) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { path: path.display().to_string(), error };
        let bytes = Bytes::open(path, false, UNPACKED_LIMIT).map_err(io)?;
        let mut report = Report::new("pcap", bytes.len(), itch::type_name);
        let wrong = |reason| OpenError::WrongFormat { format: Format::Pcap, reason };
        let mut datagrams = Datagrams::new(bytes, false).map_err(wrong)?;
        let next = datagrams.next(&mut report);
        Ok(Self {
            datagrams,
            destinations: Vec::new(),
            speed,
            begun: None,
            next,
            others: 0,
            report,
        })
    }

    /// What the file held: packets, those skipped by reason, faults with their offsets.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Datagrams to a third destination and more, skipped.
    #[must_use]
    pub fn others(&self) -> u64 {
        self.others
    }

    fn is_due(&mut self, time: u64) -> bool {
        let Some(speed) = self.speed else { return true };
        let (begun, first) = *self.begun.get_or_insert_with(|| (Instant::now(), time));
        begun.elapsed().as_nanos() as f64 * speed >= time.saturating_sub(first) as f64
    }

    fn line_of(&mut self, to: Destination) -> Option<Line> {
        let known = self.destinations.iter().position(|known| *known == to);
        let place = known.unwrap_or_else(|| {
            if self.destinations.len() < 2 {
                self.destinations.push(to);
                return self.destinations.len() - 1;
            }
            2
        });
        [Line::A, Line::B].get(place).copied()
    }
}

impl PacketSource for CaptureLines {
    fn poll(&mut self, each: &mut dyn FnMut(LivePacket<'_>)) -> io::Result<usize> {
        let mut given = 0;
        while given < BATCH
            && let Some(datagram) = self.next.clone()
            && self.is_due(datagram.time)
        {
            let Datagram { payload, time, to } = datagram;
            if let Some(line) = self.line_of(to) {
                each(LivePacket { line, time, datagram: &self.datagrams.bytes()[payload] });
                given += 1;
            } else {
                self.others += 1;
            }
            self.next = self.datagrams.next(&mut self.report);
        }
        Ok(given)
    }

    fn dropped(&self) -> u64 {
        0
    }

    fn ended(&self) -> bool {
        self.next.is_none()
    }
}
