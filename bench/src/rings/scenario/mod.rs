//! What the contenders have to do, one file a scenario.

mod managed;
pub(crate) mod one_way;
pub(crate) mod ping_pong;
pub(crate) mod producers;
mod received;
pub(crate) mod throughput;
pub(crate) mod topologies;
