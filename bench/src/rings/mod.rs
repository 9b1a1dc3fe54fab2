//! Rings beside their peers and the floor: who hands an event from one core to another fastest.
//!
//! ```text
//!   scenario     what has to be done
//!   peers        who does it                     contender = peer + event size + variant
//!   run          rounds, rotation, brackets      sample    = one trial of a contender, filed by
//!   series       what the rounds gave                        the placement class of its brackets
//!   goals        held against what was promised
//! ```
//!
//! All contenders run in one process, in rotating order, on the same two cores; only figures of
//! one placement class are ever compared. The timed loops are generic over the peer, so nothing
//! stands between them and its code.
//!
//! It measures hand-offs, not pipelines with work in them; that is what `compare` does.

mod contender;
mod endpoint;
mod event;
mod goals;
mod meet;
mod peers;
mod run;
mod scenario;
mod series;
#[cfg(test)]
mod tests;
mod trial;
mod watchdog;

use contender::{Listed, Scenario};
pub(crate) use run::{Plan, run};
pub(crate) use series::Series;
pub(crate) use trial::{BATCH, CAPACITY, Setup, Size};
pub(crate) use watchdog::Watchdog;

use scenario::{one_way, ping_pong, throughput};

/// Names that `--scenario` takes.
pub(crate) fn scenario_names() -> impl Iterator<Item = &'static str> {
    LISTED.into_iter().map(|(name, _)| name)
}

const LISTED: [Listed; 4] = [
    (ping_pong::NAME, ping_pong::contenders),
    (one_way::NAME, one_way::contenders),
    (throughput::SINGLES, throughput::singles),
    (throughput::BATCHES, throughput::batches),
];

/// Peers that are measured whatever others are asked for: the floor and our own rings.
fn is_always_measured(peer: &str) -> bool {
    ["floor", "single", "single-stage"].contains(&peer)
}

/// The scenarios of these names, or all; with these peers beside ours and the floor, or all.
pub(crate) fn scenarios(names: &[String], peers: &[String]) -> Vec<Scenario> {
    let wanted = |name: &str, list: &[String]| list.is_empty() || list.iter().any(|l| l == name);
    let mut scenarios: Vec<Scenario> = LISTED
        .into_iter()
        .filter(|(name, _)| wanted(name, names))
        .map(|(name, contenders)| Scenario { name, contenders: contenders() })
        .collect();
    for scenario in &mut scenarios {
        scenario.contenders.retain(|c| is_always_measured(c.peer) || wanted(c.peer, peers));
    }
    scenarios
}

/// Names that `--peer` takes: every contender's, once.
pub(crate) fn peer_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for contender in scenarios(&[], &[]).iter().flat_map(|scenario| &scenario.contenders) {
        if !names.contains(&contender.peer) {
            names.push(contender.peer);
        }
    }
    names
}

/// What the report says of the series: rows, and goals.
pub(crate) fn summarise(
    series: &[Series],
) -> (Vec<crate::report::rings::Row>, Vec<crate::report::rings::Goal>) {
    (series::rows(series), goals::judge(series))
}
