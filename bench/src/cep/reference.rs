//! The reference pattern beside a loop written by hand for it alone, event by event and in
//! batches.

use std::sync::Arc;

use tourbillon_cep::checksum;
use tourbillon_cep::first::{AfterMatch, Limits, Match, Matcher};
use tourbillon_feeds::MarketEvent;

use super::Setup;
use super::contender::{Contender, Found, Scenario, per_event, timed, try_timed};
use crate::feed::{Feed, Request};
use crate::hand_written;
use crate::patterns;

pub(crate) const NAME: &str = "reference";
/// Whom the others are held against.
pub(crate) const BY_HAND: &str = "hand-written loop";
pub(crate) const TEXT: &str = "from text";
pub(crate) const EVENT_BY_EVENT: &str = "event by event";

/// Batch lengths to measure beside single events.
const BATCHES: [usize; 5] = [16, 64, 256, 1_024, 8_192];

/// What can do the work.
#[derive(Debug, Clone, Copy)]
enum Way {
    ByHand,
    Events,
    Batches(usize),
    /// The same pattern in text, by the matcher that the planner chooses.
    Text,
}

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let request = Request { events: Some(setup.events), ..Request::default() };
    let feed = Arc::new(Feed::load("reference", &request)?);
    let ways = [Way::ByHand, Way::Text, Way::Events].into_iter().chain(BATCHES.map(Way::Batches));
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
            Self::Text => TEXT.to_owned(),
            Self::Batches(events) => format!("batches of {events}"),
        }
    }

    fn measure(self, feed: &Feed) -> anyhow::Result<super::contender::Sample> {
        let mut found = Found::default();
        let ns = match self {
            Self::ByHand => timed(feed.events.len(), || {
                hand_written::reference(&feed.events, feed.instruments.len(), |sequences| {
                    found.add(checksum(sequences));
                });
            }),
            Self::Text => {
                let pattern = patterns::build(NAME, &feed.instruments)?;
                let mut matcher = pattern.matcher(tourbillon_cep::Limits::default())?;
                let mut sink = |it: &tourbillon_cep::Found<'_>| found.add(it.checksum());
                try_timed(feed.events.len(), || {
                    for (sequence, event) in (0..).zip(&feed.events) {
                        matcher.push(sequence, event, &mut sink)?;
                    }
                    matcher.finish(&mut sink)
                })?
            }
            Self::Events => {
                let mut sink = |m: Match<'_>| found.add(m.checksum());
                let mut matcher = matcher(Limits::default())?;
                timed(feed.events.len(), || {
                    for (sequence, event) in (0..).zip(&feed.events) {
                        matcher.push(sequence, event, &mut sink);
                    }
                    matcher.finish(&mut sink);
                })
            }
            Self::Batches(length) => {
                let mut sink = |m: Match<'_>| found.add(m.checksum());
                let mut matcher = matcher(Limits::default().with_batches())?;
                timed(feed.events.len(), || {
                    let mut first = 0;
                    for batch in feed.events.chunks(length) {
                        matcher.apply(first, batch).expect("a batch of this length fits");
                        matcher.commit(&mut sink);
                        first += batch.len() as u64;
                    }
                    matcher.finish(&mut sink);
                })
            }
        };
        Ok(per_event(found, ns))
    }
}

fn matcher(limits: Limits) -> anyhow::Result<Matcher<MarketEvent>> {
    Ok(Matcher::new(&patterns::reference("reference", AfterMatch::NoSkip)?, limits)?)
}
