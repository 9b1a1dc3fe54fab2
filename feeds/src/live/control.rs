//! What the kernel says of a datagram beside its bytes: when it came, and how many were dropped
//! before it.
//!
//! Source: `cmsg(3)`, `socket(7)`. A record is a length (with this head), a level and a type, then
//! its data, padded to eight bytes; 64-bit Linux.

/// Bytes of a record before its data.
const HEAD: usize = 16;

/// Time in UNIX nanoseconds (0 = not told) and the counter of drops, if it was told.
pub(super) fn read(mut records: &[u8]) -> (u64, Option<u32>) {
    let (mut time, mut counter) = (0, None);
    while let Some((kind, data, length)) = record(records) {
        match kind {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                if let (&[seconds, nanoseconds], _) = data.as_chunks::<8>()
                    && let [seconds, nanoseconds] = [seconds, nanoseconds].map(u64::from_ne_bytes)
                {
                    time = seconds.wrapping_mul(1_000_000_000).wrapping_add(nanoseconds);
                }
            }
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                counter = data.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes));
            }
            _ => {}
        }
        records = records.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    (time, counter)
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
        assert_eq!(read(&records), (2_000_000_007, Some(5)));
        assert_eq!(read(&[]), (0, None));
        for length in 0..records.len() {
            read(&records[..length]);
        }
        assert_eq!(read(&[0; 64]), (0, None), "a length of nothing ends it");
    }
}
