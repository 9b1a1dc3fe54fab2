//! The engine's ring in every interleaving of up to three preemptions.
//!
//! This crate compiles the ring's own source, with loom's types behind `crate::sync`, and runs
//! small programs over it through every schedule of up to three preemptions and through
//! every value that a weakly ordered memory may return. A plain `cargo test` does it.
//!
//! Each model comes with negative controls: the same program with one ordering weakened or one
//! step of the protocol done wrongly **must** fail, or the model would prove nothing. Each prints
//! the number of interleavings it went through and fails if that falls below a recorded floor.
//!
//! It is bounded checking, not proof: few events, few slots, three preemptions. What is checked
//! is the ring; threads, handlers and timers around it are tested in the engine.

#![cfg(test)]

#[allow(dead_code, reason = "the engine's own source; the models use part of it")]
#[path = "../../engine/src/sync.rs"]
mod sync;

#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the engine's own source; the models use part of it"
)]
#[path = "../../engine/src/ring/mod.rs"]
mod ring;

#[allow(dead_code, reason = "the engine's own source; the models use part of it")]
#[path = "../../engine/src/tally.rs"]
mod tally;

mod batch;
mod broadcast;
mod close;
mod counters;
mod explore;
mod gating;
mod lane;
mod multi;
mod orderings;
mod park;
mod poison;
mod publish;
mod roster;
mod share;
mod start;
