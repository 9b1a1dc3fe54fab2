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
pub(crate) mod goals;
mod java;
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
use java::Java;
pub(crate) use run::{Measured, Plan, run};
pub(crate) use series::Series;
pub(crate) use trial::{BATCH, CAPACITY, Setup, Size};
pub(crate) use watchdog::Watchdog;

use scenario::{one_way, ping_pong, producers, throughput, topologies};

/// Names that `--scenario` takes.
pub(crate) fn scenario_names() -> impl Iterator<Item = &'static str> {
    LISTED.into_iter().map(|(name, _)| name)
}

const LISTED: [Listed; 6] = [
    (ping_pong::NAME, ping_pong::contenders),
    (one_way::NAME, one_way::contenders),
    (throughput::SINGLES, throughput::singles),
    (throughput::BATCHES, throughput::batches),
    (producers::NAME, producers::contenders),
    (topologies::NAME, topologies::contenders),
];

/// Peers that are measured whatever others are asked for: the floor and our own rings.
fn is_always_measured(peer: &str) -> bool {
    ["floor", "inline", "inline-stage", "single", "single-stage", "multi", "fan-in"].contains(&peer)
}

/// The scenarios of these names, or all; with these peers beside ours and the floor, or all. And
/// what is left out of them, in sentences.
pub(crate) fn scenarios(names: &[String], peers: &[String]) -> (Vec<Scenario>, Vec<String>) {
    let wanted = |name: &str, list: &[String]| list.is_empty() || list.iter().any(|l| l == name);
    let mut scenarios: Vec<Scenario> = LISTED
        .into_iter()
        .filter(|(name, _)| wanted(name, names))
        .map(|(name, contenders)| Scenario { name, contenders: contenders() })
        .collect();
    let mut skipped = Vec::new();
    if wanted(java::NAME, peers) {
        match Java::prepare() {
            Ok(java) => scenarios
                .iter_mut()
                .for_each(|scenario| scenario.contenders.extend(java.contender(scenario.name))),
            Err(reason) => skipped.push(reason),
        }
    }
    for scenario in &mut scenarios {
        scenario.contenders.retain(|c| is_always_measured(c.peer) || wanted(c.peer, peers));
    }
    (scenarios, skipped)
}

/// Names that `--peer` takes: every contender's, once.
pub(crate) fn peer_names() -> Vec<&'static str> {
    let mut names = Vec::new();
    let contenders = LISTED.into_iter().flat_map(|(_, contenders)| contenders());
    for name in contenders.map(|contender| contender.peer).chain([java::NAME]) {
        if !names.contains(&name) {
            names.push(name);
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
