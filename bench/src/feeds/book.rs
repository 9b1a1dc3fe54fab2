//! Books from events in one piece: what the best prices of a stream cost.

use std::sync::Arc;

use super::keeper::{Keeper, Maps, Ours, Tape};
use super::streams::{self, Stream};
use super::{Setup, measured};
use crate::contenders::{Contender, Scenario};

pub(crate) const DAY: &str = "book";
pub(crate) const DEEP: &str = "book-deep";
pub(super) const OURS: &str = "ours";
/// One event at a time, so that nothing is fetched ahead.
pub(super) const SINGLE: &str = "ours, one by one";
pub(super) const MAPS: &str = "standard maps, no queues";
pub(super) const HFTBACKTEST: &str = "hftbacktest, no queues";

pub(super) fn day(setup: &Setup) -> anyhow::Result<Scenario> {
    let about = "orders of 8,900 symbols to best prices: the second half of a generated day";
    Ok(scenario(DAY, about.to_owned(), &streams::day(setup)?))
}

pub(super) fn deep(setup: &Setup) -> anyhow::Result<Scenario> {
    let about = format!("the same with {} live orders, any of which may be hit", setup.live);
    Ok(scenario(DEEP, about, &streams::deep(setup)))
}

fn scenario(name: &'static str, about: String, stream: &Arc<Stream>) -> Scenario {
    Scenario {
        name,
        about,
        events: stream.events().len(),
        contenders: vec![
            contender(OURS, stream, || Ours::new(usize::MAX)),
            contender(SINGLE, stream, || Ours::new(1)),
            contender(MAPS, stream, Maps::new),
            #[cfg(feature = "feed-peers")]
            contender(HFTBACKTEST, stream, super::peer::hftbacktest::Depths::new),
        ],
    }
}

fn contender<K: Keeper>(
    name: &str,
    stream: &Arc<Stream>,
    make: impl Fn() -> K + Send + 'static,
) -> Contender {
    let stream = Arc::clone(stream);
    let trial = move || {
        let (mut keeper, mut tape) = (make(), Tape::new());
        keeper.apply(stream.before(), &mut tape);
        tape.found = Default::default();
        Ok(measured(stream.events().len(), || {
            keeper.apply(stream.events(), &mut tape);
            tape.found
        }))
    };
    Contender::new(name, "best prices", Box::new(trial))
}
