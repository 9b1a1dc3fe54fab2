//! The wait for the next event: what the rules say about the events after a bound one.

use super::condition::Test;
use super::pattern::{Absent, Condition, Event, Window};
use super::run::Run;

/// The time after a bound event, as the rules divide it.
pub struct Wait<'a> {
    events: &'a [Event],
    /// The position of the last bound event.
    last: usize,
    /// When the window of time, or the gap, closes.
    pub deadline: Option<u64>,
    /// The position of the first event outside the window of events.
    pub full: Option<usize>,
    /// Until when an absence has to last. Nothing is bound before.
    pub pause: Option<u64>,
}

impl<'a> Wait<'a> {
    /// After the last bound event of `run`, of which there is at least one.
    pub fn new(run: &Run<'_>, events: &'a [Event], window: Window) -> Self {
        let (first, last) = (run.bound[0].1, run.bound[run.bound.len() - 1].1);
        let (start, from) = (events[first].time, events[last].time);
        let closes = window.time.map(|length| start + length);
        let lasts = |&(absent, _): &(Absent, _)| match absent {
            Absent::For(length) => Some(from + length),
            Absent::Window => Some(closes.expect("`Absent::Window` needs a window of time")),
            Absent::Next | Absent::Between => None,
        };
        Self {
            events,
            last,
            deadline: closes.into_iter().chain(run.gap.map(|gap| from + gap)).min(),
            full: window.events.map(|count| first + count),
            pause: run.absent.iter().filter_map(lasts).max(),
        }
    }

    /// Whether the event comes too late.
    pub fn closed(&self, at: usize) -> bool {
        self.deadline.is_some_and(|deadline| self.events[at].time >= deadline)
            || self.full == Some(at)
    }

    /// Whether the event comes too early.
    pub fn paused(&self, at: usize) -> bool {
        self.pause.is_some_and(|pause| self.events[at].time < pause)
    }

    /// Whether the event ends the wait, and may not be bound either.
    pub fn broken(&self, run: &Run<'_>, at: usize) -> bool {
        let time = self.events[at].time;
        let from = self.events[self.last].time;
        run.barred.iter().any(|&(step, condition)| self.holds(run, Some(step), condition, at))
            || run.absent.iter().any(|&(absent, condition)| {
                let forbidden = match absent {
                    Absent::Next => at == self.last + 1,
                    Absent::For(length) => time < from + length,
                    Absent::Window => self.paused(at),
                    Absent::Between => false,
                };
                forbidden && self.holds(run, None, condition, at)
            })
    }

    /// Whether the event, bound or not, must not lie between two bound ones.
    pub fn passed(&self, run: &Run<'_>, at: usize) -> bool {
        let between = |(absent, _): &&(Absent, _)| *absent == Absent::Between;
        run.absent.iter().filter(between).any(|(_, condition)| self.holds(run, None, condition, at))
    }

    fn holds(&self, run: &Run<'_>, step: Option<usize>, condition: &Condition, at: usize) -> bool {
        Test { events: self.events, at, step, bound: &run.bound }.holds(condition)
    }
}
