//! The socket of a line: its address, its group, and what the kernel grants beyond that.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};

use super::sys;

/// Longest datagram: a jumbo frame's.
pub(super) const DATAGRAM: usize = 9_000;

/// How a line is received.
#[derive(Clone, Debug)]
pub struct UdpOptions {
    /// Where datagrams are sent to: a multicast group, which is joined, or an address of this
    /// machine. Port 0 = any free one.
    pub address: SocketAddrV4,
    /// The interface on which a group is joined; unspecified = the kernel's choice.
    pub interface: Ipv4Addr,
    /// Bytes that the kernel may hold (`SO_RCVBUF`, by force where that is allowed).
    pub receive_buffer: u32,
    /// Microseconds that the kernel polls the device in each call (`SO_BUSY_POLL`); 0 = never.
    pub busy_poll: u32,
    /// Times of arrival by the network card (`SO_TIMESTAMPING`). The card must have been told to
    /// take them, which needs rights that this has not (`hwstamp_ctl -i DEVICE -r 1`), and its clock
    /// must be kept (`phc2sys`). A packet for which it gives none has the kernel's time;
    /// [`hardware_times`](super::PacketSource::hardware_times) says how many have the card's.
    pub hardware_times: bool,
}

impl UdpOptions {
    /// Datagrams to `address`, with 8 MiB in the kernel and no polling of the device.
    #[must_use]
    pub fn new(address: SocketAddrV4) -> Self {
        let interface = Ipv4Addr::UNSPECIFIED;
        Self { address, interface, receive_buffer: 8 << 20, busy_poll: 0, hardware_times: false }
    }
}

/// A socket of a line, which never waits.
#[derive(Debug)]
pub struct LineSocket {
    udp: UdpSocket,
    /// What the kernel did not grant, in sentences.
    notes: Vec<String>,
}

impl LineSocket {
    /// Opens a socket and joins the group, if it is one. A group that cannot be joined is listened
    /// to on its port of 127.0.0.1, where a local exchange without multicast sends.
    ///
    /// # Errors
    /// If the kernel refuses the socket or the address. What it may refuse without harm is in
    /// [`notes`](Self::notes).
    pub fn open(options: &UdpOptions) -> io::Result<Self> {
        let udp = sys::unbound()?;
        let mut line = Self { udp, notes: Vec::new() };
        line.set("a count of its drops (SO_RXQ_OVFL)", libc::SO_RXQ_OVFL, 1);
        line.set("times of arrival (SO_TIMESTAMPNS)", libc::SO_TIMESTAMPNS, 1);
        if options.hardware_times {
            let flags = libc::SOF_TIMESTAMPING_RX_HARDWARE | libc::SOF_TIMESTAMPING_RAW_HARDWARE;
            let what = "times by the network card (SO_TIMESTAMPING)";
            line.set(what, libc::SO_TIMESTAMPING, flags as libc::c_int);
        }
        line.reserve(options.receive_buffer);
        if options.busy_poll > 0 {
            let time = options.busy_poll.min(1 << 20) as libc::c_int;
            line.set("polling of the device (SO_BUSY_POLL)", libc::SO_BUSY_POLL, time);
        }
        if options.address.ip().is_multicast() {
            // Several receivers of a group may live on one machine.
            sys::set(&line.udp, libc::SO_REUSEADDR, 1)?;
            line.join(options)?;
        } else {
            sys::bind(&line.udp, options.address)?;
        }
        line.udp.set_nonblocking(true)?;
        Ok(line)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }

    /// The socket itself.
    #[must_use]
    pub fn udp(&self) -> &UdpSocket {
        &self.udp
    }

    /// What the kernel did not grant, in sentences.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn set(&mut self, what: &str, option: libc::c_int, value: libc::c_int) {
        if let Err(error) = sys::set(&self.udp, option, value) {
            self.notes.push(format!("the kernel gives no {what}: {error}"));
        }
    }

    /// Asks for room; the kernel doubles what it grants, for its own needs.
    fn reserve(&mut self, bytes: u32) {
        let wanted = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
        let granted = sys::set(&self.udp, libc::SO_RCVBUFFORCE, wanted)
            .or_else(|_| sys::set(&self.udp, libc::SO_RCVBUF, wanted))
            .and_then(|()| sys::get(&self.udp, libc::SO_RCVBUF))
            .map(|doubled| doubled / 2);
        match granted {
            Ok(granted) if granted >= wanted => {}
            Ok(granted) => self.notes.push(format!(
                "the kernel holds {granted} bytes of datagrams, not {wanted}: raise net.core.rmem_max"
            )),
            Err(error) => self.notes.push(format!("the kernel's room is as it was: {error}")),
        }
    }

    fn join(&mut self, options: &UdpOptions) -> io::Result<()> {
        let group = options.address;
        // Bound to the group: what others send to the same port stays out.
        let joined = sys::bind(&self.udp, group)
            .and_then(|()| self.udp.join_multicast_v4(group.ip(), &options.interface));
        let Err(error) = joined else { return Ok(()) };
        let local = SocketAddrV4::new(Ipv4Addr::LOCALHOST, group.port());
        self.notes.push(format!("no multicast to {group} ({error}): listening on {local}"));
        self.udp = sys::unbound()?;
        sys::bind(&self.udp, local)
    }
}

/// The kernel's counter of drops, which wraps, as a sum.
#[derive(Debug, Default)]
pub(super) struct DropCounter {
    pub(super) total: u64,
    last: u32,
}

impl DropCounter {
    /// Takes what came with a datagram.
    pub(super) fn tell(&mut self, counter: Option<u32>) {
        if let Some(counter) = counter {
            self.total += u64::from(counter.wrapping_sub(self.last));
            self.last = counter;
        }
    }
}
