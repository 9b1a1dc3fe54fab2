//! Which part of a feed is taken.

use clap::Args;
use tourbillon_feeds::replay::{Bound, Selection};

use super::units;

/// A part of a feed: places are sequence numbers or times.
#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    /// Start at this time: of the first event's day, such as 09:30:00, or 2023-12-25T14:30:00Z
    #[arg(long, value_name = "TIME", value_parser = units::time)]
    from: Option<Bound>,
    /// Start at this sequence number
    #[arg(long, value_name = "N", conflicts_with = "from")]
    from_sequence: Option<u64>,
    /// End before this time
    #[arg(long, value_name = "TIME", value_parser = units::time)]
    until: Option<Bound>,
    /// End before this sequence number
    #[arg(long, value_name = "N", conflicts_with = "until")]
    until_sequence: Option<u64>,
}

impl PartArgs {
    /// What these options take of a feed, and of it those symbols (all if there are none).
    pub(crate) fn selection(&self, symbols: Vec<String>) -> Selection {
        Selection {
            from: self.from.or(self.from_sequence.map(Bound::Sequence)),
            until: self.until.or(self.until_sequence.map(Bound::Sequence)),
            symbols,
        }
    }
}
