//! Aggregates over the window that ends at each event.

use super::keys::{Keys, MOST};
use super::ring::{Rings, Span};
use super::{AggregateError, Dropped, Limits, Reading, Sample, Slide};
use crate::overflow::Overflow;

/// What a sliding window covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Samples less than so many nanoseconds older than the newest: `WITHIN`'s rule.
    Time(u64),
    /// So many samples, the newest included.
    Events(u32),
}

#[derive(Debug, Clone)]
struct State<A> {
    aggregate: A,
    span: Span,
    /// Something that belongs to the window at an earlier time than this is missing.
    missing_until: u64,
}

/// An operator that derives an event from every event, with an aggregate over the window that
/// ends at it.
///
/// Keys whose window of time has passed are forgotten when others need their room.
#[derive(Debug)]
pub struct Sliding<A, S, D> {
    window: Window,
    overflow: Overflow,
    sample: S,
    derive: D,
    keys: Keys,
    states: Box<[State<A>]>,
    rings: Rings,
    now: u64,
    /// As in a state, for keys that it does not know any more.
    missing_until: u64,
    dropped: Dropped,
}

impl<A: Slide, S, D> Sliding<A, S, D> {
    /// An operator whose windows start as `aggregate`. `sample` says what it reads of an event,
    /// `derive` what it makes of the event and the reading.
    ///
    /// # Errors
    ///
    /// [`AggregateError::Size`] if the window or a limit is 0, or too large.
    pub fn new<E, T>(
        window: Window,
        aggregate: A,
        limits: Limits,
        sample: S,
        derive: D,
    ) -> Result<Self, AggregateError>
    where
        S: Fn(&E) -> Sample,
        D: Fn(&E, Reading<'_, A>) -> T,
    {
        AggregateError::check("the limit 'keys'", limits.keys as u64, MOST)?;
        let size = match window {
            Window::Time(span) => {
                AggregateError::check("the window", span, u64::MAX)?;
                AggregateError::check("the limit 'events'", limits.events as u64, MOST)?;
                limits.events
            }
            Window::Events(events) => {
                AggregateError::check("the window", events.into(), MOST)?;
                events as usize
            }
        };
        let state = || {
            let mut aggregate = aggregate.clone();
            aggregate.reserve(size);
            State { aggregate, span: Span::default(), missing_until: 0 }
        };
        Ok(Self {
            window,
            overflow: limits.overflow,
            sample,
            derive,
            keys: Keys::new(limits.keys),
            states: (0..limits.keys).map(|_| state()).collect(),
            rings: Rings::new(limits.keys, size),
            now: 0,
            missing_until: 0,
            dropped: Dropped::default(),
        })
    }

    /// The event derived from `event`; `None` if there is no room for it, and what is new gives
    /// way.
    ///
    /// # Errors
    ///
    /// If the event is out of order, or there is no room and [`Overflow::Stop`] is asked for.
    pub fn push<E, T>(&mut self, event: &E) -> Result<Option<T>, AggregateError>
    where
        S: Fn(&E) -> Sample,
        D: Fn(&E, Reading<'_, A>) -> T,
    {
        let sample = (self.sample)(event);
        let (time, now) = (sample.time, self.now);
        if time < now {
            return Err(AggregateError::OutOfOrder { time, now });
        }
        self.now = time;
        let Some(slot) = self.slot(&sample)? else { return Ok(None) };
        self.expire(slot);
        if !self.make_room(slot, &sample)? {
            return Ok(None);
        }
        let Self { states, rings, .. } = self;
        let state = &mut states[slot];
        rings.push(slot, &mut state.span, &sample);
        state.aggregate.add(&sample);
        if matches!(self.window, Window::Events(_)) && state.span.len == rings.size() {
            state.missing_until = 0;
        }
        let truncated = time < state.missing_until;
        Ok(Some((self.derive)(event, Reading { aggregate: &state.aggregate, truncated })))
    }

    /// What the window of `key` amounts to at `time`, without an event of its own there; `None` if
    /// there is nothing in it. An event before `time` is out of order from then on.
    pub fn reading(&mut self, key: u64, time: u64) -> Option<Reading<'_, A>> {
        self.now = self.now.max(time);
        let slot = self.keys.find(key)?;
        self.expire(slot);
        let State { aggregate, span, missing_until } = &self.states[slot];
        let truncated = self.now < *missing_until;
        (span.len > 0).then_some(Reading { aggregate, truncated })
    }

    /// What gave way so far.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Bytes allocated.
    #[must_use]
    pub fn memory(&self) -> usize {
        let aggregates: usize = self.states.iter().map(|state| state.aggregate.memory()).sum();
        self.keys.memory() + size_of_val(&*self.states) + self.rings.memory() + aggregates
    }

    /// The key's slot, as the one used last.
    fn slot(&mut self, sample: &Sample) -> Result<Option<usize>, AggregateError> {
        let Sample { key, time, .. } = *sample;
        if let Some(slot) = self.keys.find(key) {
            self.keys.touch(slot);
            return Ok(Some(slot));
        }
        let slot = match self.keys.insert(key) {
            Some(slot) => slot,
            None if !self.forget_oldest() => {
                if self.overflow == Overflow::Stop {
                    return Err(AggregateError::Keys { key, time, most: self.keys.most() });
                }
                self.dropped.keys += 1;
                self.missing_until = self.missing_until.max(self.end(time));
                return Ok(None);
            }
            None => self.keys.insert(key).expect("a slot was freed"),
        };
        self.states[slot].missing_until = self.missing_until;
        Ok(Some(slot))
    }

    /// Frees the slot not used for longest if its window is empty, or if it is to give way.
    fn forget_oldest(&mut self) -> bool {
        let Some(slot) = self.keys.oldest() else { return false };
        self.expire(slot);
        if self.states[slot].span.len > 0 {
            if self.overflow != Overflow::DropOldest {
                return false;
            }
            self.dropped.keys += 1;
            // The window's newest sample is no newer than the present.
            self.missing_until = self.missing_until.max(self.end(self.now));
            while self.remove_oldest(slot).is_some() {}
        }
        self.missing_until = self.missing_until.max(self.states[slot].missing_until);
        self.keys.remove(slot);
        true
    }

    /// Takes out what has left the window.
    fn expire(&mut self, slot: usize) {
        let Window::Time(span) = self.window else { return };
        while let Some(oldest) = self.oldest(slot) {
            if self.now - oldest.time < span {
                return;
            }
            self.remove_oldest(slot);
        }
    }

    /// Room for one more sample, if there is to be any.
    fn make_room(&mut self, slot: usize, sample: &Sample) -> Result<bool, AggregateError> {
        let most = self.rings.size();
        if self.states[slot].span.len < most {
            return Ok(true);
        }
        if matches!(self.window, Window::Events(_)) {
            self.remove_oldest(slot);
            return Ok(true);
        }
        let Sample { key, time, .. } = *sample;
        let lost = match self.overflow {
            Overflow::Stop => return Err(AggregateError::Events { key, time, most }),
            Overflow::DropOldest => self.remove_oldest(slot).map_or(time, |oldest| oldest.time),
            Overflow::DropNewest => time,
        };
        self.dropped.events += 1;
        let end = self.end(lost);
        let state = &mut self.states[slot];
        state.missing_until = state.missing_until.max(end);
        Ok(self.overflow == Overflow::DropOldest)
    }

    /// When a sample at `time` is in no window any more.
    fn end(&self, time: u64) -> u64 {
        match self.window {
            Window::Time(span) => time.saturating_add(span),
            Window::Events(_) => u64::MAX,
        }
    }

    fn oldest(&self, slot: usize) -> Option<Sample> {
        self.rings.oldest(slot, self.states[slot].span, self.keys.key(slot))
    }

    fn remove_oldest(&mut self, slot: usize) -> Option<Sample> {
        let oldest = self.oldest(slot)?;
        let state = &mut self.states[slot];
        self.rings.pop(&mut state.span);
        state.aggregate.remove(&oldest);
        Some(oldest)
    }
}
