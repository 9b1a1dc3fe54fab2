//! Packet captures: the file, its datagrams, and the protocols found in them.
//!
//! A capture is one feed: the first datagram that speaks a known protocol decides which, and
//! datagrams of others are counted and skipped.

mod capture;
mod checksum;
mod datagrams;
mod mold;
mod numbered;

use crate::source::Format;
use crate::{iex, mdp3};
pub(crate) use capture::is_capture;
pub(crate) use datagrams::{Datagram, Datagrams, Destination};
pub(crate) use mold::mold_feed;
pub(crate) use numbered::{Header, NumberedFeed, Protocol, gap};

/// What the datagrams of a capture speak. A capture in which nothing is known is taken for one of
/// MoldUDP64, all of whose packets are skipped.
pub(crate) fn protocol(capture: &[u8]) -> Format {
    let see = |datagram: &[u8]| {
        if iex::is_packet(datagram) {
            Some(Format::IexTp)
        } else if mdp3::is_packet(datagram) {
            Some(Format::Mdp3)
        } else {
            crate::mold::Packet::parse(datagram).map(|_| Format::Pcap)
        }
    };
    datagrams::find(capture, see).unwrap_or(Format::Pcap)
}
