//! Seven ways in which a ring can hang, panic or break, each turned into an error.
//!
//! | # | what happens | what must come of it |
//! |---|---|---|
//! | 1 | a handler panics while the producer waits | the producer gets the failure |
//! | 2 | a handler panics, then the producer is dropped | neither panics nor hangs |
//! | 3 | a poller is dropped while the producer waits for it | the producer goes on |
//! | 4 | a caller pinned to one core names another | the stage runs there |
//! | 5 | a batch or claim is larger than the ring | in pieces, or an error that says so |
//! | 6 | a slot is kept until after its publication | does not compile: see [`Claim`] |
//! | 7 | a panic while a claim is open | nobody waits for the claim |
//!
//! Where somebody waits, the end of it comes within 100 ms of the fault.
//!
//! [`Claim`]: tourbillon_engine::Claim::slots_mut

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use common::{must_end, until_asleep};
use tourbillon_engine::{
    Batch, BuildError, Capacity, Failure, Fault, Graph, Handler, PipelineError, PollError,
    Producer, PublishError, StageContext, Summary, Wait,
};

/// Every way of waiting that makes sense on the smallest machine.
const WAITS: [Wait; 3] = [Wait::Auto, Wait::Yield, Wait::Park];

/// How soon after a fault the error must be there.
const SOON: Duration = Duration::from_millis(100);

/// Runs an attempt, which returns how long it took from the fault to the error. A busy machine may
/// keep a thread from running for longer, hence four attempts; a hang fails the first.
fn soon(attempt: impl Fn() -> Duration + Copy + Send + 'static) {
    let times: Vec<Duration> = (0..4).map(|_| must_end(attempt)).collect();
    assert!(times.iter().any(|&time| time <= SOON), "from the fault to the error: {times:?}");
}

fn ring(slots: usize, wait: Wait) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = Graph::single(Capacity::new(slots).expect("a power of two"));
    graph.threads(1).producer_wait(wait);
    (producer, graph)
}

/// A handler that panics at event 3, and tells when.
fn panics_at_3(moment: Sender<Instant>) -> impl Handler<u64> {
    move |batch: &Batch<'_, u64>| {
        if batch.iter().any(|(_, &event)| event == 3) {
            moment.send(Instant::now())?;
            panic!("event out of order");
        }
        Ok(())
    }
}

fn publish_until_error(producer: &mut Producer<u64>) -> PublishError {
    (0..).find_map(|event| producer.publish(event).err()).expect("some day it fails")
}

#[test]
fn hole_1_a_handler_that_panics_frees_the_producer_that_waits() {
    for wait in WAITS {
        soon(move || {
            let (mut producer, mut graph) = ring(8, wait);
            let (sender, moment) = channel();
            graph.stage("bad").wait(wait).max_batch(1).handle(panics_at_3(sender));
            let running = graph.start().expect("starts");
            let PublishError::Poisoned(failure) = publish_until_error(&mut producer) else {
                panic!("not poisoned");
            };
            let waited = moment.recv().expect("it panicked").elapsed();
            assert_eq!((failure.stage.as_str(), failure.sequence), ("bad", Some(3)));
            assert!(failure.message.contains("event out of order"), "{}", failure.message);
            // At most a ring of events was taken after the one at fault.
            assert!(producer.published() <= 3 + 8);
            let (joined, summary) = poisoned(running.join());
            assert_eq!((joined, summary.stage("bad").expect("the stage").events), (failure, 3));
            waited
        });
    }
}

#[test]
fn hole_1_likewise_every_one_of_several_producers() {
    for wait in WAITS {
        soon(move || {
            let (producer, mut graph) = Graph::multi(Capacity::new(8).expect("a power of two"));
            graph.threads(1).producer_wait(wait);
            let (sender, moment) = channel();
            graph.stage("bad").wait(wait).max_batch(1).handle(panics_at_3(sender));
            let running = graph.start().expect("starts");
            let publishing = [producer.clone(), producer].map(|mut producer| {
                thread::spawn(move || (0..).find_map(|event| producer.publish(event).err()))
            });
            for thread in publishing {
                let error = thread.join().expect("no panic");
                assert!(matches!(error, Some(PublishError::Poisoned(_))), "{error:?}");
            }
            let waited = moment.recv().expect("it panicked").elapsed();
            assert_eq!(poisoned(running.join()).0.stage, "bad");
            waited
        });
    }
}

fn poisoned(end: Result<Summary, PipelineError>) -> (Failure, Box<Summary>) {
    match end {
        Err(PipelineError::Poisoned { failure, summary }) => (failure, summary),
        other => panic!("not poisoned: {other:?}"),
    }
}

#[test]
fn hole_2_dropping_the_producer_after_a_panic_neither_panics_nor_hangs() {
    for wait in WAITS {
        soon(move || {
            let (mut producer, mut graph) = ring(64, wait);
            let (sender, moment) = channel();
            graph.stage("bad").wait(wait).handle(panics_at_3(sender));
            let running = graph.start().expect("starts");
            // The ring has room for all five, so the producer need not notice.
            for event in 0..5 {
                drop(producer.publish(event));
            }
            let moment = moment.recv().expect("it panicked");
            drop(producer);
            assert_eq!(poisoned(running.join()).0.stage, "bad");
            moment.elapsed()
        });
    }
}

#[test]
fn hole_3_a_poller_that_is_dropped_frees_the_producer_that_waits_for_it() {
    for wait in WAITS {
        soon(move || {
            let (mut producer, mut graph) = ring(8, wait);
            let poller = graph.poller(&[]);
            let _running = graph.start().expect("starts");
            let publishing = thread::Builder::new().name("publishing".to_owned());
            let publishing = publishing
                .spawn(move || (0..100).try_for_each(|event| producer.publish(event).map(drop)));
            let publishing = publishing.expect("a thread");
            if wait == Wait::Park {
                until_asleep("publishing");
            }
            let moment = Instant::now();
            drop(poller);
            assert_eq!(publishing.join().expect("no panic"), Ok(()));
            moment.elapsed()
        });
    }
}

#[test]
fn hole_4_a_pinned_caller_can_use_every_core() {
    must_end(|| {
        let cores: Vec<_> = core_affinity::get_core_ids().expect("cores");
        let (first, last) = (cores[0], cores[cores.len() - 1]);
        assert!(core_affinity::set_for_current(first));
        let (mut producer, mut there) = ring(8, Wait::Yield);
        there.stage("there").core(last.id).wait(Wait::Yield).handle(Stays(last.id));
        let running = there.start().expect("the other core is there");
        producer.publish(7).expect("room");
        producer.close();
        assert_eq!(running.join().expect("ends well").stages[0].events, 1);

        let (_producer, mut nowhere) = ring(8, Wait::Yield);
        nowhere.stage("nowhere").core(9999).handle(|_: &Batch<'_, u64>| Ok(()));
        let error = nowhere.start().map(drop).expect_err("there is no such core");
        assert!(matches!(error, BuildError::NoSuchCore { core: 9999, .. }), "{error}");
    });
}

/// Checks that it runs where it was told to.
struct Stays(usize);

impl Handler<u64> for Stays {
    fn on_start(&mut self, context: &StageContext) {
        assert_eq!(context.core, Some(self.0));
    }

    fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
        let here: Vec<usize> =
            core_affinity::get_core_ids().unwrap_or_default().iter().map(|core| core.id).collect();
        if here == [self.0] { Ok(()) } else { Err(Fault::new(format!("on cores {here:?}"))) }
    }
}

#[test]
fn hole_5_a_batch_larger_than_the_ring_goes_in_pieces_and_such_a_claim_is_refused() {
    soon(|| {
        let (mut producer, mut graph) = ring(8, Wait::Auto);
        let (sender, received) = channel();
        graph.stage("collect").handle(move |batch: &Batch<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| sender.send(event))?;
            Ok(())
        });
        let running = graph.start().expect("starts");
        let events: Vec<u64> = (0..1000).collect();
        assert_eq!(producer.publish_batch(&events), Ok(0));
        assert_eq!(producer.publish_batch(&[]), Ok(1000));
        let moment = Instant::now();
        let refused = producer.claim(9).expect_err("9 never fit");
        let waited = moment.elapsed();
        assert_eq!(refused, PublishError::TooLarge { slots: 9, capacity: 8 });
        producer.close();
        running.join().expect("ends well");
        assert!(received.iter().eq(events));
        waited
    });
}

#[test]
fn hole_7_a_panic_while_a_claim_is_open_holds_nobody_up() {
    soon(|| {
        let (mut producer, mut graph) = ring(8, Wait::Auto);
        let mut poller = graph.poller(&[]);
        let running = graph.start().expect("starts");
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let mut claim = producer.claim(3).expect("room");
            claim.slots_mut().0[0] = 99;
            panic!("while the claim is open");
        }));
        let moment = Instant::now();
        assert!(panicked.is_err());
        let mut claim = producer.claim(3).expect("room");
        claim.slots_mut().0.copy_from_slice(&[1, 2, 3]);
        assert_eq!(claim.commit(2), 0);
        assert_eq!(producer.publish(4), Ok(2));
        assert_eq!(poller.poll(8, copy), Ok(Some(vec![1, 2, 4])));
        drop(producer);
        drop(poller);
        running.join().expect("ends well");
        moment.elapsed()
    });
}

#[test]
fn hole_7_likewise_while_one_of_several_producers_writes() {
    soon(|| {
        let (mut producer, mut graph) = Graph::multi(Capacity::new(8).expect("a power of two"));
        let mut poller = graph.poller(&[]);
        let running = graph.start().expect("starts");
        let mut other = producer.clone();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            producer.publish_with(|_| panic!("while the claim is open"))
        }));
        let moment = Instant::now();
        assert!(panicked.is_err());
        // A ring of events and more: the slot of the claim is used again.
        let mut read = Vec::new();
        for event in 0..20 {
            let producer = if event % 2 == 0 { &mut producer } else { &mut other };
            producer.publish(event).expect("nobody holds it up");
            while let Some(events) = poller.poll(8, copy).expect("open") {
                read.extend(events);
            }
        }
        assert!(read.into_iter().eq(0..20));
        drop((producer, other));
        assert_eq!(poller.poll(8, copy), Err(PollError::Closed));
        running.join().expect("ends well");
        moment.elapsed()
    });
}

fn copy(batch: &Batch<'_, u64>) -> Vec<u64> {
    batch.iter().map(|(_, &event)| event).collect()
}
