//! How fast a journal is written and read: `cargo run --release --example journal_speed [events]`.
//!
//! Elapsed time, the best of five runs. Reading touches every event, and is shown
//! for the first time (with its checksums) and for every later time.

use std::hint::black_box;
use std::time::{Duration, Instant};
use tourbillon_feeds::journal::{Journal, JournalWriter, SyncPolicy, WriterOptions};
use tourbillon_feeds::{MarketEvent, read_all, reference};

/// Runs of each kind.
const RUNS: usize = 5;

fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().expect("some runs")
}

fn sum(journal: &Journal) -> u64 {
    let blocks = (0..journal.blocks()).map(|block| {
        let events = journal.block(block).expect("it was written just now");
        events.iter().fold(0_u64, |sum, event| sum.wrapping_add(event.order_id))
    });
    blocks.fold(0, u64::wrapping_add)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = std::env::args().nth(1).map_or(Ok(4_000_000), |text| text.parse())?;
    let events: Vec<MarketEvent> = read_all(&mut reference::Limited::new(1, events));
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("speed.evj");
    let options = WriterOptions { sync: SyncPolicy::Never, ..WriterOptions::default() };
    let told = |what: &str, time: Duration| {
        let rate = events.len() as f64 / time.as_secs_f64() / 1e6;
        println!("{what:44} {rate:8.1} M events/s");
    };

    let mut buffer = Vec::with_capacity(events.len() * 72 + 8_192);
    told(
        "write to memory",
        best(|| {
            buffer.clear();
            let mut writer =
                JournalWriter::new(std::mem::take(&mut buffer), &options).expect("options");
            writer.append(&events).expect("memory takes all");
            buffer = writer.close().expect("memory takes all").1;
        }),
    );
    told(
        "write to a file, in the page cache",
        best(|| {
            let mut writer = JournalWriter::create(&path, &options).expect("a file");
            writer.append(&events).expect("there is room");
            writer.close().expect("there is room");
        }),
    );
    told(
        "open, check and read",
        best(|| {
            black_box(sum(&Journal::open(&path).expect("a journal")));
        }),
    );
    let journal = Journal::open(&path)?;
    black_box(sum(&journal));
    told(
        "read again",
        best(|| {
            black_box(sum(&journal));
        }),
    );
    Ok(())
}
