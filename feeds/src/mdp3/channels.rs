//! Which lines carry the same channel, and the sequence of each channel.
//!
//! The packets do not name their channel; a channel's two lines carry the same packets. So a packet
//! with the number and sending time of one that came lately belongs to that one's channel, and its
//! line from then on too. Until a line has shown such a packet it is a channel of its own.
//!
//! A number that is neither expected nor missing, in a packet sent after every other, is a channel
//! that counts anew: it does so every week. Memory is bounded: [`RECENT`] packets, and a line per
//! destination address.

use std::collections::{HashMap, VecDeque};

use crate::mold::Sequence;
use crate::pcap::Destination;

/// Packets remembered, of all channels together.
const RECENT: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Channels {
    /// The channel of each line.
    lines: HashMap<Destination, usize>,
    channels: Vec<Channel>,
    /// The channel of each packet seen lately, by number and sending time.
    recent: HashMap<(u64, u64), usize>,
    order: VecDeque<(u64, u64)>,
}

#[derive(Debug)]
struct Channel {
    sequence: Sequence,
    latest: u64,
}

impl Channels {
    /// The sequence that a packet belongs to.
    pub(super) fn of(&mut self, line: Destination, number: u64, sent: u64) -> &mut Sequence {
        let packet = (number, sent);
        let twin = self.recent.get(&packet).copied();
        let known = twin.or_else(|| self.lines.get(&line).copied());
        let index = known.unwrap_or_else(|| {
            self.channels.push(Channel { sequence: Sequence::starting_at(number), latest: 0 });
            self.channels.len() - 1
        });
        self.lines.insert(line, index);
        if self.recent.insert(packet, index).is_none() {
            self.order.push_back(packet);
        }
        if self.order.len() > RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        let channel = &mut self.channels[index];
        if sent > channel.latest {
            channel.latest = sent;
            if channel.sequence.is_past(number) {
                channel.sequence = Sequence::starting_at(number);
            }
        }
        &mut channel.sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mold::Order::{self, Duplicate, Late, Next};

    fn line(port: u16) -> Destination {
        Destination::new([224; 16], port)
    }

    fn orders(packets: &[(u16, u64, u64)]) -> Vec<(Order, bool)> {
        let mut channels = Channels::default();
        let one = |&(port, number, sent): &(u16, u64, u64)| {
            let sequence = channels.of(line(port), number, sent);
            let gap = sequence.gap_before(number).is_some();
            (sequence.take(number), gap)
        };
        packets.iter().map(one).collect()
    }

    #[test]
    fn two_lines_are_one_channel_whichever_leads() {
        let found = orders(&[(1, 5, 50), (2, 5, 50), (2, 6, 60), (1, 6, 60), (1, 7, 70)]);
        let (next, again) = ((Next, false), (Duplicate, false));
        assert_eq!(found, [next, again, next, again, next]);
    }

    #[test]
    fn a_line_that_starts_ahead_is_joined_when_its_packet_comes_again() {
        let found = orders(&[(1, 5, 50), (2, 6, 60), (1, 6, 60), (1, 7, 70), (2, 7, 70)]);
        assert_eq!(found[2..], [(Duplicate, false), (Next, false), (Duplicate, false)]);
    }

    #[test]
    fn lines_of_other_packets_stay_apart() {
        let found = orders(&[(1, 5, 50), (2, 900, 51), (1, 6, 60), (2, 901, 61)]);
        assert!(found.iter().all(|found| *found == (Next, false)));
    }

    #[test]
    fn late_packets_and_a_new_count_are_told_apart() {
        let found = orders(&[(1, 5, 50), (1, 7, 70), (1, 6, 60), (1, 6, 60), (1, 1, 80)]);
        let expected =
            [(Next, false), (Next, true), (Late, false), (Duplicate, false), (Next, false)];
        assert_eq!(found, expected);
    }
}
