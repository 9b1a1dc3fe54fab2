//! The side that logs in and listens.

use super::packets::{Assembler, Clocks, Closed, Login, Timers, parse_accepted, write};

/// What a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientOutput<'a> {
    /// Send these bytes.
    Send(&'a [u8]),
    /// The login was accepted.
    Accepted {
        /// The session's name.
        session: [u8; 10],
        /// Number of the next message.
        next: u64,
    },
    /// A sequenced message.
    Message {
        /// Its number.
        sequence: u64,
        /// Its bytes.
        message: &'a [u8],
    },
    /// A message without a number.
    Unsequenced(&'a [u8]),
    /// The connection is over: close it. Nothing comes after.
    Closed(Closed),
}

/// A client's connection.
#[derive(Debug)]
pub struct Client {
    assembler: Assembler,
    clocks: Clocks,
    /// Number of the next message; `None` before the login is accepted.
    next: Option<u64>,
    closed: Option<Closed>,
    buffer: Vec<u8>,
}

impl Client {
    /// A connection that was just made; the first thing it does is to log in.
    pub fn connect(
        login: &Login,
        timers: Timers,
        now: u64,
        out: &mut impl FnMut(ClientOutput<'_>),
    ) -> Self {
        let mut client = Self {
            assembler: Assembler::new(),
            clocks: Clocks { timers, sent: now, heard: now },
            next: None,
            closed: None,
            buffer: Vec::with_capacity(64),
        };
        client.send(b'L', &login.payload(), now, out);
        client
    }

    /// Number of the next message, once the login is accepted: where to go on after a reconnect.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.next
    }

    /// Why the connection is over, if it is.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.closed
    }

    /// When [`Self::on_time`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        self.closed.is_none().then(|| self.clocks.deadline())
    }

    /// Takes bytes from the server.
    pub fn on_bytes(&mut self, now: u64, bytes: &[u8], out: &mut impl FnMut(ClientOutput<'_>)) {
        let Self { assembler, clocks, next, closed, .. } = self;
        if closed.is_some() || bytes.is_empty() {
            return;
        }
        clocks.heard = now;
        assembler.push(bytes, |offset, kind, payload| {
            let over = match (kind, *next) {
                (b'A', None) => match parse_accepted(payload) {
                    Some((session, first)) => {
                        *next = Some(first);
                        out(ClientOutput::Accepted { session, next: first });
                        None
                    }
                    None => Some(Closed::Malformed { offset, kind }),
                },
                (b'J', None) => Some(match payload {
                    &[code] => Closed::Rejected(code),
                    _ => Closed::Malformed { offset, kind },
                }),
                (b'S', Some(sequence)) => {
                    *next = Some(sequence.saturating_add(1));
                    out(ClientOutput::Message { sequence, message: payload });
                    None
                }
                (b'U', Some(_)) => {
                    out(ClientOutput::Unsequenced(payload));
                    None
                }
                (b'H' | b'+', _) => None,
                (b'Z', _) => Some(Closed::Ended),
                _ => Some(Closed::Malformed { offset, kind }),
            };
            if let Some(reason) = over {
                *closed = Some(reason);
                out(ClientOutput::Closed(reason));
            }
            over.is_none()
        });
    }

    /// Lets time pass: sends a heartbeat, or gives the server up.
    pub fn on_time(&mut self, now: u64, out: &mut impl FnMut(ClientOutput<'_>)) {
        if self.closed.is_some() {
            return;
        }
        if self.clocks.silent(now) {
            self.closed = Some(Closed::Silent);
            out(ClientOutput::Closed(Closed::Silent));
        } else if self.clocks.heartbeat_due(now) {
            self.send(b'R', &[], now, out);
        }
    }

    /// Logs out.
    pub fn log_out(&mut self, now: u64, out: &mut impl FnMut(ClientOutput<'_>)) {
        if self.closed.is_none() {
            self.send(b'O', &[], now, out);
            self.closed = Some(Closed::Ended);
            out(ClientOutput::Closed(Closed::Ended));
        }
    }

    fn send(&mut self, kind: u8, payload: &[u8], now: u64, out: &mut impl FnMut(ClientOutput<'_>)) {
        self.clocks.sent = now;
        if let Some(packet) = write(&mut self.buffer, kind, payload) {
            out(ClientOutput::Send(packet));
        }
    }
}
