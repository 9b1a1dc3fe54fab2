//! Matching run by run, with registers: for the patterns that traders write most.
//!
//! What a condition reads of events bound earlier lies in registers of the run, which are updated
//! when an event is bound: no condition ever walks back over what was bound. The pattern's branches
//! (those of [`crate::forked`]) become states in which it is known what is defined (`graph`,
//! `known`); a run waits in all branches of its state at once, and is copied only where it binds an
//! event and something else is still waited for. Conditions are flat comparisons of fields,
//! registers and constants (`test`), those on the event alone bits that are asked once (`atoms`); a
//! state that waits for one comparison of one field has a *gate* (`gate`): a number that a multiple
//! of the field must reach, computed when the run begins to wait. Most events pass over most runs
//! after one comparison with it (`wake`).
//!
//! The runs of a key lie side by side in the order of their starts, which is that of their ends as
//! well (`blocks`), the events they have bound in a ring of links (`arena`). All memory is allocated
//! when the matcher is built.
//!
//! What it leaves to [`crate::forked`] is what [`accepts`] says: absences for a time, reported
//! time-outs, the longest match per start, and conditions that read bound events in more than
//! linear sums.

mod arena;
mod atoms;
mod blocks;
mod compile;
mod gate;
mod graph;
mod known;
mod layout;
mod limits;
mod matcher;
mod met;
mod outputs;
mod plan;
mod room;
mod settle;
mod short;
mod step;
mod test;
mod wake;
mod why;

pub use limits::{Counts, Full, Limit, Limits};
pub use matcher::Matcher;
pub(crate) use met::Plans;
pub use outputs::Found;
pub use why::Why;

use crate::ir::Ir;

/// Can the pattern be run with registers?
///
/// # Errors
///
/// [`Why`] not.
pub fn accepts(ir: &Ir) -> Result<(), Why> {
    plan::Plan::new(ir).map(|_| ())
}
