//! `tourbillon generate`: a seeded synthetic feed as a file.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use tourbillon_feeds::synthetic::{Generator, Profile};

use super::{Ended, Output, print_json, print_line, progress, units};
use crate::report::inspection;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// Nasdaq TotalView-ITCH 5.0, BinaryFILE framing
    Itch50,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The file to write
    out: PathBuf,
    /// Format of the file: itch50 (Nasdaq TotalView-ITCH 5.0, BinaryFILE framing)
    #[arg(long, value_enum, default_value = "itch50", hide_possible_values = true)]
    format: FormatName,
    /// Messages to write
    #[arg(long, default_value = "1M", value_parser = units::count)]
    events: u64,
    /// Symbols
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..))]
    symbols: u16,
    /// Seed, hexadecimal
    #[arg(long, value_parser = units::seed, default_value = "9e3779b97f4a7c15")]
    seed: u64,
    /// Profile: day or busy
    #[arg(long, default_value = "day", value_parser = units::profile)]
    profile: Profile,
}

impl GenerateArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let FormatName::Itch50 = self.format;
        let cannot = || format!("cannot write {}", self.out.display());
        let waiting = progress::spinner("generating");
        let mut file = BufWriter::new(File::create(&self.out).with_context(cannot)?);
        let summary = Generator::new(self.seed, self.symbols, self.profile)
            .write(&mut file, self.events)
            .with_context(cannot)?;
        std::io::Write::flush(&mut file).with_context(cannot)?;
        waiting.finish_and_clear();
        if output.json {
            print_json(&summary)?;
        } else {
            print_line(&inspection::generated(&self.out, &summary))?;
        }
        Ok(Ended::Done)
    }
}
