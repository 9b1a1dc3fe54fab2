//! Matches as files: one line each, in JSON or CSV.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Serialize;
use tourbillon_cep::Pattern;
use tourbillon_feeds::MarketEvent;

/// The form of a file of matches, told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A header, then one row a match and step.
    Csv,
}

impl Format {
    /// The form that the file's name asks for.
    ///
    /// # Errors
    ///
    /// If the name ends neither in `.jsonl` nor in `.csv`.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl") => Ok(Self::JsonLines),
            Some("csv") => Ok(Self::Csv),
            _ => bail!("{}: matches are written to .jsonl or .csv", path.display()),
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    pattern: &'a str,
    sequences: &'a [u64],
}

/// Writes `found` (index of the pattern, sequences of the bound events) to `path`.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write(
    path: &Path,
    format: Format,
    patterns: &[Pattern<MarketEvent>],
    found: &[(usize, Box<[u64]>)],
) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = BufWriter::new(File::create(path).with_context(cannot)?);
    match format {
        Format::JsonLines => {
            for (pattern, sequences) in found {
                let line = Line { pattern: patterns[*pattern].name(), sequences };
                serde_json::to_writer(&mut file, &line).with_context(cannot)?;
                writeln!(file).with_context(cannot)?;
            }
        }
        Format::Csv => {
            writeln!(file, "match,pattern,step,sequence").with_context(cannot)?;
            for (number, (pattern, sequences)) in found.iter().enumerate() {
                let pattern = &patterns[*pattern];
                for (step, sequence) in pattern.steps().zip(sequences) {
                    writeln!(file, "{number},{},{step},{sequence}", pattern.name())
                        .with_context(cannot)?;
                }
            }
        }
    }
    file.flush().with_context(cannot)
}
