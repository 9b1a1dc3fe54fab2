//! The clauses: which names stand in them, and what is checked of them.

use quote::quote;
use syn::{Error, Result};

use super::parser::{Parser, is_reserved};
use super::token::Kind;

/// Words that start a clause.
const CLAUSES: [&str; 18] = [
    "PARTITION",
    "ORDER",
    "KINDS",
    "MEASURES",
    "ONE",
    "ALL",
    "FIRST",
    "LONGEST",
    "PREFERRED",
    "AFTER",
    "CONSUME",
    "PATTERN",
    "WITHIN",
    "GAP",
    "SUBSET",
    "DEFINE",
    "EMIT",
    "ON",
];

impl Parser<'_> {
    /// Finds the names of the steps, then checks all clauses.
    pub(super) fn clauses(&mut self) -> Result<()> {
        self.find_steps()?;
        self.at = 0;
        while !self.is_end() {
            self.clause()?;
        }
        Ok(())
    }

    /// The words of `PATTERN ( ... )` that are no keywords.
    fn find_steps(&mut self) -> Result<()> {
        let mut depth = 0;
        while !(depth == 0 && self.is_word("PATTERN") && self.peek_at(1).is("(")) {
            if self.is_end() {
                return Err(self.expected("`PATTERN ( ... )`"));
            }
            depth += isize::from(self.is("(")) - isize::from(self.is(")"));
            self.advance();
        }
        self.advance();
        loop {
            match &self.peek().kind {
                Kind::Symbol(symbol) if symbol == "(" => depth += 1,
                Kind::Symbol(symbol) if symbol == ")" => depth -= 1,
                // `INTERVAL "50" US`
                Kind::Word(_)
                    if self.is_word("INTERVAL")
                        && matches!(self.peek_at(1).kind, Kind::Text(_)) =>
                {
                    self.duration()?;
                    continue;
                }
                Kind::Word(word) if !is_reserved(word) && !self.is_step(word) => {
                    let name = self.peek().text();
                    self.steps.push(name);
                }
                Kind::Number(_) => {
                    self.number()?;
                    continue;
                }
                _ => {}
            }
            self.advance();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn clause(&mut self) -> Result<()> {
        let Some(word) = CLAUSES.iter().find(|word| self.is_word(word)) else {
            return Err(self.expected("a clause"));
        };
        self.advance();
        match *word {
            "PARTITION" | "ORDER" => {
                self.word("BY")?;
                for field in self.list(Self::name)? {
                    let field = self.constant(&field);
                    self.checks.push(quote!(let _ = #field;));
                }
            }
            "MEASURES" => {
                self.list(|p| {
                    p.measure()?;
                    p.word("AS")?;
                    p.name()
                })?;
            }
            "DEFINE" => {
                self.list(|p| {
                    let step = p.name()?;
                    p.step(&step)?;
                    p.word("AS")?;
                    p.condition()
                })?;
            }
            "AFTER" => return self.after_match(),
            "EMIT" if self.eats_word("SUM") => {
                self.symbol("(")?;
                let step = self.name()?;
                self.step(&step)?;
                self.symbol(".")?;
                let field = self.name()?;
                let field = self.constant(&field);
                self.checks.push(quote!(let _ = #field;));
                self.symbol(")")?;
            }
            "WITHIN" | "GAP" => {
                self.duration()?;
                self.eats_word("EVENTS");
            }
            // Its one word may be a clause's: `CONSUME ALL`.
            "CONSUME" => self.advance(),
            "PATTERN" | "KINDS" => return self.group(),
            _ => self.skip_words(),
        }
        if self.is_end() || CLAUSES.iter().any(|word| self.is_word(word)) {
            return Ok(());
        }
        Err(self.expected("a clause"))
    }

    /// Anything in parentheses.
    fn group(&mut self) -> Result<()> {
        let start = self.span();
        self.symbol("(")?;
        let mut depth = 1;
        while depth > 0 {
            if self.is_end() {
                return Err(Error::new(start, "these parentheses are not closed"));
            }
            depth += isize::from(self.is("(")) - isize::from(self.is(")"));
            self.advance();
        }
        Ok(())
    }

    /// `AFTER MATCH SKIP TO LAST step` and the like.
    fn after_match(&mut self) -> Result<()> {
        self.word("MATCH")?;
        self.word("SKIP")?;
        if self.eats_word("TO") && !self.is_word("NEXT") {
            if (self.is_word("FIRST") || self.is_word("LAST"))
                && matches!(&self.peek_at(1).kind, Kind::Word(word) if !is_reserved(word))
            {
                self.advance();
            }
            let step = self.name()?;
            self.step(&step)?;
        }
        self.skip_words();
        Ok(())
    }

    /// The rest of a clause of words and numbers.
    fn skip_words(&mut self) {
        let starts = |p: &Self| CLAUSES.iter().any(|word| p.is_word(word));
        while !(self.is_end() || starts(self)) {
            self.advance();
        }
    }
}
