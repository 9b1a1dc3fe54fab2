//! A watchdog for tests of what must not hang, and a look at who sleeps.
#![allow(dead_code, unreachable_pub, reason = "each test file uses part of it")]

use std::fs;
use std::ops::Range;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tourbillon_engine::{Batch, Fault, Producer};

/// Far longer than any of these tests takes on the slowest machine; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test on a thread of its own and fails if it hangs.
pub fn must_end<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    let thread = thread::spawn(move || drop(sender.send(test())));
    match receiver.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("hangs: not done after {PATIENCE:?}"),
        Err(RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().expect_err("it ended without a result"))
        }
    }
}

/// Waits until the thread of that name, at most 15 bytes and the only one of it, is blocked.
pub fn until_asleep(thread: &str) {
    while !is_asleep(thread) {
        thread::yield_now();
    }
}

fn is_asleep(thread: &str) -> bool {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux lists the threads of a process");
    tasks
        // A thread may end while it is looked at.
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok())
        .any(|stat| stat.contains(&format!(" ({thread}) S ")))
}

/// A handler that does nothing.
pub fn nothing(_: &Batch<'_, u64>) -> Result<(), Fault> {
    Ok(())
}

/// Publishes these numbers, to a ring that must be open.
pub fn publish(producer: &mut Producer<u64>, events: Range<u64>) {
    events.for_each(|event| {
        producer.publish(event).expect("the ring is open");
    });
}

/// A handler that gives away all it sees.
pub fn collect() -> (impl FnMut(&Batch<'_, u64>) -> Result<(), Fault> + Send, Receiver<u64>) {
    let (seen, all) = channel();
    let handler = move |batch: &Batch<'_, u64>| {
        batch.iter().for_each(|(_, &event)| seen.send(event).expect("somebody asks"));
        Ok(())
    };
    (handler, all)
}
