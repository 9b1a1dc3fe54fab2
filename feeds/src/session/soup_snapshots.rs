//! Snapshots over SoupBinTCP, as the GLIMPSE service gives them.
//!
//! A login is answered with the state as sequenced messages and then, as the last one, type `G`
//! with the number of the first live message after the snapshot in 20 characters.
//!
//! Source: "GLIMPSE 5.0" (Nasdaq). The connection is any byte stream that does not block; a read
//! or write that would block is tried again at the next poll.

use std::io::{self, ErrorKind, Read, Write};

use super::snapshot::{SnapshotProgress, SnapshotSource};
use crate::mold::{BLOCK_PREFIX, block};
use crate::soup::{Client, ClientOutput, Login, Timers, parse_number};

/// The message that ends a snapshot.
const END: u8 = b'G';
/// Pieces read from the connection in one poll: live packets wait meanwhile.
const PIECES: usize = 16;
/// Bytes of a piece.
const PIECE: usize = 1 << 16;

/// A connection and how far its snapshot is.
#[derive(Debug)]
struct Attempt<C> {
    connection: C,
    client: Client,
    /// Bytes to be sent still.
    unsent: Vec<u8>,
}

/// A client of a snapshot server; `dial` makes its connections.
#[derive(Debug)]
pub struct SoupSnapshots<C, D> {
    dial: D,
    login: Login,
    timers: Timers,
    attempt: Option<Attempt<C>>,
    /// Number of the first message after the snapshot, when that was told.
    next: Option<u64>,
    /// Messages with their lengths before them.
    snapshot: Vec<u8>,
    /// Most bytes of a snapshot.
    limit: usize,
    piece: Box<[u8]>,
}

impl<C: Read + Write, D: FnMut() -> io::Result<C>> SoupSnapshots<C, D> {
    /// A client that logs in with `login` and refuses a snapshot of more than `limit` bytes.
    pub fn new(dial: D, login: Login, timers: Timers, limit: usize) -> Self {
        let piece = vec![0; PIECE].into();
        Self { dial, login, timers, attempt: None, next: None, snapshot: Vec::new(), limit, piece }
    }

    /// Moves bytes until nothing is there; `None` when there will be no snapshot.
    fn advance(&mut self, now: u64) -> Option<SnapshotProgress> {
        let Self { attempt, next, snapshot, limit, piece, .. } = self;
        let Attempt { connection, client, unsent } = attempt.as_mut()?;
        let mut open = true;
        for _ in 0..PIECES {
            let mut on = |output: ClientOutput<'_>| match output {
                ClientOutput::Send(bytes) => unsent.extend(bytes),
                ClientOutput::Message { message, .. } => match end_of(message) {
                    Some(number) => *next = Some(number),
                    None => {
                        snapshot.extend((message.len() as u16).to_be_bytes());
                        snapshot.extend(message);
                    }
                },
                ClientOutput::Closed(_) => open = false,
                ClientOutput::Accepted { .. } | ClientOutput::Unsequenced(_) => {}
            };
            match connection.read(piece) {
                Ok(0) => return None,
                Ok(length) => client.on_bytes(now, &piece[..length], &mut on),
                Err(error) if is_later(&error) => {
                    client.on_time(now, &mut on);
                    break;
                }
                Err(_) => return None,
            }
            if let Some(next) = *next {
                return Some(SnapshotProgress::Ready { next });
            }
            if snapshot.len() > *limit {
                return None;
            }
        }
        flush(connection, unsent).ok()?;
        open.then_some(SnapshotProgress::Pending)
    }
}

impl<C: Read + Write, D: FnMut() -> io::Result<C>> SnapshotSource for SoupSnapshots<C, D> {
    fn start(&mut self, now: u64) {
        self.snapshot.clear();
        self.next = None;
        self.attempt = (self.dial)().ok().map(|connection| {
            let mut unsent = Vec::new();
            let client = Client::connect(&self.login, self.timers, now, &mut |output| {
                if let ClientOutput::Send(bytes) = output {
                    unsent.extend(bytes);
                }
            });
            Attempt { connection, client, unsent }
        });
    }

    fn poll(&mut self, now: u64) -> SnapshotProgress {
        if let Some(next) = self.next {
            return SnapshotProgress::Ready { next };
        }
        let progress = self.advance(now).unwrap_or(SnapshotProgress::Failed);
        if progress != SnapshotProgress::Pending {
            self.attempt = None;
        }
        progress
    }

    fn messages(&self, each: &mut dyn FnMut(&[u8])) {
        let mut rest = &self.snapshot[..];
        while let Some(message) = block(rest) {
            each(message);
            rest = &rest[BLOCK_PREFIX + message.len()..];
        }
    }
}

/// The number in the message that ends a snapshot.
fn end_of(message: &[u8]) -> Option<u64> {
    let (&END, number) = message.split_first()? else { return None };
    parse_number(number).filter(|_| number.len() == 20)
}

/// Sends what the connection takes now.
fn flush(connection: &mut impl Write, unsent: &mut Vec<u8>) -> io::Result<()> {
    while !unsent.is_empty() {
        match connection.write(unsent) {
            Ok(sent) => drop(unsent.drain(..sent)),
            Err(error) if is_later(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether to try again later. A connection in the making is not connected yet.
pub(crate) fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
