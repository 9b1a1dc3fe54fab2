//! Several rings in one pipeline, on however few threads: nothing waits for itself.

mod common;

use common::{collect, must_end, nothing, publish};
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BuildError, Capacity, Done, Fault, Graph, Outlet, Pipeline, PipelineError, PublishError,
    Relay, Transform, Wait,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Three rings in a row, each event one, two or no events in the next; on any number of
    /// threads, in rings of any size, nothing waits for itself and nothing is lost.
    #[test]
    fn rings_in_a_row_lose_nothing_on_however_few_threads(
        log_capacities in prop::array::uniform3(1_u32..7),
        threads in 1_usize..4,
        events in 0_u64..500,
        park in any::<bool>(),
    ) {
        let wait = if park { Wait::Park } else { Wait::Yield };
        let seen = must_end(move || {
            let capacity = |ring: usize| Capacity::new(1 << log_capacities[ring]).expect("a power");
            let (mut producer, mut first) = Graph::<u64>::single(capacity(0));
            let (to_second, mut second) = Graph::<u64>::single(capacity(1));
            let (to_third, mut third) = Graph::<u64>::single(capacity(2));
            let double = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
                batch.iter().try_for_each(|(_, &event)| out.publish_batch(&[event, event]))
            };
            let even = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
                let even = |event: &&u64| event.is_multiple_of(2);
                batch.iter().map(|(_, event)| event).filter(even).try_for_each(|&e| out.publish(e))
            };
            first.threads(threads);
            first.producer_wait(wait);
            first.stage("double").wait(wait).handle(Relay::new(to_second, 2, double));
            second.stage("even").wait(wait).handle(Relay::new(to_third, 1, even));
            let (last, all) = collect();
            third.stage("last").wait(wait).handle(last);
            let pipeline = Pipeline::new().add(first).add(second).add(third);
            let running = pipeline.start().expect("starts");
            publish(&mut producer, 0..events);
            producer.close();
            let summary = running.join().expect("nobody complains");
            assert_eq!(summary.producers[1].published, 2 * events);
            all.try_iter().collect::<Vec<_>>()
        });
        let due: Vec<u64> = (0..events).filter(|e| e % 2 == 0).flat_map(|e| [e, e]).collect();
        prop_assert_eq!(seen, due);
    }
}

#[test]
fn more_output_than_declared_is_an_error_where_it_would_be_a_deadlock() {
    let error = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
        let flood = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| (0..5).try_for_each(|_| out.publish(event)))
        };
        first.threads(1).stage("flood").handle(Relay::new(out, 1, flood));
        second.stage("sink").handle(nothing);
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        producer.publish(1).expect("open");
        running.join().expect_err("it floods")
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert_eq!((failure.stage.as_str(), failure.sequence), ("flood", Some(0)));
    assert!(failure.message.contains("more than the declared 1 outputs"), "{failure}");
}

/// Gives out everything it has only when its input has ended, one event at a time.
struct AtTheEnd(Vec<u64>);

impl Transform<u64, u64> for AtTheEnd {
    fn on_batch(&mut self, batch: &Batch<'_, u64>, _: &mut Outlet<'_, u64>) -> Result<(), Fault> {
        self.0.extend(batch.iter().map(|(_, event)| event));
        Ok(())
    }

    fn on_end(&mut self, out: &mut Outlet<'_, u64>) -> Result<Done, Fault> {
        while let Some(&event) = self.0.last() {
            if !out.try_publish(event)? {
                return Ok(Done::NotYet);
            }
            self.0.pop();
        }
        Ok(Done::Yes)
    }
}

#[test]
fn what_comes_at_the_end_arrives_through_however_small_a_ring() {
    let seen = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(2));
        first.threads(1).stage("keep").handle(Relay::new(out, 1, AtTheEnd(Vec::new())));
        let (last, all) = collect();
        second.stage("last").handle(last);
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        publish(&mut producer, 0..100);
        producer.close();
        running.join().expect("nobody complains");
        all.try_iter().collect::<Vec<_>>()
    });
    assert_eq!(seen, (0..100).rev().collect::<Vec<_>>());
}

#[test]
fn a_failure_behind_stops_the_rings_before_it() {
    let (error, publish) = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
        let pass = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| out.publish(event))
        };
        first.stage("pass").handle(Relay::new(out, 1, pass));
        second.stage("fails").handle(|_: &Batch<'_, u64>| Err(Fault::halt("enough")));
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        let publish = loop {
            if let Err(error) = producer.publish(1) {
                break error;
            }
        };
        (running.join().expect_err("it fails"), publish)
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert_eq!((failure.stage.as_str(), failure.message.as_str()), ("fails", "enough"));
    assert_eq!(publish, PublishError::Poisoned(failure));
}

#[test]
fn rings_in_the_wrong_order_are_refused() {
    let (_producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
    let (out, mut second) = Graph::<u64>::single(Capacity::at_least(4));
    let pass = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
        batch.iter().try_for_each(|(_, &event)| out.publish(event))
    };
    first.stage("pass").handle(Relay::new(out, 1, pass));
    second.stage("sink").handle(nothing);
    let error = Pipeline::new().add(second).add(first).start().expect_err("the wrong order");
    assert!(matches!(error, BuildError::RingOrder { stage } if stage == "pass"));
}

#[test]
fn what_is_published_before_the_start_is_kept_and_more_is_refused() {
    let seen = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(4));
        publish(&mut producer, 0..4);
        assert_eq!(producer.publish(4), Err(PublishError::NotStarted));
        let (handler, all) = collect();
        graph.stage("late to be described").handle(handler);
        let running = graph.start().expect("starts");
        producer.publish(4).expect("started");
        producer.close();
        running.join().expect("nobody complains");
        all.try_iter().collect::<Vec<_>>()
    });
    assert_eq!(seen, [0, 1, 2, 3, 4]);
}

#[test]
fn a_graph_that_is_dropped_closes_its_ring() {
    let (mut producer, graph) = Graph::<u64>::single(Capacity::at_least(2));
    drop(graph);
    let error = (0..3).find_map(|event| producer.publish(event).err());
    assert_eq!(error, Some(PublishError::Closed));
}

#[test]
fn a_handler_that_feeds_its_own_full_ring_is_told_so() {
    let error = must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(2));
        producer.publish(0).expect("there is room");
        graph.stage("echo").handle(move |batch: &Batch<'_, u64>| {
            for (_, &event) in batch.iter() {
                for _ in 0..3 {
                    producer.publish(event).map_err(|error| Fault::halt(error.to_string()))?;
                }
            }
            Ok(())
        });
        graph.start().expect("starts").join().expect_err("it would wait for itself")
    });
    assert!(error.to_string().contains("would wait for itself"), "{error}");
}
