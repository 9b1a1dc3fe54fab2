//! Fault injection: in = out + dead letters, whatever fails when.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use common::must_end;
use proptest::prelude::*;
use tourbillon_engine::{
    Batch, BatchCause, BatchHandler, Capacity, DeadLetter, DeadLetters, Fault, Graph, Handler,
    Isolate, PipelineError, Producer, Running, Transaction,
};

/// How an event fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Poison {
    Fault,
    Panic,
}

impl Poison {
    fn strike(self, event: u64) -> Result<(), Fault> {
        match self {
            Poison::Fault => Err(Fault::new(format!("cannot take {event}"))),
            Poison::Panic => panic!("cannot take {event}"),
        }
    }
}

type Poisoned = BTreeMap<u64, Poison>;

fn poisoned() -> impl Strategy<Value = Poisoned> {
    let poison = prop_oneof![Just(Poison::Fault), Just(Poison::Panic)];
    prop::collection::btree_map(0_u64..300, poison, 0..20)
}

fn start(handler: impl Handler<u64>) -> (Producer<u64>, Running) {
    let (producer, mut graph) = Graph::single(Capacity::at_least(64));
    graph.stage("stage").max_batch(17).handle(handler);
    (producer, graph.start().expect("starts"))
}

fn letters(receiver: &Receiver<DeadLetter<u64>>, poisoned: &Poisoned) -> BTreeSet<u64> {
    receiver
        .try_iter()
        .map(|letter| {
            assert_eq!((letter.sequence, letter.stage.as_str()), (letter.event, "stage"));
            let panicked = letter.reason == format!("panicked: cannot take {}", letter.event);
            let faulted = letter.reason == format!("cannot take {}", letter.event);
            match poisoned[&letter.event] {
                Poison::Panic => assert!(panicked, "{}", letter.reason),
                Poison::Fault => assert!(faulted, "{}", letter.reason),
            }
            letter.event
        })
        .collect()
}

/// Sums up events; the sum becomes visible at the commit, as a whole.
struct Ledger {
    poisoned: Poisoned,
    /// Each of these makes one attempt at a batch that holds it fail, then passes.
    flaky: BTreeSet<u64>,
    /// Attempts left that fail at the commit, for no event's fault.
    bad_commits: u32,
    pending: Vec<u64>,
    committed: std::sync::mpsc::Sender<Vec<u64>>,
}

impl BatchHandler<u64> for Ledger {
    fn apply(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        assert!(self.pending.is_empty(), "the last attempt was rolled back or committed");
        for (_, &event) in batch.iter() {
            self.pending.push(event);
            if self.flaky.remove(&event) {
                return Err(Fault::new("try again"));
            }
            if let Some(poison) = self.poisoned.get(&event) {
                poison.strike(event)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Fault> {
        if self.bad_commits > 0 {
            self.bad_commits -= 1;
            return Err(Fault::new("the sink is away"));
        }
        self.committed.send(std::mem::take(&mut self.pending))?;
        Ok(())
    }

    fn rollback(&mut self) {
        self.pending.clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn isolate_sets_aside_exactly_the_events_at_fault(poisoned in poisoned()) {
        let expected = poisoned.clone();
        let (taken, given_up, counts) = must_end(move || {
            let (dead_letters, receiver) = DeadLetters::queue(300);
            let (sender, taken) = channel();
            let faults = poisoned.clone();
            let (mut producer, running) = start(Isolate::new(
                move |sequence: u64, event: &u64| {
                    assert_eq!(sequence, *event);
                    faults.get(event).map_or(Ok(()), |poison| poison.strike(*event))?;
                    Ok(sender.send(*event)?)
                },
                dead_letters,
            ));
            producer.publish_batch(&(0..300).collect::<Vec<_>>()).expect("open");
            producer.close();
            let summary = running.join().expect("nothing halts");
            let taken: Vec<u64> = taken.try_iter().collect();
            (taken, letters(&receiver, &poisoned), summary.stages[0].recovery)
        });
        prop_assert!(given_up.iter().eq(expected.keys()));
        prop_assert!(taken.iter().copied().eq((0..300).filter(|e| !expected.contains_key(e))));
        prop_assert_eq!(counts.dead_letters, expected.len() as u64);
        prop_assert_eq!(counts.dead_letters_lost, 0);
    }

    #[test]
    fn transaction_commits_all_but_the_events_at_fault(
        poisoned in poisoned(),
        flaky in prop::collection::btree_set(0_u64..300, 0..5),
        bad_commits in 0_u32..3,
    ) {
        let expected = poisoned.clone();
        let (committed, given_up, counts) = must_end(move || {
            let (dead_letters, receiver) = DeadLetters::queue(300);
            let (sender, committed) = channel();
            let ledger = Ledger {
                poisoned: poisoned.clone(),
                flaky,
                bad_commits,
                pending: Vec::new(),
                committed: sender,
            };
            // More tries than there are things that pass.
            let transaction = Transaction::new(ledger, 10, Duration::ZERO, dead_letters);
            let (mut producer, running) = start(transaction);
            producer.publish_batch(&(0..300).collect::<Vec<_>>()).expect("open");
            producer.close();
            let summary = running.join().expect("nothing halts");
            let committed: Vec<u64> = committed.try_iter().flatten().collect();
            (committed, letters(&receiver, &poisoned), summary.stages[0].recovery)
        });
        prop_assert!(given_up.iter().eq(expected.keys()));
        prop_assert!(committed.iter().copied().eq((0..300).filter(|e| !expected.contains_key(e))));
        prop_assert_eq!(counts.dead_letters, expected.len() as u64);
    }
}

type Rig = (Transaction<Ledger, u64>, Receiver<Vec<u64>>, Receiver<DeadLetter<u64>>);

fn transaction(
    ledger: impl FnOnce(std::sync::mpsc::Sender<Vec<u64>>) -> Ledger,
    max_retries: u32,
) -> Rig {
    let (dead_letters, receiver) = DeadLetters::queue(1);
    let (sender, committed) = channel();
    let ledger = ledger(sender);
    let transaction = Transaction::new(ledger, max_retries, Duration::ZERO, dead_letters);
    (transaction, committed, receiver)
}

fn ledger(committed: std::sync::mpsc::Sender<Vec<u64>>) -> Ledger {
    Ledger {
        poisoned: BTreeMap::new(),
        flaky: BTreeSet::new(),
        bad_commits: 0,
        pending: Vec::new(),
        committed,
    }
}

fn take(handler: &mut impl Handler<u64>, events: &[u64]) -> Result<(), Fault> {
    handler.on_batch(&Batch::from_slice(0, events, BatchCause::Count))
}

#[test]
fn a_passing_fault_costs_retries_and_nothing_else() {
    let (mut transaction, committed, letters) =
        transaction(|sender| Ledger { bad_commits: 2, ..ledger(sender) }, 2);
    take(&mut transaction, &[1, 2, 3]).expect("recovers");
    let counts = transaction.recovery();
    assert_eq!((counts.retried, counts.bisected, counts.dead_letters), (2, 0, 0));
    assert_eq!(committed.try_iter().collect::<Vec<_>>(), [[1, 2, 3]]);
    assert_eq!(letters.try_iter().count(), 0);
}

#[test]
fn a_poisoned_event_is_found_by_halving() {
    let poisoned = BTreeMap::from([(6, Poison::Panic)]);
    let (mut transaction, committed, letters) =
        transaction(|sender| Ledger { poisoned, ..ledger(sender) }, 1);
    take(&mut transaction, &[0, 1, 2, 3, 4, 5, 6, 7]).expect("recovers");
    let counts = transaction.recovery();
    // Retried as a whole and when alone; cut at 8, 4 and 2 events.
    assert_eq!((counts.retried, counts.bisected, counts.dead_letters), (2, 3, 1));
    let committed: Vec<Vec<u64>> = committed.try_iter().collect();
    assert_eq!(committed, [vec![0, 1, 2, 3], vec![4, 5], vec![7]]);
    assert_eq!(letters.try_iter().next().expect("one letter").event, 6);
}

#[test]
fn letters_that_do_not_fit_are_counted() {
    let poisoned = (0..8).map(|event| (event, Poison::Fault)).collect();
    let (mut transaction, _committed, letters) =
        transaction(|sender| Ledger { poisoned, ..ledger(sender) }, 0);
    take(&mut transaction, &[0, 1, 2, 3, 4, 5, 6, 7]).expect("recovers");
    let counts = transaction.recovery();
    assert_eq!((counts.dead_letters, counts.dead_letters_lost), (8, 7));
    assert_eq!(letters.try_iter().count(), 1);
}

#[test]
fn a_halt_ends_the_retries() {
    must_end(|| {
        let (sink, letters) = DeadLetters::queue(16);
        let (sender, tried) = channel();
        let away = Away(sender);
        let hour = Duration::from_secs(3600);
        let (mut producer, running) = start(Transaction::new(away, 20, hour, sink));
        producer.publish_batch(&[0; 16]).expect("room");
        let taken = tried.recv().expect("a first attempt");
        running.halt();
        let summary = running.join().expect("no failure");
        // The batch in hand is brought to an end, for what was published must be accounted for.
        let (stage, counts) = (&summary.stages[0], summary.stages[0].recovery);
        assert_eq!((stage.batches, stage.events), (1, taken));
        assert_eq!((counts.retried, counts.dead_letters), (0, taken));
        assert_eq!(letters.try_iter().count() as u64, taken);
    });
}

/// Fails as if it might pass, and tells of each attempt how many events it was at.
struct Away(std::sync::mpsc::Sender<u64>);

impl BatchHandler<u64> for Away {
    fn apply(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        self.0.send(batch.len() as u64)?;
        Err(Fault::new("the sink is away"))
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn rollback(&mut self) {}
}

/// Takes at most so many events at once.
struct Narrow(usize, Vec<usize>);

impl BatchHandler<u64> for Narrow {
    fn apply(&mut self, batch: &Batch<'_, u64>) -> Result<(), Fault> {
        self.1.push(batch.len());
        if batch.len() > self.0 { Err(Fault::too_large("too many")) } else { Ok(()) }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn rollback(&mut self) {
        let tried = self.1.last().copied();
        assert!(tried > Some(self.0), "nothing else is rolled back");
    }
}

#[test]
fn a_batch_that_is_too_large_is_cut_at_once() {
    let (dead_letters, _letters) = DeadLetters::queue(1);
    let narrow = Narrow(2, Vec::new());
    let mut transaction = Transaction::new(narrow, 5, Duration::ZERO, dead_letters);
    take(&mut transaction, &[0, 1, 2, 3, 4, 5, 6]).expect("recovers");
    let counts = transaction.recovery();
    assert_eq!((counts.retried, counts.bisected, counts.dead_letters), (0, 3, 0));
}

/// Fails in a way that no adaptor mends.
struct Hopeless(bool);

impl BatchHandler<u64> for Hopeless {
    fn apply(&mut self, _: &Batch<'_, u64>) -> Result<(), Fault> {
        if self.0 { Err(Fault::new("no")) } else { Err(Fault::halt("the disk is gone").at(2)) }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn rollback(&mut self) {
        assert!(!self.0, "cannot undo");
    }
}

#[test]
fn what_no_recovery_mends_stops_the_pipeline() {
    must_end(|| {
        let sink = || DeadLetters::sink(|letter| panic!("no event is at fault: {letter:?}"));
        let messages = [
            (false, "stage `stage` failed at or after sequence 2: the disk is gone"),
            (true, "stage `stage` failed at or after sequence 0: rollback failed"),
        ];
        for (rollback_fails, message) in messages {
            let hopeless = Hopeless(rollback_fails);
            let (mut producer, running) =
                start(Transaction::new(hopeless, 3, Duration::ZERO, sink()));
            producer.publish_batch(&[0, 1, 2, 3]).expect("room");
            let error = running.join().expect_err("it stops by itself");
            assert!(error.to_string().starts_with(message), "{error}");
            assert!(matches!(error, PipelineError::Poisoned { summary, .. }
                if summary.stages[0].recovery.dead_letters == 0));
        }
        let halts = |sequence: u64, _: &u64| match sequence {
            2 => Err(Fault::halt("the disk is gone")),
            _ => Ok(()),
        };
        let (mut producer, running) = start(Isolate::new(halts, sink()));
        producer.publish_batch(&[0, 1, 2, 3]).expect("room");
        let error = running.join().expect_err("it stops by itself").to_string();
        assert_eq!(error, messages[0].1);
    });
}

#[test]
fn a_sink_that_panics_loses_its_letters_but_not_the_count() {
    let (sink, bad) =
        (DeadLetters::sink(|_| panic!("full")), |_: u64, _: &u64| Err(Fault::new("bad")));
    let mut isolate = Isolate::new(bad, sink);
    take(&mut isolate, &[0, 1, 2]).expect("goes on");
    let counts = isolate.recovery();
    assert_eq!((counts.dead_letters, counts.dead_letters_lost), (3, 3));
}
