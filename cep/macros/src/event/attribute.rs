//! What stands in `#[event(...)]`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, Ident, LitInt, LitStr, Path, Result, Token, parenthesized, token,
};

/// Most digits after the point of a fixed-point field.
const MOST_DECIMALS: u8 = 18;

/// What is said of the struct.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) name: Option<LitStr>,
    pub(super) functions: Vec<(String, Path)>,
}

/// What is said of a field.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) time: Option<Span>,
    pub(super) kind: Option<Span>,
    pub(super) skip: bool,
    pub(super) rename: Option<LitStr>,
    pub(super) meaning: Option<Meaning>,
}

/// What the numbers of a field mean, if they are not just numbers.
pub(super) enum Meaning {
    Decimals(u8),
    Symbols { names: Names, open: bool },
    Flag,
}

/// Names and the numbers that stand for them.
pub(super) enum Names {
    /// A list of `(&str, i128)`.
    List(Box<Expr>),
    Given(Vec<(String, Expr)>),
}

impl Stream {
    pub(super) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut stream = Self::default();
        each(attributes, |meta| {
            if meta.path.is_ident("name") {
                stream.name = Some(meta.value()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("function") {
                meta.parse_nested_meta(|function| {
                    let name = function.path.require_ident()?.unraw().to_string();
                    stream.functions.push((name, function.value()?.parse()?));
                    Ok(())
                })
            } else {
                Err(meta.error("an event has `name = \"...\"` and `function(name = path)`"))
            }
        })?;
        Ok(stream)
    }
}

impl Attributes {
    pub(super) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        each(attributes, |meta| found.read(&meta))?;
        Ok(found)
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match word.as_str() {
            "time" => self.time = Some(meta.path.span()),
            "kind" => self.kind = Some(meta.path.span()),
            "skip" => self.skip = true,
            "rename" => self.rename = Some(meta.value()?.parse()?),
            "flag" => self.mean(meta, Meaning::Flag)?,
            "decimals" => {
                let literal: LitInt = meta.value()?.parse()?;
                let most = format!("a field has at most {MOST_DECIMALS} decimals");
                let decimals = literal.base10_parse().ok().filter(|it| *it <= MOST_DECIMALS);
                let decimals = decimals.ok_or_else(|| Error::new(literal.span(), most))?;
                self.mean(meta, Meaning::Decimals(decimals))?;
            }
            "symbols" | "open_symbols" => {
                let names = names(meta)?;
                self.mean(meta, Meaning::Symbols { names, open: word == "open_symbols" })?;
            }
            _ => {
                return Err(meta.error(
                    "a field has `time`, `kind`, `decimals = 4`, `symbols(NAME = 1)`, \
                     `open_symbols = LIST`, `flag`, `rename = \"...\"` or `skip`",
                ));
            }
        }
        Ok(())
    }

    fn mean(&mut self, meta: &ParseNestedMeta<'_>, meaning: Meaning) -> Result<()> {
        if self.meaning.replace(meaning).is_some() {
            return Err(meta.error("a field has decimals, symbols or a flag, not two of them"));
        }
        Ok(())
    }
}

/// Reads every `#[event(...)]`.
fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("event"));
    ours.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

fn names(meta: &ParseNestedMeta<'_>) -> Result<Names> {
    if !meta.input.peek(token::Paren) {
        return Ok(Names::List(Box::new(meta.value()?.parse()?)));
    }
    let content;
    parenthesized!(content in meta.input);
    let given = Punctuated::<Given, Token![,]>::parse_terminated(&content)?;
    for (at, Given { name, span, .. }) in given.iter().enumerate() {
        if given.iter().take(at).any(|earlier| earlier.name == *name) {
            return Err(Error::new(*span, format!("symbol '{name}' is there twice")));
        }
    }
    Ok(Names::Given(given.into_iter().map(|Given { name, code, .. }| (name, code)).collect()))
}

/// `NAME = 1`, `"name" = 1`
struct Given {
    name: String,
    span: Span,
    code: Expr,
}

impl Parse for Given {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (name, span) = if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            (name.value(), name.span())
        } else {
            let name = Ident::parse_any(input)?;
            (name.unraw().to_string(), name.span())
        };
        input.parse::<Token![=]>()?;
        Ok(Self { name, span, code: input.parse()? })
    }
}
