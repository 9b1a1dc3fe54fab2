//! Aggregates over all events of a key so far.

use super::keys::{Keys, MOST};
use super::{Aggregate, AggregateError, Dropped, Limits, Reading, Sample};
use crate::overflow::Overflow;

#[derive(Debug, Clone)]
struct State<A> {
    aggregate: A,
    truncated: bool,
}

/// An operator that derives an event from every event, with an aggregate over all events of its
/// key so far: an average that decays ([`Ewma`](super::Ewma)), or one of the whole session.
#[derive(Debug)]
pub struct Running<A, S, D> {
    start: A,
    overflow: Overflow,
    sample: S,
    derive: D,
    keys: Keys,
    states: Box<[State<A>]>,
    now: u64,
    dropped: Dropped,
}

impl<A: Aggregate, S, D> Running<A, S, D> {
    /// An operator that starts as `aggregate` for each key. `sample` says what it reads of an
    /// event, `derive` what it makes of the event and the reading.
    ///
    /// # Errors
    ///
    /// [`AggregateError::Size`] if the limit of keys is 0, or too large.
    pub fn new<E, T>(
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
        let state = State { aggregate: aggregate.clone(), truncated: false };
        Ok(Self {
            start: aggregate,
            overflow: limits.overflow,
            sample,
            derive,
            keys: Keys::new(limits.keys),
            states: vec![state; limits.keys].into(),
            now: 0,
            dropped: Dropped::default(),
        })
    }

    /// The event derived from `event`; `None` if there is no room for its key, and what is new
    /// gives way.
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
        let State { aggregate, truncated } = &mut self.states[slot];
        aggregate.add(&sample);
        Ok(Some((self.derive)(event, Reading { aggregate, truncated: *truncated })))
    }

    /// What the events of `key` amount to so far; `None` if there was none.
    #[must_use]
    pub fn reading(&self, key: u64) -> Option<Reading<'_, A>> {
        let State { aggregate, truncated } = &self.states[self.keys.find(key)?];
        Some(Reading { aggregate, truncated: *truncated })
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

    /// The key's slot, as the one used last.
    fn slot(&mut self, sample: &Sample) -> Result<Option<usize>, AggregateError> {
        let Sample { key, time, .. } = *sample;
        if let Some(slot) = self.keys.find(key) {
            self.keys.touch(slot);
            return Ok(Some(slot));
        }
        let slot = match self.keys.insert(key) {
            Some(slot) => slot,
            None => {
                if self.overflow == Overflow::Stop {
                    return Err(AggregateError::Keys { key, time, most: self.keys.most() });
                }
                self.dropped.keys += 1;
                if self.overflow == Overflow::DropNewest {
                    return Ok(None);
                }
                self.keys.oldest().into_iter().for_each(|oldest| self.keys.remove(oldest));
                self.keys.insert(key).expect("a slot was freed")
            }
        };
        // It may have been here before.
        let truncated = self.dropped.keys > 0;
        self.states[slot] = State { aggregate: self.start.clone(), truncated };
        Ok(Some(slot))
    }
}
