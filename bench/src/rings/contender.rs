//! Who is measured, in which scenario, in which form.

use super::trial::{Fault, Outcome, Setup};

/// A peer in one form, ready to be measured.
pub(crate) struct Contender {
    pub(crate) peer: &'static str,
    /// Bytes of an event.
    pub(crate) bytes: usize,
    /// What else distinguishes it, such as `pause`; may be empty.
    pub(crate) variant: &'static str,
    pub(crate) trial: Trial,
}

/// One measurement. The call is outside the timed loops, so it may be dynamic.
pub(crate) type Trial = Box<dyn Fn(&Setup) -> Result<Outcome, Fault>>;

/// A scenario's name, and how its contenders are made.
pub(crate) type Listed = (&'static str, fn() -> Vec<Contender>);

/// Contenders that do the same work.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) contenders: Vec<Contender>,
}
