//! Running a model through its interleavings, and counting them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ring::{Reader, Writer};
use crate::sync::ord::weaken::weaken;

/// A bounded number of looks instead of a loop until success, which would have no end to explore.
pub(crate) const POLLS: usize = 4;

/// Explores a model that must hold, in at least `floor` interleavings.
pub(crate) fn must_hold(name: &str, floor: usize, model: impl Fn() + Send + Sync + 'static) {
    let explored = count(model).expect("the model holds in every interleaving");
    println!("{name}: {explored} interleavings");
    assert!(explored >= floor, "{name}: only {explored} interleavings, the floor is {floor}");
}

/// How a mistake shows: part of the message of the panic.
pub(crate) const RACE: &str = "Causality violation";
pub(crate) const DEADLOCK: &str = "deadlock";
pub(crate) const TORN: &str = "a torn event";
pub(crate) const LOST: &str = "the last event was lost";
pub(crate) const BACK: &str = "what is seen went back";
pub(crate) const WRONG: &str = "is not what was published";

/// Explores a model that must fail somewhere, with the given symptom, or it could not see the
/// mistake in it.
pub(crate) fn must_fail(name: &str, symptom: &str, model: impl Fn() + Send + Sync + 'static) {
    match count(model) {
        Ok(explored) => panic!("{name}: held in all {explored} interleavings"),
        Err((at, message)) => {
            assert!(message.contains(symptom), "{name}: expected {symptom:?}, got {message:?}");
            println!("{name}: {symptom} in interleaving {at}");
        }
    }
}

/// As `must_fail`, with the named ordering weakened.
pub(crate) fn must_fail_without(
    ordering: &'static str,
    symptom: &str,
    model: impl Fn() + Send + Sync + 'static,
) {
    let _weakened = weaken(ordering);
    must_fail(&format!("without `{ordering}`"), symptom, model);
}

/// Whether a model fails with the named ordering weakened, which must show in one of the symptoms.
pub(crate) fn fails_without(ordering: &'static str, name: &str, model: fn()) -> bool {
    let _weakened = weaken(ordering);
    let Err((_, message)) = count(model) else { return false };
    let known =
        [RACE, DEADLOCK, LOST, TORN, BACK, WRONG].iter().any(|symptom| message.contains(symptom));
    assert!(known, "{name} without `{ordering}`: {message}");
    true
}

/// The number of interleavings; as an error, the number of the one that failed and its message.
fn count(model: impl Fn() + Send + Sync + 'static) -> Result<usize, (usize, String)> {
    let explored = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&explored);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            model();
        });
    }));
    let explored = explored.load(Ordering::Relaxed);
    outcome.map(|()| explored).map_err(|panic| (explored, message(panic.as_ref())))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Reads what is there and releases it, checking that every event `i` is `i + 1`; returns how
/// many there were.
pub(crate) fn consume(reader: &mut Reader<u64>) -> usize {
    let count = reader.available();
    if count > 0 {
        check(reader, count);
        reader.release(count);
    }
    count
}

/// Checks the next `count` events without releasing them.
pub(crate) fn check(reader: &Reader<u64>, count: usize) {
    let view = reader.view(count);
    let events = view.front.iter().chain(view.back);
    for (sequence, &event) in (reader.next()..).zip(events) {
        assert_eq!(event, sequence + 1, "event {sequence} {WRONG}");
    }
}

/// Publishes the next event, `sequence + 1`, if there is room.
pub(crate) fn push(writer: &mut Writer<u64>) -> bool {
    if writer.room() == 0 && writer.refresh() == 0 {
        return false;
    }
    let event = writer.next() + 1;
    writer.try_push(event).is_some()
}
