//! The exchange on sockets of this machine: two lines of datagrams, a retransmission server on a
//! UDP port and a snapshot server on a TCP port, all moved by one caller that never waits.
//!
//! Where the machine has no multicast, the lines go to the same ports of 127.0.0.1 instead, and
//! [`LocalExchange::without_multicast`] says so.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream, UdpSocket};

use super::glimpse::GlimpseServer;
use super::network::{Exchange, Plan};
use super::state::State;
use crate::session::is_later;

/// Packets sent in one poll: requests wait meanwhile.
const PACKETS: usize = 64;
/// Connections served at once; more wait to be accepted.
const CONNECTIONS: usize = 16;

/// Where the exchange is. A port of 0 takes any free one of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where lines A and B are sent to.
    pub lines: [SocketAddrV4; 2],
    /// Where requests for retransmission are answered.
    pub rerequest: SocketAddrV4,
    /// Where snapshots are served.
    pub snapshot: SocketAddrV4,
}

impl Default for Addresses {
    /// Two groups of the organisation's own scope (RFC 2365), and servers on the loopback.
    fn default() -> Self {
        let group = |last, port| SocketAddrV4::new(Ipv4Addr::new(239, 192, 0, last), port);
        let local = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        Self {
            lines: [group(1, 26_400), group(2, 26_401)],
            rerequest: local(26_402),
            snapshot: local(26_403),
        }
    }
}

/// What was served so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Served {
    /// Packets sent on both lines.
    pub packets: u64,
    /// Requests for retransmission heard.
    pub requests: u64,
    /// Those answered.
    pub answers: u64,
    /// Connections to the snapshot server.
    pub snapshots: u64,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    server: GlimpseServer,
}

/// The exchange on sockets.
#[derive(Debug)]
pub struct LocalExchange {
    exchange: Exchange,
    state: State,
    sender: UdpSocket,
    lines: [SocketAddrV4; 2],
    requests: UdpSocket,
    snapshots: TcpListener,
    connections: Vec<Connection>,
    without_multicast: bool,
    served: Served,
}

impl LocalExchange {
    /// Opens the sockets. Nothing is sent before the first [`poll`](Self::poll).
    ///
    /// # Errors
    /// If an address cannot be had.
    pub fn open(
        seed: u64,
        messages: Vec<Vec<u8>>,
        plan: Plan,
        addresses: &Addresses,
    ) -> io::Result<Self> {
        // The sender's own address chooses the interface that a group is reached by.
        let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let requests = UdpSocket::bind(addresses.rerequest)?;
        let snapshots = TcpListener::bind(addresses.snapshot)?;
        requests.set_nonblocking(true)?;
        snapshots.set_nonblocking(true)?;
        Ok(Self {
            exchange: Exchange::new(seed, messages, plan),
            state: State::default(),
            sender,
            lines: addresses.lines,
            requests,
            snapshots,
            connections: Vec::new(),
            without_multicast: false,
            served: Served::default(),
        })
    }

    /// Where requests are answered.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn rerequest_address(&self) -> io::Result<SocketAddr> {
        self.requests.local_addr()
    }

    /// Where snapshots are served.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn snapshot_address(&self) -> io::Result<SocketAddr> {
        self.snapshots.local_addr()
    }

    /// Whether a group could not be reached, so that its line goes to 127.0.0.1.
    #[must_use]
    pub fn without_multicast(&self) -> bool {
        self.without_multicast
    }

    /// What was served so far.
    #[must_use]
    pub fn served(&self) -> Served {
        self.served
    }

    /// When packets are due next, on the clock of [`poll`](Self::poll); `None` when all were sent.
    #[must_use]
    pub fn due(&self) -> Option<u64> {
        self.exchange.due()
    }

    /// Sends what is due at `now` (nanoseconds since the session's start) and answers what was
    /// asked; says whether anything happened.
    ///
    /// # Errors
    /// If a socket fails. A client's fault is no error: its connection is closed.
    pub fn poll(&mut self, now: u64) -> io::Result<bool> {
        let sent = self.send_due(now)?;
        let answered = self.answer_requests()?;
        Ok(sent | answered | self.serve_snapshots(now)?)
    }

    fn send_due(&mut self, now: u64) -> io::Result<bool> {
        for sent in 0..PACKETS {
            let Some(delivery) = self.exchange.next(now) else { return Ok(sent > 0) };
            self.send(delivery.line as usize, &delivery.datagram)?;
            self.served.packets += 1;
        }
        Ok(true)
    }

    /// A datagram that the kernel has no room for is lost, as on any network.
    fn send(&mut self, line: usize, datagram: &[u8]) -> io::Result<()> {
        let to = self.lines[line];
        match self.sender.send_to(datagram, to) {
            Err(error) if is_later(&error) || is_nobody(&error) => Ok(()),
            Err(_) if to.ip().is_multicast() => {
                self.without_multicast = true;
                self.lines[line] = SocketAddrV4::new(Ipv4Addr::LOCALHOST, to.port());
                self.send(line, datagram)
            }
            sent => sent.map(drop),
        }
    }

    fn answer_requests(&mut self) -> io::Result<bool> {
        let mut request = [0; 64];
        let mut answered = false;
        loop {
            match self.requests.recv_from(&mut request) {
                Ok((length, from)) => {
                    self.served.requests += 1;
                    answered = true;
                    if let Some(packet) = self.exchange.answer(&request[..length]) {
                        self.served.answers += 1;
                        // Whoever asked and left gets nothing, and that is all.
                        let _ = self.requests.send_to(&packet, from);
                    }
                }
                Err(error) if is_later(&error) => return Ok(answered),
                Err(error) if is_nobody(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn serve_snapshots(&mut self, now: u64) -> io::Result<bool> {
        while self.connections.len() < CONNECTIONS {
            match self.snapshots.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(true)?;
                    let server = GlimpseServer::new(now);
                    self.connections.push(Connection { stream, server });
                    self.served.snapshots += 1;
                }
                Err(error) if is_later(&error) => break,
                Err(error) => return Err(error),
            }
        }
        if self.connections.is_empty() {
            return Ok(false);
        }
        for message in &self.exchange.sent()[self.state.seen() as usize..] {
            self.state.apply(message);
        }
        let (session, state) = (*self.exchange.session(), &self.state);
        let before = self.connections.len();
        let mut moved = false;
        self.connections.retain_mut(|connection| {
            let bytes = connection.serve(now, &session, state);
            moved |= bytes.is_some_and(|bytes| bytes > 0);
            bytes.is_some()
        });
        Ok(moved | (self.connections.len() < before))
    }
}

impl Connection {
    /// Moves what can be moved; `None` when the connection is over.
    fn serve(&mut self, now: u64, session: &[u8; 10], state: &State) -> Option<usize> {
        let mut bytes = [0; 1_024];
        let mut moved = 0;
        match self.stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(length) => {
                self.server.on_bytes(now, &bytes[..length], session, state);
                moved += length;
            }
            Err(error) if is_later(&error) => self.server.on_time(now),
            Err(_) => return None,
        }
        let unsent = self.server.unsent();
        if !unsent.is_empty() {
            match self.stream.write(unsent) {
                Ok(length) => {
                    unsent.drain(..length);
                    moved += length;
                }
                Err(error) if is_later(&error) => {}
                Err(_) => return None,
            }
        }
        (!self.server.is_over() || !self.server.unsent().is_empty()).then_some(moved)
    }
}

/// Nobody listened to an earlier datagram.
fn is_nobody(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}
