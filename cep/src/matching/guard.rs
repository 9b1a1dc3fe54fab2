//! A sink that panics must not leave a matcher in the middle of an event.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The panic of a sink, until the matcher has done all else.
#[derive(Debug, Default)]
pub(crate) struct Guard(Option<Box<dyn Any + Send>>);

impl Guard {
    /// Runs `sink`, unless one has panicked; says whether it ran.
    #[inline]
    pub(crate) fn run(&mut self, sink: impl FnOnce()) -> bool {
        if self.0.is_some() {
            return false;
        }
        // What a panic leaves of the sink is its owner's to judge, who catches it in the end.
        self.0 = catch_unwind(AssertUnwindSafe(sink)).err();
        true
    }

    /// Goes on with the panic, if there was one.
    #[inline]
    pub(crate) fn resume(self) {
        if let Some(panic) = self.0 {
            resume_unwind(panic);
        }
    }
}
