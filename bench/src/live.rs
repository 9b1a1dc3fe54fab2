//! The feed called `live`: the lines of a MoldUDP64 session with ITCH 5.0 messages, as they come.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use tourbillon_feeds::Options;
use tourbillon_feeds::exchange::Addresses;
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::live::{
    LineSocket, LiveSource, PacketSource, Receiver, Recovery, UdpLine, UdpOptions, UringLine, dial,
};
use tourbillon_feeds::session::{
    ArbiterOptions, Events, Line, NoSnapshot, SnapshotSource, SoupSnapshots,
};
use tourbillon_feeds::soup::{Login, Timers};

/// Its name.
pub const NAME: &str = "live";

/// Most bytes of a snapshot: some seven million orders.
const SNAPSHOT_BYTES: usize = 256 << 20;

/// Where in the session a receiver begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Begin {
    /// With message 1: what was sent before is asked for.
    #[default]
    Start,
    /// With a snapshot, and the first message after it.
    Snapshot,
    /// With the first message that is heard.
    Now,
}

/// How datagrams are taken from the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Receive {
    /// Many with one system call.
    #[default]
    Recvmmsg,
    /// From a ring shared with the kernel.
    IoUring,
}

/// What to listen to.
#[derive(Debug, Clone)]
pub struct LiveRequest {
    /// One line, or two that carry the same.
    pub lines: Vec<SocketAddrV4>,
    /// Where groups are joined.
    pub interface: Ipv4Addr,
    /// Retransmission servers, asked in turn.
    pub rerequest: Vec<SocketAddrV4>,
    /// How often a message is asked for, without any progress, before it is given up.
    pub tries: u32,
    /// The snapshot server.
    pub snapshot: Option<SocketAddrV4>,
    /// Where to begin.
    pub begin: Begin,
    /// The source ends when nothing comes for so long.
    pub patience: Duration,
    /// How long the kernel polls the device in each call.
    pub busy_poll: Duration,
    /// How datagrams are taken; where io_uring is refused, by `recvmmsg`.
    pub receive: Receive,
    /// Times of arrival by the network card, where it gives them.
    pub hardware_times: bool,
}

impl Default for LiveRequest {
    /// The local exchange.
    fn default() -> Self {
        let Addresses { lines, rerequest, snapshot } = Addresses::default();
        Self {
            lines: lines.to_vec(),
            interface: Ipv4Addr::LOCALHOST,
            rerequest: vec![rerequest],
            tries: ArbiterOptions::default().tries,
            snapshot: Some(snapshot),
            begin: Begin::default(),
            patience: Duration::from_secs(15),
            busy_poll: Duration::ZERO,
            receive: Receive::default(),
            hardware_times: false,
        }
    }
}

impl LiveRequest {
    /// The session as a source of events.
    ///
    /// # Errors
    ///
    /// If a socket cannot be had.
    pub fn open(&self, options: &Options) -> io::Result<LiveSource> {
        Ok(LiveSource::new(self.receiver(options)?, self.patience))
    }

    /// The receiver of the session.
    ///
    /// # Errors
    ///
    /// If a socket cannot be had.
    pub fn receiver(&self, options: &Options) -> io::Result<Receiver> {
        let mut lines: Vec<Box<dyn PacketSource + Send>> = Vec::new();
        for (name, address) in [Line::A, Line::B].into_iter().zip(&self.lines) {
            lines.push(self.line(name, *address)?);
        }
        let any = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
        let servers = self.rerequest.iter().map(|&server| server.into()).collect();
        let recovery = match self.rerequest[..] {
            [] => None,
            _ => {
                let socket = self.socket(Line::Recovery, any)?;
                Some(Recovery::new(UdpLine::new(Line::Recovery, socket), servers))
            }
        };
        let arbiter = ArbiterOptions {
            first: (self.begin == Begin::Start).then_some(1),
            snapshot_first: self.begin == Begin::Snapshot,
            tries: self.tries,
            // With one line, what is missing will not come by itself.
            patience: if self.lines.len() > 1 { ArbiterOptions::default().patience } else { 0 },
            ..ArbiterOptions::default()
        };
        let decoder = Decoder::new(options.session_midnight_ns, options.source);
        Ok(Receiver::new(lines, recovery, self.snapshots(), arbiter, Events::new(decoder)))
    }

    fn line(&self, line: Line, address: SocketAddrV4) -> io::Result<Box<dyn PacketSource + Send>> {
        if self.receive == Receive::IoUring {
            match UringLine::new(line, self.socket(line, address)?) {
                Ok(ring) => return Ok(Box::new(ring)),
                Err(error) => eprintln!(
                    "tourbillon: note: line {line:?}: no io_uring ({error}): recvmmsg instead"
                ),
            }
        }
        Ok(Box::new(UdpLine::new(line, self.socket(line, address)?)))
    }

    fn socket(&self, line: Line, address: SocketAddrV4) -> io::Result<LineSocket> {
        let busy_poll = u32::try_from(self.busy_poll.as_micros()).unwrap_or(u32::MAX);
        let Self { interface, hardware_times, .. } = *self;
        let options =
            UdpOptions { interface, busy_poll, hardware_times, ..UdpOptions::new(address) };
        let socket = LineSocket::open(&options)?;
        for note in socket.notes() {
            eprintln!("tourbillon: note: line {line:?}: {note}");
        }
        Ok(socket)
    }

    fn snapshots(&self) -> Box<dyn SnapshotSource + Send> {
        let Some(server) = self.snapshot else { return Box::new(NoSnapshot) };
        let blank =
            Login { user: [b' '; 6], password: [b' '; 10], session: [b' '; 10], sequence: 1 };
        Box::new(SoupSnapshots::new(move || dial(server), blank, Timers::default(), SNAPSHOT_BYTES))
    }
}
