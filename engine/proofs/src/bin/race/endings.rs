//! Pipelines that are stopped, over and over.

use std::thread;

use tourbillon_engine::{Batch, Fault, PublishError, Wait};
use tourbillon_proofs::{Tick, tick, whole};

use crate::ring;

const LIVES: u64 = 200;

pub(crate) fn halt() {
    for _ in 0..LIVES {
        let (mut producer, mut graph) = ring(8, 1, Wait::Park);
        graph.stage("check").wait(Wait::Park).handle(whole);
        let running = graph.start().expect("starts");
        let publishing =
            thread::spawn(move || (0..).find_map(|number| producer.publish(tick(number)).err()));
        while running.lags()[0].events == 0 {
            thread::yield_now();
        }
        running.halt();
        assert_eq!(publishing.join().expect("no panic"), Some(PublishError::Closed));
        running.join().expect("no failure");
    }
}

pub(crate) fn fail() {
    for life in 0..LIVES {
        let (mut producer, mut graph) = ring(8, 2, Wait::Park);
        let fine = graph.stage("fine").wait(Wait::Park).handle(whole);
        let fails = move |batch: &Batch<'_, Tick>| {
            let due = batch.iter().any(|(sequence, _)| sequence >= life);
            if due { Err(Fault::new("planned")) } else { Ok(()) }
        };
        graph.stage("fails").after(&[fine]).wait(Wait::Park).handle(fails);
        let running = graph.start().expect("starts");
        let error = (0..).find_map(|number| producer.publish(tick(number)).err());
        assert!(matches!(error, Some(PublishError::Poisoned(_))));
        assert!(running.join().is_err());
    }
}
