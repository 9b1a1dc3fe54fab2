//! Replay allocates nothing per event, once the symbols are known.

#![allow(unsafe_code)] // A global allocator cannot be written without.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tourbillon_feeds::book::{BookLimits, BookRules, Books};
use tourbillon_feeds::exchange::{Exchange, Plan, split};
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::journal::{Durable, JournalWriter, WriterOptions};
use tourbillon_feeds::session::{Arbiter, ArbiterOptions, Events, NoSnapshot, Output};
use tourbillon_feeds::synthetic::{Generator, Profile};
use tourbillon_feeds::{Kind, MarketEvent, Options, open_bytes, read_all};

/// Counts what goes to the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed on unchanged to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        // SAFETY: the caller's promises about `layout` are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: `place` came from `alloc` above, hence from the system's allocator, with this
        // layout.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A journal of many blocks, written without an allocation after the first.
fn journal() -> Vec<u8> {
    let options = WriterOptions { block_events: 256, ..WriterOptions::default() };
    let events = [MarketEvent { seq: 1, ..MarketEvent::default() }; 1_000];
    let mut out = Vec::with_capacity(1 << 23);
    let mut writer = JournalWriter::new(Kept(&mut out), &options).expect("options");
    writer.append(&events).expect("there is room");
    let before = ALLOCATIONS.load(Relaxed);
    for _ in 0..100 {
        writer.append(&events).expect("there is room");
    }
    assert_eq!(ALLOCATIONS.load(Relaxed) - before, 0, "writing");
    writer.close().expect("there is room");
    out
}

/// Memory that has its room before.
struct Kept<'a>(&'a mut Vec<u8>);

impl Write for Kept<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Durable for Kept<'_> {
    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A session over two lossy lines, after it has met every fault once.
fn arbitration() {
    let mut file = Vec::new();
    Generator::new(1, 50, Profile::busy()).write(&mut file, 60_000).expect("memory takes all");
    let plan = Plan { loss: 20_000, duplication: 20_000, jitter: 100_000, ..Plan::default() };
    let mut exchange = Exchange::new(9, split(&file), plan);
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let mut decode = Events::new(Decoder::new(0, 0));
    let (mut events, mut counted, mut now) = (0, 0, 0);
    while !exchange.finished() {
        let until = arbiter.deadline().unwrap_or(u64::MAX).max(now);
        let packet = exchange.next(until);
        now = packet.as_ref().map_or(until, |packet| packet.time);
        let mut request = None;
        let before = ALLOCATIONS.load(Relaxed);
        let mut on = |output: Output<'_>| match output {
            Output::Request { packet, .. } => request = Some(packet),
            output => events += u64::from(decode.on(output, now).is_some()),
        };
        if let Some(packet) = &packet {
            arbiter.on_packet(packet.line, now, &packet.datagram, &mut on);
        }
        arbiter.on_time(now, &mut on);
        // The opening names every symbol.
        if events > 10_000 {
            counted += ALLOCATIONS.load(Relaxed) - before;
        }
        if let Some(request) = request {
            exchange.on_request(now, &request);
        }
    }
    assert_eq!(counted, 0, "{:?}", arbiter.stats());
    let stats = arbiter.stats();
    assert!(events > 60_000 && stats.held > 0 && stats.requests > 0, "{stats:?}");
}

#[test]
fn no_allocation_per_event() {
    let mut itch = Vec::new();
    Generator::new(1, 200, Profile::day()).write(&mut itch, 100_000).expect("memory takes all");
    let mut trades = b"event_type,id,name,volume,price,stock_time\n".to_vec();
    trades.extend(b"SELL,7,INTC,100,27.85,1000\n".repeat(50_000));
    let mut out = vec![MarketEvent::default(); 1_024];
    for bytes in [itch, trades, journal()] {
        let mut source = open_bytes(bytes, &Options::default()).expect("a known format");
        for _ in 0..10 {
            assert_eq!(source.fill(&mut out), out.len());
        }
        let before = ALLOCATIONS.load(Relaxed);
        let mut events = 0;
        while let filled @ 1.. = source.fill(&mut out) {
            events += filled;
        }
        assert_eq!(ALLOCATIONS.load(Relaxed) - before, 0, "{events} events");
        assert!(events > 30_000);
    }
    arbitration();

    books();
}

/// A day again in the same books: no price list grows beyond that of the first time.
fn books() {
    let mut itch = Vec::new();
    Generator::new(1, 200, Profile::day()).write(&mut itch, 100_000).expect("memory takes all");
    let events = read_all(&mut *open_bytes(itch, &Options::default()).expect("ITCH"));
    let limits = BookLimits { instruments: 256, ..BookLimits::default() };
    let mut books = Books::new(&limits, BookRules::default());
    let clear =
        |instrument| MarketEvent { instrument, kind: Kind::Clear as u8, ..MarketEvent::default() };
    let clear: Vec<_> = (0..256).map(clear).collect();
    books.apply(&events, |_| {});
    books.apply(&clear, |_| {});
    let (before, mut quotes) = (ALLOCATIONS.load(Relaxed), 0_u32);
    books.apply(&events, |_| quotes += 1);
    assert_eq!(ALLOCATIONS.load(Relaxed) - before, 0, "{quotes} quotes");
    assert!(quotes > 10_000);
}
