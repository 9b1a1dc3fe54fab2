//! What the kernel says of a datagram beside its bytes: when it came, and how many were dropped
//! before it.
//!
//! Source: `cmsg(3)`, `socket(7)`. A record is a length (with this head), a level and a type, then
//! its data, padded to eight bytes; 64-bit Linux.

/// Bytes of a record before its data.
const HEAD: usize = 16;
/// Bytes of a time.
const TIME: usize = 16;

/// What came with a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// In nanoseconds; 0 = not told. The network card's if it gave one.
    pub(super) time: u64,
    /// Whether the time is the network card's.
    pub(super) by_card: bool,
    /// The counter of drops.
    pub(super) drops: Option<u32>,
}

pub(super) fn read(mut records: &[u8]) -> Told {
    let mut told = Told::default();
    while let Some((kind, data, length)) = record(records) {
        match kind {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) if !told.by_card => {
                told.time = time(data).unwrap_or(told.time);
            }
            // The kernel's time, one that is no longer used, the card's: 0 = not told.
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPING) => {
                if let Some(time @ 1..) = data.get(2 * TIME..).and_then(time) {
                    (told.time, told.by_card) = (time, true);
                }
            }
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                told.drops = data.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
            }
            _ => {}
        }
        records = records.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    told
}

/// Seconds and nanoseconds as nanoseconds.
fn time(data: &[u8]) -> Option<u64> {
    let (words, _) = data.get(..TIME)?.as_chunks::<8>();
    let [seconds, nanoseconds] = [words[0], words[1]].map(u64::from_ne_bytes);
    Some(seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds))
}

/// Level and type, data, and length in all of the first record.
fn record(records: &[u8]) -> Option<((libc::c_int, libc::c_int), &[u8], usize)> {
    let (length, rest) = records.split_first_chunk()?;
    let (level, rest) = rest.split_first_chunk()?;
    let kind = rest.first_chunk()?;
    let length = usize::from_ne_bytes(*length);
    let data = records.get(HEAD..length)?;
    Some(((i32::from_ne_bytes(*level), i32::from_ne_bytes(*kind)), data, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: libc::c_int, data: &[u8]) -> Vec<u8> {
        let mut bytes = (HEAD + data.len()).to_ne_bytes().to_vec();
        bytes.extend(libc::SOL_SOCKET.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    #[test]
    fn times_and_drops_are_found_among_others() {
        let time = [2u64.to_ne_bytes(), 7u64.to_ne_bytes()].concat();
        let records = [
            written(99, b"other"),
            written(libc::SO_RXQ_OVFL, &5u32.to_ne_bytes()),
            written(libc::SCM_TIMESTAMPNS, &time),
        ]
        .concat();
        let told = Told { time: 2_000_000_007, by_card: false, drops: Some(5) };
        assert_eq!(read(&records), told);
        assert_eq!(read(&[]), Told::default());
        for length in 0..records.len() {
            read(&records[..length]);
        }
        assert_eq!(read(&[0; 64]), Told::default(), "a length of nothing ends it");
    }

    #[test]
    fn the_time_of_the_card_goes_before_the_kernels() {
        let time = |seconds: u64| [seconds.to_ne_bytes(), 7u64.to_ne_bytes()].concat();
        let kernel = written(libc::SCM_TIMESTAMPNS, &time(2));
        let none = written(libc::SCM_TIMESTAMPING, &[time(2), vec![0; 32]].concat());
        let card = written(libc::SCM_TIMESTAMPING, &[time(2), vec![0; 16], time(3)].concat());
        let by_card = Told { time: 3_000_000_007, by_card: true, drops: None };
        assert_eq!(read(&[&card[..], &kernel].concat()), by_card);
        assert_eq!(read(&[&kernel[..], &card].concat()), by_card);
        let by_kernel = Told { time: 2_000_000_007, ..Told::default() };
        assert_eq!(read(&[kernel, none].concat()), by_kernel);
    }
}
