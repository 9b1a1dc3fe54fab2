//! Somebody who notices that a trial does not end.
//!
//! A ring that loses an event, or a wake-up, leaves its reader spinning for ever, and no thread can
//! end another: so the watchdog names the contender and leaves the rest to its owner, who can
//! only end the process.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// Watches one trial at a time.
#[derive(Debug)]
pub(crate) struct Watchdog {
    told: Sender<Told>,
}

#[derive(Debug)]
enum Told {
    Begun(String),
    Ended,
}

/// A trial that is being watched, until this is dropped.
#[derive(Debug)]
pub(crate) struct Watched<'a>(&'a Watchdog);

impl Watchdog {
    /// Calls `stalled` with the name of the first trial that takes longer than `limit`.
    pub(crate) fn new(limit: Duration, stalled: impl FnOnce(String) + Send + 'static) -> Self {
        let (told, hears) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(Told::Begun(name)) = hears.recv() {
                if matches!(hears.recv_timeout(limit), Err(RecvTimeoutError::Timeout)) {
                    return stalled(name);
                }
            }
        });
        Self { told }
    }

    /// From now on until the result is dropped, this trial is in progress.
    pub(crate) fn watch(&self, name: &str) -> Watched<'_> {
        self.tell(Told::Begun(name.to_owned()));
        Watched(self)
    }

    fn tell(&self, what: Told) {
        // It listens no longer once it has called `stalled`: then there is nothing more to say.
        let _ = self.told.send(what);
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.tell(Told::Ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_that_does_not_end_is_named_and_others_are_not() {
        let (stalled, named) = mpsc::channel();
        let watchdog = Watchdog::new(Duration::from_millis(200), move |name| {
            stalled.send(name).expect("the test waits");
        });
        drop(watchdog.watch("quick"));
        let _stuck = watchdog.watch("stuck");
        assert_eq!(named.recv().as_deref(), Ok("stuck"));
    }
}
