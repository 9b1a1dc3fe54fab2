//! The side that accepts a login and sends.

use super::packets::{Assembler, Clocks, Closed, Login, Timers, accepted, write};

/// What a server is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerOutput<'a> {
    /// Send these bytes.
    Send(&'a [u8]),
    /// Somebody wants in: answer with [`Server::accept`] or [`Server::reject`].
    Login(Login),
    /// A message from the client.
    Unsequenced(&'a [u8]),
    /// The connection is over: close it. Nothing comes after.
    Closed(Closed),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has logged in.
    New,
    /// A login waits for its answer.
    Asked,
    Open,
    Closed,
}

/// A server's end of one connection.
#[derive(Debug)]
pub struct Server {
    assembler: Assembler,
    clocks: Clocks,
    state: State,
    buffer: Vec<u8>,
}

impl Server {
    /// A connection that was just made.
    #[must_use]
    pub fn new(timers: Timers, now: u64) -> Self {
        Self {
            assembler: Assembler::new(),
            clocks: Clocks { timers, sent: now, heard: now },
            state: State::New,
            buffer: Vec::with_capacity(1 << 11),
        }
    }

    /// When [`Self::on_time`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        (self.state != State::Closed).then(|| self.clocks.deadline())
    }

    /// Takes bytes from the client.
    pub fn on_bytes(&mut self, now: u64, bytes: &[u8], out: &mut impl FnMut(ServerOutput<'_>)) {
        let Self { assembler, clocks, state, .. } = self;
        if *state == State::Closed || bytes.is_empty() {
            return;
        }
        clocks.heard = now;
        assembler.push(bytes, |offset, kind, payload| {
            let over = match (kind, *state) {
                (b'L', State::New) => match Login::parse(payload) {
                    Some(login) => {
                        *state = State::Asked;
                        out(ServerOutput::Login(login));
                        None
                    }
                    None => Some(Closed::Malformed { offset, kind }),
                },
                (b'U', State::Open) => {
                    out(ServerOutput::Unsequenced(payload));
                    None
                }
                (b'R' | b'+', _) => None,
                (b'O', _) => Some(Closed::Ended),
                _ => Some(Closed::Malformed { offset, kind }),
            };
            if let Some(reason) = over {
                *state = State::Closed;
                out(ServerOutput::Closed(reason));
            }
            over.is_none()
        });
    }

    /// Lets time pass: sends a heartbeat, or gives the client up.
    pub fn on_time(&mut self, now: u64, out: &mut impl FnMut(ServerOutput<'_>)) {
        if self.state == State::Closed {
            return;
        }
        if self.clocks.silent(now) {
            self.close(Closed::Silent, out);
        } else if self.state == State::Open && self.clocks.heartbeat_due(now) {
            self.send(b'H', &[], now, out);
        }
    }

    /// Answers the login: `next` is the number of the next message sent. Nothing happens if no
    /// login waits.
    pub fn accept(
        &mut self,
        session: &[u8; 10],
        next: u64,
        now: u64,
        out: &mut impl FnMut(ServerOutput<'_>),
    ) {
        if self.state == State::Asked {
            self.state = State::Open;
            self.send(b'A', &accepted(session, next), now, out);
        }
    }

    /// Refuses the login: `A` = not authorised, `S` = no such session.
    pub fn reject(&mut self, code: u8, now: u64, out: &mut impl FnMut(ServerOutput<'_>)) {
        if self.state == State::Asked {
            self.send(b'J', &[code], now, out);
            self.close(Closed::Rejected(code), out);
        }
    }

    /// Sends a sequenced message; `false` if nobody is logged in or no packet can hold it (more
    /// than 65,534 bytes).
    pub fn send_message(
        &mut self,
        message: &[u8],
        now: u64,
        out: &mut impl FnMut(ServerOutput<'_>),
    ) -> bool {
        self.state == State::Open && self.send(b'S', message, now, out)
    }

    /// Ends the session.
    pub fn end(&mut self, now: u64, out: &mut impl FnMut(ServerOutput<'_>)) {
        if self.state == State::Open {
            self.send(b'Z', &[], now, out);
            self.close(Closed::Ended, out);
        }
    }

    fn close(&mut self, reason: Closed, out: &mut impl FnMut(ServerOutput<'_>)) {
        self.state = State::Closed;
        out(ServerOutput::Closed(reason));
    }

    fn send(
        &mut self,
        kind: u8,
        payload: &[u8],
        now: u64,
        out: &mut impl FnMut(ServerOutput<'_>),
    ) -> bool {
        let packet = write(&mut self.buffer, kind, payload);
        if let Some(packet) = packet {
            self.clocks.sent = now;
            out(ServerOutput::Send(packet));
        }
        packet.is_some()
    }
}
