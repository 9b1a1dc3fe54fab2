//! The instrument: one measuring core, the two architectures under it, and the reports.

pub mod booked;
mod cep;
pub mod cli;
pub mod compare;
mod contenders;
pub mod feed;
mod feeds;
pub mod hand_written;
pub mod live;
pub mod market;
pub mod matcher;
pub mod matches;
pub mod measure;
pub mod pattern;
pub mod patterns;
pub mod pipeline;
pub mod report;
mod rings;
pub mod trial;
pub mod truth;
