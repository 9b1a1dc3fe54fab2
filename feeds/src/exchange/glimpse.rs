//! The snapshot server's end of one connection: a login is answered with the state, and then the
//! number of the first message after it.
//!
//! Source: "GLIMPSE 5.0" (Nasdaq).

use super::state::State;
use crate::soup::{Server, ServerOutput, Timers, number};

/// One client of the snapshot server. It has no socket: bytes come in, bytes to be sent gather.
#[derive(Debug)]
pub struct GlimpseServer {
    server: Server,
    unsent: Vec<u8>,
    over: bool,
}

impl GlimpseServer {
    /// A connection that was just made.
    #[must_use]
    pub fn new(now: u64) -> Self {
        let server = Server::new(Timers::default(), now);
        Self { server, unsent: Vec::new(), over: false }
    }

    /// Takes bytes from the client; a login is answered with `state`.
    pub fn on_bytes(&mut self, now: u64, bytes: &[u8], session: &[u8; 10], state: &State) {
        let (mut asked, over) = (false, &mut self.over);
        self.server.on_bytes(now, bytes, &mut |output| match output {
            ServerOutput::Login(_) => asked = true,
            ServerOutput::Closed(_) => *over = true,
            ServerOutput::Send(_) | ServerOutput::Unsequenced(_) => {}
        });
        if !asked {
            return;
        }
        let unsent = &mut self.unsent;
        let mut send = |output: ServerOutput<'_>| {
            if let ServerOutput::Send(bytes) = output {
                unsent.extend(bytes);
            }
        };
        self.server.accept(session, 1, now, &mut send);
        for message in state.messages() {
            self.server.send_message(&message, now, &mut send);
        }
        let next = [&b"G"[..], &number(state.seen() + 1)].concat();
        self.server.send_message(&next, now, &mut send);
    }

    /// Lets time pass.
    pub fn on_time(&mut self, now: u64) {
        let Self { server, unsent, over } = self;
        server.on_time(now, &mut |output| match output {
            ServerOutput::Send(bytes) => unsent.extend(bytes),
            ServerOutput::Closed(_) => *over = true,
            ServerOutput::Login(_) | ServerOutput::Unsequenced(_) => {}
        });
    }

    /// What is to be sent still; take off its front what was.
    pub fn unsent(&mut self) -> &mut Vec<u8> {
        &mut self.unsent
    }

    /// Whether the connection is to be closed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }
}
