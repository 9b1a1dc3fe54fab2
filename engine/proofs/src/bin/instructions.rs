//! The path of an event for an instruction counter.
//!
//! One thread publishes a round of events and reads it back, so that nobody ever waits. Callgrind
//! collects only inside [`measured`], which is put around one of the two. Prints the number of
//! events that passed there.
//!
//! The scenarios share what the compiler makes of the engine's functions, calls to them included;
//! so another scenario can move the counts of all, and the record is then renewed.

use std::hint::black_box;
use std::process::ExitCode;

use tourbillon_engine::{Graph, MultiProducer, Poller, Producer};
use tourbillon_proofs::{Publisher, Tick, inline, multi, single, tick};

const ROUNDS: u64 = 100;
const ROUND: u64 = 512;
const BATCH: usize = 64;

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("publish", || run(single(), |producer, _| measured(|| publish(producer)))),
        ("publish-inline", || run(inline(), |producer, _| measured(|| publish(producer)))),
        ("publish-multi", || run(multi(), |producer, _| measured(|| publish(producer)))),
        ("publish-batch-64", || run(single(), |producer, _| measured(|| batches(producer)))),
        ("publish-batch-64-inline", || run(inline(), |producer, _| measured(|| batches(producer)))),
        ("claim-64", || run(single(), |producer, _| measured(|| claims(producer)))),
        ("claim-64-multi", || run(multi(), |producer, _| measured(|| shared_claims(producer)))),
        ("poll-one", || run(single(), poll_each)),
        ("poll-one-inline", || run(inline(), poll_each)),
        ("poll-one-multi", || run(multi(), poll_each)),
        ("poll-batch-64", || run(single(), poll_batches)),
        ("poll-batch-64-multi", || run(multi(), poll_batches)),
    ])
}

/// Runs the rounds; what a round leaves in the ring is read afterwards.
fn run<P: Publisher>(
    (mut producer, mut graph): (P, Graph<Tick>),
    round: fn(&mut P, &mut Poller<Tick>),
) {
    let mut poller = graph.poller(&[]);
    let _running = graph.start().expect("starts");
    for _ in 0..ROUNDS {
        round(&mut producer, &mut poller);
        while poll(&mut poller) {}
    }
    println!("events: {}", ROUNDS * ROUND);
}

/// What is counted.
#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}

#[inline(always)]
fn publish(producer: &mut impl Publisher) {
    let event = tick(7);
    for _ in 0..ROUND {
        producer.publish(*black_box(&event));
    }
}

#[inline(always)]
fn batches(producer: &mut Producer<Tick>) {
    let batch = [tick(7); BATCH];
    for _ in 0..ROUND as usize / BATCH {
        producer.publish_batch(black_box(&batch)).expect("room");
    }
}

#[inline(always)]
fn claims(producer: &mut Producer<Tick>) {
    for _ in 0..ROUND as usize / BATCH {
        let mut claim = producer.claim(BATCH).expect("room");
        black_box(claim.slots_mut());
        claim.commit(BATCH);
    }
}

#[inline(always)]
fn shared_claims(producer: &mut MultiProducer<Tick>) {
    for _ in 0..ROUND as usize / BATCH {
        let mut claim = producer.claim(BATCH).expect("room");
        black_box(claim.slots_mut());
        claim.commit(BATCH);
    }
}

/// Reads every event as soon as it is there, as a reader does that keeps up.
fn poll_each(producer: &mut impl Publisher, poller: &mut Poller<Tick>) {
    for _ in 0..ROUND {
        producer.publish(tick(7));
        measured(|| assert!(poll(poller)));
    }
}

fn poll_batches(producer: &mut impl Publisher, poller: &mut Poller<Tick>) {
    publish(producer);
    measured(|| {
        for _ in 0..ROUND as usize / BATCH {
            assert!(poll(poller));
        }
    });
}

/// Reads a batch of what there is; whether there was any.
#[inline(always)]
fn poll(poller: &mut Poller<Tick>) -> bool {
    poller.poll(BATCH, |batch| sum(batch.slices())).expect("open").map(black_box).is_some()
}

fn sum((front, back): (&[Tick], &[Tick])) -> u64 {
    front.iter().chain(back).fold(0, |sum, event| sum ^ event[0])
}
