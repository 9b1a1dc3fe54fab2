//! Tokens to a syntax tree, by recursive descent. Never panics, whatever the text.
//!
//! After a mistake it goes on at the next definition or measure, clause or query, so that one run
//! finds several mistakes. Depth is bounded ([`MOST_DEPTH`]), here and so in all that walks trees.

mod clause;
mod derive;
mod expr;
mod pattern;
mod select;

use super::ast::{File, Name, Query};
use super::code::Code;
use super::diagnostic::Reporter;
use super::lexer::{Token, tokens};
use super::span::{Span, Spanned};
use super::words::{is_reserved, starts_clause};
use crate::ir::{Decimal, nanoseconds, unit};

/// Most parentheses, signs and `NOT`s inside one another.
const MOST_DEPTH: usize = 64;

/// Something is wrong and has been reported.
#[derive(Debug)]
pub(super) struct Failed;

type Parsed<T> = Result<T, Failed>;

/// Reads a whole text; what could not be read is reported and left out.
pub(super) fn parse(text: &str, reporter: &mut Reporter<'_>) -> File {
    let tokens = tokens(text, reporter);
    let mut parser = Parser { tokens, at: 0, depth: 0, reporter };
    parser.file()
}

struct Parser<'s, 'r, 'f> {
    tokens: Vec<Spanned<Token<'s>>>,
    at: usize,
    depth: usize,
    reporter: &'r mut Reporter<'f>,
}

impl<'s> Parser<'s, '_, '_> {
    fn file(&mut self) -> File {
        let mut file = File::default();
        while *self.peek() != Token::End {
            let start = self.at;
            if let Ok(query) = self.query() {
                file.queries.push(query);
                self.eats(";");
            } else {
                self.at = self.at.max(start + 1);
                self.skip_to_query();
            }
        }
        if file.queries.is_empty() && self.reporter.errors() == 0 {
            let _: Parsed<()> = self.unexpected("`SELECT` or `FROM`");
        }
        file
    }

    fn query(&mut self) -> Parsed<Query> {
        let pattern = self.eats_word("PATTERN");
        let unnamed = (self.is_word("SELECT") || self.is_word("FROM")) && !pattern;
        let name = if unnamed { None } else { Some(self.name()?) };
        let select = if self.eats_word("SELECT") { Some(self.columns()?) } else { None };
        self.word("FROM")?;
        let stream = self.name()?;
        let derive = self.derive()?;
        self.word("MATCH_RECOGNIZE")?;
        self.symbol("(")?;
        let (clauses, closed) = self.clauses();
        let alias = if closed { self.alias()? } else { None };
        if closed {
            self.refuse_what_follows();
        }
        Ok(Query { name, select, stream, derive, clauses, alias })
    }

    /// After a mistake outside any clause: to the next place where a query may start.
    fn skip_to_query(&mut self) {
        self.depth = 0;
        while !matches!(self.peek(), Token::End) {
            let starts = self.is_word("SELECT")
                || self.is_word("FROM")
                || (self.is_word("PATTERN") && self.is_name_at(1));
            if starts || self.eats(";") {
                return;
            }
            self.advance();
        }
    }

    fn peek(&self) -> &Token<'s> {
        &self.tokens[self.at].node
    }

    fn peek_at(&self, ahead: usize) -> &Token<'s> {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)].node
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// From `start` to the end of the last token read.
    fn since(&self, start: Span) -> Span {
        start.to(self.tokens[self.at.saturating_sub(1)].span)
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn is_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek_at(ahead), Token::Symbol(found) if *found == symbol)
    }

    fn is_name_at(&self, ahead: usize) -> bool {
        match self.peek_at(ahead) {
            Token::Word(word) => !is_reserved(word),
            Token::Quoted(_) => true,
            _ => false,
        }
    }

    fn eats_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn eats(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn word(&mut self, word: &str) -> Parsed<()> {
        if self.eats_word(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    fn words(&mut self, words: &str) -> Parsed<()> {
        words.split(' ').try_for_each(|word| self.word(word))
    }

    fn symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.eats(symbol) { Ok(()) } else { self.unexpected(&format!("`{symbol}`")) }
    }

    fn name(&mut self) -> Parsed<Name> {
        let span = self.span();
        let name = match self.peek() {
            Token::Word(word) if !is_reserved(word) => (*word).to_owned(),
            Token::Quoted(name) => name.clone(),
            _ => return self.unexpected("a name"),
        };
        self.advance();
        Ok(Name::new(name, span))
    }

    /// Items with commas between them.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eats(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn number(&mut self) -> Parsed<Decimal> {
        let Token::Number(number) = *self.peek() else { return self.unexpected("a number") };
        self.advance();
        Ok(number)
    }

    /// A whole number that fits `T`.
    fn count<T: TryFrom<i128>>(&mut self) -> Parsed<T> {
        let span = self.span();
        let number = self.number()?;
        if let Some(count) = number.whole().and_then(|number| T::try_from(number).ok()) {
            return Ok(count);
        }
        let bits = 8 * size_of::<T>();
        let label = format!("{number} is no whole number of {bits} bits");
        self.fail(Code::E003, span, "number out of range", label, "write a smaller whole number")
    }

    /// `50 US`, `INTERVAL '50' SECOND`; in nanoseconds.
    fn duration(&mut self) -> Parsed<u64> {
        let start = self.span();
        let number = if self.eats_word("INTERVAL") {
            let Token::Text(text) = self.peek() else {
                return self.unexpected("a number in quotes");
            };
            let number =
                text.starts_with(|c: char| c.is_ascii_digit()).then(|| Decimal::parse(text));
            let Some(number) = number.flatten() else {
                return self.unexpected("a number in quotes");
            };
            self.advance();
            number
        } else {
            self.number()?
        };
        let word = if let Token::Word(word) = *self.peek() { unit(word) } else { None };
        let Some(unit) = word else {
            return self.unexpected("a unit of time (NS, US, MS, S, ...)");
        };
        self.advance();
        if let Some(nanoseconds) = nanoseconds(number, unit) {
            return Ok(nanoseconds);
        }
        self.fail(
            Code::E003,
            self.since(start),
            "number out of range",
            "not a whole number of nanoseconds, or more than 584 years",
            "write it in a smaller unit, without more digits than it has nanoseconds",
        )
    }

    /// Does a duration start here?
    fn is_duration(&self) -> bool {
        let is_unit =
            |token: &Token<'_>| matches!(token, Token::Word(word) if unit(word).is_some());
        match self.peek() {
            Token::Number(_) => is_unit(self.peek_at(1)),
            Token::Word(word) if word.eq_ignore_ascii_case("INTERVAL") => {
                matches!(self.peek_at(1), Token::Text(_))
            }
            _ => false,
        }
    }

    /// Runs `parse` one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MOST_DEPTH {
            return self.fail(
                Code::E004,
                self.span(),
                "nested too deeply",
                format!("more than {MOST_DEPTH} levels"),
                "take parentheses away, or split the query",
            );
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Parsed<T> {
        let (found, help) = match self.peek() {
            Token::Word(word) if is_reserved(word) && wanted == "a name" => {
                (format!("keyword `{word}`"), format!("write \"{word}\" if it is a name"))
            }
            Token::Word(word) => (format!("`{word}`"), format!("write {wanted} here")),
            Token::Quoted(name) => (format!("\"{name}\""), format!("write {wanted} here")),
            Token::Number(number) => (format!("`{number}`"), format!("write {wanted} here")),
            Token::Text(text) => (format!("'{text}'"), format!("write {wanted} here")),
            Token::Symbol(symbol) => (format!("`{symbol}`"), format!("write {wanted} here")),
            Token::End => ("the end of the text".to_owned(), format!("write {wanted} here")),
        };
        let label = format!("found {found}");
        self.fail(Code::E002, self.span(), format!("expected {wanted}"), label, help)
    }

    fn fail<T>(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Parsed<T> {
        self.reporter.report(code, span, message, label, help);
        Err(Failed)
    }

    /// Does a clause start here, or does the query end?
    fn at_border(&self) -> bool {
        match self.peek() {
            Token::Word(word) => {
                starts_clause(word)
                    || ["SELECT", "FROM"].iter().any(|it| it.eq_ignore_ascii_case(word))
            }
            Token::End => true,
            Token::Symbol(symbol) => *symbol == ";",
            _ => false,
        }
    }
}
