//! What stands inside the parentheses of `MATCH_RECOGNIZE`.

use super::super::ast::{Clause, Definition, Emit, Measure, Select, Skip};
use super::{Parsed, Parser, Spanned, Token};
use crate::ir::Consume;

impl Parser<'_, '_, '_> {
    /// All clauses, and whether the closing parenthesis was read right behind them.
    pub(super) fn clauses(&mut self) -> (Vec<Spanned<Clause>>, bool) {
        let mut clauses = Vec::new();
        loop {
            if self.eats(")") {
                return (clauses, true);
            }
            let start = self.span();
            match self.clause() {
                Ok(clause) => clauses.push(Spanned::new(clause, self.since(start))),
                Err(_) if self.skip_to_clause() => {}
                Err(_) => return (clauses, false),
            }
        }
    }

    /// After a mistake: to the next clause, or past the end of the query and no further.
    fn skip_to_clause(&mut self) -> bool {
        self.depth = 0;
        while !self.at_border() {
            if self.closes_query() {
                self.advance();
                let _ = self.alias();
                self.refuse_what_follows();
                self.eats(";");
                return false;
            }
            self.advance();
        }
        !(self.eats(";") || matches!(self.peek(), Token::End) || self.at_query(0))
    }

    /// Does another query start, so many tokens ahead?
    pub(super) fn at_query(&self, ahead: usize) -> bool {
        let ahead =
            ahead + usize::from(self.is_word_at(ahead, "PATTERN") && self.is_name_at(ahead + 1));
        let starts = |ahead| self.is_word_at(ahead, "SELECT") || self.is_word_at(ahead, "FROM");
        let named = self.is_name_at(ahead) && starts(ahead + 1);
        named || starts(ahead) || self.is_at(ahead, ";")
    }

    /// Is this the parenthesis that ends the query, whatever is open?
    fn closes_query(&self) -> bool {
        let ends = |ahead| {
            let last = matches!(self.peek_at(ahead), Token::End);
            last || self.at_query(ahead) || self.follows(ahead).is_some()
        };
        let alias = 1 + usize::from(self.is_word_at(1, "AS"));
        self.is(")") && (ends(1) || (self.is_name_at(alias) && ends(alias + 1)))
    }

    fn clause(&mut self) -> Parsed<Clause> {
        let Token::Word(word) = *self.peek() else { return self.unexpected("a clause or `)`") };
        let word = word.to_ascii_uppercase();
        if matches!(word.as_str(), "ALL" | "FIRST" | "LONGEST" | "PREFERRED") {
            return self.selection(&word);
        }
        let start = self.at;
        self.advance();
        Ok(match word.as_str() {
            "PARTITION" => {
                self.word("BY")?;
                Clause::PartitionBy(self.list(Self::name)?)
            }
            "ORDER" => {
                self.word("BY")?;
                let name = self.name()?;
                // Any other order is refused with what is not the time's.
                self.eats_word("ASC");
                Clause::OrderBy(name)
            }
            "KINDS" => {
                self.symbol("(")?;
                let kinds = self.list(Self::primary)?;
                self.symbol(")")?;
                Clause::Kinds(kinds)
            }
            "MEASURES" => Clause::Measures(self.items(Self::measure)),
            "ONE" => {
                self.words("ROW PER MATCH")?;
                Clause::OneRow
            }
            "AFTER" => {
                self.words("MATCH SKIP")?;
                let skip = self.skip()?;
                let eager = self.eats_word("EAGER");
                Clause::AfterMatch(skip, eager)
            }
            "CONSUME" => Clause::Consume(self.consume()?),
            "PATTERN" => {
                self.symbol("(")?;
                let pattern = self.pattern()?;
                self.symbol(")")?;
                Clause::Pattern(pattern)
            }
            "WITHIN" if self.is_word_at(1, "EVENTS") => {
                let events = self.count()?;
                self.advance();
                Clause::WithinEvents(events)
            }
            "WITHIN" => Clause::Within(self.duration()?),
            "GAP" => Clause::Gap(self.duration()?),
            "SUBSET" => Clause::Subset(self.list(|p| {
                let name = p.name()?;
                p.symbol("=")?;
                p.symbol("(")?;
                let of = p.list(Self::name)?;
                p.symbol(")")?;
                Ok((name, of))
            })?),
            "DEFINE" => Clause::Define(self.items(Self::definition)),
            "ON" => {
                self.words("TIMEOUT EMIT")?;
                Clause::OnTimeoutEmit
            }
            "EMIT" => Clause::Emit(self.emit()?),
            _ => {
                self.at = start;
                return self.unexpected("a clause or `)`");
            }
        })
    }

    fn selection(&mut self, word: &str) -> Parsed<Clause> {
        self.advance();
        let select = match word {
            "ALL" if self.eats_word("ROWS") => {
                self.words("PER MATCH")?;
                return Ok(Clause::AllRows);
            }
            "ALL" => {
                self.word("MATCHES")?;
                Select::All
            }
            first => {
                self.words("MATCH PER START")?;
                match first {
                    "FIRST" => Select::First,
                    "LONGEST" => Select::Longest,
                    _ => Select::Preferred,
                }
            }
        };
        let limit = if self.eats_word("LIMIT") { Some(self.count()?) } else { None };
        Ok(Clause::Select(select, limit))
    }

    fn skip(&mut self) -> Parsed<Skip> {
        if self.eats_word("NONE") {
            return Ok(Skip::None);
        }
        if self.eats_word("PAST") {
            self.words("LAST ROW")?;
            return Ok(Skip::PastLast);
        }
        if !self.eats_word("TO") {
            return self.unexpected("`NONE`, `PAST LAST ROW` or `TO`");
        }
        if self.is_word("NEXT") {
            self.words("NEXT ROW")?;
            return Ok(Skip::ToNext);
        }
        if self.is_word("FIRST") && self.is_name_at(1) {
            self.advance();
            return Ok(Skip::ToFirst(self.name()?));
        }
        if self.is_word("LAST") && self.is_name_at(1) {
            self.advance();
        }
        Ok(Skip::ToLast(self.name()?))
    }

    fn consume(&mut self) -> Parsed<Consume> {
        if self.eats_word("NONE") {
            Ok(Consume::None)
        } else if self.eats_word("PARTITION") {
            Ok(Consume::Partition)
        } else if self.eats_word("ALL") {
            Ok(Consume::All)
        } else {
            self.unexpected("`NONE`, `PARTITION` or `ALL`")
        }
    }

    fn emit(&mut self) -> Parsed<Emit> {
        if self.eats_word("COUNT") {
            return Ok(Emit::Count);
        }
        if !self.eats_word("SUM") {
            return self.unexpected("`COUNT` or `SUM(variable.field)`");
        }
        self.symbol("(")?;
        let variable = self.name()?;
        self.symbol(".")?;
        let field = self.name()?;
        self.symbol(")")?;
        Ok(Emit::Sum(variable, field))
    }

    /// Items with commas between them; after a mistake in one, the next is read.
    fn items<T>(&mut self, item: impl Fn(&mut Self) -> Parsed<T>) -> Vec<T> {
        let mut items = Vec::new();
        loop {
            match item(self) {
                Ok(item) => items.push(item),
                Err(_) => self.skip_to_comma(),
            }
            if !self.eats(",") {
                return items;
            }
        }
    }

    /// To the next comma that is not in parentheses, or the end of the clause.
    fn skip_to_comma(&mut self) {
        self.depth = 0;
        let mut open = 0_usize;
        while !(self.at_border() || self.closes_query() || (open == 0 && self.is(","))) {
            if self.is("(") {
                open += 1;
            } else if self.is(")") {
                // The mistake may have been inside parentheses.
                open = open.saturating_sub(1);
            }
            self.advance();
        }
    }

    fn measure(&mut self) -> Parsed<Measure> {
        let value = self.condition()?;
        self.word("AS")?;
        Ok(Measure { value, name: self.name()? })
    }

    fn definition(&mut self) -> Parsed<Definition> {
        let variable = self.name()?;
        self.word("AS")?;
        Ok(Definition { variable, condition: self.condition()? })
    }
}
