//! What is wrong with a text, shown like a compiler does: code, place, line, caret, help.

use std::fmt;

use super::code::Code;
use super::span::Span;

/// One error or warning. Plain fields, for whoever renders it another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What it is about.
    pub code: Code,
    /// What is wrong, in general.
    pub message: String,
    /// The text's name.
    pub file: String,
    /// Where in the text, in bytes.
    pub span: Span,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters of the line it is about; at least 1.
    pub width: usize,
    /// The line, tabs and other control characters replaced by blanks.
    pub source: String,
    /// What is wrong just here; may be empty.
    pub label: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.code.is_error() { "error" } else { "warning" };
        let number = self.line.to_string();
        let gutter = number.len() + 1;
        writeln!(f, "{severity}[{}]: {}", self.code, self.message)?;
        writeln!(f, "{:gutter$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, " {number} | {}", self.source)?;
        let (before, carets) = (self.column - 1, "^".repeat(self.width));
        let line = format!("{:before$}{carets} {}", "", self.label);
        writeln!(f, "{:gutter$} | {}", "", line.trim_end())?;
        writeln!(f, "{:gutter$} = help: {}", "", self.help)
    }
}

/// What is wrong with a text, in the order of the text. Not empty when it is an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// One diagnostic about `span` of a text.
    pub(crate) fn one(
        (file, text): (&str, &str),
        code: Code,
        span: Span,
        message: &str,
        help: &str,
    ) -> Self {
        let mut reporter = Reporter::new(file, text);
        reporter.report(code, span, message, "", help);
        reporter.finish()
    }

    /// Is one of them an error?
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.code.is_error())
    }
}

impl std::ops::Deref for Diagnostics {
    type Target = [Diagnostic];
    fn deref(&self) -> &[Diagnostic] {
        &self.0
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            write!(f, "{}{diagnostic}", if i > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// Collects diagnostics about one text.
#[derive(Debug)]
pub(super) struct Reporter<'s> {
    file: &'s str,
    text: &'s str,
    /// Where each line starts.
    lines: Vec<usize>,
    found: Vec<Diagnostic>,
    errors: usize,
}

impl<'s> Reporter<'s> {
    pub(super) fn new(file: &'s str, text: &'s str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            file,
            text,
            lines: std::iter::once(0).chain(after).collect(),
            found: Vec::new(),
            errors: 0,
        }
    }

    /// Adds a diagnostic about `span`.
    pub(super) fn report(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        let line = self.lines.partition_point(|start| *start <= span.start);
        let start = self.lines[line - 1];
        let end = self.lines.get(line).map_or(self.text.len(), |next| next - 1);
        let shown = &self.text[start..end];
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let count = |from: usize, to: usize| self.text[from..to].chars().count();
        self.errors += usize::from(code.is_error());
        self.found.push(Diagnostic {
            code,
            message: message.into(),
            file: self.file.to_owned(),
            span,
            line,
            column: count(start, span.start) + 1,
            width: count(span.start, span.end.min(end).max(span.start)).max(1),
            source: shown.trim_end().chars().map(printable).collect(),
            label: label.into(),
            help: help.into(),
        });
    }

    /// Everything reported, in the order of the text.
    pub(super) fn finish(mut self) -> Diagnostics {
        self.found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.code));
        Diagnostics(self.found)
    }

    pub(super) fn text(&self) -> &'s str {
        self.text
    }

    /// How many errors were reported.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }
}
