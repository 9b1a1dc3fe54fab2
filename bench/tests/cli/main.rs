//! The `tourbillon` command, run as a user or a script runs it: exit codes, the JSON contract, the
//! screens, and above all the matches, against published counts and against oracles.
//!
//! Nothing here asserts a time: a busy machine may make a run invalid (exit code 4), never wrong.

mod books;
mod compare;
mod convert;
mod counters;
mod derive;
mod explain;
mod generate;
mod inspect;
mod live;
mod open_loop;
mod oracle;
mod others;
mod poison;
mod reference;
mod reorder;
mod replay;
mod rings;
mod stock;
mod support;
mod surveillance;
mod survey;
mod text;
mod usage;
