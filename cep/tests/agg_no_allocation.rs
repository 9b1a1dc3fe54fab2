//! Nothing is allocated after an aggregate is built, and it says how much was before.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::agg::{
    Bar, Closed, Ewma, Limits, Max, Min, Reading, Running, Sample, Sliding, Tumble, Tumbling, Vwap,
    WideMatcher, WideStream, Window,
};
use tourbillon_cep::event::Event;
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Overflow, Pattern, matching};

/// Counts the allocations of this thread, and their bytes.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<(u64, usize)> = const { Cell::new((0, 0)) };
}

// SAFETY: every call is passed on to the system allocator as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (count, bytes) = ALLOCATED.get();
        ALLOCATED.set((count + 1, bytes.wrapping_add(layout.size())));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let (count, bytes) = ALLOCATED.get();
        ALLOCATED.set((count, bytes.wrapping_sub(layout.size())));
        // SAFETY: `pointer` came from `alloc` above, that is, from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// More keys, and more events of a key, than fit.
fn samples() -> impl Iterator<Item = Sample> {
    let mut x = 88_172_645_463_325_252_u64;
    let mut random = move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    (0..200_000).map(move |i| Sample {
        key: random() % (1 << (1 + i / 1_000 % 9)),
        time: 3 * i,
        value: (random() % 100) as i64,
        weight: (random() % 100) as u32,
    })
}

#[test]
fn operators_allocate_when_built_and_never_after() {
    for overflow in [Overflow::DropOldest, Overflow::DropNewest, Overflow::Stop] {
        let limits = Limits { keys: 37, events: 19, overflow };
        let read = |s: &Sample| *s;
        let (_, before) = ALLOCATED.get();
        let start = (Vwap::default(), (Min::default(), Max::default()));
        let derive = |_: &Sample, _: Reading<'_, _>| ();
        let mut sliding = Sliding::new(Window::Time(200), start, limits, read, derive).unwrap();
        let derive = |_: &Sample, r: Reading<'_, Ewma>| r.aggregate.value();
        let mut running = Running::new(Ewma::half_life(100), limits, read, derive).unwrap();
        let derive = |closed: Closed<'_, Bar>| *closed.aggregate;
        let mut tumbling =
            Tumbling::new(Tumble::Time(50), Bar::default(), limits, read, derive).unwrap();
        let (built, after) = ALLOCATED.get();
        // The aggregate that the sliding windows were copied from is still there, and holds none.
        let said = sliding.memory() + running.memory() + tumbling.memory();
        assert_eq!(after.wrapping_sub(before), said);

        let (mut bars, mut refused) = (0, 0);
        for sample in samples() {
            refused += u32::from(sliding.push(&sample).is_err());
            refused += u32::from(running.push(&sample).is_err());
            refused += u32::from(tumbling.push(&sample, &mut |_| bars += 1).is_err());
        }
        assert_eq!(ALLOCATED.get(), (built, after));
        assert!(bars > 1_000, "{bars} bars");
        assert_eq!(refused > 0, overflow == Overflow::Stop);
        assert_eq!(sliding.dropped().events > 0, overflow != Overflow::Stop);
        assert_eq!(sliding.dropped().keys > 0, overflow != Overflow::Stop);
    }
}

#[derive(Event, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[event(name = "trades")]
struct Trade {
    #[event(time)]
    time: u64,
    price: i64,
    symbol: u32,
    size: u32,
}

type Wide = [u64; 3 + 8];

#[test]
fn a_matcher_with_derived_columns_allocates_when_built_and_never_after() {
    let text = "FROM trades DERIVE
        vwap AS VWAP(price, size) OVER (PARTITION BY symbol RANGE 200 NS),
        low AS MIN(price) OVER (PARTITION BY symbol ROWS 9),
        high AS MAX(price) OVER (PARTITION BY symbol TUMBLE 100 NS),
        ewma AS EWMA(price, 100 NS) OVER (PARTITION BY symbol),
        trades AS COUNT(*) OVER (PARTITION BY symbol)
    MATCH_RECOGNIZE (
        PARTITION BY symbol AFTER MATCH SKIP PAST LAST ROW EAGER
        PATTERN ( out -> back ) WITHIN 1 US
        DEFINE out AS price > high AND price > vwap + 10, back AS price <= low AND ewma > 3 )";
    let compiled = compile("wide.sql", text, &[Trade::schema()]);
    let ir = compiled.unwrap_or_else(|errors| panic!("{errors}")).patterns.remove(0).ir;
    let columns = Limits { keys: 37, events: 19, overflow: Overflow::DropOldest };

    let (_, before) = ALLOCATED.get();
    let stream = WideStream::<Trade, Wide>::new(&ir, columns).unwrap();
    let (_, after) = ALLOCATED.get();
    assert_eq!(after.wrapping_sub(before), stream.memory());

    let pattern = Pattern::<Wide>::from_ir(ir);
    let limits = matching::Limits { partial: 1_000, bound: 64, ..matching::Limits::default() };
    let limits = limits.with_batches(1_000);
    let build = || WideMatcher::<Trade, Wide>::new(&pattern, limits, columns).unwrap();
    let (mut one, mut batches) = (build(), build());
    let trade = |it: Sample| Trade {
        time: it.time,
        price: it.value,
        symbol: it.key as u32,
        size: it.weight,
    };
    let trades: Vec<Trade> = samples().map(trade).collect();
    let built = ALLOCATED.get();
    let (mut found, mut of_batches) = (0, 0);
    for (sequence, trade) in (0..).zip(&trades) {
        one.push(sequence, trade, &mut |_| found += 1).unwrap();
    }
    for (first, batch) in (0..).step_by(1_000).zip(trades.chunks(1_000)) {
        batches.apply(first, batch).unwrap();
        batches.commit(&mut |_| of_batches += 1).unwrap();
    }
    assert_eq!(ALLOCATED.get(), built);
    assert!(found > 100, "{found} matches");
    assert_eq!(of_batches, found);
}
