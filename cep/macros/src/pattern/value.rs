//! Values and conditions, to code that only compiles if their types fit.
//!
//! The code is never run: it calls the builder's functions, whose bounds say what fits what, with
//! each part at the place where it is written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Result};

use super::parser::Parser;
use super::token::Kind;

/// Something that has been read.
#[derive(Clone)]
pub(super) struct Part {
    /// The code of a value; `None` for a condition, whose checks have been made.
    code: Option<TokenStream>,
    span: Span,
    known: Known,
}

/// What is known of a value.
#[derive(Clone)]
enum Known {
    /// It is the field with this constant.
    Field(TokenStream),
    /// It is this symbol.
    Symbol(String),
    Nothing,
}

impl Part {
    fn value(code: TokenStream, span: Span) -> Self {
        Self { code: Some(code), span, known: Known::Nothing }
    }

    const fn condition(span: Span) -> Self {
        Self { code: None, span, known: Known::Nothing }
    }

    fn knowing(self, known: Known) -> Self {
        Self { known, ..self }
    }

    /// The code of the value.
    fn code(self) -> Result<TokenStream> {
        let message = "this is a condition, not a value; write a number, a field or a function";
        self.code.ok_or_else(|| Error::new(self.span, message))
    }
}

impl Parser<'_> {
    /// A condition, all of its checks with it.
    pub(super) fn condition(&mut self) -> Result<()> {
        let part = self.disjunction()?;
        self.check_truth(part);
        Ok(())
    }

    /// A value that a match reports.
    pub(super) fn measure(&mut self) -> Result<()> {
        let value = self.disjunction()?.code()?;
        self.checks.push(quote!(let _ = #value;));
        Ok(())
    }

    fn check_truth(&mut self, part: Part) {
        if let Some(value) = part.code {
            self.checks
                .push(quote_spanned!(part.span=> ::tourbillon_cep::builder::check::truth(#value);));
        }
    }

    fn disjunction(&mut self) -> Result<Part> {
        self.joined("OR", |p| p.joined("AND", Self::negation))
    }

    fn joined(&mut self, word: &str, operand: impl Fn(&mut Self) -> Result<Part>) -> Result<Part> {
        let first = operand(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let span = first.span;
        self.check_truth(first);
        while self.eats_word(word) {
            let next = operand(self)?;
            self.check_truth(next);
        }
        Ok(Part::condition(span))
    }

    fn negation(&mut self) -> Result<Part> {
        let span = self.span();
        if !self.eats_word("NOT") {
            return self.comparison();
        }
        let inner = self.negation()?;
        self.check_truth(inner);
        Ok(Part::condition(span))
    }

    fn comparison(&mut self) -> Result<Part> {
        let value = self.sum()?;
        let span = value.span;
        let operator = ["=", "<>", "!=", "<", "<=", ">", ">="].iter().find(|it| self.is(it));
        if let Some(operator) = operator {
            self.advance();
            let right = self.sum()?;
            let equality = ["=", "<>", "!="].contains(operator);
            self.compare(if equality { "equality" } else { "order" }, value, right)?;
            return Ok(Part::condition(span));
        }
        let negated = self.eats_word("NOT");
        if self.eats_word("BETWEEN") {
            let low = self.sum()?;
            self.compare("order", value.clone(), low)?;
            self.word("AND")?;
            let high = self.sum()?;
            self.compare("order", value, high)?;
        } else if self.eats_word("IN") {
            self.symbol("(")?;
            for item in self.list(Self::sum)? {
                self.compare("equality", value.clone(), item)?;
            }
            self.symbol(")")?;
        } else if negated {
            return Err(self.expected("`IN` or `BETWEEN`"));
        } else {
            return Ok(value);
        }
        Ok(Part::condition(span))
    }

    /// Adds the checks of a comparison, at its right side.
    fn compare(&mut self, check: &str, left: Part, right: Part) -> Result<()> {
        let check = format_ident!("{check}");
        if let (Known::Field(field), Known::Symbol(name))
        | (Known::Symbol(name), Known::Field(field)) = (&left.known, &right.known)
        {
            let span = if let Known::Symbol(_) = left.known { left.span } else { right.span };
            self.checks.push(quote_spanned!(span=> const _: () = ::tourbillon_cep::builder::check::known(&#field, #name);));
        }
        let span = right.span;
        let (left, right) = (left.code()?, right.code()?);
        self.checks
            .push(quote_spanned!(span=> ::tourbillon_cep::builder::check::#check(#left, #right);));
        Ok(())
    }

    fn sum(&mut self) -> Result<Part> {
        self.arithmetic(["+", "-"], |p| p.arithmetic(["*", "/"], Self::signed))
    }

    fn arithmetic(
        &mut self,
        operators: [&str; 2],
        operand: impl Fn(&mut Self) -> Result<Part>,
    ) -> Result<Part> {
        let first = operand(self)?;
        if !operators.iter().any(|it| self.is(it)) {
            return Ok(first);
        }
        let span = first.span;
        let mut numbers = vec![number(first)?];
        while operators.iter().any(|it| self.is(it)) {
            self.advance();
            numbers.push(number(operand(self)?)?);
        }
        Ok(Part::value(
            quote_spanned!(span=> ::tourbillon_cep::builder::check::arithmetic([#(#numbers),*])),
            span,
        ))
    }

    fn signed(&mut self) -> Result<Part> {
        if !self.is("-") {
            return self.primary();
        }
        self.advance();
        let inner = self.signed()?;
        let span = inner.span;
        Ok(Part::value(number(inner)?, span))
    }

    fn primary(&mut self) -> Result<Part> {
        let span = self.span();
        if self.eats("(") {
            let inner = self.disjunction()?;
            self.symbol(")")?;
            return Ok(inner);
        }
        let event = self.event;
        let constant = match &self.peek().kind {
            Kind::Number(_) => {
                self.number()?;
                return Ok(Part::value(
                    quote_spanned!(span=> ::tourbillon_cep::builder::check::constant::<#event>()),
                    span,
                ));
            }
            Kind::Text(text) => {
                let code = quote_spanned!(span=> ::tourbillon_cep::builder::check::symbol::<#event>(#text));
                let known = Known::Symbol(text.clone());
                self.advance();
                return Ok(Part::value(code, span).knowing(known));
            }
            Kind::Word(word) if word == "TRUE" || word == "true" => {
                quote_spanned!(span=> ::tourbillon_cep::builder::check::boolean::<#event>(true))
            }
            Kind::Word(word) if word == "FALSE" || word == "false" => {
                quote_spanned!(span=> ::tourbillon_cep::builder::check::boolean::<#event>(false))
            }
            Kind::Word(_) => return self.call_or_name(),
            _ => return Err(self.expected("a value")),
        };
        self.advance();
        Ok(Part::value(constant, span))
    }

    fn call_or_name(&mut self) -> Result<Part> {
        let span = self.span();
        if self.is_word("INTERVAL") {
            self.duration()?;
            let event = self.event;
            return Ok(Part::value(
                quote_spanned!(span=> ::tourbillon_cep::builder::check::constant::<#event>()),
                span,
            ));
        }
        if self.is_word("FINAL") || self.is_word("RUNNING") {
            self.advance();
        }
        let name = self.name()?;
        if self.eats("(") {
            let code = self.call(&name)?;
            self.symbol(")")?;
            return Ok(Part::value(code, span));
        }
        let field = if self.eats(".") {
            self.step(&name)?;
            self.name()?
        } else {
            name
        };
        Ok(Part::value(self.field(&field), span).knowing(Known::Field(self.constant(&field))))
    }

    /// Reading the field, at its place.
    fn field(&self, name: &Ident) -> TokenStream {
        let field = self.constant(name);
        quote_spanned!(name.span()=> ::tourbillon_cep::builder::check::field(#field))
    }

    /// The constant of the field.
    pub(super) fn constant(&self, name: &Ident) -> TokenStream {
        let upper = name.unraw().to_string().to_uppercase();
        let (event, upper) = (self.event, Ident::new(&upper, name.span()));
        quote_spanned!(name.span()=> <#event>::#upper)
    }

    fn call(&mut self, function: &Ident) -> Result<TokenStream> {
        let upper = function.to_string().to_ascii_uppercase();
        let span = function.span();
        let event = self.event;
        Ok(match upper.as_str() {
            "CLASSIFIER" => {
                quote_spanned!(span=> ::tourbillon_cep::builder::classifier::<#event>())
            }
            "MATCH_NUMBER" => {
                quote_spanned!(span=> ::tourbillon_cep::builder::match_number::<#event>())
            }
            "COUNT" => {
                self.counted()?;
                quote_spanned!(span=> ::tourbillon_cep::builder::check::constant::<#event>())
            }
            "FIRST" | "LAST" | "PREV" | "LAG" => {
                let column = self.column()?;
                if self.eats(",") {
                    self.number()?;
                }
                column
            }
            "SUM" | "MIN" | "MAX" | "AVG" => number_code(&self.column()?, span),
            "EWMA" => {
                let column = self.column()?;
                self.symbol(",")?;
                self.number()?;
                number_code(&column, span)
            }
            "VWAP" => {
                let price = self.column()?;
                self.symbol(",")?;
                let quantity = self.column()?;
                quote_spanned!(span=> ::tourbillon_cep::builder::check::arithmetic([#price, #quantity]))
            }
            "NEXT" => {
                let message = "`NEXT` reads what has not come; make the later event a step";
                return Err(Error::new(span, message));
            }
            _ => {
                let argument = self.disjunction()?.code()?;
                quote_spanned!(span=> ::tourbillon_cep::builder::check::function(#argument))
            }
        })
    }

    /// `*`, `name.*`, `name`, `name.field`, `field`
    fn counted(&mut self) -> Result<()> {
        if self.eats("*") {
            return Ok(());
        }
        let name = self.name()?;
        if self.eats(".") {
            self.step(&name)?;
            if !self.eats("*") {
                let field = self.name()?;
                let code = self.field(&field);
                self.checks.push(quote!(let _ = #code;));
            }
        } else if !self.is_step(&name) {
            let code = self.field(&name);
            self.checks.push(quote!(let _ = #code;));
        }
        Ok(())
    }

    /// `field`, `name.field`
    fn column(&mut self) -> Result<TokenStream> {
        let name = self.name()?;
        if !self.eats(".") {
            return Ok(self.field(&name));
        }
        self.step(&name)?;
        let field = self.name()?;
        Ok(self.field(&field))
    }
}

fn number(part: Part) -> Result<TokenStream> {
    let span = part.span;
    Ok(number_code(&part.code()?, span))
}

/// The value, which must be a number.
fn number_code(value: &TokenStream, span: Span) -> TokenStream {
    quote_spanned!(span=> ::tourbillon_cep::builder::check::number(#value))
}
