//! The matcher's benchmark: patterns over events in memory, one thread, one core.
//!
//! Every trial finds every match and adds up its checksum; a trial whose matches differ from
//! those of the others that do the same work, or from those published for the data, ends the
//! command. No ring, and but in `latency` no clock inside the timed loops.

mod built_in;
mod core_stock;
mod derive;
mod generated;
mod goals;
mod latency;
mod many;
mod peer;
mod reference;
mod spike;
mod stock;
mod storm;
mod window;

use std::path::Path;
use std::sync::Arc;

use crate::contenders::Scenario;
use crate::measure::clock::Clock;

pub(crate) use goals::judge;

/// What all scenarios are made with.
#[derive(Debug)]
pub(crate) struct Setup<'a> {
    /// The clock of single events.
    pub(crate) clock: Clock,
    /// Events of the reference stream and of generated ones.
    pub(crate) events: u64,
    /// Events of the start storm.
    pub(crate) storm: u64,
    /// The stock data.
    pub(crate) stock: &'a Path,
    /// Measure these peers; all that are built in if there is none.
    pub(crate) peers: &'a [String],
}

/// Names that `--scenario` takes.
pub(crate) const SCENARIOS: [&str; 11] = [
    reference::NAME,
    built_in::NAME,
    core_stock::COMPLETE,
    core_stock::NEVER,
    peer::NAME,
    window::NAME,
    storm::NAME,
    spike::NAME,
    many::NAME,
    derive::NAME,
    latency::NAME,
];

/// Names that `--peer` takes.
pub(crate) const PEERS: [&str; 1] = [peer::VARPULIS];

/// The scenarios of these names, or all; and what is left out, in sentences.
///
/// # Errors
///
/// If events cannot be had, or a pattern cannot be built.
pub(crate) fn scenarios(
    names: &[String],
    setup: &Setup<'_>,
) -> anyhow::Result<(Vec<Scenario>, Vec<String>)> {
    let (stock, mut notes) = stock::load(setup.stock)?;
    let stock = Arc::new(stock);
    let mut scenarios = Vec::new();
    for name in SCENARIOS {
        if !names.is_empty() && !names.iter().any(|wanted| wanted == name) {
            continue;
        }
        scenarios.push(match name {
            reference::NAME => reference::scenario(setup)?,
            built_in::NAME => built_in::scenario(setup)?,
            core_stock::COMPLETE => core_stock::complete(&stock)?,
            core_stock::NEVER => core_stock::never(&stock)?,
            peer::NAME => peer::scenario(setup, &stock, &mut notes)?,
            window::NAME => window::scenario(setup)?,
            storm::NAME => storm::scenario(setup)?,
            spike::NAME => spike::scenario(setup)?,
            many::NAME => many::scenario(setup)?,
            derive::NAME => derive::scenario(setup)?,
            latency::NAME => latency::scenario(setup, &stock)?,
            other => unreachable!("{other} is not listed"),
        });
    }
    Ok((scenarios, notes))
}
