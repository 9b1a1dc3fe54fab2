//! Every built-in pattern on the feed it is meant for, by the matcher that the planner chooses.

use std::sync::Arc;

use tourbillon_cep::Limits;
use tourbillon_feeds::synthetic::Profile;
use tourbillon_feeds::{MarketEvent, Options, reference};

use super::Setup;
use crate::contenders::{Contender, Found, Sample, Scenario, Trial, per_event, timed};
use crate::feed::{Feed, Request};
use crate::matcher::AnyMatcher;
use crate::pattern::Pattern;
use crate::patterns;

pub(crate) const NAME: &str = "built-in";

/// Symbols of the synthetic feed.
const SYMBOLS: u16 = 50;

pub(crate) fn scenario(setup: &Setup<'_>) -> anyhow::Result<Scenario> {
    let mut contenders = Vec::new();
    for name in ["reference", "synthetic"] {
        let feed = Arc::new(load(name, setup.events)?);
        for built_in in patterns::ALL.iter().filter(|built_in| built_in.feed == name) {
            let pattern = patterns::build(built_in.name, &feed.instruments)?;
            contenders.push(Contender::new(built_in.name, built_in.name, trial(&feed, pattern)));
        }
    }
    Ok(Scenario {
        name: NAME,
        about: "every built-in pattern on the feed it is meant for".to_owned(),
        events: setup.events as usize,
        contenders,
    })
}

fn load(name: &str, events: u64) -> anyhow::Result<Feed> {
    let request = Request {
        events: Some(events),
        seed: reference::DEFAULT_SEED,
        symbols: SYMBOLS,
        profile: Profile::day(),
        options: Options::default(),
        ..Request::default()
    };
    Ok(Feed::load(name, &request)?)
}

fn trial(feed: &Arc<Feed>, pattern: Pattern) -> Trial {
    let feed = Arc::clone(feed);
    Box::new(move || measure(&feed.events, pattern.matcher(Limits::default())?))
}

/// `matcher` over all of `events`, one by one.
fn measure(events: &[MarketEvent], mut matcher: AnyMatcher) -> anyhow::Result<Sample> {
    let mut found = Found::default();
    let mut sink = |it: &tourbillon_cep::Found<'_>| found.add(it.checksum());
    let mut done = Ok(());
    let ns = timed(events.len(), || {
        let mut events = (0..).zip(events);
        done = events.try_for_each(|(sequence, event)| matcher.push(sequence, event, &mut sink));
        done = done.clone().and_then(|()| matcher.finish(&mut sink));
    });
    done?;
    Ok(per_event(found, ns))
}
