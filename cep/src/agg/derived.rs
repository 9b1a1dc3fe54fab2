//! A matcher of derived events, behind the operator that derives them.

use bytemuck::Pod;

use super::{
    Aggregate, AggregateError, Closed, Reading, Running, Sample, Slide, Sliding, Tumbling,
};
use crate::matching::{Found, Matcher};

/// What derives events from events: every operator of this module.
pub trait Operator<E> {
    /// What it derives.
    type Derived;

    /// Takes `event` in, and gives `sink` what is derived from it.
    ///
    /// # Errors
    ///
    /// If the event is out of order, or there is no room and
    /// [`Overflow::Stop`](crate::Overflow::Stop) is asked for.
    fn derive(
        &mut self,
        event: &E,
        sink: &mut impl FnMut(Self::Derived),
    ) -> Result<(), AggregateError>;

    /// No later event has a time before `watermark`: gives what waited for that.
    fn pass(&mut self, watermark: u64, sink: &mut impl FnMut(Self::Derived)) {
        _ = (watermark, sink);
    }

    /// There is no later event: gives what is left.
    fn end(&mut self, sink: &mut impl FnMut(Self::Derived)) {
        _ = sink;
    }
}

impl<E, T, A, S, D> Operator<E> for Sliding<A, S, D>
where
    A: Slide,
    S: Fn(&E) -> Sample,
    D: Fn(&E, Reading<'_, A>) -> T,
{
    type Derived = T;

    #[inline]
    fn derive(&mut self, event: &E, sink: &mut impl FnMut(T)) -> Result<(), AggregateError> {
        self.push(event).map(|derived| derived.into_iter().for_each(sink))
    }
}

impl<E, T, A, S, D> Operator<E> for Running<A, S, D>
where
    A: Aggregate,
    S: Fn(&E) -> Sample,
    D: Fn(&E, Reading<'_, A>) -> T,
{
    type Derived = T;

    #[inline]
    fn derive(&mut self, event: &E, sink: &mut impl FnMut(T)) -> Result<(), AggregateError> {
        self.push(event).map(|derived| derived.into_iter().for_each(sink))
    }
}

impl<E, T, A, S, D> Operator<E> for Tumbling<A, S, D>
where
    A: Aggregate,
    S: Fn(&E) -> Sample,
    D: Fn(Closed<'_, A>) -> T,
{
    type Derived = T;

    #[inline]
    fn derive(&mut self, event: &E, sink: &mut impl FnMut(T)) -> Result<(), AggregateError> {
        self.push(event, sink)
    }

    fn pass(&mut self, watermark: u64, sink: &mut impl FnMut(T)) {
        self.advance_to(watermark, sink);
    }

    fn end(&mut self, sink: &mut impl FnMut(T)) {
        self.finish(sink);
    }
}

/// Finds the matches of a pattern about derived events.
///
/// If the limits of the matcher let it stop, it says so itself: [`Matcher::stopped`].
///
/// Derived events are numbered from 0 in the order in which they come: that is what
/// [`Found::sequences`] gives.
///
/// ```
/// use tourbillon_cep::agg::{Bar, DerivedMatcher, Limits, Sample, Tumble, Tumbling};
/// use tourbillon_cep::builder::Pattern;
/// use tourbillon_cep::event::Event;
/// use tourbillon_cep::matching;
///
/// struct Trade { time: u64, price: i64, size: u32 }
///
/// #[derive(Event, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
/// #[repr(C)]
/// #[event(name = "bars")]
/// struct Minute {
///     #[event(time)]
///     end: u64,
///     high: i64,
///     close: i64,
/// }
///
/// let bars = Tumbling::new(
///     Tumble::Time(60_000_000_000),
///     Bar::default(),
///     Limits::default(),
///     |t: &Trade| Sample { key: 0, time: t.time, value: t.price, weight: t.size },
///     |bar| Minute { end: bar.end, high: bar.aggregate.high, close: bar.aggregate.close },
/// )?;
/// let breakout = Pattern::<Minute>::parse("breakout.sql", "
///     PATTERN breakout FROM bars MATCH_RECOGNIZE (
///         PATTERN ( quiet out )  WITHIN 5 MIN
///         DEFINE out AS close > quiet.high )")?;
/// let mut matcher = DerivedMatcher::new(bars, breakout.matcher(matching::Limits::default())?);
/// let mut found = 0;
/// for (minute, price) in [(0, 100), (1, 101), (2, 90), (3, 95)] {
///     let trade = Trade { time: minute * 60_000_000_000, price, size: 1 };
///     matcher.push(&trade, &mut |_| found += 1)?;
/// }
/// // The bars of minutes 0 and 1; that of minute 3 is still open.
/// assert_eq!(found, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DerivedMatcher<E, O: Operator<E>> {
    operator: O,
    matcher: Matcher<O::Derived>,
    derived: u64,
}

impl<E, O: Operator<E, Derived: Pod>> DerivedMatcher<E, O> {
    /// Puts `operator` in front of `matcher`.
    #[must_use]
    pub fn new(operator: O, matcher: Matcher<O::Derived>) -> Self {
        Self { operator, matcher, derived: 0 }
    }

    /// Takes the next event, and gives what its derived events let out.
    ///
    /// # Errors
    ///
    /// Those of the operator; nothing is derived from the event then.
    #[inline]
    pub fn push(
        &mut self,
        event: &E,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), AggregateError> {
        let Self { operator, matcher, derived } = self;
        operator.derive(event, &mut |event| {
            _ = matcher.push(*derived, &event, sink);
            *derived += 1;
        })
    }

    /// No later event has a time before `watermark`, and nothing is derived later with a time
    /// before it: lets out what waited for that.
    pub fn advance_to(&mut self, watermark: u64, sink: &mut impl FnMut(&Found<'_>)) {
        let Self { operator, matcher, derived } = self;
        operator.pass(watermark, &mut |event| {
            _ = matcher.push(*derived, &event, sink);
            *derived += 1;
        });
        _ = matcher.advance_to(watermark, sink);
    }

    /// There is no later event: lets out what was held back.
    pub fn finish(&mut self, sink: &mut impl FnMut(&Found<'_>)) {
        let Self { operator, matcher, derived } = self;
        operator.end(&mut |event| {
            _ = matcher.push(*derived, &event, sink);
            *derived += 1;
        });
        _ = matcher.finish(sink);
    }

    /// The operator in front.
    #[must_use]
    pub fn operator(&self) -> &O {
        &self.operator
    }

    /// The matcher behind it.
    #[must_use]
    pub fn matcher(&self) -> &Matcher<O::Derived> {
        &self.matcher
    }
}
