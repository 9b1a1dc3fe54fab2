//! The reference pattern beside a loop written by hand for it alone, event by event and in
//! batches.

use std::sync::Arc;

use tourbillon_cep::{Limits, checksum};

use super::Setup;
use crate::contenders::{Contender, Found, Scenario, per_event, timed, try_timed};
use crate::feed::{Feed, Request};
use crate::hand_written;
use crate::matcher::AnyMatcher;
use crate::patterns;

pub(crate) const NAME: &str = "reference";
/// Whom the others are held against.
pub(crate) const BY_HAND: &str = "hand-written loop";
pub(crate) const EVENT_BY_EVENT: &str = "event by event";

/// Batch lengths to measure beside single events.
const BATCHES: [usize; 5] = [16, 64, 256, 1_024, 8_192];

/// What can do the work.
#[derive(Debug, Clone, Copy)]
enum Way {
    ByHand,
    Events,
    Batches(usize),
}

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let request = Request { events: Some(setup.events), ..Request::default() };
    let feed = Arc::new(Feed::load("reference", &request)?);
    let ways = [Way::ByHand, Way::Events].into_iter().chain(BATCHES.map(Way::Batches));
    let contender = |way: Way| {
        let feed = Arc::clone(&feed);
        Contender::new(&way.name(), NAME, Box::new(move || way.measure(&feed)))
    };
    Ok(Scenario {
        name: NAME,
        about: "the reference pattern: three trades of a symbol in 1 ms, the first that fits each"
            .to_owned(),
        events: feed.events.len(),
        contenders: ways.map(contender).collect(),
    })
}

impl Way {
    fn name(self) -> String {
        match self {
            Self::ByHand => BY_HAND.to_owned(),
            Self::Events => EVENT_BY_EVENT.to_owned(),
            Self::Batches(events) => format!("batches of {events}"),
        }
    }

    fn batch(self) -> usize {
        if let Self::Batches(length) = self { length } else { 0 }
    }

    fn measure(self, feed: &Feed) -> anyhow::Result<crate::contenders::Sample> {
        let mut found = Found::default();
        let events = &feed.events;
        if let Self::ByHand = self {
            let ns = timed(events.len(), || {
                hand_written::reference(events, feed.instruments.len(), |sequences| {
                    found.add(checksum(sequences));
                });
            });
            return Ok(per_event(found, ns));
        }
        let limits = Limits { batch: self.batch(), ..Limits::default() };
        let pattern = patterns::build(NAME, &feed.instruments)?;
        let AnyMatcher::Plain(mut matcher) = pattern.matcher(limits)? else {
            anyhow::bail!("the reference pattern derives nothing");
        };
        let mut sink = |it: &tourbillon_cep::Found<'_>| found.add(it.checksum());
        let ns = match self {
            Self::Batches(length) => try_timed(events.len(), || {
                let mut first = 0;
                for batch in events.chunks(length) {
                    matcher.apply(first, batch).expect("a batch of this length fits");
                    matcher.commit(&mut sink)?;
                    first += batch.len() as u64;
                }
                matcher.finish(&mut sink)
            }),
            _ => try_timed(events.len(), || {
                for (sequence, event) in (0..).zip(events) {
                    matcher.push(sequence, event, &mut sink)?;
                }
                matcher.finish(&mut sink)
            }),
        }?;
        Ok(per_event(found, ns))
    }
}
