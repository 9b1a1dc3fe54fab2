//! The instrument: one measuring core, the two architectures under it, and the reports.

pub mod measure;
pub mod report;
