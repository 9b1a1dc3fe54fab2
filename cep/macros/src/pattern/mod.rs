//! `pattern!`: the text language, checked by the compiler.

mod clause;
mod parser;
mod token;
mod value;

use parser::Parser;
use proc_macro2::{Delimiter, Group, Ident, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Path, Result, Visibility};

/// `pub name FROM Event MATCH_RECOGNIZE ( ... )`
pub(crate) struct Pattern {
    attributes: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    event: Path,
    group: Group,
}

impl Parse for Pattern {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let name = input.parse()?;
        keyword(input, "FROM")?;
        let event = input.call(Path::parse_mod_style)?;
        keyword(input, "MATCH_RECOGNIZE")?;
        let group: Group = input.parse()?;
        if group.delimiter() != Delimiter::Parenthesis {
            return Err(Error::new(group.span_open(), "write the clauses in parentheses"));
        }
        Ok(Self { attributes, vis, name, event, group })
    }
}

fn keyword(input: ParseStream<'_>, word: &str) -> Result<()> {
    let found: Ident = input.parse().map_err(|error| expected(error.span(), word))?;
    if found.to_string().eq_ignore_ascii_case(word) {
        return Ok(());
    }
    Err(expected(found.span(), word))
}

fn expected(span: proc_macro2::Span, word: &str) -> Error {
    Error::new(span, format!("expected `{word}`: `name FROM Event MATCH_RECOGNIZE ( ... )`"))
}

/// A function that gives the pattern.
pub(crate) fn expand(pattern: &Pattern) -> Result<TokenStream> {
    let Pattern { attributes, vis, name, event, group } = pattern;
    let tokens = token::tokens(group.stream(), group.span_close())?;
    let mut parser =
        Parser { tokens: &tokens, at: 0, event, steps: Vec::new(), checks: Vec::new() };
    parser.clauses()?;
    let checks = parser.checks;
    let clauses = token::text(tokens.iter());
    let called = name.to_string();
    Ok(quote! {
        #(#attributes)*
        #[allow(clippy::missing_errors_doc)]
        #vis fn #name() -> ::core::result::Result<
            ::tourbillon_cep::builder::Pattern<#event>,
            ::tourbillon_cep::lang::Diagnostics,
        > {
            // Never called: compiling it checks names and types.
            #[allow(dead_code, clippy::let_underscore_untyped, clippy::unreadable_literal)]
            fn types() {
                #(#checks)*
            }
            ::tourbillon_cep::builder::check::pattern::<#event>(#called, ::core::file!(), #clauses)
        }
    })
}
