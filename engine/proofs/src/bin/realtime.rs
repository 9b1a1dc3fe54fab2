//! The path of an event for RealtimeSanitizer, and planted violations that it must report.
//!
//! While a thread is *in real time*, an allocation, a wait for a lock or a system call that may
//! block is reported with its stack and ends the program.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use tourbillon_engine::{
    Batch, Capacity, Coalesce, FanIn, Fault, Graph, Handler, Outlet, Pipeline, Poller, Producer,
    Relay, Wait,
};
use tourbillon_proofs::{
    EVENTS, Publisher, STEADY, Steady, Tick, Watch, in_batches, in_claims, inline, multi,
    one_by_one, single, tick, whole, whole_each,
};

const WATCH: Watch = Watch { begin: real_time::enter, end: real_time::leave };

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("one-by-one", || pipeline(single(), one_by_one, whole)),
        ("in-batches", || pipeline(single(), in_batches, whole)),
        ("in-claims", || pipeline(single(), in_claims, whole)),
        ("isolated", || pipeline(single(), one_by_one, whole_each())),
        ("inline", || pipeline(inline(), one_by_one, whole)),
        ("inline-batches", || pipeline(inline(), in_batches, whole)),
        ("multi", || pipeline(multi(), one_by_one, whole)),
        ("relayed", relayed),
        ("attached", || attached(whole)),
        ("fan-in", || fan_in(whole)),
        ("planted-allocation", || pipeline(single(), one_by_one, allocates)),
        ("planted-lock", || pipeline(single(), one_by_one, locks())),
        ("planted-system-call", || pipeline(single(), one_by_one, writes)),
        ("planted-in-producer", || pipeline(single(), publishes_boxed, whole)),
        ("planted-in-attached", || attached(allocates)),
        ("planted-in-fan-in", || fan_in(allocates)),
    ])
}

/// Two stages on a thread of their own, the second gathering batches, and a poller on the
/// producer's thread.
fn pipeline<P: Publisher>(
    (mut producer, mut graph): (P, Graph<Tick>),
    publish: fn(&mut P),
    handler: impl Handler<Tick>,
) {
    graph.threads(1).producer_wait(Wait::Spin).force_spin(true);
    let first = graph.stage("first").wait(Wait::Spin).handle(Steady { handler, watch: WATCH });
    let coalesce = Coalesce { max_events: 64, interval: Duration::from_micros(50) };
    graph.stage("second").after(&[first]).wait(Wait::Spin).coalesce(coalesce).handle(whole);
    let mut poller = graph.poller(&[]);
    let running = graph.start().expect("starts");
    run(&mut producer, |producer| {
        publish(producer);
        while poller.poll(64, |batch| batch.len()).expect("open").is_some() {}
    });
    drop(producer);
    running.join().expect("every event is whole");
}

/// From one ring into the next, both on one thread.
fn relayed() {
    let (out, mut behind) = Graph::<Tick>::single(Capacity::at_least(64));
    let (mut producer, mut before) = single();
    before.threads(1).producer_wait(Wait::Spin).force_spin(true);
    behind.threads(1);
    let pass = |batch: &Batch<'_, Tick>, out: &mut Outlet<'_, Tick>| {
        batch.iter().try_for_each(|(_, event)| out.publish(*event))
    };
    before.stage("pass").wait(Wait::Spin).handle(Relay::new(out, 1, pass));
    let check = behind.stage("check").wait(Wait::Spin);
    check.handle(Steady { handler: whole, watch: WATCH });
    let running = Pipeline::new().add(before).add(behind).start().expect("starts");
    run(&mut producer, one_by_one);
    // The thread leaves real time at the last event, and a stage that ends before that is freed.
    while running.lags().iter().any(|stage| stage.events > 0) {
        std::thread::yield_now();
    }
    drop(producer);
    running.join().expect("every event is whole");
}

/// A stage and a poller behind it that are attached before the steady state and leave after it, as
/// another stage has done when it begins.
fn attached(handler: impl Handler<Tick>) {
    let (mut producer, mut graph) = single();
    graph.threads(1).producer_wait(Wait::Spin).force_spin(true);
    graph.stage("stays").wait(Wait::Spin).handle(Steady { handler: whole, watch: WATCH });
    let hub = graph.hub();
    let running = graph.start().expect("starts");
    let brief = hub.stage("brief").wait(Wait::Spin).handle(whole).expect("attaches");
    for _ in 0..STEADY / 2 {
        one_by_one(&mut producer);
    }
    brief.detach().expect("nobody follows it");
    let late = hub.stage("late").after(&["stays"]).wait(Wait::Spin);
    let late = late.handle(Steady { handler, watch: WATCH }).expect("attaches");
    let mut poller = hub.poller(&["late"]).expect("it is there");
    let mut read = STEADY / 2;
    run(&mut producer, |producer| {
        one_by_one(producer);
        // Not to wait for room that only this thread makes.
        while producer.published() - read > 512 {
            read += poll(&mut poller);
        }
    });
    // Its thread leaves real time at the last event, and is not to end before.
    while read < EVENTS {
        read += poll(&mut poller);
    }
    drop(poller);
    late.detach().expect("nobody follows it any more");
    drop(producer);
    running.join().expect("every event is whole");
}

fn poll(poller: &mut Poller<Tick>) -> u64 {
    poller.poll(64, |batch| batch.len() as u64).expect("open").unwrap_or(0)
}

/// Two rings into one stage, both published into by one thread.
fn fan_in(handler: impl Handler<Tick>) {
    let (producers, mut merge) = FanIn::<Tick>::new(2, Capacity::at_least(1024));
    let [mut one, mut other] = <[_; 2]>::try_from(producers).expect("two sources");
    merge.wait(Wait::Spin).producer_wait(Wait::Spin).force_spin(true);
    merge.stage("merge", Steady { handler, watch: WATCH });
    let running = merge.start().expect("starts");
    run(&mut one, |one| {
        one_by_one(one);
        one_by_one(&mut other);
    });
    drop((one, other));
    running.join().expect("every event is whole");
}

/// Publishes all events, the steady ones in real time.
fn run<P: Publisher>(producer: &mut P, mut publish: impl FnMut(&mut P)) {
    let mut publish_until = |events| {
        while producer.published() < events {
            publish(producer);
        }
    };
    publish_until(STEADY);
    real_time::enter();
    publish_until(EVENTS);
    real_time::leave();
}

fn publishes_boxed(producer: &mut Producer<Tick>) {
    let number = black_box(Box::new(producer.published()));
    producer.publish(tick(*number)).expect("nobody fails");
}

fn allocates(batch: &Batch<'_, Tick>) -> Result<(), Fault> {
    drop(black_box(Box::new(batch.len())));
    Ok(())
}

/// Takes a lock that is held. (Taking a free one calls nobody, so there is nothing to see.)
fn locks() -> impl Handler<Tick> {
    static HELD: Mutex<()> = Mutex::new(());
    std::mem::forget(HELD.lock());
    |batch: &Batch<'_, Tick>| {
        if batch.first_sequence() > STEADY {
            drop(HELD.lock());
        }
        Ok(())
    }
}

fn writes(batch: &Batch<'_, Tick>) -> Result<(), Fault> {
    if batch.first_sequence() > STEADY {
        eprintln!("a system call");
    }
    Ok(())
}

/// The sanitizer's own door: what its attribute on a function does at entry and exit.
#[cfg(realtime)]
mod real_time {
    #![allow(unsafe_code)] // Foreign functions.

    // SAFETY: so the sanitizer's runtime declares them; they count up and down for the thread.
    unsafe extern "C" {
        #[link_name = "__rtsan_realtime_enter"]
        safe fn count_up();
        #[link_name = "__rtsan_realtime_exit"]
        safe fn count_down();
    }

    pub(super) fn enter() {
        count_up();
    }

    pub(super) fn leave() {
        count_down();
    }
}

/// Without the sanitizer nobody watches; the pipelines still check their events.
#[cfg(not(realtime))]
mod real_time {
    pub(super) fn enter() {}
    pub(super) fn leave() {}
}
