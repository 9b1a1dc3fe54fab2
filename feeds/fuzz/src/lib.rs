//! Fuzz targets of the feeds.
//!
//! `cargo +nightly fuzz run <target>` from `feeds/` searches; what a target found stays in
//! `corpus/<target>/`, which `tests/fuzz_corpus.rs` replays on the stable compiler. Fresh seeds:
//! `cargo run --example seeds` from `feeds/fuzz/`.

pub mod targets;
