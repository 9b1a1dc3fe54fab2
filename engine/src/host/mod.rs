//! What the engine asks of the operating system beyond the standard library: real-time priority,
//! locked memory, huge pages. All of it is opt-in, and what the system refuses is reported instead
//! of hidden or fatal.
//!
//! - [`system`] holds the system calls, each behind a small safe function;
//! - [`Squad`] is the threads of a pipeline as the system knows them, and [`Latecomers`] those that
//!   come after its start;
//! - [`priority`], [`belt`] and [`supervisor`] raise them, and see to it that they come down;
//! - [`Memory`] is about the memory of rings, and [`HostReport`] tells what came of it all.

mod belt;
mod late;
mod memory;
mod priority;
mod report;
mod squad;
mod supervisor;
#[cfg_attr(not(target_os = "linux"), path = "system_elsewhere.rs")]
pub(crate) mod system;
#[cfg(test)]
mod tests;

pub(crate) use late::{Latecomer, Latecomers};
pub use memory::Memory;
pub use priority::{Priority, PriorityError};
pub(crate) use priority::{Raise, check};
pub use report::{HostReport, MemoryReport, Policy, Refusal, ThreadReport};
pub(crate) use squad::{Berth, Member, Squad};
pub(crate) use supervisor::raise;
