//! In steady state the engine neither allocates nor frees: a counting allocator watches the
//! threads of ten million events. Alone in its file, since the allocator is the whole program's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tourbillon_engine::{
    Backoff, Batch, Capacity, Coalesce, DeadLetters, Fault, Graph, Handler, Isolate, MultiProducer,
    Poller, Producer, StageContext, Wait,
};

struct Counting;

/// Allocations and frees of the threads that are watched.
static COUNT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

fn count() {
    COUNT.fetch_add(u64::from(WATCHED.get()), Ordering::Relaxed);
}

#[allow(unsafe_code)] // An allocator cannot be written without it.
// SAFETY: every call is passed on to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Events that pass before threads are watched.
const STEADY: u64 = 10_000;

/// A handler whose thread is watched from the first steady event to the last event: so are the
/// other stages on it, and the engine around them.
struct Watched<H> {
    handler: H,
    events: u64,
}

impl<H: Handler<u64>> Handler<u64> for Watched<H> {
    fn on_start(&mut self, context: &StageContext) {
        self.handler.on_start(context);
    }

    fn on_batch(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        let first = batch.first_sequence();
        let sequences = first..first + batch.len() as u64;
        if sequences.contains(&STEADY) {
            WATCHED.set(true);
        }
        let outcome = self.handler.on_batch(batch);
        if sequences.contains(&(self.events - 1)) {
            WATCHED.set(false);
        }
        outcome
    }

    fn on_idle(&mut self) {
        self.handler.on_idle();
    }
}

fn whole(batch: &Batch<'_, u64>) -> Result<(), Fault> {
    let whole = batch.iter().all(|(sequence, &event)| sequence == event);
    if whole { Ok(()) } else { Err(Fault::new("torn")) }
}

fn whole_each() -> impl Handler<u64> {
    let check = |sequence: u64, event: &u64| {
        if sequence == *event { Ok(()) } else { Err(Fault::halt("torn")) }
    };
    Isolate::new(check, DeadLetters::sink(drop))
}

/// The watched handler on a thread, with a stage behind it that gathers batches, and a poller on
/// the producer's thread.
fn stages(
    graph: &mut Graph<u64>,
    wait: Wait,
    events: u64,
    handler: impl Handler<u64>,
) -> Poller<u64> {
    graph.threads(1).producer_wait(wait).force_spin(true);
    let first = graph.stage("first").wait(wait).handle(Watched { handler, events });
    let coalesce = Coalesce { max_events: 64, interval: Duration::from_micros(50) };
    let second = graph.stage("second").after(&[first]).wait(wait).coalesce(coalesce);
    second.handle(whole);
    graph.poller(&[])
}

/// Publishes until so many are published, watched but for the first.
fn feed<P>(
    producer: &mut P,
    publish: impl Fn(&mut P) -> u64,
    poller: &mut Poller<u64>,
    events: u64,
) {
    let mut published = 0;
    while published < events {
        WATCHED.set(published >= STEADY);
        published += publish(producer);
        while poller.poll(64, |batch| batch.len()).expect("open").is_some() {}
    }
    WATCHED.set(false);
}

fn single(wait: Wait, events: u64, publish: fn(&mut Producer<u64>) -> u64) {
    run(Graph::single(Capacity::at_least(1024)), wait, events, publish, whole);
}

fn run<P>(
    (mut producer, mut graph): (P, Graph<u64>),
    wait: Wait,
    events: u64,
    publish: fn(&mut P) -> u64,
    handler: impl Handler<u64>,
) {
    let mut poller = stages(&mut graph, wait, events, handler);
    let running = graph.start().expect("starts");
    feed(&mut producer, publish, &mut poller, events);
    drop(producer);
    let summary = running.join().expect("every event is whole");
    assert_eq!(summary.stage("second").expect("the stage").events, events);
}

fn one_by_one(producer: &mut Producer<u64>) -> u64 {
    producer.publish(producer.published()).expect("nobody fails");
    1
}

/// 100 events, one by one, as a slice and as a claim.
fn in_every_way(producer: &mut Producer<u64>) -> u64 {
    one_by_one(producer);
    let first = producer.published();
    let batch: [u64; 40] = std::array::from_fn(|index| first + index as u64);
    producer.publish_batch(&batch).expect("nobody fails");
    let first = producer.published();
    let mut claim = producer.claim(60).expect("nobody fails");
    let (front, back) = claim.slots_mut();
    for (number, slot) in (first..).zip(front.iter_mut().chain(back)) {
        *slot = number;
    }
    claim.commit(59);
    100
}

/// 100 events, one by one and as a claim.
fn among_others(producer: &mut MultiProducer<u64>) -> u64 {
    for _ in 0..40 {
        producer.publish(producer.published()).expect("nobody fails");
    }
    let first = producer.published();
    let mut claim = producer.claim(60).expect("nobody fails");
    let (front, back) = claim.slots_mut();
    for (number, slot) in (first..).zip(front.iter_mut().chain(back)) {
        *slot = number;
    }
    claim.commit(60);
    100
}

#[test]
fn ten_million_events_cost_no_allocation() {
    const EVENTS: u64 = 10_000_000;
    let capacity = Capacity::at_least(1024);
    single(Wait::Auto, EVENTS, one_by_one);
    single(Wait::Auto, EVENTS, in_every_way);
    run(Graph::single(capacity), Wait::Auto, EVENTS, one_by_one, whole_each());
    run(Graph::inline(capacity), Wait::Auto, EVENTS, one_by_one, whole);
    run(Graph::multi(capacity), Wait::Auto, EVENTS, among_others, whole);
    let waits = [
        Wait::BusySpin,
        Wait::Spin,
        Wait::Monitor,
        Wait::Yield,
        Wait::Park,
        Wait::Backoff(Backoff::default()),
        Wait::Timed(Duration::from_micros(10)),
    ];
    for wait in waits {
        single(wait, 100_000, one_by_one);
        single(wait, 1_000_000, in_every_way);
        run(Graph::inline(capacity), wait, 100_000, one_by_one, whole);
        run(Graph::multi(capacity), wait, 100_000, among_others, whole);
    }
    assert_eq!(COUNT.load(Ordering::Relaxed), 0, "allocations and frees in steady state");
    // That the count sees what it should see.
    run(Graph::single(capacity), Wait::Auto, 2 * STEADY, one_by_one, allocates);
    assert!(COUNT.load(Ordering::Relaxed) >= 2);
}

fn allocates(batch: &Batch<'_, u64>) -> Result<(), Fault> {
    drop(std::hint::black_box(Box::new(batch.len())));
    Ok(())
}
