//! Messages and groups of the Simple Binary Encoding, and the templates that are known.

/// Size, block length, template, schema and version.
const MESSAGE_HEADER: usize = 10;
/// The schema of MDP 3.0.
const SCHEMA: u16 = 1;

pub(super) const HEARTBEAT: u16 = 12;

/// One message of a packet.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// Bytes of the whole message.
    pub(super) size: usize,
    pub(super) template: u16,
    pub(super) version: u16,
    pub(super) block: &'a [u8],
    /// What stands behind the block.
    pub(super) groups: &'a [u8],
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageFault {
    #[error("is longer than what is left of its packet")]
    Overlong,
    #[error("has a size or block length that no message can have")]
    Size,
    #[error("is not of schema 1")]
    Schema,
    #[error("is of a template that is not known; skipped by its size")]
    Unknown,
    #[error("has a block or group shorter than its template; skipped by its size")]
    Cut,
}

impl<'a> Message<'a> {
    /// The first message, and what stands behind it.
    pub(super) fn split(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), MessageFault> {
        let head = bytes.first_chunk::<MESSAGE_HEADER>().ok_or(MessageFault::Overlong)?;
        let field = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (size, block_length) = (usize::from(field(0)), usize::from(field(2)));
        let (whole, rest) = bytes.split_at_checked(size).ok_or(MessageFault::Overlong)?;
        if field(6) != SCHEMA {
            return Err(MessageFault::Schema);
        }
        let body = whole.get(MESSAGE_HEADER..).ok_or(MessageFault::Size)?;
        let (block, groups) = body.split_at_checked(block_length).ok_or(MessageFault::Size)?;
        let (template, version) = (field(4), field(8));
        Ok((Self { size, template, version, block, groups }, rest))
    }

    /// The letter under which messages of this template are counted; `None` if it is not known.
    pub(super) fn code(&self) -> Option<u8> {
        let kind = KINDS.iter().find(|(_, templates, _)| templates.contains(&self.template));
        kind.map(|(code, ..)| *code)
    }
}

/// A repeating group: entries of one length.
#[derive(Debug)]
pub(super) struct Group<'a> {
    length: usize,
    entries: &'a [u8],
}

impl<'a> Group<'a> {
    /// A group whose head is block length (u16) and count (u8).
    pub(super) fn take(rest: &mut &'a [u8]) -> Option<Self> {
        Self::with_head::<3>(rest)
    }

    /// A group whose head is filled to 8 bytes, with the count in the last one.
    pub(super) fn take_wide(rest: &mut &'a [u8]) -> Option<Self> {
        Self::with_head::<8>(rest)
    }

    fn with_head<const HEAD: usize>(rest: &mut &'a [u8]) -> Option<Self> {
        let (head, body) = rest.split_first_chunk::<HEAD>()?;
        let (length, count) = (usize::from(u16_at(head, 0)?), usize::from(head[HEAD - 1]));
        let (entries, after) = body.split_at_checked(length * count)?;
        *rest = after;
        Some(Self { length, entries })
    }

    /// The entries, each of the group's length.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.entries.chunks_exact(self.length.max(1))
    }

    /// The entry of that number.
    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.iter().nth(index)
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// A count or quantity; none as 0.
pub(super) fn quantity_at(bytes: &[u8], at: usize) -> Option<u32> {
    let quantity = i32::from_le_bytes(array(bytes, at)?);
    Some(if quantity == i32::MAX { 0 } else { quantity.unsigned_abs() })
}

/// A letter for each kind of message, the templates that have it in one version or another, and
/// its name in the schema.
const KINDS: [(u8, &[u16], &str); 21] = [
    (b'R', &[4], "ChannelReset"),
    (b'H', &[HEARTBEAT], "AdminHeartbeat"),
    (b'I', &[15], "AdminLogin"),
    (b'J', &[16], "AdminLogout"),
    (b'f', &[27, 54], "MDInstrumentDefinitionFuture"),
    (b's', &[29, 56], "MDInstrumentDefinitionSpread"),
    (b'o', &[41, 55], "MDInstrumentDefinitionOption"),
    (b'i', &[57], "MDInstrumentDefinitionFixedIncome"),
    (b'r', &[58], "MDInstrumentDefinitionRepo"),
    (b'x', &[63], "MDInstrumentDefinitionFX"),
    (b'h', &[30], "SecurityStatus"),
    (b'L', &[32, 46, 64], "MDIncrementalRefreshBook"),
    (b'O', &[43, 47], "MDIncrementalRefreshOrderBook"),
    (b'T', &[42, 48, 65], "MDIncrementalRefreshTradeSummary"),
    (b'D', &[33, 49], "MDIncrementalRefreshDailyStatistics"),
    (b'B', &[34, 50], "MDIncrementalRefreshLimitsBanding"),
    (b'S', &[35, 51], "MDIncrementalRefreshSessionStatistics"),
    (b'V', &[37], "MDIncrementalRefreshVolume"),
    (b'W', &[38, 52, 68], "SnapshotFullRefresh"),
    (b'w', &[44, 53], "SnapshotFullRefreshOrderBook"),
    (b'Q', &[39], "QuoteRequest"),
];

/// The name of the messages that are counted under a letter.
pub(super) fn name_of(code: u8) -> &'static str {
    KINDS.iter().find(|(letter, ..)| *letter == code).map_or("unknown", |(.., name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_templates_are_unique() {
        let mut letters: Vec<u8> = KINDS.iter().map(|(code, ..)| *code).collect();
        let mut templates: Vec<u16> =
            KINDS.iter().flat_map(|(_, of, _)| of.iter().copied()).collect();
        letters.sort_unstable();
        templates.sort_unstable();
        assert!(letters.is_sorted_by(|a, b| a < b) && templates.is_sorted_by(|a, b| a < b));
    }
}
