//! Unpacking gzip, xz and zstd within bounds: neither how much comes out, nor the window that the
//! packer asks for, is left to whoever made the file.

use std::io::{self, BufRead, Read};

const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const XZ_MAGIC: &[u8] = &[0xFD, b'7', b'z', b'X', b'Z', 0];

/// Largest window of zstd as a power of two: 128 MiB, that of `zstd --long`.
const ZSTD_WINDOW_LOG: u32 = 27;
/// Most memory for unpacking xz in KiB: the dictionary of `xz -9e` is a quarter of it.
const XZ_KIB: u32 = 256 << 10;

/// The content of `packed`, or `None` if it is not packed.
///
/// # Errors
/// If it is damaged, or has more than `limit` bytes unpacked. The error says at which packed byte.
pub(crate) fn unpack(packed: &[u8], limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut rest = packed;
    let unpacked = if packed.starts_with(GZIP_MAGIC) {
        read_within(flate2::bufread::MultiGzDecoder::new(&mut rest), limit)
    } else if packed.starts_with(XZ_MAGIC) {
        read_within(lzma_rust2::XzReader::new_mem_limit(&mut rest, true, XZ_KIB), limit)
    } else if packed.starts_with(ZSTD_MAGIC) {
        zstd_reader(&mut rest).and_then(|reader| read_within(reader, limit))
    } else {
        return Ok(None);
    };
    let located = |error: io::Error| {
        let at = packed.len() - rest.len();
        io::Error::new(
            error.kind(),
            format!("unpacking stopped at byte {at} of {}: {error}", packed.len()),
        )
    };
    unpacked.map(Some).map_err(located)
}

fn zstd_reader<R: BufRead>(packed: R) -> io::Result<impl Read> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(packed)?;
    reader.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(reader)
}

/// Reads to the end, in memory for at most twice `limit`.
///
/// # Errors
/// If reading fails, or there are more than `limit` bytes.
pub(crate) fn read_within(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!(
                "the content has more than {limit} bytes, the most that is taken into memory; \
                 raise the limit (`--unpacked-limit`) or unpack it into a file, which is mapped"
            ),
        ));
    }
    Ok(content)
}
