//! Contenders that do the same work in turn, one thread, one core: what `bench cep` and
//! `bench feeds` have in common.
//!
//! ```text
//!   contender    a scenario, who is measured in it, and what a trial gives
//!   rounds       every contender once, each second round in reverse order
//!   goals        what was promised, held against what was measured
//! ```

mod contender;
pub(crate) mod goals;
mod rounds;

pub(crate) use contender::{
    Contender, Figure, Found, Metric, Sample, Scenario, Trial, per_event, timed, try_timed,
};
pub(crate) use rounds::{Series, rows, run};
