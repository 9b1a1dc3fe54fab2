//! Relays at their limits: a full ring at the end, a halt between two questions, a circle.

mod common;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use common::{must_end, nothing, publish};
use tourbillon_engine::{
    Batch, BuildError, Capacity, Done, Fault, Graph, Handler, Outlet, Pipeline, PipelineError,
    Producer, Relay, RingId, Running, StageContext, Transform, Wait,
};

/// Passes each event on so many times, and as many more at the end.
struct Times(u64, u64);

impl Transform<u64, u64> for Times {
    fn on_batch(&mut self, batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>) -> Result<(), Fault> {
        let mut each = batch.iter().flat_map(|(_, &event)| (0..self.0).map(move |_| event));
        each.try_for_each(|event| out.publish(event))
    }

    fn on_end(&mut self, out: &mut Outlet<'_, u64>) -> Result<Done, Fault> {
        if self.1 == 0 {
            return Ok(Done::Yes);
        }
        self.1 -= 1;
        out.publish(0)?;
        Ok(Done::NotYet)
    }
}

fn times(out: Producer<u64>, times: u64) -> Relay<u64, Times> {
    Relay::new(out, 1, Times(times, 0))
}

/// Counts the rounds of its thread in which it has nothing to do.
struct CountsRounds(Arc<AtomicU64>);

impl Handler<u64> for CountsRounds {
    fn on_batch(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
        Ok(())
    }

    fn on_idle(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn the_end_comes_when_there_is_room_for_what_it_brings() {
    let summary = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(8));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(2));
        first.stage("relay").thread(0).wait(Wait::Yield).handle(Relay::new(out, 1, Times(1, 3)));
        let rounds = Arc::new(AtomicU64::new(0));
        let near = second.stage("near").thread(0).wait(Wait::Yield);
        near.handle(CountsRounds(Arc::clone(&rounds)));
        let (go, may_go) = channel::<()>();
        second.stage("far").thread(1).wait(Wait::Yield).handle(move |_: &Batch<'_, u64>| {
            let _all_may_go = may_go.recv();
            Ok(())
        });
        let running = Pipeline::new().add(first).add(second).start().expect("starts");
        publish(&mut producer, 0..2);
        producer.close();
        // The relay's ring is full and will be so for a while; more than one of its rounds, or its
        // failure.
        let is_behind = |running: &Running| {
            running.lags().iter().any(|lag| lag.stage == "relay" && lag.events > 0)
        };
        while is_behind(&running) {
            thread::yield_now();
        }
        let enough = rounds.load(Relaxed) + 10;
        while rounds.load(Relaxed) < enough && format!("{running:?}").contains("stopped: false") {
            thread::yield_now();
        }
        drop(go);
        running.join().expect("nothing waits for itself")
    });
    assert_eq!(summary.stage("far").expect("there").events, 5);
}

/// Halts the pipeline between the stage's look at the ring and the relay's.
struct Halts<H>(H, Arc<Mutex<Option<Running>>>);

impl<H: Handler<u64>> Handler<u64> for Halts<H> {
    fn on_start(&mut self, context: &StageContext) {
        self.0.on_start(context);
    }

    fn on_batch(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        self.0.on_batch(batch)
    }

    fn room(&mut self, wanted: usize) -> usize {
        if let Some(running) = self.1.lock().expect("nobody panics").as_ref()
            && wanted > 0
        {
            running.halt();
        }
        self.0.room(wanted)
    }

    fn outlets(&self) -> Vec<RingId> {
        self.0.outlets()
    }
}

#[test]
fn a_halt_is_no_failure_of_a_relay_that_was_about_to_publish() {
    let summary = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(4));
        let (out, mut second) = Graph::<u64>::single(Capacity::at_least(2));
        let running = Arc::new(Mutex::new(None));
        first.stage("relay").handle(Halts(times(out, 1), Arc::clone(&running)));
        second.stage("last").handle(nothing);
        let started = Pipeline::new().add(first).add(second).start().expect("starts");
        *running.lock().expect("nobody panics") = Some(started);
        publish(&mut producer, 0..1);
        let halted = |running: &Running| format!("{running:?}").contains("stopped: true");
        let running = loop {
            let mut place = running.lock().expect("nobody panics");
            if place.as_ref().is_some_and(halted) {
                break place.take().expect("it is there");
            }
            drop(place);
            thread::yield_now();
        };
        running.join().expect("a halt is no failure")
    });
    assert!(summary.halted);
    assert_eq!(summary.stage("relay").expect("there").in_flight, 1);
}

#[test]
fn a_late_stage_cannot_feed_its_own_ring_or_one_before_it() {
    for ring in 0..2 {
        must_end(move || {
            let (own, mut first) = Graph::<u64>::single(Capacity::at_least(2));
            let (out, mut second) = Graph::<u64>::single(Capacity::at_least(2));
            first.stage("relay").handle(times(out, 1));
            second.stage("last").handle(nothing);
            let hub = if ring == 0 { first.hub() } else { second.hub() };
            let running = Pipeline::new().add(first).add(second).start().expect("starts");
            let refused = hub.stage("late").handle(times(own, 1));
            assert!(matches!(refused, Err(BuildError::RingOrder { .. })), "{refused:?}");
            running.join().expect("the ring is closed with its producer");
        });
    }
}

/// `a` and `c` share a thread: were `a` to wait for `b`, and `b` for `c`, nothing would go on.
#[test]
fn nobody_waits_for_itself_by_way_of_another_ring() {
    let error = must_end(|| {
        let (mut producer, mut first) = Graph::<u64>::single(Capacity::at_least(2));
        let (to_second, mut second) = Graph::<u64>::single(Capacity::at_least(2));
        let (to_third, mut third) = Graph::<u64>::single(Capacity::at_least(2));
        first.stage("a").thread(0).wait(Wait::Yield).handle(times(to_second, 100));
        second.stage("b").thread(1).wait(Wait::Yield).handle(times(to_third, 1));
        third.stage("c").thread(0).wait(Wait::Yield).handle(nothing);
        let running = Pipeline::new().add(first).add(second).add(third).start().expect("starts");
        publish(&mut producer, 0..1);
        producer.close();
        running.join().expect_err("it publishes more than it declares")
    });
    let PipelineError::Poisoned { failure, .. } = error else { panic!("{error}") };
    assert_eq!(failure.stage, "a");
    assert!(failure.message.contains("more than the declared 1 outputs"), "{failure}");
}
