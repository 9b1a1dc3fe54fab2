//! CRC-32C (Castagnoli), two ways: folding is the fastest over a whole block, the processor's own
//! instruction over the 64 bytes of one event.

use crc_fast::CrcAlgorithm::Crc32Iscsi;

/// The checksum of `bytes`.
pub(super) fn of(bytes: &[u8]) -> u32 {
    // The result is 64 bits wide because the crate has longer checksums as well.
    crc_fast::checksum(Crc32Iscsi, bytes) as u32
}

/// The checksum of what `crc` is of, and then `event`.
pub(super) fn and_then(crc: u32, event: &[u8]) -> u32 {
    crc32c::crc32c_append(crc, event)
}
