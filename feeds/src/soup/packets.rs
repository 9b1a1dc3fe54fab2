//! Packets of both directions, and their assembly from pieces of a byte stream.

/// Bytes of the length before a packet.
pub(super) const PREFIX: usize = 2;

/// Silence that both sides allow. Times are in nanoseconds of the caller's clock.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// A heartbeat is sent after so long without sending anything.
    pub heartbeat: u64,
    /// The peer is dead after so long without hearing anything.
    pub silence: u64,
}

impl Default for Timers {
    /// 1 s and 15 s.
    fn default() -> Self {
        Self { heartbeat: 1_000_000_000, silence: 15_000_000_000 }
    }
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Closed {
    /// The server refused the login.
    #[error("login rejected with code {:?} (A: not authorised, S: no such session)", char::from(*.0))]
    Rejected(u8),
    /// The peer was silent too long.
    #[error("nothing was heard from the peer in time")]
    Silent,
    /// The bytes are not SoupBinTCP.
    #[error("packet at byte {offset} of the stream is not valid (type {kind:#04x})")]
    Malformed {
        /// Place of the packet in the stream.
        offset: u64,
        /// Its type; 0 if it has none.
        kind: u8,
    },
    /// The session is over, or the client logged out.
    #[error("the session ended")]
    Ended,
}

/// A login request. Shorter names are padded with spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// Padded on the right.
    pub user: [u8; 6],
    /// Padded on the right.
    pub password: [u8; 10],
    /// The session wanted, padded on the left; blank = the current one.
    pub session: [u8; 10],
    /// Number of the first message wanted; 0 = the newest.
    pub sequence: u64,
}

impl Login {
    pub(super) fn payload(&self) -> [u8; 46] {
        let mut bytes = [0; 46];
        bytes[..6].copy_from_slice(&self.user);
        bytes[6..16].copy_from_slice(&self.password);
        bytes[16..26].copy_from_slice(&self.session);
        bytes[26..].copy_from_slice(&number(self.sequence));
        bytes
    }

    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let payload: &[u8; 46] = payload.try_into().ok()?;
        let (user, rest) = payload.split_first_chunk()?;
        let (password, rest) = rest.split_first_chunk()?;
        let (session, sequence) = rest.split_first_chunk()?;
        Some(Self {
            user: *user,
            password: *password,
            session: *session,
            sequence: parse_number(sequence)?,
        })
    }
}

/// The payload of "login accepted".
pub(super) fn accepted(session: &[u8; 10], next: u64) -> [u8; 30] {
    let mut bytes = [0; 30];
    bytes[..10].copy_from_slice(session);
    bytes[10..].copy_from_slice(&number(next));
    bytes
}

pub(super) fn parse_accepted(payload: &[u8]) -> Option<([u8; 10], u64)> {
    let payload: &[u8; 30] = payload.try_into().ok()?;
    let (session, next) = payload.split_first_chunk()?;
    Some((*session, parse_number(next)?))
}

/// Twenty characters, padded with spaces on the left.
pub(crate) fn number(mut value: u64) -> [u8; 20] {
    let mut text = [b' '; 20];
    for place in text.iter_mut().rev() {
        *place = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text
}

pub(crate) fn parse_number(text: &[u8]) -> Option<u64> {
    str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// Writes a packet into `buffer`, in place of what was there. A payload that no packet can hold is
/// cut by nobody: `None`.
pub(super) fn write<'a>(buffer: &'a mut Vec<u8>, kind: u8, payload: &[u8]) -> Option<&'a [u8]> {
    let length = u16::try_from(payload.len() + 1).ok()?;
    buffer.clear();
    buffer.extend(length.to_be_bytes());
    buffer.push(kind);
    buffer.extend(payload);
    Some(buffer)
}

/// The first packet of `bytes` with its length in all, if it is complete; type 0 if it is empty.
pub(super) fn first(bytes: &[u8]) -> Option<(usize, u8, &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>()?;
    let packet = rest.get(..usize::from(u16::from_be_bytes(*prefix)))?;
    let (kind, payload) = packet.split_first().map_or((0, packet), |(kind, rest)| (*kind, rest));
    Some((PREFIX + packet.len(), kind, payload))
}

/// Packets from pieces of a stream. Holds less than one packet: at most 64 KiB.
#[derive(Debug)]
pub(super) struct Assembler {
    part: Vec<u8>,
    /// Place of the next packet in the stream.
    pub(super) offset: u64,
}

impl Assembler {
    pub(super) fn new() -> Self {
        Self { part: Vec::with_capacity(PREFIX + usize::from(u16::MAX)), offset: 0 }
    }

    /// Gives every packet that is complete now, as long as `each` wants more.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(u64, u8, &[u8]) -> bool) {
        while !self.part.is_empty() && !bytes.is_empty() {
            let want = match self.part.first_chunk::<PREFIX>() {
                Some(prefix) => PREFIX + usize::from(u16::from_be_bytes(*prefix)),
                None => PREFIX,
            };
            let (now, later) = bytes.split_at(bytes.len().min(want - self.part.len()));
            self.part.extend(now);
            bytes = later;
            if let Some((length, kind, payload)) = first(&self.part) {
                let at = self.offset;
                self.offset += length as u64;
                let more = each(at, kind, payload);
                self.part.clear();
                if !more {
                    return;
                }
            }
        }
        while let Some((length, kind, payload)) = first(bytes) {
            let at = self.offset;
            self.offset += length as u64;
            bytes = &bytes[length..];
            if !each(at, kind, payload) {
                return;
            }
        }
        self.part.extend(bytes);
    }
}

/// When each side last did something.
#[derive(Debug)]
pub(super) struct Clocks {
    pub(super) timers: Timers,
    pub(super) sent: u64,
    pub(super) heard: u64,
}

impl Clocks {
    pub(super) fn deadline(&self) -> u64 {
        let silent = self.heard.saturating_add(self.timers.silence);
        silent.min(self.sent.saturating_add(self.timers.heartbeat))
    }

    pub(super) fn silent(&self, now: u64) -> bool {
        now.saturating_sub(self.heard) >= self.timers.silence
    }

    pub(super) fn heartbeat_due(&self, now: u64) -> bool {
        now.saturating_sub(self.sent) >= self.timers.heartbeat
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_twenty_characters() {
        assert_eq!(&number(0), b"                   0");
        assert_eq!(&number(u64::MAX), b"18446744073709551615");
        assert_eq!(parse_number(b"                 123"), Some(123));
        assert_eq!(parse_number(b"00000000000000000123"), Some(123));
        assert_eq!((parse_number(b"   "), parse_number(b"99999999999999999999")), (None, None));
    }

    proptest! {
        /// Any split of a stream gives the same packets at the same places.
        #[test]
        fn splits_do_not_matter(
            payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 0..20),
            cuts in proptest::collection::vec(1usize..7, 1..50),
        ) {
            let (mut stream, mut expected, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
            for payload in &payloads {
                expected.push((stream.len() as u64, b'S', payload.clone()));
                stream.extend(write(&mut buffer, b'S', payload).unwrap());
            }
            let (mut assembler, mut got, mut rest) = (Assembler::new(), Vec::new(), &stream[..]);
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at(rest.len().min(*cut));
                assembler.push(now, |at, kind, payload| {
                    got.push((at, kind, payload.to_vec()));
                    true
                });
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(got, expected);
        }
    }
}
