//! A pattern to look for, and what it is called.

use std::path::Path;

use anyhow::{Context, bail};
use tourbillon_cep::agg::WideError;
use tourbillon_cep::ir::Ir;
use tourbillon_cep::lang::compile;
use tourbillon_cep::{Limits, Matcher};
use tourbillon_feeds::{Instruments, MarketEvent};

use crate::market;
use crate::matcher::{AnyMatcher, WideEvent};

/// A pattern over market events, with a name.
#[derive(Debug)]
pub struct Pattern {
    name: String,
    form: Form,
}

/// What the pattern reads.
#[derive(Debug)]
enum Form {
    Plain(tourbillon_cep::Pattern<MarketEvent>),
    /// Events with derived columns.
    Wide(tourbillon_cep::Pattern<WideEvent>),
}

impl Pattern {
    /// The pattern `ir` over market events, to be called `name`.
    pub(crate) fn new(name: &str, ir: Ir) -> Self {
        let form = if ir.schema.columns().is_empty() {
            Form::Plain(tourbillon_cep::Pattern::from_ir(ir))
        } else {
            Form::Wide(tourbillon_cep::Pattern::from_ir(ir))
        };
        Self { name: name.to_owned(), form }
    }

    /// Does `name` name a file, and not a built-in pattern?
    #[must_use]
    pub fn is_file(name: &str) -> bool {
        name.ends_with(".sql") || name.contains('/')
    }

    /// The patterns of the text `text`, which `file` is the name of. A pattern without a name is
    /// called as `file` is, without folder and extension.
    ///
    /// Warnings go to standard error, as do errors: each shows its line.
    ///
    /// # Errors
    ///
    /// If there is an error in the text; one without a pattern is an error.
    pub fn parse(file: &str, text: &str, instruments: &Instruments) -> anyhow::Result<Vec<Self>> {
        let compiled = match compile(file, text, &[market::schema(instruments)]) {
            Ok(compiled) => compiled,
            Err(diagnostics) => {
                eprintln!("{diagnostics}");
                let errors = diagnostics.iter().filter(|it| it.code.is_error()).count();
                bail!("{file}: {errors} {}", if errors == 1 { "error" } else { "errors" });
            }
        };
        if !compiled.warnings.is_empty() {
            eprintln!("{}", compiled.warnings);
        }
        let stem = Path::new(file).file_stem().map_or(file.into(), |stem| stem.to_string_lossy());
        let named = compiled.patterns.into_iter().map(|pattern| {
            let name = pattern.ir.name.clone().unwrap_or_else(|| stem.clone().into_owned());
            Self::new(&name, pattern.ir)
        });
        Ok(named.collect())
    }

    /// The patterns of the file at `path`.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or as [`Pattern::parse`].
    pub fn read(path: &str, instruments: &Instruments) -> anyhow::Result<Vec<Self>> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("cannot read {path} (`tourbillon patterns` lists those that need no file)")
        })?;
        Self::parse(path, &text, instruments)
    }

    /// A matcher of it.
    ///
    /// # Errors
    ///
    /// If no matcher can run it within `limits`.
    pub fn matcher(&self, limits: Limits) -> Result<AnyMatcher, WideError> {
        match &self.form {
            Form::Plain(pattern) => Ok(AnyMatcher::Plain(Matcher::new(pattern, limits)?)),
            Form::Wide(pattern) => AnyMatcher::wide(pattern, limits),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says.
    #[must_use]
    pub fn ir(&self) -> &Ir {
        match &self.form {
            Form::Plain(pattern) => pattern.ir(),
            Form::Wide(pattern) => pattern.ir(),
        }
    }

    /// The names of its steps, by number.
    #[must_use]
    pub fn steps(&self) -> Vec<&str> {
        self.ir().steps.iter().map(|step| step.name.as_str()).collect()
    }
}
