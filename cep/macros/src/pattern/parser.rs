//! Walking the tokens, and what is known of the names in them.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::{Error, Path, Result};

use super::token::{Kind, Token};

/// Words that cannot be names.
const RESERVED: [&str; 34] = [
    "PARTITION",
    "ORDER",
    "KINDS",
    "MEASURES",
    "ONE",
    "ALL",
    "AFTER",
    "CONSUME",
    "PATTERN",
    "WITHIN",
    "GAP",
    "SUBSET",
    "DEFINE",
    "EMIT",
    "ON",
    "FROM",
    "MATCH_RECOGNIZE",
    "AS",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "IN",
    "TRUE",
    "FALSE",
    "FOR",
    "PERMUTE",
    "STRICT",
    "RELAXED",
    "ANY",
    "EACH",
    "WITHOUT",
    "FINAL",
    "RUNNING",
];

/// Reads the clauses of one pattern.
pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    /// The type of the events.
    pub(super) event: &'a Path,
    /// The names of the steps.
    pub(super) steps: Vec<String>,
    /// Code that does not compile if a name or type is wrong.
    pub(super) checks: Vec<TokenStream>,
}

pub(super) fn is_reserved(word: &Ident) -> bool {
    RESERVED.iter().any(|known| word.to_string().eq_ignore_ascii_case(known))
}

/// Is it a unit of time?
fn is_unit(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let spelled = word.strip_suffix('s').unwrap_or(&word);
    ["d", "h", "min", "s", "sec", "ms", "us", "ns"].contains(&word.as_str())
        || ["day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"]
            .contains(&spelled)
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    pub(super) fn span(&self) -> Span {
        self.peek().span
    }

    pub(super) fn is_end(&self) -> bool {
        matches!(self.peek().kind, Kind::End)
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        self.peek().is(symbol)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.peek().is_word(word)
    }

    pub(super) fn eats(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eats_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> Result<()> {
        if self.eats(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<()> {
        if self.eats_word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}`"))) }
    }

    pub(super) fn expected(&self, what: &str) -> Error {
        let found = self.peek().text();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        Error::new(self.span(), format!("expected {what}, found {found}"))
    }

    pub(super) fn name(&mut self) -> Result<Ident> {
        match &self.peek().kind {
            Kind::Word(word) if !is_reserved(word) => {
                let word = word.clone();
                self.advance();
                Ok(word)
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// Items with commas between them.
    pub(super) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eats(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A number, or a number of units of time.
    pub(super) fn number(&mut self) -> Result<()> {
        let Kind::Number(text) = &self.peek().kind else { return Err(self.expected("a number")) };
        let text = text.clone();
        let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|rest| {
            let digits = rest.trim_start_matches(['+', '-']);
            !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
        });
        if !(suffix.is_empty() || exponent || is_unit(suffix)) {
            let message = format!("`{suffix}` is no unit of time (NS, US, MS, S, ...); remove it");
            return Err(Error::new(self.span(), message));
        }
        self.advance();
        if let Kind::Word(word) = &self.peek().kind
            && is_unit(&word.to_string())
            && (suffix.is_empty() || exponent)
        {
            self.advance();
        }
        Ok(())
    }

    /// `50 US`, `50us`, `INTERVAL "50" US`
    pub(super) fn duration(&mut self) -> Result<()> {
        if !self.eats_word("INTERVAL") {
            return self.number();
        }
        if !matches!(self.peek().kind, Kind::Text(_)) {
            return Err(self.expected("a number in quotes"));
        }
        self.advance();
        match &self.peek().kind {
            Kind::Word(word) if is_unit(&word.to_string()) => self.advance(),
            _ => return Err(self.expected("a unit of time (NS, US, MS, S, ...)")),
        }
        Ok(())
    }

    pub(super) fn is_step(&self, name: &Ident) -> bool {
        self.steps.contains(&name.unraw().to_string())
    }

    /// Checks that there is such a step.
    pub(super) fn step(&self, name: &Ident) -> Result<()> {
        if self.is_step(name) {
            return Ok(());
        }
        let known = self.steps.join(", ");
        let message = format!("the pattern has no step `{name}`; it has {known}");
        Err(Error::new(name.span(), message))
    }
}
