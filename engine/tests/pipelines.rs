//! Whatever the graph, the threads and the waits: every stage sees every event once, in order,
//! and after the stages it follows.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BatchCause, BuildError, Capacity, Coalesce, Fault, Graph, Handler, Producer, StageId,
    Summary, Wait,
};

/// A stage of a random graph.
#[derive(Clone, Debug)]
struct Shape {
    /// Which of the earlier stages it follows, as a bit set.
    after: u8,
    group: Option<usize>,
    wait: Wait,
    max_batch: Option<usize>,
    coalesce: Option<(usize, u64)>,
}

fn waits() -> impl Strategy<Value = Wait> {
    prop_oneof![Just(Wait::Auto), Just(Wait::Yield), Just(Wait::Park)]
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let shape = (
        any::<u8>(),
        prop::option::of(0_usize..3),
        waits(),
        prop::option::of(1_usize..20),
        prop::option::of((1_usize..100, 0_u64..300)),
    );
    let shape = shape.prop_map(|(after, group, wait, max_batch, coalesce)| Shape {
        after,
        group,
        wait,
        max_batch,
        coalesce,
    });
    prop::collection::vec(shape, 1..6)
}

/// Checks sequence, value, batch size and that everybody it follows has seen the event before.
struct Witness {
    seen: Arc<AtomicU64>,
    follows: Vec<Arc<AtomicU64>>,
    max_batch: usize,
}

impl Handler<u64> for Witness {
    fn on_batch(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        let mut next = self.seen.load(Ordering::Relaxed);
        if batch.is_empty() || batch.len() > self.max_batch {
            return Err(Fault::new(format!("a batch of {}", batch.len())));
        }
        if batch.first_sequence() != next {
            return Err(Fault::new(format!("{} after {next}", batch.first_sequence())));
        }
        for (sequence, &event) in batch.iter() {
            if (sequence, event) != (next, next * 3) {
                return Err(Fault::new(format!("{event} instead of {}", next * 3)).at(sequence));
            }
            next += 1;
        }
        if self.follows.iter().any(|followed| followed.load(Ordering::Relaxed) < next) {
            return Err(Fault::new("overtook whom it follows"));
        }
        self.seen.store(next, Ordering::Relaxed);
        Ok(())
    }
}

fn build(graph: &mut Graph<u64>, shapes: &[Shape]) {
    let mut ids: Vec<StageId> = Vec::new();
    let mut counts: Vec<Arc<AtomicU64>> = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let followed: Vec<usize> = (0..index).filter(|bit| shape.after >> bit & 1 == 1).collect();
        let after: Vec<StageId> = followed.iter().map(|&earlier| ids[earlier]).collect();
        let seen = Arc::new(AtomicU64::new(0));
        let limits = [shape.max_batch, shape.coalesce.map(|(events, _)| events)];
        let witness = Witness {
            seen: Arc::clone(&seen),
            follows: followed.iter().map(|&earlier| Arc::clone(&counts[earlier])).collect(),
            max_batch: limits.into_iter().flatten().min().unwrap_or(usize::MAX),
        };
        let name = format!("stage {index}");
        let mut stage = graph.stage(&name).after(&after).wait(shape.wait);
        if let Some(group) = shape.group {
            stage = stage.thread(group);
        }
        if let Some(events) = shape.max_batch {
            stage = stage.max_batch(events);
        }
        if let Some((max_events, us)) = shape.coalesce {
            stage = stage.coalesce(Coalesce { max_events, interval: Duration::from_micros(us) });
        }
        ids.push(stage.handle(witness));
        counts.push(seen);
    }
}

/// Publishes `events` in pieces, in all three ways.
fn run(
    mut producer: Producer<u64>,
    graph: Graph<u64>,
    capacity: usize,
    pieces: &[usize],
) -> Summary {
    let running = graph.start().expect("starts");
    for &piece in pieces {
        let first = producer.published();
        let events: Vec<u64> = (first..).take(piece).map(|sequence| sequence * 3).collect();
        match piece % 3 {
            0 => assert_eq!(producer.publish_batch(&events), Ok(first)),
            1 if piece <= capacity => {
                let mut claim = producer.claim(piece).expect("open");
                let (front, back) = claim.slots_mut();
                let (left, right) = events.split_at(front.len());
                front.copy_from_slice(left);
                back.copy_from_slice(right);
                assert_eq!(claim.commit(piece), first);
            }
            _ => {
                for (event, sequence) in events.into_iter().zip(first..) {
                    assert_eq!(producer.publish(event), Ok(sequence));
                }
            }
        }
    }
    producer.close();
    running.join().expect("no stage complains")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_stage_sees_every_event_once_in_order(
        shapes in shapes(),
        log_capacity in 1_u32..8,
        producer_wait in waits(),
        pieces in prop::collection::vec(0_usize..100, 0..40),
    ) {
        let capacity = 1 << log_capacity;
        let published: usize = pieces.iter().sum();
        let stages = shapes.len();
        let summary = must_end(move || {
            let (producer, mut graph) = Graph::single(Capacity::new(capacity).expect("a power of two"));
            graph.producer_wait(producer_wait);
            build(&mut graph, &shapes);
            run(producer, graph, capacity, &pieces)
        });
        prop_assert_eq!(summary.published, published as u64);
        prop_assert_eq!(summary.stages.len(), stages);
        for stage in &summary.stages {
            prop_assert_eq!(stage.events, published as u64, "{}", stage.name);
        }
    }
}

#[test]
fn a_count_closes_a_batch_long_before_its_interval_even_in_sleep() {
    must_end(|| {
        for wait in [Wait::Auto, Wait::Park, Wait::Yield] {
            let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
            let (sender, causes) = std::sync::mpsc::channel();
            graph
                .stage("gather")
                .wait(wait)
                .coalesce(Coalesce { max_events: 8, interval: Duration::from_secs(3600) })
                .handle(move |batch: &Batch<'_, u64>| {
                    Ok(sender.send((batch.len(), batch.cause()))?)
                });
            let running = graph.start().expect("starts");
            for event in 0..20 {
                producer.publish(event).expect("open");
            }
            assert_eq!(causes.recv(), Ok((8, BatchCause::Count)));
            assert_eq!(causes.recv(), Ok((8, BatchCause::Count)));
            // Only the end of the stream frees the rest.
            producer.close();
            assert_eq!(causes.recv(), Ok((4, BatchCause::Drain)));
            running.join().expect("ends well");
        }
    });
}

#[test]
fn the_interval_closes_a_batch_that_is_not_full() {
    must_end(|| {
        let (mut producer, mut graph) = Graph::<u64>::single(Capacity::at_least(64));
        let (sender, causes) = std::sync::mpsc::channel();
        graph
            .stage("gather")
            .coalesce(Coalesce { max_events: 8, interval: Duration::from_millis(2) })
            .handle(move |batch: &Batch<'_, u64>| Ok(sender.send((batch.len(), batch.cause()))?));
        let running = graph.start().expect("starts");
        producer.publish_batch(&[1, 2, 3]).expect("open");
        assert_eq!(causes.recv(), Ok((3, BatchCause::Interval)));
        drop(producer);
        running.join().expect("ends well");
    });
}

#[test]
fn what_cannot_be_started_says_why() {
    let empty = || Graph::<u64>::single(Capacity::at_least(8)).1;
    let nothing = |_: &Batch<'_, u64>| Ok(());
    let error = |graph: Graph<u64>| graph.start().expect_err("a mistake");

    assert!(matches!(error(empty()), BuildError::Empty));

    let mut twice = empty();
    twice.stage("same").handle(nothing);
    twice.stage("same").handle(nothing);
    assert!(matches!(error(twice), BuildError::Name { name } if name == "same"));

    let mut other = empty();
    other.stage("one").handle(nothing);
    let foreign = other.stage("two").handle(nothing);
    let mut stranger = empty();
    stranger.stage("follower").after(&[foreign]).handle(nothing);
    assert!(matches!(error(stranger), BuildError::UnknownStage { name } if name == "follower"));

    let mut never = empty();
    never.stage("never").max_batch(0).handle(nothing);
    assert!(matches!(error(never), BuildError::EmptyBatch { stage } if stage == "never"));

    let mut nowhere = empty();
    nowhere.stage("nowhere").core(99_999).handle(nothing);
    assert!(matches!(error(nowhere), BuildError::NoSuchCore { core: 99_999, .. }));

    let mut many = empty();
    many.threads(1);
    many.stage("a").thread(1).handle(nothing);
    many.stage("b").thread(2).handle(nothing);
    assert!(matches!(error(many), BuildError::TooFewThreads { wanted: 2, threads: 1 }));

    assert!(matches!(Capacity::new(12), Err(BuildError::Capacity { slots: 12, nearest: 16 })));
    assert!(matches!(Capacity::new(1), Err(BuildError::Capacity { slots: 1, nearest: 2 })));
}

#[test]
fn more_spinners_than_cores_are_refused_unless_forced() {
    must_end(|| {
        let cores = std::thread::available_parallelism().expect("a machine").get();
        let spinning = |force| {
            let (producer, mut graph) = Graph::<u64>::single(Capacity::at_least(8));
            graph.force_spin(force).producer_wait(Wait::Spin);
            for group in 0..cores {
                let name = format!("spinner {group}");
                let nothing = |_: &Batch<'_, u64>| Ok(());
                graph.stage(&name).thread(group).wait(Wait::Spin).handle(nothing);
            }
            (producer, graph.start())
        };
        match spinning(false).1 {
            Err(BuildError::TooManySpinners { spinning, .. }) => assert_eq!(spinning, cores + 1),
            other => panic!("not refused: {other:?}"),
        }
        let (mut producer, running) = spinning(true);
        let running = running.expect("forced");
        producer.publish_batch(&[1, 2, 3]).expect("open");
        drop(producer);
        assert_eq!(running.join().expect("ends well").published, 3);
    });
}
