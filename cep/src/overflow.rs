//! What happens when a limit is reached.

/// What gives way when something has no room. Whatever does is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// What has been there longest.
    #[default]
    DropOldest,
    /// What comes last.
    DropNewest,
    /// Nothing: matching stops with an error.
    Stop,
}
