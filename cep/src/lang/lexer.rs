//! Text to tokens. What cannot be read is reported and left out.

use super::code::Code;
use super::diagnostic::Reporter;
use super::span::{Span, Spanned};
use super::words::{is_part, is_start};
use crate::ir::Decimal;

/// The smallest parts of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'s> {
    /// A keyword or name, as it is written.
    Word(&'s str),
    /// A name in double quotes.
    Quoted(String),
    /// A number, never negative.
    Number(Decimal),
    /// Text in single quotes.
    Text(String),
    /// Anything else, by its characters.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

/// Longest first where one starts another.
const SYMBOLS: [&str; 27] = [
    "->>", "->", "{-", "-}", "<>", "!=", "<=", ">=", "(", ")", "{", "}", ",", ";", ".", "*", "+",
    "-", "/", "?", "|", "=", "<", ">", "^", "$", ":",
];

/// Splits `text`; the last token is [`Token::End`].
pub(super) fn tokens<'s>(text: &'s str, reporter: &mut Reporter<'_>) -> Vec<Spanned<Token<'s>>> {
    let mut lexer = Lexer { text, at: 0, reporter };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        let Some(token) = lexer.next() else { break };
        if let Some(token) = token {
            tokens.push(Spanned::new(token, Span { start, end: lexer.at }));
        }
    }
    tokens.push(Spanned::new(Token::End, Span { start: text.len(), end: text.len() }));
    tokens
}

struct Lexer<'s, 'r, 'f> {
    text: &'s str,
    at: usize,
    reporter: &'r mut Reporter<'f>,
}

impl<'s> Lexer<'s, '_, '_> {
    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let start = self.at;
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            if rest.starts_with("--") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let open = Span { start: self.at, end: self.at + 2 };
                match rest.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => {
                        self.at = self.text.len();
                        self.unreadable(open, "this comment has no end", "close it with `*/`");
                    }
                }
            }
            if self.at == start {
                return;
            }
        }
    }

    /// The next token, `Some(None)` if there is something else, `None` at the end.
    #[expect(clippy::option_option, reason = "the end is no token that is left out")]
    fn next(&mut self) -> Option<Option<Token<'s>>> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if is_start(first) {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            self.at += end;
            return Some(Some(Token::Word(&rest[..end])));
        }
        if first.is_ascii_digit() {
            return Some(Some(self.number()));
        }
        if first == '\'' || first == '"' {
            return Some(Some(self.quoted(first)));
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            return Some(Some(Token::Symbol(if *symbol == "!=" { "<>" } else { symbol })));
        }
        let start = self.at;
        self.at += first.len_utf8();
        let span = Span { start, end: self.at };
        let shown = first.escape_debug();
        self.unreadable(span, &format!("'{shown}' means nothing here"), "remove it");
        Some(None)
    }

    fn number(&mut self) -> Token<'s> {
        let rest = self.rest();
        let digits = |from: usize| {
            let tail = &rest[from..];
            from + tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len())
        };
        let mut end = digits(0);
        if rest[end..].starts_with('.') && digits(end + 1) > end + 1 {
            end = digits(end + 1);
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let last = digits(end + 1 + sign);
            if last > end + 1 + sign {
                end = last;
            }
        }
        let span = Span { start: self.at, end: self.at + end };
        self.at += end;
        let number = Decimal::parse(&rest[..end]);
        if number.is_none() {
            self.reporter.report(
                Code::E003,
                span,
                "number out of range",
                "more digits than can be computed with exactly",
                "write at most 38 digits, 30 of them after the point",
            );
        }
        // What follows is checked with some number in its place.
        Token::Number(number.unwrap_or_default())
    }

    /// A string or a quoted name, which end on their line; a doubled quote stands for one.
    fn quoted(&mut self, quote: char) -> Token<'s> {
        let start = self.at;
        let line = self.rest().lines().next().unwrap_or_default();
        let mut content = String::new();
        let mut at = 1;
        loop {
            let Some(end) = line[at..].find(quote) else {
                let span = Span { start, end: start + line.len() };
                let help = format!("close it with {quote} on the same line");
                self.unreadable(span, "this text has no end", &help);
                // What follows is checked as if it ended with the line.
                content.push_str(&line[at..]);
                at = line.len();
                break;
            };
            content.push_str(&line[at..at + end]);
            at += end + 1;
            if !line[at..].starts_with(quote) {
                break;
            }
            content.push(quote);
            at += 1;
        }
        self.at += at;
        if quote == '"' { Token::Quoted(content) } else { Token::Text(content) }
    }

    fn unreadable(&mut self, span: Span, label: &str, help: &str) {
        self.reporter.report(Code::E001, span, "unreadable text", label, help);
    }
}
