//! Matches as files: one line each, in JSON or CSV.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;
use tourbillon_cep::Pattern;
use tourbillon_feeds::MarketEvent;

/// The form of a file of matches, told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// One JSON object a line.
    JsonLines,
    /// A header, then one row a match and step.
    Csv,
}

impl Format {
    fn of(path: &Path) -> anyhow::Result<Self> {
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

/// A file that matches will be written to, open before there is any.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    format: Format,
    file: BufWriter<File>,
}

impl Writer {
    /// Creates the file in the form that its name asks for, or empties it.
    ///
    /// # Errors
    ///
    /// If the name ends neither in `.jsonl` nor in `.csv`, or the file cannot be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let format = Format::of(path)?;
        let file = File::create(path).with_context(|| cannot_write(path))?;
        Ok(Self { path: path.to_owned(), format, file: BufWriter::new(file) })
    }

    /// Writes `found`: index of the pattern, sequences of the bound events.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(
        mut self,
        patterns: &[Pattern<MarketEvent>],
        found: &[(usize, Box<[u64]>)],
    ) -> anyhow::Result<()> {
        let written = match self.format {
            Format::JsonLines => json_lines(&mut self.file, patterns, found),
            Format::Csv => csv(&mut self.file, patterns, found),
        };
        written.and_then(|()| self.file.flush()).with_context(|| cannot_write(&self.path))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn json_lines(
    file: &mut impl Write,
    patterns: &[Pattern<MarketEvent>],
    found: &[(usize, Box<[u64]>)],
) -> io::Result<()> {
    for (pattern, sequences) in found {
        let line = Line { pattern: patterns[*pattern].name(), sequences };
        serde_json::to_writer(&mut *file, &line)?;
        writeln!(file)?;
    }
    Ok(())
}

fn csv(
    file: &mut impl Write,
    patterns: &[Pattern<MarketEvent>],
    found: &[(usize, Box<[u64]>)],
) -> io::Result<()> {
    writeln!(file, "match,pattern,step,sequence")?;
    for (number, (pattern, sequences)) in found.iter().enumerate() {
        let pattern = &patterns[*pattern];
        for (step, sequence) in pattern.steps().zip(sequences) {
            writeln!(file, "{number},{},{step},{sequence}", pattern.name())?;
        }
    }
    Ok(())
}
