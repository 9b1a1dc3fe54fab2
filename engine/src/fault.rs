//! A handler's failure, and what the handler knows about mending it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A handler's failure.
///
/// Any error converts into one, so `?` works in handlers. A bare [`Handler`](crate::Handler)
/// that returns one stops the pipeline; the adaptors [`Isolate`](crate::Isolate) and
/// [`Transaction`](crate::Transaction) recover instead, as far as [`Remedy`] lets them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What went wrong.
    pub message: String,
    /// The event at fault, where the handler knows it.
    pub sequence: Option<u64>,
    /// What may help.
    pub remedy: Remedy,
}

/// What may help after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// The same batch may succeed later.
    Retry,
    /// The same batch will fail again; a smaller one may not.
    Split,
    /// Nothing, but the others can do without this stage: it leaves the ring, they go on.
    Detach,
    /// Nothing: the trouble is not in the events. The pipeline stops.
    Halt,
}

impl Fault {
    /// A failure that may pass: worth a retry.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), sequence: None, remedy: Remedy::Retry }
    }

    /// The batch is more than the handler can take at once: worth cutting, not worth a retry.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self { remedy: Remedy::Split, ..Self::new(message) }
    }

    /// A failure that no other treatment of the events can mend: the pipeline stops.
    pub fn halt(message: impl Into<String>) -> Self {
        Self { remedy: Remedy::Halt, ..Self::new(message) }
    }

    /// A failure that this stage cannot mend and the others can do without: it leaves the ring,
    /// they go on.
    pub fn detach(message: impl Into<String>) -> Self {
        Self { remedy: Remedy::Detach, ..Self::new(message) }
    }

    /// The same, naming the event at fault.
    #[must_use]
    pub fn at(mut self, sequence: u64) -> Self {
        self.sequence = Some(sequence);
        self
    }
}

impl Remedy {
    /// Whether the events can still be mended, so that an adaptor has something to do.
    pub(crate) fn is_for_events(self) -> bool {
        matches!(self, Remedy::Retry | Remedy::Split)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            Some(sequence) => write!(f, "sequence {sequence}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

// `Fault` is not an `Error` itself, or this conversion would clash with the one from itself.
impl<T: Error> From<T> for Fault {
    fn from(error: T) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs a handler's code; a panic becomes a fault.
///
/// Costs nothing as long as nothing panics. The handler may be left in the middle of a change;
/// whoever calls this decides whether it may be used again.
pub(crate) fn guarded<T>(code: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|panic| Err(Fault::new(panic_message(panic.as_ref()))))
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("with a payload that is not text"))
}
