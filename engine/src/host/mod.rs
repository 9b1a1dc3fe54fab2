//! What the engine asks of the operating system beyond the standard library: every call is a small
//! safe function that returns the system's refusal instead of hiding it.

mod system;

pub(crate) use system::sharpen_timers;
