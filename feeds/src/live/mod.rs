//! Packets as they arrive, from the network or from a capture, and the way from there to events.
//!
//! A [`PacketSource`] is polled and never waits, so that one thread can spin over several.
//! [`Receiver`] takes what they give through [`crate::session`] and has the events; [`LiveSource`]
//! makes it a source like any file.

mod capture;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod receiver;
#[cfg(target_os = "linux")]
mod socket;
#[cfg(target_os = "linux")]
mod source;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(target_os = "linux")]
mod udp;
#[cfg(target_os = "linux")]
mod uring;

use crate::session::Line;
use std::io;

pub use capture::CaptureLines;

#[cfg(target_os = "linux")]
pub use {
    receiver::{Receiver, ReceiverStats, Recovery},
    socket::{LineSocket, UdpOptions},
    source::LiveSource,
    sys::dial,
    udp::UdpLine,
    uring::UringLine,
};
/// A datagram that arrived.
#[derive(Clone, Copy, Debug)]
pub struct LivePacket<'a> {
    /// By which line.
    pub line: Line,
    /// When the kernel took it, in UNIX nanoseconds, or when the network card did, by its own clock,
    /// if that was asked for and it said; 0 if nobody said.
    pub time: u64,
    /// Its bytes.
    pub datagram: &'a [u8],
}

/// Where packets come from.
pub trait PacketSource {
    /// Gives the packets that are there now, without waiting, and says how many; not all of them
    /// if they are many.
    ///
    /// # Errors
    /// If the source cannot be read. That nothing is there is no error.
    fn poll(&mut self, each: &mut dyn FnMut(LivePacket<'_>)) -> io::Result<usize>;

    /// Packets that the kernel dropped because they were not taken in time.
    fn dropped(&self) -> u64;

    /// Packets whose time is the network card's, see [`UdpOptions::hardware_times`].
    fn hardware_times(&self) -> u64 {
        0
    }

    /// Whether nothing will ever come again: a network has no end.
    fn ended(&self) -> bool {
        false
    }
}
