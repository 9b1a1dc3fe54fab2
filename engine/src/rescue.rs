//! What the recovery adaptors have in common: retries with a pause, the sink for what is given up,
//! and the counts of both.

use std::time::{Duration, Instant};

use crate::dead_letter::{DeadLetter, DeadLetters};
use crate::fault::{Fault, Remedy};
use crate::handler::StageContext;
use crate::ring::{Lifecycle, Parker};
use crate::summary::Recovery;
use crate::sync::Arc;

pub(crate) struct Rescue<E> {
    dead_letters: DeadLetters<E>,
    max_retries: u32,
    pause: Duration,
    stage: String,
    pub(crate) counts: Recovery,
    /// Says when to stop retrying, and where to sleep until then; unset outside of a graph.
    halt: Option<(Arc<Lifecycle>, Arc<Parker>)>,
}

impl<E> Rescue<E> {
    pub(crate) fn new(dead_letters: DeadLetters<E>) -> Self {
        Self {
            dead_letters,
            max_retries: 0,
            pause: Duration::ZERO,
            stage: String::new(),
            counts: Recovery::default(),
            halt: None,
        }
    }

    /// Tries up to `max_retries` times more, with a `pause` before each.
    pub(crate) fn set_retries(&mut self, max_retries: u32, pause: Duration) {
        (self.max_retries, self.pause) = (max_retries, pause);
    }

    /// To be called before the first event of a stage.
    pub(crate) fn start(&mut self, context: &StageContext) {
        self.stage.clone_from(&context.stage);
        let parker = Arc::new(Parker::new());
        context.lifecycle.register(Arc::clone(&parker));
        self.halt = Some((Arc::clone(&context.lifecycle), parker));
    }

    /// Repeats what failed with `fault` while that may help; the last outcome.
    pub(crate) fn retry(
        &mut self,
        mut fault: Fault,
        mut attempt: impl FnMut() -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for _ in 0..self.max_retries {
            if fault.remedy != Remedy::Retry || !self.pause() {
                break;
            }
            self.counts.retried += 1;
            match attempt() {
                Ok(()) => return Ok(()),
                Err(next) => fault = next,
            }
        }
        Err(fault)
    }

    /// Makes an event a dead letter.
    pub(crate) fn give_up(&mut self, sequence: u64, event: E, fault: Fault) {
        let (stage, reason) = (self.stage.clone(), fault.message);
        let kept = self.dead_letters.send(DeadLetter { sequence, stage, reason, event });
        self.counts.dead_letters += 1;
        self.counts.dead_letters_lost += u64::from(!kept);
    }

    /// Waits before a retry; whether to go on.
    fn pause(&self) -> bool {
        let start = Instant::now();
        loop {
            if self.halt.as_ref().is_some_and(|(lifecycle, _)| lifecycle.is_stopped()) {
                return false;
            }
            let left = self.pause.saturating_sub(start.elapsed());
            match &self.halt {
                _ if left.is_zero() => return true,
                None => std::thread::sleep(left),
                Some((lifecycle, parker)) => parker.sleep(Some(left), || !lifecycle.is_stopped()),
            }
        }
    }
}
