//! What goes wrong must end with an error that says so: nothing hangs, nothing panics in a drop.

mod common;

use std::sync::mpsc::channel;
use std::time::Duration;

use common::must_end;
use tourbillon_engine::{
    Batch, BuildError, Capacity, Failure, Fault, Graph, Handler, PipelineError, PollError,
    Producer, PublishError, StageContext, TryPublishError, Wait,
};

fn graph(slots: usize, wait: Wait) -> (Producer<u64>, Graph<u64>) {
    let (producer, mut graph) = Graph::single(Capacity::new(slots).expect("a power of two"));
    graph.threads(1).producer_wait(wait);
    (producer, graph)
}

/// Every way of waiting that makes sense on the smallest machine.
const WAITS: [Wait; 3] = [Wait::Auto, Wait::Yield, Wait::Park];

fn fails_at(at: u64, how: fn() -> Result<(), Fault>) -> impl Handler<u64> {
    move |batch: &Batch<'_, u64>| {
        if batch.iter().any(|(_, &event)| event == at) { how() } else { Ok(()) }
    }
}

fn panics() -> Result<(), Fault> {
    panic!("event out of order")
}

fn publish_until_error(producer: &mut Producer<u64>) -> PublishError {
    for event in 0.. {
        if let Err(error) = producer.publish(event) {
            return error;
        }
    }
    unreachable!("the pipeline never failed")
}

fn failure(error: PublishError) -> Failure {
    match error {
        PublishError::Poisoned(failure) => failure,
        other => panic!("not poisoned: {other}"),
    }
}

#[test]
fn a_fault_stops_the_stages_before_and_after_it() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        let (stopped, stops) = channel();
        let first = graph.stage("first").handle(Stopping(stopped.clone()));
        let bad = graph
            .stage("bad")
            .after(&[first])
            .max_batch(1)
            .handle(fails_at(20, || Err(Fault::new("no"))));
        graph.stage("last").after(&[bad]).handle(Stopping(stopped));
        let running = graph.start().expect("starts");
        let failure = failure(publish_until_error(&mut producer));
        assert_eq!((failure.stage.as_str(), failure.message.as_str()), ("bad", "no"));
        assert!(matches!(producer.try_publish(0), Err(TryPublishError::Poisoned(_))));
        assert!(running.join().is_err());
        assert_eq!(stops.iter().count(), 2, "both sound stages were stopped in order");
    });
}

struct Stopping(std::sync::mpsc::Sender<()>);

impl Handler<u64> for Stopping {
    fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
        Ok(())
    }

    fn on_stop(&mut self) {
        self.0.send(()).expect("the test listens");
    }
}

#[test]
fn a_poller_that_is_dropped_holds_nobody_back() {
    for wait in WAITS {
        must_end(move || {
            let (mut producer, mut graph) = graph(8, wait);
            let stage = graph.stage("stage").wait(wait).handle(|batch: &Batch<'_, u64>| {
                let whole = batch.iter().all(|(sequence, &event)| sequence == event);
                if whole { Ok(()) } else { Err(Fault::new("overwritten")) }
            });
            let early = graph.poller(&[]);
            let mut late = graph.poller(&[stage]);
            let running = graph.start().expect("starts");
            drop(early);
            let reading = std::thread::spawn(move || {
                let mut read = 0;
                while read < 50 {
                    match late.poll(8, |batch| batch.len()).expect("open") {
                        Some(count) => read += count,
                        None => std::thread::yield_now(),
                    }
                }
            });
            for event in 0..1000 {
                producer.publish(event).expect("nobody fails");
            }
            reading.join().expect("the poller read");
            producer.close();
            assert_eq!(running.join().expect("ends well").stages[0].events, 1000);
        });
    }
}

#[test]
fn without_any_reader_left_events_go_nowhere_and_a_halt_is_noticed() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        drop(graph.poller(&[]));
        let running = graph.start().expect("starts");
        for event in 0..100 {
            producer.publish(event).expect("nobody is in the way");
        }
        running.halt();
        assert_eq!(publish_until_error(&mut producer), PublishError::Closed);
        assert!(running.join().expect("no failure").halted);
    });
}

#[test]
fn a_poller_sees_every_event_and_then_the_end() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        let mut poller = graph.poller(&[]);
        let _running = graph.start().expect("starts");
        assert!(!poller.has_available());
        assert_eq!(poller.poll(8, |batch| batch.len()), Ok(None));
        assert_eq!(producer.publish_batch(&[1, 2, 3]), Ok(0));
        producer.close();
        assert!(poller.has_available());
        assert_eq!(poller.poll(2, |batch| batch.len()), Ok(Some(2)));
        let rest = poller.poll(2, |batch| batch.iter().map(|(at, &e)| (at, e)).collect::<Vec<_>>());
        assert_eq!(rest, Ok(Some(vec![(2, 3)])));
        assert_eq!(poller.poll(2, |batch| batch.len()), Err(PollError::Closed));
    });
}

#[test]
fn a_poller_learns_of_a_failure() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        let bad = graph.stage("bad").handle(fails_at(0, panics));
        let mut poller = graph.poller(&[bad]);
        let _running = graph.start().expect("starts");
        producer.publish(0).expect("there is room");
        let error = loop {
            match poller.poll(8, |batch| batch.len()) {
                Ok(read) => assert_eq!(read, None, "the event never got past the stage"),
                Err(error) => break error,
            }
            std::thread::yield_now();
        };
        assert!(matches!(error, PollError::Poisoned(failure) if failure.stage == "bad"));
    });
}

#[test]
fn a_handler_that_panics_before_the_first_event_prevents_the_start() {
    struct Unready;
    impl Handler<u64> for Unready {
        fn on_start(&mut self, _: &StageContext) {
            panic!("no connection");
        }
        fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
            Ok(())
        }
    }
    must_end(|| {
        let (_producer, mut graph) = graph(8, Wait::Auto);
        graph.stage("unready").handle(Unready);
        match graph.start() {
            Err(BuildError::OnStart(failure)) => {
                assert_eq!(failure.stage, "unready");
                assert!(failure.message.contains("no connection"));
            }
            other => panic!("started: {other:?}"),
        }
    });
}

#[test]
fn failures_outside_of_a_batch_are_reported_too() {
    struct Restless(fn());
    impl Handler<u64> for Restless {
        fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
            Ok(())
        }
        fn on_idle(&mut self) {
            self.0();
        }
    }
    struct Sore;
    impl Handler<u64> for Sore {
        fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
            Ok(())
        }
        fn on_stop(&mut self) {
            panic!("cannot flush");
        }
    }
    must_end(|| {
        let (mut producer, mut idle) = graph(8, Wait::Auto);
        idle.stage("restless").handle(Restless(|| panic!("bored")));
        let running = idle.start().expect("starts");
        assert_eq!(failure(publish_until_error(&mut producer)).message, "panicked: bored");
        assert!(running.join().is_err());

        let (producer, mut stop) = graph(8, Wait::Auto);
        stop.stage("sore").handle(Sore);
        let running = stop.start().expect("starts");
        producer.close();
        let error = running.join().expect_err("cannot flush").to_string();
        assert_eq!(error, "stage `sore` failed: panicked: cannot flush");
    });
}

#[test]
fn draining_names_the_stage_that_is_late() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        let (release, gate) = channel::<()>();
        graph.stage("stuck").handle(move |_: &Batch<'_, u64>| {
            // Ends when the test drops its side.
            gate.recv().unwrap_or_default();
            Ok(())
        });
        let running = graph.start().expect("starts");
        producer.publish_batch(&[1, 2, 3]).expect("room");
        producer.close();
        match running.drain(Duration::from_millis(20)) {
            Err(PipelineError::Late { late, .. }) => {
                assert_eq!((late[0].stage.as_str(), late[0].events), ("stuck", 3));
            }
            other => panic!("not late: {other:?}"),
        }
        drop(release);
    });
}

#[test]
fn a_halt_wakes_everybody() {
    for wait in WAITS {
        must_end(move || {
            let (mut producer, mut graph) = graph(8, wait);
            graph.stage("idle").wait(wait).handle(|_: &Batch<'_, u64>| Ok(()));
            let full = graph.poller(&[]);
            let running = graph.start().expect("starts");
            let publishing = std::thread::spawn(move || publish_until_error(&mut producer));
            while running.lags()[0].events > 0 {
                std::thread::yield_now();
            }
            running.halt();
            assert_eq!(publishing.join().expect("no panic"), PublishError::Closed);
            let summary = running.join().expect("no failure");
            assert!(summary.halted && summary.published <= 8);
            drop(full);
        });
    }
}

#[test]
fn dropping_the_running_pipeline_leaves_it_to_its_producer() {
    must_end(|| {
        let (mut producer, mut graph) = graph(8, Wait::Auto);
        let (sender, received) = channel();
        graph.stage("collect").handle(move |batch: &Batch<'_, u64>| {
            batch.iter().try_for_each(|(_, &event)| sender.send(event))?;
            Ok(())
        });
        let running = graph.start().expect("starts");
        drop(running);
        producer.publish_batch(&(0..100).collect::<Vec<_>>()).expect("still there");
        drop(producer);
        assert!(received.iter().eq(0..100));
    });
}
