//! Values and conditions.

use super::super::ast::{Expr, Scope};
use super::super::words::is_reserved;
use super::{Parsed, Parser, Spanned, Token};
use crate::comparison::Comparison;

type Part = Spanned<Expr>;

impl Parser<'_, '_, '_> {
    /// A condition, or any value: which it is, is checked later.
    pub(super) fn condition(&mut self) -> Parsed<Part> {
        self.deeper(|p| p.joined("OR", Expr::Or, |p| p.joined("AND", Expr::And, Self::negation)))
    }

    /// Operands with `word` between them.
    fn joined(
        &mut self,
        word: &str,
        join: impl Fn(Vec<Part>) -> Expr,
        operand: impl Fn(&mut Self) -> Parsed<Part>,
    ) -> Parsed<Part> {
        let start = self.span();
        let first = operand(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eats_word(word) {
            parts.push(operand(self)?);
        }
        Ok(Part::new(join(parts), self.since(start)))
    }

    fn negation(&mut self) -> Parsed<Part> {
        let start = self.span();
        if !self.eats_word("NOT") {
            return self.comparison();
        }
        let inner = self.deeper(Self::negation)?;
        Ok(Part::new(Expr::Not(Box::new(inner)), self.since(start)))
    }

    fn comparison(&mut self) -> Parsed<Part> {
        let start = self.span();
        let value = self.sum()?;
        let negated =
            self.is_word("NOT") && (self.is_word_at(1, "IN") || self.is_word_at(1, "BETWEEN"));
        if negated {
            self.advance();
        }
        let expr = if self.eats_word("BETWEEN") {
            let low = Box::new(self.sum()?);
            self.word("AND")?;
            Expr::Between { negated, value: Box::new(value), low, high: Box::new(self.sum()?) }
        } else if self.eats_word("IN") {
            self.symbol("(")?;
            let list = self.list(Self::sum)?;
            self.symbol(")")?;
            Expr::In { negated, value: Box::new(value), list }
        } else if self.eats_word("IS") {
            let negated = self.eats_word("NOT");
            self.word("NULL")?;
            Expr::IsNull { negated, value: Box::new(value) }
        } else if let Some(comparison) = self.operator() {
            let right = Box::new(self.sum()?);
            Expr::Compare { left: Box::new(value), comparison, right }
        } else {
            return Ok(value);
        };
        Ok(Part::new(expr, self.since(start)))
    }

    fn operator(&mut self) -> Option<Comparison> {
        let Token::Symbol(symbol) = self.peek() else { return None };
        let comparison = match *symbol {
            "=" => Comparison::Equal,
            "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.advance();
        Some(comparison)
    }

    fn sum(&mut self) -> Parsed<Part> {
        let start = self.span();
        let first = self.product()?;
        let rest = self.operands("+", "-", Self::product)?;
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Part::new(Expr::Sum { first: Box::new(first), rest }, self.since(start)))
    }

    fn product(&mut self) -> Parsed<Part> {
        let start = self.span();
        let first = self.signed()?;
        let rest = self.operands("*", "/", Self::signed)?;
        if rest.is_empty() {
            return Ok(first);
        }
        Ok(Part::new(Expr::Product { first: Box::new(first), rest }, self.since(start)))
    }

    /// Operands that follow either symbol, and whether it was the second.
    fn operands(
        &mut self,
        symbol: &str,
        inverse: &str,
        operand: impl Fn(&mut Self) -> Parsed<Part>,
    ) -> Parsed<Vec<(bool, Part)>> {
        let mut rest = Vec::new();
        loop {
            let inverted = self.is(inverse);
            if !inverted && !self.is(symbol) {
                return Ok(rest);
            }
            self.advance();
            rest.push((inverted, operand(self)?));
        }
    }

    fn signed(&mut self) -> Parsed<Part> {
        let start = self.span();
        if !self.eats("-") {
            return self.primary();
        }
        let inner = self.deeper(Self::signed)?;
        Ok(Part::new(Expr::Negative(Box::new(inner)), self.since(start)))
    }

    /// A literal, a name, a call, or anything in parentheses.
    pub(super) fn primary(&mut self) -> Parsed<Part> {
        let start = self.span();
        if self.eats("(") {
            let inner = self.condition()?;
            self.symbol(")")?;
            return Ok(inner);
        }
        if self.is_duration() {
            let duration = self.duration()?;
            return Ok(Part::new(Expr::Duration(duration), self.since(start)));
        }
        let expr = match self.peek() {
            Token::Number(number) => Expr::Number(*number),
            Token::Text(text) => Expr::Text(text.clone()),
            Token::Word(word) if word.eq_ignore_ascii_case("TRUE") => Expr::Bool(true),
            Token::Word(word) if word.eq_ignore_ascii_case("FALSE") => Expr::Bool(false),
            Token::Word(word) if !is_reserved(word) => return self.call_or_name(),
            Token::Quoted(_) => return self.call_or_name(),
            _ if self.is_word("FINAL") || self.is_word("RUNNING") => return self.call_or_name(),
            _ => return self.unexpected("a value"),
        };
        self.advance();
        Ok(Part::new(expr, self.since(start)))
    }

    fn call_or_name(&mut self) -> Parsed<Part> {
        let start = self.span();
        let scope = if self.eats_word("FINAL") {
            Some(Scope::Final)
        } else if self.eats_word("RUNNING") {
            Some(Scope::Running)
        } else {
            None
        };
        let name = self.name()?;
        let expr = if self.eats("(") {
            let arguments = if self.is(")") { Vec::new() } else { self.list(Self::argument)? };
            self.symbol(")")?;
            Expr::Call { scope, function: name, arguments }
        } else if scope.is_some() {
            return self.unexpected("`(`");
        } else if self.eats(".") {
            if self.eats("*") { Expr::AllOf(name) } else { Expr::Member(name, self.name()?) }
        } else {
            Expr::Name(name.node)
        };
        Ok(Part::new(expr, self.since(start)))
    }

    fn argument(&mut self) -> Parsed<Part> {
        let span = self.span();
        if self.eats("*") { Ok(Part::new(Expr::Star, span)) } else { self.condition() }
    }
}
