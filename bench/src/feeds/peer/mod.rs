//! Others' decoders and books, built in with a feature as they bring many dependencies.

pub(super) mod hftbacktest;
pub(super) mod itch;
