//! A pipeline of three stages: every tick is checked, averaged and printed in turn.
//!
//! ```text
//!   producer --> check --> average --> print
//! ```
//!
//! `check` works event by event and sets bad ticks aside; `average` works in micro-batches, whole
//! or not at all. Run it with `cargo run --release -p tourbillon-engine --example three_stages`.

use std::sync::mpsc;
use std::time::Duration;

use tourbillon_engine::{
    Batch, BatchHandler, Capacity, Coalesce, DeadLetters, Fault, Graph, Isolate, Transaction,
};

#[derive(Clone, Copy, Debug, Default)]
struct Tick {
    price: f64,
}

/// Averages prices. What it has computed is sent off at the commit and not before.
struct Average {
    uncommitted: Option<f64>,
    averages: mpsc::Sender<f64>,
}

impl BatchHandler<Tick> for Average {
    fn apply(&mut self, batch: &Batch<'_, Tick>) -> Result<(), Fault> {
        // What `check` set aside is still in the ring: every stage sees every event.
        let good = || batch.iter().map(|(_, tick)| tick.price).filter(|price| *price > 0.0);
        self.uncommitted = Some(good().sum::<f64>() / good().count() as f64);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Fault> {
        if let Some(average) = self.uncommitted.take() {
            self.averages.send(average)?;
        }
        Ok(())
    }

    fn rollback(&mut self) {
        self.uncommitted = None;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut producer, mut graph) = Graph::<Tick>::single(Capacity::new(512)?);

    let (dead_letters, bad_ticks) = DeadLetters::queue(100);
    let positive = |_sequence: u64, tick: &Tick| {
        if tick.price > 0.0 { Ok(()) } else { Err(Fault::new("the price is not positive")) }
    };
    let check = graph.stage("check").handle(Isolate::new(positive, dead_letters));

    let (averages, received) = mpsc::channel();
    let (dead_letters, _none) = DeadLetters::queue(100);
    let average = graph
        .stage("average")
        .after(&[check])
        .coalesce(Coalesce { max_events: 128, interval: Duration::from_millis(1) })
        .handle(Transaction::new(
            Average { uncommitted: None, averages },
            3,
            Duration::from_millis(1),
            dead_letters,
        ));

    graph.stage("print").after(&[average]).handle(move |batch: &Batch<'_, Tick>| {
        for average in received.try_iter() {
            println!("up to event {}: average {average:.2}", batch.first_sequence());
        }
        Ok(())
    });

    let running = graph.start()?;
    for index in 0..1000 {
        let price = if index % 400 == 399 { -1.0 } else { 100.0 + f64::from(index % 10) };
        producer.publish(Tick { price })?;
    }
    producer.close();

    let summary = running.join()?;
    for stage in &summary.stages {
        println!("{}: {} events in {} batches", stage.name, stage.events, stage.batches);
    }
    for letter in bad_ticks.try_iter() {
        println!("set aside: event {}: {}", letter.sequence, letter.reason);
    }
    Ok(())
}
