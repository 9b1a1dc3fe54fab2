//! A watchdog for tests of what must not hang.
#![allow(dead_code, unreachable_pub, reason = "each test file uses part of it")]

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

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
