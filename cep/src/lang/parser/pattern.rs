//! Row patterns.

use super::super::ast::{Mode, Pattern, Quantifier, Separator, Without};
use super::super::words::is_reserved;
use super::{Code, Parsed, Parser, Spanned, Token};
use crate::ir::{Contiguity, Stop};

type Part = Spanned<Pattern>;

impl Parser<'_, '_, '_> {
    /// `sequence | sequence ...`
    pub(super) fn pattern(&mut self) -> Parsed<Part> {
        self.deeper(|p| {
            let start = p.span();
            let first = p.sequence()?;
            if !p.is("|") {
                return Ok(first);
            }
            let mut parts = vec![first];
            while p.eats("|") {
                parts.push(p.sequence()?);
            }
            Ok(Part::new(Pattern::Alternation(parts), p.since(start)))
        })
    }

    fn sequence(&mut self) -> Parsed<Part> {
        let start = self.span();
        let first = self.item()?;
        let mut rest = Vec::new();
        while let Some(separator) = self.separator()? {
            rest.push((separator, self.item()?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let sequence = Pattern::Sequence { first: Box::new(first), rest };
        Ok(Part::new(sequence, self.since(start)))
    }

    /// What stands before another item; `None` if there is no other.
    fn separator(&mut self) -> Parsed<Option<Separator>> {
        let contiguity = if self.eats("->") {
            Contiguity::Next
        } else if self.eats("->>") {
            Contiguity::Any
        } else if self.is_word("GAP") || self.starts_item() {
            Contiguity::Strict
        } else {
            return Ok(None);
        };
        Ok(Some(Separator { contiguity, gap: self.gap()? }))
    }

    fn gap(&mut self) -> Parsed<Option<u64>> {
        if self.eats_word("GAP") { self.duration().map(Some) } else { Ok(None) }
    }

    fn starts_item(&self) -> bool {
        match self.peek() {
            Token::Word(word) => {
                let keyword = |known: &&str| known.eq_ignore_ascii_case(word);
                !is_reserved(word) || ["NOT", "PERMUTE"].iter().any(keyword)
            }
            Token::Quoted(_) => true,
            Token::Symbol(symbol) => ["(", "{-", "^", "$"].contains(symbol),
            _ => false,
        }
    }

    fn item(&mut self) -> Parsed<Part> {
        let start = self.span();
        let body = self.atom()?;
        let Some(quantifier) = self.quantifier()? else { return Ok(body) };
        if matches!(body.node, Pattern::Not { .. } | Pattern::Start | Pattern::End) {
            return self.fail(
                Code::E123,
                self.since(start),
                "misplaced quantifier",
                "only what binds events can be repeated",
                "repeat a variable or a group",
            );
        }
        let repeat = Pattern::Repeat { body: Box::new(body), quantifier, mode: self.mode()? };
        Ok(Part::new(repeat, self.since(start)))
    }

    fn atom(&mut self) -> Parsed<Part> {
        let start = self.span();
        if self.eats("(") {
            if self.is(")") {
                return self.fail(
                    Code::E121,
                    self.since(start).to(self.span()),
                    "pattern can match zero events",
                    "nothing in these parentheses",
                    "write a variable in them",
                );
            }
            let inner = self.pattern()?;
            self.symbol(")")?;
            return Ok(inner);
        }
        let pattern = if self.eats("{-") {
            let inner = self.pattern()?;
            self.symbol("-}")?;
            Pattern::Exclusion(Box::new(inner))
        } else if self.eats("^") {
            Pattern::Start
        } else if self.eats("$") {
            Pattern::End
        } else if self.eats_word("NOT") {
            let variable = self.name()?;
            let lasting = if self.eats_word("FOR") { Some(self.duration()?) } else { None };
            Pattern::Not { variable, lasting }
        } else if self.eats_word("PERMUTE") {
            self.symbol("(")?;
            let parts = self.list(Self::pattern)?;
            self.symbol(")")?;
            Pattern::Permute(parts, self.mode()?)
        } else {
            Pattern::Variable(self.name()?.node)
        };
        Ok(Part::new(pattern, self.since(start)))
    }

    fn quantifier(&mut self) -> Parsed<Option<Quantifier>> {
        let (least, most) = if self.eats("*") {
            (0, None)
        } else if self.eats("+") {
            (1, None)
        } else if self.eats("?") {
            (0, Some(1))
        } else if self.is("{") {
            self.bounds()?
        } else {
            return Ok(None);
        };
        let stop = if self.eats("?") {
            Stop::Reluctant
        } else if self.eats_word("EACH") {
            Stop::Each
        } else {
            Stop::Greedy
        };
        Ok(Some(Quantifier { least, most, stop }))
    }

    /// `{n}`, `{n,}`, `{,m}`, `{n,m}`
    fn bounds(&mut self) -> Parsed<(u32, Option<u32>)> {
        let start = self.span();
        self.symbol("{")?;
        let least = if self.is(",") { 0 } else { self.count()? };
        let most = match (self.eats(","), self.is("}")) {
            (false, _) => Some(least),
            (true, true) => None,
            (true, false) => Some(self.count()?),
        };
        self.symbol("}")?;
        if most.is_none_or(|most| most >= least && most > 0) {
            return Ok((least, most));
        }
        let label = "no number of times lies between these bounds";
        let help = "write {n,m} with n <= m and m > 0";
        // The rest of the pattern is read as it stands, as if this were there at all.
        self.reporter.report(Code::E124, self.since(start), "impossible bounds", label, help);
        Ok((least.max(1), Some(least.max(1))))
    }

    fn mode(&mut self) -> Parsed<Mode> {
        let contiguity = if self.eats_word("STRICT") {
            Contiguity::Strict
        } else if self.eats_word("RELAXED") {
            Contiguity::Next
        } else if self.eats_word("ANY") {
            Contiguity::Any
        } else {
            return Ok(Mode::default());
        };
        let gap = self.gap()?;
        let mut without = Vec::new();
        while self.eats_word("WITHOUT") {
            let strict = self.eats_word("STRICT");
            without.push(Without { strict, variable: self.name()? });
        }
        Ok(Mode { contiguity: Some(contiguity), gap, without })
    }
}
