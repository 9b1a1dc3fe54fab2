//! Small files that unpack to more than there is memory: refused at a limit, with their place, in
//! memory that the limit bounds.

#![allow(unsafe_code)] // A global allocator cannot be written without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tourbillon_feeds::{OpenError, Options, open_bytes, read_all};

/// Knows the most bytes that were ever taken at once.
struct Measuring;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Measuring {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller's promises about `layout` are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `place` came from `alloc` above, hence from the system's allocator, with this
        // layout.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static MEASURING: Measuring = Measuring;

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// A zstd frame by hand, of a window of 2^`window_log` bytes: each of its blocks says in four bytes
/// that a zero is repeated 128 Ki times.
fn zstd_zeros(window_log: u8, blocks: usize) -> Vec<u8> {
    const RUN: u32 = 128 << 10;
    let block = |last: u32| (RUN << 3 | 1 << 1 | last).to_le_bytes()[..3].to_vec();
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, (window_log - 10) << 3];
    frame.extend([block(0), vec![0]].concat().repeat(blocks - 1));
    frame.extend([block(1), vec![0]].concat());
    frame
}

fn gzip_zeros(count: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let piece = vec![0; MIB];
    for _ in 0..count / MIB {
        packer.write_all(&piece).expect("memory takes all");
    }
    packer.finish().expect("memory takes all")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("the preset is valid");
    packer.write_all(bytes).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

/// Why the bytes are refused.
fn refusal(bytes: &[u8], limit: usize) -> String {
    let options = Options { unpacked_limit: Some(limit as u64), ..Options::default() };
    match open_bytes(bytes.to_vec(), &options) {
        Err(error @ OpenError::Io { .. }) => error.to_string(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it is opened"),
    }
}

/// More than 10 GB from a third of a megabyte, and from repeated members and streams.
#[test]
fn a_bomb_is_refused_in_bounded_memory() {
    const LIMIT: usize = 16 * MIB;
    // The content while it grows, the packer's window, and the bomb with its copy.
    const MOST: usize = 3 * LIMIT + 16 * MIB;
    let zstd = zstd_zeros(17, 10 * GIB / (128 << 10) + 1);
    assert!(zstd.len() < MIB / 2);
    let gzip = gzip_zeros(4 * MIB).repeat(1_000);
    let xz = xz(&vec![0; 4 * MIB]).repeat(1_000);
    for bomb in [zstd, gzip, xz] {
        assert!(bomb.len() < 24 * MIB, "{} bytes", bomb.len());
        PEAK.store(LIVE.load(Relaxed), Relaxed);
        let before = LIVE.load(Relaxed);
        let said = refusal(&bomb, LIMIT);
        let taken = PEAK.load(Relaxed) - before - bomb.len();
        assert!(taken < MOST, "{taken} bytes");
        assert!(said.contains("has more than 16777216 bytes"), "{said}");
        let at = said.split("stopped at byte ").nth(1).and_then(|rest| rest.split(' ').next());
        let at: usize = at.and_then(|at| at.parse().ok()).expect("it says where");
        assert!(at > 0 && at < bomb.len() / 10, "stopped at byte {at} of {}", bomb.len());
    }
}

/// The limit is the last length that is taken.
#[test]
fn what_is_within_the_limit_is_read() {
    let header = b"event_type,id,name,volume,price,stock_time\n".to_vec();
    let text = [header, b"SELL,7,INTC,100,27.85,1000\n".repeat(1_000)].concat();
    let zstd = zstd::stream::encode_all(&text[..], 3).expect("memory takes all");
    for packed in [zstd, xz(&text)] {
        let limit = Some(text.len() as u64);
        let options = Options { unpacked_limit: limit, ..Options::default() };
        let mut source = open_bytes(packed.clone(), &options).expect("trades");
        assert_eq!(read_all(&mut *source).len(), 1_000);
        assert!(refusal(&packed, text.len() - 1).contains("raise the limit"));
    }
}

/// A window is memory too: a frame of ten bytes must not get what it asks for.
#[test]
fn a_window_beyond_all_needs_is_refused() {
    assert!(!refusal(&zstd_zeros(27, 1), 1).contains("window"), "as large as `--long` makes it");
    for log in [28, 31, 41] {
        let said = refusal(&zstd_zeros(log, 1), GIB);
        assert!(said.contains("stopped at byte ") && said.contains("memory"), "{log}: {said}");
    }
    let mut xz = xz(b"some text");
    // The block's head: its size, flags, filter LZMA2 with one byte, the dictionary, its sum.
    const BLOCK: usize = 12;
    assert_eq!(xz[BLOCK + 2..BLOCK + 4], [0x21, 1]);
    let sum = BLOCK + 4 * usize::from(xz[BLOCK]);
    xz[BLOCK + 4] = 39;
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &xz[BLOCK..sum]) as u32;
    xz[sum..sum + 4].copy_from_slice(&crc.to_le_bytes());
    let said = refusal(&xz, GIB);
    assert!(said.contains("memory"), "{said}");
}

/// A device or pipe has no length to be asked for.
#[cfg(target_os = "linux")]
#[test]
fn an_endless_device_is_refused() {
    let options = Options { unpacked_limit: Some(MIB as u64), ..Options::default() };
    let zeros = tourbillon_feeds::open(std::path::Path::new("/dev/zero"), &options);
    let said = zeros.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(said.contains("has more than 1048576 bytes"), "{said}");
}
