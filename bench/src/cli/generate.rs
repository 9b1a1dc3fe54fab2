//! `tourbillon generate`: a seeded synthetic feed as a file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use tourbillon_feeds::synthetic::{Generator, Profile, Summary};
use tourbillon_feeds::{Format, Options, open_bytes};

use super::plant::PlantArgs;
use super::serve::ServeArgs;
use super::{Ended, Output, convert, print_json, print_line, progress, units};
use crate::report::inspection;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// Nasdaq TotalView-ITCH 5.0, BinaryFILE framing
    Itch50,
    /// The event journal
    Journal,
}

/// Options of `generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// The file to write
    #[arg(required_unless_present = "serve", conflicts_with = "serve")]
    out: Option<PathBuf>,
    /// Format of the file: itch50 (Nasdaq TotalView-ITCH 5.0, BinaryFILE framing) or journal
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
    /// Profile: day, busy, quiet, busy-day, opening or deep
    #[arg(long, default_value = "day", value_parser = units::profile)]
    profile: Profile,
    #[command(flatten)]
    plant: PlantArgs,
    #[command(flatten)]
    serve: ServeArgs,
}

impl GenerateArgs {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Ended> {
        let generator = Generator::new(self.seed, self.symbols, self.profile);
        let Some(out) = self.out else {
            return self.serve.run(generator, self.events, self.seed, output);
        };
        let generator = self.plant.planting(generator, self.symbols)?;
        let cannot = || format!("cannot write {}", out.display());
        let waiting = progress::spinner("generating");
        let summary = match self.format {
            FormatName::Itch50 => itch(generator, self.events, &out),
            FormatName::Journal => journal(generator, self.events, &out),
        }
        .with_context(cannot)?;
        let truth = self.plant.write_truth(&summary.planted, &out)?;
        waiting.finish_and_clear();
        if output.json {
            print_json(&summary)?;
        } else {
            print_line(&inspection::generated(&out, &summary))?;
            if let Some(truth) = truth {
                let planted = summary.planted.len();
                print_line(&format!("\nwrote {}: {planted} planted behaviours", truth.display()))?;
            }
        }
        Ok(Ended::Done)
    }
}

fn itch(mut generator: Generator, events: u64, out: &Path) -> anyhow::Result<Summary> {
    let mut file = BufWriter::new(File::create(out)?);
    let summary = generator.write(&mut file, events)?;
    file.flush()?;
    Ok(summary)
}

/// The same session, through the decoder like any other; its messages are in memory first.
fn journal(mut generator: Generator, events: u64, out: &Path) -> anyhow::Result<Summary> {
    let mut messages = Vec::new();
    let summary = generator.write(&mut messages, events)?;
    let options = Options { format: Some(Format::Itch50), ..Options::default() };
    let mut source = open_bytes(messages, &options)?;
    let bytes = convert::into_journal(&mut *source, out)?.bytes;
    Ok(Summary { bytes, ..summary })
}
