//! In = out + dropped + dead letters + in flight: the check that no event is lost unaccounted.
//!
//! What stands on either side comes from different places: `offered` and `in_flight` from the
//! positions in the ring, `events` and `aborted` from what each stage counted as it went.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::summary::{StageSummary, Summary};

/// An account that does not add up: a mistake in the engine, not in the pipeline.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Imbalance {
    /// Events that a stage neither took nor left, or took twice.
    #[error(
        "stage `{stage}` was offered {offered} events but accounts for {events} taken + {aborted} \
         aborted + {in_flight} in flight; please report it with the graph"
    )]
    Events {
        /// The stage, or the group of workers.
        stage: String,
        /// Events published for it.
        offered: u64,
        /// Events it took.
        events: u64,
        /// Slots without an event.
        aborted: u64,
        /// Events it left.
        in_flight: u64,
    },
    /// More dead letters than events that could have become one.
    #[error(
        "stage `{stage}` made {dead_letters} dead letters, {lost} of them lost, out of {events} \
         events taken + {in_flight} in flight; check the handler's `recovery`"
    )]
    DeadLetters {
        /// The stage, or the group of workers.
        stage: String,
        /// Events given up.
        dead_letters: u64,
        /// Of these, the ones the sink could not keep.
        lost: u64,
        /// Events it took.
        events: u64,
        /// Events it left; a batch that failed in the end may have made dead letters before.
        in_flight: u64,
    },
}

/// What has to add up for one stage, or for one group of workers.
#[derive(Default)]
struct Account {
    offered: u64,
    events: u64,
    aborted: u64,
    in_flight: u64,
    dead_letters: u64,
    lost: u64,
}

impl Summary {
    /// Checks that every stage accounts for every event published for it, as taken, aborted or in
    /// flight, and that its dead letters are among them. Workers that share their events are
    /// checked together.
    ///
    /// [`Running`](crate::Running) checks this at the end of every pipeline.
    ///
    /// # Errors
    /// The first account that does not add up.
    pub fn balance(&self) -> Result<(), Imbalance> {
        let mut groups: BTreeMap<&str, Account> = BTreeMap::new();
        for stage in &self.stages {
            match &stage.group {
                Some(group) => groups.entry(group).or_default().add(stage),
                None => {
                    let mut account = Account::default();
                    account.add(stage);
                    account.check(&stage.name)?;
                }
            }
        }
        groups.into_iter().try_for_each(|(name, account)| account.check(name))
    }
}

impl Account {
    fn add(&mut self, stage: &StageSummary) {
        self.offered += stage.offered;
        self.events += stage.events;
        self.aborted += stage.aborted;
        self.in_flight += stage.in_flight;
        self.dead_letters += stage.recovery.dead_letters;
        self.lost += stage.recovery.dead_letters_lost;
    }

    fn check(self, stage: &str) -> Result<(), Imbalance> {
        let Self { offered, events, aborted, in_flight, dead_letters, lost } = self;
        let stage = stage.to_owned();
        if offered != events + aborted + in_flight {
            return Err(Imbalance::Events { stage, offered, events, aborted, in_flight });
        }
        if dead_letters > events + in_flight || lost > dead_letters {
            return Err(Imbalance::DeadLetters { stage, dead_letters, lost, events, in_flight });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
