//! Books event by event: the time of one change, with the quote that it may cause.
//!
//! Two stamps cost more than the change. What they cost is measured in the same trial with nothing
//! between them, and its median is taken off each time.
//!
//! Events come one by one, as if nothing were known of the next one; and many at once, as they lie
//! in packets and files, so that what the next ones need is on its way.

use std::hint::black_box;
use std::sync::Arc;

use tourbillon_feeds::MarketEvent;

use super::keeper::{Keeper, Maps, Ours, Tape};
use super::streams::{self, Stream};
use super::{Setup, book};
use crate::contenders::{Contender, Metric, Sample, Scenario};
use crate::measure::clock::Clock;
use crate::measure::histogram::Histogram;

pub(crate) const DAY: &str = "apply";
pub(crate) const DEEP: &str = "apply-deep";
pub(super) const AT_ONCE: &str = "ours, many at once";

/// Events that are given at once: as many as a source with books asks for.
const STEP: usize = 256;

pub(super) fn day(setup: &Setup) -> anyhow::Result<Scenario> {
    Ok(scenario(DAY, "the generated day", setup.clock, &streams::day(setup)?))
}

pub(super) fn deep(setup: &Setup) -> anyhow::Result<Scenario> {
    Ok(scenario(DEEP, "the deep books", setup.clock, &streams::deep(setup)))
}

fn scenario(name: &'static str, what: &str, clock: Clock, stream: &Arc<Stream>) -> Scenario {
    Scenario {
        name,
        about: format!("one event of {what}, the cost of its two stamps taken off"),
        events: stream.events().len(),
        contenders: vec![
            contender(book::OURS, clock, stream, || Ours::new(1), one_by_one),
            contender(AT_ONCE, clock, stream, || Ours::new(STEP), at_once),
            contender(book::MAPS, clock, stream, Maps::new, one_by_one),
            #[cfg(feature = "feed-peers")]
            contender(
                book::HFTBACKTEST,
                clock,
                stream,
                super::peer::hftbacktest::Depths::new,
                one_by_one,
            ),
        ],
    }
}

fn contender<K: Keeper + 'static>(
    name: &str,
    clock: Clock,
    stream: &Arc<Stream>,
    make: impl Fn() -> K + Send + 'static,
    apply: fn(Clock, &[MarketEvent], &mut K, &mut Tape) -> Histogram,
) -> Contender {
    let stream = Arc::clone(stream);
    let trial = move || {
        let (mut keeper, mut tape) = (make(), Tape::new());
        keeper.apply(stream.before(), &mut tape);
        tape.found = Default::default();
        let empty = times(clock, stream.events(), |event| {
            black_box(event);
        });
        let all = apply(clock, stream.events(), &mut keeper, &mut tape);
        let cost = empty.value_at(0.5);
        let without = |times: &Histogram, share| times.value_at(share).saturating_sub(cost) as f64;
        let figures = vec![
            (Metric::P50, without(&all, 0.5)),
            (Metric::P99_9, without(&all, 0.999)),
            (Metric::HostP99_9, without(&empty, 0.999)),
        ];
        Ok(Sample { found: tape.found, figures })
    };
    Contender::new(name, "best prices", Box::new(trial))
}

fn one_by_one<K: Keeper>(
    clock: Clock,
    events: &[MarketEvent],
    keeper: &mut K,
    tape: &mut Tape,
) -> Histogram {
    times(clock, events, |event| keeper.apply(std::slice::from_ref(event), tape))
}

/// What is done before the first event of a slice counts for the last one of the slice before.
fn at_once(clock: Clock, events: &[MarketEvent], keeper: &mut Ours, tape: &mut Tape) -> Histogram {
    let mut histogram = Histogram::new();
    let mut start = None;
    let mut stamp = || {
        let end = clock.now_ordered();
        if let Some(start) = start {
            histogram.record(clock.ns(end.saturating_sub(start)));
        }
        start = Some(clock.now_ordered());
    };
    keeper.apply_each(events, tape, &mut stamp);
    stamp();
    histogram
}

/// How long `work` takes for each of the events.
fn times(clock: Clock, events: &[MarketEvent], mut work: impl FnMut(&MarketEvent)) -> Histogram {
    let mut histogram = Histogram::new();
    for event in events {
        let start = clock.now_ordered();
        work(event);
        histogram.record(clock.ns(clock.now_ordered().saturating_sub(start)));
    }
    histogram
}
