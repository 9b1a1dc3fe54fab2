//! Aggregates over windows that follow each other: bars.

use super::keys::{Keys, MOST};
use super::{Aggregate, AggregateError, Dropped, Limits, Sample};
use crate::overflow::Overflow;

/// When a window closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tumble {
    /// At every multiple of so many nanoseconds, which is in the next window.
    Time(u64),
    /// With so many samples.
    Events(u64),
    /// With so much weight, the last sample included as a whole.
    Volume(u64),
}

/// A window that closes.
#[derive(Debug)]
pub struct Closed<'a, A> {
    /// Whose it is.
    pub key: u64,
    /// When it started: at a multiple of the window's length, or with its first sample.
    pub start: u64,
    /// When it closes: at the next multiple, or with its last sample. Early, if it gives way.
    pub end: u64,
    /// What it amounts to; of one sample at least.
    pub aggregate: &'a A,
    /// May something be missing in it for which there was no room?
    pub truncated: bool,
}

#[derive(Debug, Clone)]
struct State<A> {
    aggregate: A,
    start: u64,
    /// Samples, or weight.
    filled: u64,
    truncated: bool,
}

/// An operator that derives an event from every window when it closes.
///
/// Windows of time close with the first event or watermark at their end or later, whatever its
/// key, in the order in which they were opened. A key takes room while its window is open.
#[derive(Debug)]
pub struct Tumbling<A, S, D> {
    window: Tumble,
    overflow: Overflow,
    empty: A,
    sample: S,
    derive: D,
    keys: Keys,
    states: Box<[State<A>]>,
    now: u64,
    /// When the open windows of time close.
    end: u64,
    /// Did something give way that a window opened from now on should have?
    lost: bool,
    dropped: Dropped,
}

impl<A: Aggregate, S, D> Tumbling<A, S, D> {
    /// An operator whose windows start as `aggregate`. `sample` says what it reads of an event,
    /// `derive` what it makes of a window.
    ///
    /// # Errors
    ///
    /// [`AggregateError::Size`] if the window or the limit of keys is 0, or too large.
    pub fn new<E, T>(
        window: Tumble,
        aggregate: A,
        limits: Limits,
        sample: S,
        derive: D,
    ) -> Result<Self, AggregateError>
    where
        S: Fn(&E) -> Sample,
        D: Fn(Closed<'_, A>) -> T,
    {
        let (Tumble::Time(size) | Tumble::Events(size) | Tumble::Volume(size)) = window;
        AggregateError::check("the window", size, u64::MAX)?;
        AggregateError::check("the limit 'keys'", limits.keys as u64, MOST)?;
        let state = State { aggregate: aggregate.clone(), start: 0, filled: 0, truncated: false };
        Ok(Self {
            window,
            overflow: limits.overflow,
            empty: aggregate,
            sample,
            derive,
            keys: Keys::new(limits.keys),
            states: vec![state; limits.keys].into(),
            now: 0,
            end: 0,
            lost: false,
            dropped: Dropped::default(),
        })
    }

    /// Takes `event` in, and gives `sink` what is derived from the windows that close with it.
    ///
    /// # Errors
    ///
    /// If the event is out of order, or there is no room and [`Overflow::Stop`] is asked for.
    pub fn push<E, T>(&mut self, event: &E, sink: &mut impl FnMut(T)) -> Result<(), AggregateError>
    where
        S: Fn(&E) -> Sample,
        D: Fn(Closed<'_, A>) -> T,
    {
        let sample = (self.sample)(event);
        let (time, now) = (sample.time, self.now);
        if time < now {
            return Err(AggregateError::OutOfOrder { time, now });
        }
        self.advance_to(time, sink);
        let Some(slot) = self.slot(&sample, sink)? else { return Ok(()) };
        let state = &mut self.states[slot];
        state.aggregate.add(&sample);
        let (more, full) = match self.window {
            Tumble::Time(_) => return Ok(()),
            Tumble::Events(events) => (1, events),
            Tumble::Volume(volume) => (sample.weight.into(), volume),
        };
        state.filled = state.filled.saturating_add(more);
        if state.filled >= full {
            self.close(slot, time, sink);
        }
        Ok(())
    }

    /// No later event has a time before `watermark`: windows that end by then close.
    pub fn advance_to<T>(&mut self, watermark: u64, sink: &mut impl FnMut(T))
    where
        D: Fn(Closed<'_, A>) -> T,
    {
        self.now = self.now.max(watermark);
        let Tumble::Time(length) = self.window else { return };
        if self.now < self.end {
            return;
        }
        self.close_all(self.end, sink);
        self.end = (self.now - self.now % length).saturating_add(length);
        self.lost = false;
    }

    /// There is no later event: closes the windows that are open, those of time as if their end
    /// had come.
    pub fn finish<T>(&mut self, sink: &mut impl FnMut(T))
    where
        D: Fn(Closed<'_, A>) -> T,
    {
        let timed = matches!(self.window, Tumble::Time(_));
        self.close_all(if timed { self.end } else { self.now }, sink);
    }

    /// What gave way so far.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Bytes allocated.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.keys.memory() + size_of_val(&*self.states)
    }

    fn close_all<T>(&mut self, end: u64, sink: &mut impl FnMut(T))
    where
        D: Fn(Closed<'_, A>) -> T,
    {
        while let Some(slot) = self.keys.oldest() {
            self.close(slot, end, sink);
        }
    }

    fn close<T>(&mut self, slot: usize, end: u64, sink: &mut impl FnMut(T))
    where
        D: Fn(Closed<'_, A>) -> T,
    {
        let State { aggregate, start, truncated, .. } = &self.states[slot];
        let (key, start, truncated) = (self.keys.key(slot), *start, *truncated);
        self.keys.remove(slot);
        sink((self.derive)(Closed { key, start, end, aggregate, truncated }));
    }

    /// The slot of the key's open window.
    fn slot<T>(
        &mut self,
        sample: &Sample,
        sink: &mut impl FnMut(T),
    ) -> Result<Option<usize>, AggregateError>
    where
        D: Fn(Closed<'_, A>) -> T,
    {
        let Sample { key, time, .. } = *sample;
        if let Some(slot) = self.keys.find(key) {
            return Ok(Some(slot));
        }
        let slot = match self.keys.insert(key) {
            Some(slot) => slot,
            None => {
                if self.overflow == Overflow::Stop {
                    return Err(AggregateError::Keys { key, time, most: self.keys.most() });
                }
                self.dropped.keys += 1;
                self.lost = true;
                if self.overflow == Overflow::DropNewest {
                    return Ok(None);
                }
                if let Some(oldest) = self.keys.oldest() {
                    self.states[oldest].truncated = true;
                    self.close(oldest, time, sink);
                }
                self.keys.insert(key).expect("a slot was freed")
            }
        };
        let start = match self.window {
            Tumble::Time(length) => time - time % length,
            Tumble::Events(_) | Tumble::Volume(_) => time,
        };
        let aggregate = self.empty.clone();
        self.states[slot] = State { aggregate, start, filled: 0, truncated: self.lost };
        Ok(Some(slot))
    }
}
