//! What `tourbillon generate` plants, and the ground truth about it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use tourbillon_feeds::synthetic::{Behaviour, Generator, PLANTABLE, Planted};

use super::units;

/// What one name after `--plant` stands for.
pub(crate) type Planting = &'static [Behaviour];

/// Behaviours to plant.
#[derive(Debug, Args)]
pub(crate) struct PlantArgs {
    /// Behaviours to plant, for surveillance to find: all, or some of spoofing, layering,
    /// momentum-ignition, wash-trade, iceberg, quote-stuffing
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = units::behaviours,
          conflicts_with = "serve")]
    plant: Vec<Planting>,
    /// Plant each so many times, and as many near misses
    #[arg(long, default_value_t = 10, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    plants: u32,
    /// Where to write what was planted, one JSON object a line (default: OUT.truth.jsonl)
    #[arg(long, value_name = "FILE", requires = "plant")]
    truth: Option<PathBuf>,
}

impl PlantArgs {
    /// The generator, with what is to be planted among so many symbols.
    pub(crate) fn planting(&self, generator: Generator, symbols: u16) -> anyhow::Result<Generator> {
        if self.plant.is_empty() {
            return Ok(generator);
        }
        if symbols < PLANTABLE {
            bail!("--plant: take at least {PLANTABLE} symbols, not {symbols}");
        }
        Ok(generator.planting(&self.plant.concat(), self.plants))
    }

    /// Writes the ground truth about the file `out`, and gives where; nothing if nothing was to be
    /// planted.
    pub(crate) fn write_truth(
        &self,
        planted: &[Planted],
        out: &Path,
    ) -> anyhow::Result<Option<PathBuf>> {
        if self.plant.is_empty() {
            return Ok(None);
        }
        let beside = || PathBuf::from(format!("{}.truth.jsonl", out.display()));
        let truth = self.truth.clone().unwrap_or_else(beside);
        lines(planted, &truth).with_context(|| format!("cannot write {}", truth.display()))?;
        Ok(Some(truth))
    }
}

fn lines(planted: &[Planted], truth: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(truth)?);
    for planted in planted {
        serde_json::to_writer(&mut file, planted)?;
        writeln!(file)?;
    }
    Ok(file.flush()?)
}
