//! What both architectures do with events: the matchers and the sink, on the engine's thread.

use std::sync::mpsc::Sender;

use tourbillon_cep::Limits;
use tourbillon_cep::agg::WideError;
use tourbillon_engine::Fault;

use super::RunError;
use super::front::{Front, Reordered};
use super::sink::{Gathered, Sink};
use crate::matcher::AnyMatcher;
use crate::measure::cpu;
use crate::pattern::Pattern;

/// Events that all patterns work on before any goes on: 128 KiB, well inside a second-level cache.
pub(super) const PART: usize = 2_048;

/// Matchers and sink of one run.
#[derive(Debug)]
pub(super) struct Matching {
    pub(super) matchers: Vec<AnyMatcher>,
    pub(super) sink: Sink,
    pub(super) poison: Poison,
    /// Puts events in order first, if it is to.
    pub(super) front: Option<Front>,
    cpu_at_start: u64,
    done: Sender<Done>,
}

/// What the engine's thread reports when it stops.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) gathered: Gathered,
    pub(super) cpu_ns: u64,
    pub(super) reordered: Option<Reordered>,
}

impl Matching {
    /// Matchers of `patterns` that take batches of at most `batch` events, if any, behind `front`.
    pub(super) fn new(
        patterns: &[Pattern],
        batch: Option<usize>,
        front: Option<Front>,
        sink: Sink,
        poison: Poison,
        done: Sender<Done>,
    ) -> Result<Self, RunError> {
        // What is let go is matched part by part, however much it is.
        let batch = batch.map(|batch| if front.is_some() { PART } else { batch });
        let limits = Limits::default().with_batches(batch.unwrap_or(0));
        let matchers = patterns.iter().map(|pattern| {
            let named = |source| RunError::Matcher { pattern: pattern.name().to_owned(), source };
            pattern.matcher(limits).map_err(named)
        });
        Ok(Self {
            matchers: matchers.collect::<Result<_, _>>()?,
            sink,
            poison,
            front,
            cpu_at_start: 0,
            done,
        })
    }

    pub(super) fn start(&mut self) {
        self.cpu_at_start = cpu::thread_cpu_ns();
    }

    /// Matches what the stage in front has let go, one event after the other.
    #[inline]
    pub(super) fn push_ready(&mut self) -> Result<(), WideError> {
        let Self { matchers, sink, front: Some(front), .. } = self else { return Ok(()) };
        let (first, ready) = front.ready();
        for (number, event) in (first..).zip(ready) {
            for (pattern, matcher) in matchers.iter_mut().enumerate() {
                matcher.push(number, event, &mut |found| {
                    sink.take_reordered(pattern, found, front.freed_by(number), front.origins());
                })?;
            }
        }
        front.seen();
        Ok(())
    }

    /// Matches what the stage in front has let go, as batches.
    pub(super) fn commit_ready(&mut self) -> Result<(), Fault> {
        let Self { matchers, sink, front: Some(front), .. } = self else { return Ok(()) };
        let (mut next, ready) = front.ready();
        for part in ready.chunks(PART) {
            for (pattern, matcher) in matchers.iter_mut().enumerate() {
                matcher.apply(next, part).map_err(|it| Fault::new(it.to_string()))?;
                let committed = matcher.commit(&mut |found| {
                    let freed_by = found.released_by().and_then(|number| front.freed_by(number));
                    sink.take_reordered(pattern, found, freed_by, front.origins());
                });
                committed.map_err(|full| Fault::new(full.to_string()))?;
            }
            next += part.len() as u64;
        }
        front.seen();
        Ok(())
    }

    /// Ends the stream and reports.
    pub(super) fn stop(&mut self) {
        if let Some(front) = &mut self.front {
            front.finish();
        }
        // One that has stopped has said so, and its run has failed.
        let _ = self.push_ready();
        let origins = self.front.as_ref().map(Front::origins).unwrap_or_default();
        for (pattern, matcher) in self.matchers.iter_mut().enumerate() {
            let sink = &mut self.sink;
            let _ = matcher.finish(&mut |found| sink.take_reordered(pattern, found, None, origins));
        }
        let gathered = self.sink.gather(&self.matchers);
        let reordered = self.front.as_ref().map(Front::reordered);
        let cpu_ns = cpu::thread_cpu_ns() - self.cpu_at_start;
        // Nobody listens any more only if the run has already failed.
        let _ = self.done.send(Done { gathered, cpu_ns, reordered });
    }
}

/// Faults planted to see what each architecture does with a poisoned event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Poison {
    every: u64,
}

impl Poison {
    /// Poisons each `every`-th event; none for `None`.
    pub(super) fn new(every: Option<u64>) -> Self {
        Self { every: every.unwrap_or(u64::MAX) }
    }

    /// Fails if one of the sequences `first..first + len` is poisoned.
    #[inline]
    pub(super) fn check(self, first: u64, len: u64) -> Result<(), Fault> {
        if self.every == u64::MAX {
            return Ok(());
        }
        let hit = (first + 1).next_multiple_of(self.every) - 1;
        if hit < first + len {
            return Err(Fault::new("planted by --poison-every").at(hit));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Poison;

    #[test]
    fn poison_hits_every_nth_event() {
        let poison = Poison::new(Some(10));
        let hits: Vec<u64> = (0..40).filter(|&at| poison.check(at, 1).is_err()).collect();
        assert_eq!(hits, [9, 19, 29, 39]);
        assert!(poison.check(10, 9).is_ok());
        assert_eq!(poison.check(10, 10).unwrap_err().sequence, Some(19));
        assert!(Poison::new(None).check(u64::MAX - 1, 1).is_ok());
    }
}
