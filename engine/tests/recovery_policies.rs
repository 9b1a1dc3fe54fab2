//! What becomes of an event that fails: tried again, set aside, or the end of the stage; and what
//! the worst batch costs.

mod common;

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BatchCause, BatchHandler, Capacity, DeadLetter, DeadLetters, Fault, Graph, Handler,
    Isolate, Remedy, Transaction, Verdict,
};

const HOUR: Duration = Duration::from_secs(3600);

fn take(handler: &mut impl Handler<u64>, events: &[u64]) -> Result<(), Fault> {
    handler.on_batch(&Batch::from_slice(0, events, BatchCause::Count))
}

/// Takes each event after it failed as often as this says, by a fault or by a panic in turn.
fn flaky(
    mut failures: BTreeMap<u64, u32>,
    taken: Sender<u64>,
) -> impl FnMut(u64, &u64) -> Result<(), Fault> {
    move |_, event| match failures.get_mut(event) {
        Some(left) if *left > 0 => {
            *left -= 1;
            assert!(*left % 2 == 0, "not now");
            Err(Fault::new("not now"))
        }
        _ => Ok(taken.send(*event)?),
    }
}

proptest! {
    /// An event is tried as often as allowed and not once more; each is either taken or set aside,
    /// in order.
    #[test]
    fn an_event_is_tried_again_within_bounds(
        failures in prop::collection::btree_map(0_u64..40, 1_u32..6, 0..15),
        max_retries in 0_u32..5,
    ) {
        let (dead_letters, letters) = DeadLetters::queue(40);
        let (sender, taken) = channel();
        let mut isolate = Isolate::new(flaky(failures.clone(), sender), dead_letters)
            .retry(max_retries, Duration::ZERO);
        let events: Vec<u64> = (0..40).collect();
        take(&mut isolate, &events).expect("goes on");
        let lost = |event: &u64| failures.get(event).is_some_and(|&times| times > max_retries);
        let (given_up, kept): (Vec<u64>, Vec<u64>) = events.iter().partition(|event| lost(event));
        prop_assert_eq!(taken.try_iter().collect::<Vec<_>>(), kept);
        let letters: Vec<u64> = letters.try_iter().map(|letter| letter.event).collect();
        prop_assert_eq!(letters, given_up);
        let retried: u32 = failures.values().map(|&times| times.min(max_retries)).sum();
        prop_assert_eq!(isolate.recovery().retried, u64::from(retried));
    }

    /// However many events of a batch are at fault, finding them costs no more than is promised.
    #[test]
    fn the_worst_batch_costs_what_is_promised(
        poisoned in prop::collection::vec(any::<bool>(), 1..300),
        max_retries in 0_u32..4,
    ) {
        let count = poisoned.len() as u64;
        let (dead_letters, letters) = DeadLetters::queue(300);
        let (sender, applied) = channel();
        let handler = Picky { poisoned: poisoned.clone(), applied: sender };
        let mut transaction = Transaction::new(handler, max_retries, Duration::ZERO, dead_letters);
        take(&mut transaction, &(0..count).collect::<Vec<_>>()).expect("recovers");
        let attempts: Vec<u64> = applied.try_iter().collect();
        let retries = u64::from(max_retries);
        prop_assert!(transaction.recovery().retried <= retries * (count + 1));
        prop_assert!(attempts.len() as u64 <= (2 * count - 1) + retries * (count + 1));
        let times = u64::from(count.ilog2()) + 2;
        prop_assert!(attempts.iter().sum::<u64>() <= count * times + retries * 2 * count);
        let expected = (0..count).filter(|&event| poisoned[event as usize]);
        prop_assert!(letters.try_iter().map(|letter| letter.event).eq(expected));
    }
}

/// Refuses batches that hold a poisoned event, and tells how large each attempt was.
struct Picky {
    poisoned: Vec<bool>,
    applied: Sender<u64>,
}

impl BatchHandler<u64> for Picky {
    fn apply(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        self.applied.send(batch.len() as u64)?;
        match batch.iter().find(|&(_, &event)| self.poisoned[event as usize]) {
            Some((sequence, _)) => Err(Fault::new("poisoned").at(sequence)),
            None => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn rollback(&mut self) {}
}

#[test]
fn an_event_that_no_retry_helps_is_not_tried_again() {
    let (dead_letters, letters) = DeadLetters::queue(1);
    let (sender, tried) = channel();
    let handler = move |_: u64, event: &u64| {
        sender.send(*event)?;
        if *event == 1 { Err(Fault::too_large("will not fit")) } else { Ok(()) }
    };
    let mut isolate = Isolate::new(handler, dead_letters).retry(5, HOUR);
    take(&mut isolate, &[0, 1, 2]).expect("goes on");
    assert_eq!(tried.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(letters.try_iter().map(|letter| letter.event).collect::<Vec<_>>(), [1]);
}

/// Fails on event 2 with this remedy.
fn fails_at_two(remedy: Remedy) -> (impl FnMut(u64, &u64) -> Result<(), Fault>, Receiver<u64>) {
    let (sender, tried) = channel();
    let handler = move |_: u64, event: &u64| {
        sender.send(*event)?;
        let mut fault = Fault::new("no");
        fault.remedy = remedy;
        if *event == 2 { Err(fault) } else { Ok(()) }
    };
    (handler, tried)
}

#[test]
fn the_verdict_decides_over_an_event_that_keeps_failing() {
    let rounds = [
        (Verdict::Skip, None, vec![0, 1, 2, 2, 3]),
        (Verdict::Halt, Some(Remedy::Halt), vec![0, 1, 2, 2]),
        (Verdict::Detach, Some(Remedy::Detach), vec![0, 1, 2, 2]),
    ];
    for (verdict, remedy, expected) in rounds {
        let (dead_letters, letters) = DeadLetters::queue(1);
        let (handler, tried) = fails_at_two(Remedy::Retry);
        let mut isolate = Isolate::new(handler, dead_letters)
            .retry(1, Duration::ZERO)
            .otherwise(move |fault| if fault.message == "no" { verdict } else { Verdict::Skip });
        let outcome = take(&mut isolate, &[0, 1, 2, 3]);
        assert_eq!(outcome.as_ref().err().map(|fault| fault.remedy), remedy);
        assert_eq!(outcome.err().and_then(|fault| fault.sequence), remedy.map(|_| 2));
        assert_eq!(tried.try_iter().collect::<Vec<_>>(), expected);
        // What is not given up is not a dead letter: it names the end of the stage instead.
        assert_eq!(letters.try_iter().count(), usize::from(remedy.is_none()));
    }
}

#[test]
fn what_the_handler_says_of_itself_is_obeyed_unasked() {
    for remedy in [Remedy::Halt, Remedy::Detach] {
        let sink = DeadLetters::sink(|letter| panic!("no event is at fault: {letter:?}"));
        let (handler, tried) = fails_at_two(remedy);
        let mut isolate =
            Isolate::new(handler, sink).retry(9, HOUR).otherwise(|_| panic!("not asked"));
        let fault = take(&mut isolate, &[0, 1, 2, 3]).expect_err("it ends here");
        assert_eq!((fault.remedy, fault.sequence), (remedy, Some(2)));
        assert_eq!(tried.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    }
}

/// Has its trouble with one event, and names none.
struct Broken(Fault);

impl BatchHandler<u64> for Broken {
    fn apply(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        match batch.iter().any(|(_, &event)| event == 5) {
            true if batch.len() > 2 => Err(Fault::too_large("cut me")),
            true => Err(self.0.clone()),
            false => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn rollback(&mut self) {}
}

#[test]
fn a_batch_that_ends_its_stage_names_the_part_at_fault() {
    for fault in [Fault::halt("gone"), Fault::detach("gone")] {
        let sink = DeadLetters::sink(|letter| panic!("no event is at fault: {letter:?}"));
        let remedy = fault.remedy;
        let mut transaction = Transaction::new(Broken(fault), 3, HOUR, sink);
        let fault = take(&mut transaction, &[0, 1, 2, 3, 4, 5, 6, 7]).expect_err("it ends here");
        assert_eq!((fault.remedy, fault.sequence), (remedy, Some(4)));
    }
}

#[test]
fn a_halt_ends_the_retries_of_an_event() {
    must_end(|| {
        let (sink, letters) = DeadLetters::queue(16);
        let (sender, tried) = channel();
        let away = move |sequence: u64, _: &u64| {
            sender.send(sequence)?;
            Err(Fault::new("the sink is away"))
        };
        let (mut producer, mut graph) = Graph::single(Capacity::at_least(64));
        graph.stage("stage").handle(Isolate::new(away, sink).retry(20, HOUR));
        let running = graph.start().expect("starts");
        producer.publish_batch(&[0_u64; 4]).expect("room");
        assert_eq!(tried.recv(), Ok(0));
        running.halt();
        let summary = running.join().expect("no failure");
        // The batch in hand is brought to an end, for what was published must be accounted for.
        let (stage, counts) = (&summary.stages[0], summary.stages[0].recovery);
        assert_eq!((stage.batches, counts.retried), (1, 0));
        assert_eq!(counts.dead_letters, stage.events);
        assert_eq!(letters.try_iter().count() as u64, stage.events);
    });
}

#[test]
fn a_dead_letter_holds_the_bytes_of_its_event() {
    let (dead_letters, letters) = DeadLetters::queue(1);
    let mut isolate = Isolate::new(|_: u64, _: &u64| Err(Fault::new("bad")), dead_letters);
    take(&mut isolate, &[0x0102_0304]).expect("goes on");
    let letter: DeadLetter<u64> = letters.try_recv().expect("a letter");
    assert_eq!(letter.bytes(), 0x0102_0304_u64.to_ne_bytes());
}
