//! The path of an event for an instruction counter.
//!
//! One thread publishes a round of events and reads it back, so that nobody ever waits. Callgrind
//! collects only inside [`measured`], which is put around one of the two. Prints the number of
//! events that passed there.

use std::hint::black_box;
use std::process::ExitCode;

use tourbillon_engine::{Capacity, Graph, Poller, Producer};
use tourbillon_proofs::{Tick, tick};

const ROUNDS: u64 = 100;
const ROUND: u64 = 512;
const BATCH: usize = 64;

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("publish", || run(|producer, _| measured(|| publish(producer)))),
        ("publish-batch-64", || run(|producer, _| measured(|| publish_batches(producer)))),
        ("claim-64", || run(|producer, _| measured(|| claim(producer)))),
        ("poll", || {
            run(|producer, poller| {
                publish(producer);
                measured(|| poll(poller, 1));
            });
        }),
        ("poll-batch-64", || {
            run(|producer, poller| {
                publish(producer);
                measured(|| poll(poller, BATCH));
            });
        }),
    ])
}

/// Runs the rounds; what a round leaves in the ring is read afterwards.
fn run(round: fn(&mut Producer<Tick>, &mut Poller<Tick>)) {
    let (mut producer, mut graph) = Graph::<Tick>::single(Capacity::at_least(1024));
    let mut poller = graph.poller(&[]);
    let _running = graph.start().expect("starts");
    for _ in 0..ROUNDS {
        round(&mut producer, &mut poller);
        poll(&mut poller, BATCH);
    }
    println!("events: {}", ROUNDS * ROUND);
}

/// What is counted.
#[inline(never)]
fn measured(work: impl FnOnce()) {
    work();
}

#[inline(always)]
fn publish(producer: &mut Producer<Tick>) {
    let event = tick(7);
    for _ in 0..ROUND {
        producer.publish(*black_box(&event)).expect("room");
    }
}

#[inline(always)]
fn publish_batches(producer: &mut Producer<Tick>) {
    let batch = [tick(7); BATCH];
    for _ in 0..ROUND as usize / BATCH {
        producer.publish_batch(black_box(&batch)).expect("room");
    }
}

#[inline(always)]
fn claim(producer: &mut Producer<Tick>) {
    for _ in 0..ROUND as usize / BATCH {
        let mut claim = producer.claim(BATCH).expect("room");
        black_box(claim.slots_mut());
        claim.commit(BATCH);
    }
}

#[inline(always)]
fn poll(poller: &mut Poller<Tick>, limit: usize) {
    while poller.poll(limit, |batch| sum(batch.slices())).expect("open").map(black_box).is_some() {}
}

fn sum((front, back): (&[Tick], &[Tick])) -> u64 {
    front.iter().chain(back).fold(0, |sum, event| sum ^ event[0])
}
