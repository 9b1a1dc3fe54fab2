//! What gathering batches adds to the delay of each event, measured in running pipelines.

mod common;

use std::time::Duration;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{Batch, Capacity, Coalesce, Fault, Graph, Summary};

fn ignore(_: &Batch<'_, u64>) -> Result<(), Fault> {
    Ok(())
}

/// A stage that gathers and one that takes what there is, fed in pieces.
fn run(coalesce: Coalesce, pieces: &[usize]) -> Summary {
    let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
    graph.threads(1);
    graph.stage("gathers").coalesce(coalesce).handle(ignore);
    graph.stage("natural").handle(ignore);
    let running = graph.start().expect("starts");
    for &piece in pieces {
        producer.publish_batch(&vec![0; piece]).expect("open");
    }
    producer.close();
    running.join().expect("ends well")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_event_has_its_delay(
        max_events in 1_usize..100,
        us in 1_u64..2000,
        pieces in prop::collection::vec(1_usize..40, 1..20),
    ) {
        let total = pieces.iter().sum::<usize>() as u64;
        let coalesce = Coalesce { max_events, interval: Duration::from_micros(us) };
        let summary = must_end(move || run(coalesce, &pieces));
        let added = summary.stage("gathers").and_then(|stage| stage.added_delay.clone());
        let added = added.expect("it holds events back");
        prop_assert_eq!(added.count(), total);
        prop_assert!(added.quantile(0.5) <= added.max());
        let natural = summary.stage("natural").expect("the stage");
        prop_assert_eq!(natural.added_delay.as_ref(), None);
    }
}

#[test]
fn an_event_that_waits_for_the_interval_is_delayed_by_it() {
    must_end(|| {
        let interval = Duration::from_millis(3);
        let coalesce = Coalesce { max_events: 100, interval };
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
        let (sender, taken) = std::sync::mpsc::channel();
        graph
            .stage("gathers")
            .coalesce(coalesce)
            .handle(move |batch: &Batch<'_, u64>| Ok(sender.send(batch.len())?));
        let running = graph.start().expect("starts");
        for _ in 0..3 {
            producer.publish(0).expect("open");
            assert_eq!(taken.recv(), Ok(1), "nothing but the interval closes this batch");
        }
        producer.close();
        let summary = running.join().expect("ends well");
        let added = summary.stages[0].added_delay.clone().expect("it holds events back");
        assert_eq!(added.count(), 3);
        // To three digits, which may round down.
        assert!(added.quantile(0.0) >= interval * 999 / 1000, "{added:?}");
    });
}
