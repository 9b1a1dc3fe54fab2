//! The measuring core: clocks, histograms, schedules, and the rules by which a figure is believed.
//!
//! Every `tourbillon` command that prints a time stands on this module and on nothing else, so
//! two commands can never disagree about what a latency is. The model, with its formulas and
//! reasons, is `docs/measuring.md`; [`self_test`] holds the harness against answers known in
//! closed form.
//!
//! It knows nothing of engines, events or patterns, and it draws nothing. Its schedules are those
//! of [`tourbillon_feeds::replay`], where whoever sends packets finds them too.
//!
//! Invariants kept throughout:
//! - intended times are absolute and never move, however late the generator is;
//! - recording a value, a gap or a slip allocates nothing, takes no lock and makes no system call;
//! - percentiles are read from merged histograms, never averaged.

pub mod clock;
pub mod cpu;
pub mod cross_core;
pub mod fake;
pub mod floor;
pub mod gap;
pub mod histogram;
pub mod pacer;
pub mod pairs;
pub mod self_test;
mod sys;
pub mod validity;

pub use tourbillon_feeds::replay::schedule;
