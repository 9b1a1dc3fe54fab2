//! Whole pipelines for ThreadSanitizer, and a planted race that it must report.
//!
//! `race SCENARIO` runs one; without a race it exits with 0. Without the sanitizer, too, the
//! pipelines check that every event arrives whole.

mod endings;
mod one_ring;
mod planted;
mod producers;
mod shapes;

use std::process::ExitCode;

use tourbillon_engine::{Capacity, Graph, Producer, Wait};
use tourbillon_proofs::{Tick, one_by_one};

const EVENTS: u64 = 200_000;

fn main() -> ExitCode {
    tourbillon_proofs::main(&[
        ("one-by-one", one_ring::one_by_one),
        ("in-batches", one_ring::in_batches),
        ("park", one_ring::park),
        ("gather", one_ring::gather),
        ("inline", one_ring::inline),
        ("inline-park", one_ring::inline_park),
        ("multi", || producers::share(Wait::Yield, 50_000)),
        ("multi-park", || producers::share(Wait::Park, 5_000)),
        ("pollers", one_ring::pollers),
        ("broadcast", one_ring::broadcast),
        ("diamond", || shapes::diamond(3)),
        ("fused", || shapes::diamond(1)),
        ("in-place", shapes::in_place),
        ("shared", shapes::shared),
        ("fan-in", shapes::fan_in),
        ("relay", || shapes::relay(2)),
        ("fused-relay", || shapes::relay(1)),
        ("attach", shapes::attach),
        ("halt", endings::halt),
        ("fail", endings::fail),
        ("planted-race", planted::race),
    ])
}

fn ring(slots: usize, threads: usize, wait: Wait) -> (Producer<Tick>, Graph<Tick>) {
    let (producer, mut graph) = Graph::single(Capacity::at_least(slots));
    graph.threads(threads).producer_wait(wait);
    (producer, graph)
}

fn feed(mut producer: Producer<Tick>, graph: Graph<Tick>, events: u64) {
    let running = graph.start().expect("starts");
    publish(&mut producer, events);
    producer.close();
    running.join().expect("every event is whole");
}

fn publish(producer: &mut Producer<Tick>, events: u64) {
    for _ in 0..events {
        one_by_one(producer);
    }
}
