//! The operator of a group of columns, whatever its window.

use super::super::keys::Keys;
use super::super::{
    AggregateError, Bar, Closed, Dropped, Ewma, Limits, Reading, Running, Sample, Sliding, Tumble,
    Tumbling, Window,
};
use super::window::{SlidingValues, bar_value};
use crate::ir::{Decay, Frame, WindowAggregate};
use crate::overflow::Overflow;

/// Samples are made in front of the operators, and values are read behind them.
type Given = fn(&Sample) -> Sample;
type Taken<A> = for<'a> fn(&Sample, Reading<'a, A>);
type Kept = for<'a> fn(Closed<'a, Bar>) -> (u64, Bar);

#[derive(Debug)]
pub(super) enum Operator {
    Sliding(Sliding<SlidingValues, Given, Taken<SlidingValues>>),
    Running(Running<Bar, Given, Taken<Bar>>),
    Decaying(Running<Ewma, Given, Taken<Ewma>>),
    Tumbling(Tumbling<Bar, Given, Kept>, Latest),
}

impl Operator {
    pub(super) fn new(
        frame: Frame,
        decay: Option<Decay>,
        aggregates: impl Iterator<Item = WindowAggregate>,
        limits: Limits,
    ) -> Result<Self, AggregateError> {
        let given: Given = |sample| *sample;
        let kept: Kept = |closed| (closed.key, *closed.aggregate);
        let sliding = |window| {
            let taken: Taken<SlidingValues> = |_, _| {};
            Sliding::new(window, SlidingValues::of(aggregates), limits, given, taken)
        };
        let tumbling = |window| {
            let operator = Tumbling::new(window, Bar::default(), limits, given, kept)?;
            Ok(Self::Tumbling(operator, Latest::new(limits)))
        };
        match (frame, decay) {
            (_, Some(decay)) => {
                let start = match decay {
                    Decay::Newest(weight) => Ewma::per_event(float(weight)),
                    Decay::HalfLife(time) => Ewma::half_life(time),
                };
                let taken: Taken<Ewma> = |_, _| {};
                Running::new(start, limits, given, taken).map(Self::Decaying)
            }
            (Frame::All, None) => {
                let taken: Taken<Bar> = |_, _| {};
                Running::new(Bar::default(), limits, given, taken).map(Self::Running)
            }
            (Frame::Range(time), None) => sliding(Window::Time(time)).map(Self::Sliding),
            (Frame::Rows(rows), None) => sliding(Window::Events(rows)).map(Self::Sliding),
            (Frame::Tumble(time), None) => tumbling(Tumble::Time(time)),
            (Frame::TumbleRows(rows), None) => tumbling(Tumble::Events(rows)),
        }
    }

    /// Takes in a sample.
    pub(super) fn push(&mut self, sample: &Sample) -> Result<(), AggregateError> {
        match self {
            Self::Sliding(operator) => operator.push(sample).map(drop),
            Self::Running(operator) => operator.push(sample).map(drop),
            Self::Decaying(operator) => operator.push(sample).map(drop),
            Self::Tumbling(operator, latest) => {
                operator.push(sample, &mut |(key, bar)| latest.set(key, bar))
            }
        }
    }

    /// It is `time`, for all keys: windows close.
    pub(super) fn advance_to(&mut self, time: u64) {
        if let Self::Tumbling(operator, latest) = self {
            operator.advance_to(time, &mut |(key, bar)| latest.set(key, bar));
        }
    }

    /// Gives what the window of `key` amounts to at `time` to `write`, aggregate by aggregate.
    /// Has each a value?
    pub(super) fn values(
        &mut self,
        key: u64,
        time: u64,
        mut write: impl FnMut(&dyn Fn(WindowAggregate) -> Option<i64>) -> bool,
    ) -> bool {
        match self {
            Self::Sliding(operator) => match operator.reading(key, time) {
                Some(reading) => write(&|it| reading.aggregate.value(it)),
                None => write(&|it| (it == WindowAggregate::Count).then_some(0)),
            },
            Self::Running(operator) => match operator.reading(key) {
                Some(reading) => write(&|it| bar_value(reading.aggregate, it)),
                None => write(&|it| (it == WindowAggregate::Count).then_some(0)),
            },
            Self::Decaying(operator) => {
                let value = operator.reading(key).and_then(|reading| reading.aggregate.value());
                write(&|_| value.map(|value| value.round() as i64))
            }
            Self::Tumbling(_, latest) => {
                let bar = latest.get(key);
                write(&|it| bar_value(bar?, it))
            }
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Sliding(_) => "sliding window",
            Self::Running(_) => "all events",
            Self::Decaying(_) => "decaying average",
            Self::Tumbling(..) => "tumbling window",
        }
    }

    pub(super) fn dropped(&self) -> Dropped {
        match self {
            Self::Sliding(operator) => operator.dropped(),
            Self::Running(operator) => operator.dropped(),
            Self::Decaying(operator) => operator.dropped(),
            Self::Tumbling(operator, latest) => {
                let Dropped { keys, events } = operator.dropped();
                Dropped { keys: keys + latest.dropped, events }
            }
        }
    }

    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Sliding(operator) => operator.memory(),
            Self::Running(operator) => operator.memory(),
            Self::Decaying(operator) => operator.memory(),
            Self::Tumbling(operator, latest) => operator.memory() + latest.memory(),
        }
    }
}

fn float(weight: crate::ir::Decimal) -> f64 {
    weight.digits() as f64 / 10_f64.powi(weight.scale().into())
}

/// The last bar of each key that has closed.
#[derive(Debug)]
pub(super) struct Latest {
    keys: Keys,
    bars: Box<[Bar]>,
    overflow: Overflow,
    dropped: u64,
}

impl Latest {
    fn new(limits: Limits) -> Self {
        Self {
            keys: Keys::new(limits.keys),
            bars: vec![Bar::default(); limits.keys].into(),
            overflow: limits.overflow,
            dropped: 0,
        }
    }

    fn set(&mut self, key: u64, bar: Bar) {
        if let Some(slot) = self.keys.find(key) {
            self.keys.touch(slot);
            self.bars[slot] = bar;
            return;
        }
        let slot = self.keys.insert(key).or_else(|| {
            self.dropped += 1;
            let oldest = self.keys.oldest().filter(|_| self.overflow == Overflow::DropOldest)?;
            self.keys.remove(oldest);
            self.keys.insert(key)
        });
        slot.into_iter().for_each(|slot| self.bars[slot] = bar);
    }

    fn get(&self, key: u64) -> Option<&Bar> {
        self.keys.find(key).map(|slot| &self.bars[slot])
    }

    fn memory(&self) -> usize {
        self.keys.memory() + size_of_val(&*self.bars)
    }
}
