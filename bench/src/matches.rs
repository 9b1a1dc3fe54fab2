//! Matches as files: one line each, in JSON or CSV.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tourbillon_cep::Value;

use crate::pattern::Pattern;
use crate::pipeline::Kept;

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
    sequences: Vec<u64>,
    steps: Vec<&'a str>,
    /// Numbers as the nearest `f64`, symbols and steps by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    measures: Map<String, Json>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    timed_out: bool,
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

    /// Writes `found`, which was found by `patterns`. Time-outs go into the JSON form only.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn write(mut self, patterns: &[Pattern], found: &[Kept]) -> anyhow::Result<()> {
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

fn json_lines(file: &mut impl Write, patterns: &[Pattern], found: &[Kept]) -> io::Result<()> {
    for Kept { pattern, complete, bound, values } in found {
        let pattern = &patterns[*pattern];
        let steps = pattern.steps();
        let line = Line {
            pattern: pattern.name(),
            sequences: bound.iter().map(|(_, sequence)| *sequence).collect(),
            steps: bound.iter().map(|(step, _)| steps[*step]).collect(),
            measures: measures(pattern, values),
            timed_out: !complete,
        };
        serde_json::to_writer(&mut *file, &line)?;
        writeln!(file)?;
    }
    Ok(())
}

fn measures(pattern: &Pattern, values: &[Value]) -> Map<String, Json> {
    let ir = pattern.ir();
    let each = ir.measures.iter().zip(values);
    let value = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => Json::from(*truth),
        number => match (number.integer().and_then(|it| i64::try_from(it).ok()), number.float()) {
            (Some(whole), _) => Json::from(whole),
            (None, Some(float)) => Json::from(float),
            (None, None) => Json::from(number.named(ir).to_string()),
        },
    };
    each.map(|(measure, it)| (measure.name.clone(), value(it))).collect()
}

fn csv(file: &mut impl Write, patterns: &[Pattern], found: &[Kept]) -> io::Result<()> {
    writeln!(file, "match,pattern,step,sequence")?;
    for (number, kept) in found.iter().filter(|kept| kept.complete).enumerate() {
        let pattern = &patterns[kept.pattern];
        let steps = pattern.steps();
        for (step, sequence) in &kept.bound {
            writeln!(file, "{number},{},{},{sequence}", pattern.name(), steps[*step])?;
        }
    }
    Ok(())
}
