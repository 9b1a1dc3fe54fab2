//! The compiler's tokens as those of the text language, and as the text itself.

use proc_macro2::{Delimiter, Ident, Literal, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Error, Lit, Result};

/// A token of the text language, and where it stands.
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

pub(super) enum Kind {
    /// A keyword or name.
    Word(Ident),
    /// A number, perhaps with a unit of time right behind it.
    Number(String),
    /// Text in quotes.
    Text(String),
    /// Anything else; of several characters only where they make one symbol.
    Symbol(String),
    End,
}

/// Longest first where one starts another.
const SYMBOLS: [&str; 7] = ["->>", "->", "<>", "!=", "<=", ">=", "=="];

/// All tokens of `stream`, parentheses among them; the last is [`Kind::End`], at `end`.
pub(super) fn tokens(stream: TokenStream, end: Span) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens)?;
    tokens.push(Token { kind: Kind::End, span: end });
    Ok(tokens)
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) -> Result<()> {
    let mut joined: Option<(String, Span)> = None;
    for tree in stream {
        if let TokenTree::Punct(punct) = &tree {
            let (text, span) = joined.get_or_insert((String::new(), punct.span()));
            text.push(punct.as_char());
            if punct.spacing() == Spacing::Joint {
                *span = span.join(punct.span()).unwrap_or(*span);
                continue;
            }
        }
        if let Some((text, span)) = joined.take() {
            symbols(&text, span, tokens);
        }
        match tree {
            TokenTree::Punct(_) => {}
            TokenTree::Ident(word) => {
                let span = word.span();
                tokens.push(Token { kind: Kind::Word(word), span });
            }
            TokenTree::Literal(literal) => tokens.push(constant(&literal)?),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => {
                        let message = "brackets mean nothing here; remove them";
                        return Err(Error::new(group.span_open(), message));
                    }
                    Delimiter::None => ("", ""),
                };
                tokens.push(symbol(open, group.span_open()));
                flatten(group.stream(), tokens)?;
                tokens.push(symbol(close, group.span_close()));
            }
        }
    }
    if let Some((text, span)) = joined {
        symbols(&text, span, tokens);
    }
    tokens.retain(|token| !matches!(&token.kind, Kind::Symbol(symbol) if symbol.is_empty()));
    Ok(())
}

fn symbol(text: &str, span: Span) -> Token {
    Token { kind: Kind::Symbol(text.to_owned()), span }
}

/// Characters that stand together: `+->` is two symbols.
fn symbols(text: &str, span: Span, tokens: &mut Vec<Token>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let known = SYMBOLS.iter().find(|known| rest.starts_with(**known));
        let length = known.map_or(first.len_utf8(), |known| known.len());
        let (one, others) = rest.split_at(length);
        // One sign for equality in the text; Rust's is welcome.
        tokens.push(symbol(if one == "==" { "=" } else { one }, span));
        rest = others;
    }
}

fn constant(literal: &Literal) -> Result<Token> {
    let span = literal.span();
    let kind = match Lit::new(literal.clone()) {
        Lit::Str(text) => Kind::Text(text.value()),
        Lit::Char(text) => Kind::Text(text.value().to_string()),
        Lit::Int(_) | Lit::Float(_) => Kind::Number(literal.to_string().replace('_', "")),
        _ => return Err(Error::new(span, "write a number, or text in quotes")),
    };
    Ok(Token { kind, span })
}

impl Token {
    /// As it stands in the text.
    pub(super) fn text(&self) -> String {
        match &self.kind {
            Kind::Word(word) => word.unraw().to_string(),
            Kind::Number(text) | Kind::Symbol(text) => text.clone(),
            Kind::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Kind::End => String::new(),
        }
    }

    /// Is it this keyword, in any case?
    pub(super) fn is_word(&self, keyword: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.to_string().eq_ignore_ascii_case(keyword))
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(&self.kind, Kind::Symbol(found) if found == symbol)
    }
}

/// The tokens as text, each on the line and in the column where it stands in the source file, so
/// that diagnostics about the text lead there.
pub(super) fn text<'a>(tokens: impl Iterator<Item = &'a Token>) -> String {
    let (mut text, mut line, mut column) = (String::new(), 1, 1);
    for token in tokens {
        let place = token.span.unwrap();
        while line < place.line() {
            text.push('\n');
            (line, column) = (line + 1, 1);
        }
        let apart = !text.is_empty() && !text.ends_with(char::is_whitespace);
        let blanks = if line == place.line() { place.column().saturating_sub(column) } else { 0 };
        let blanks = blanks.max(usize::from(apart));
        let shown = token.text();
        text.extend(std::iter::repeat_n(' ', blanks));
        text.push_str(&shown);
        column += blanks + shown.chars().count();
    }
    text
}
