//! What SQL has around `MATCH_RECOGNIZE`: the columns before it and the alias behind it.

use super::super::ast::{Column, Columns, Name};
use super::super::code::Code;
use super::{Parsed, Parser, Token};

/// What SQL may have behind a table.
const FOLLOWS: [&str; 5] = ["WHERE", "GROUP", "HAVING", "ORDER", "LIMIT"];

impl Parser<'_, '_, '_> {
    /// What stands behind `SELECT`.
    pub(super) fn columns(&mut self) -> Parsed<Columns> {
        if self.eats("*") {
            return Ok(Columns::All);
        }
        Ok(Columns::Listed(self.list(Self::column)?))
    }

    fn column(&mut self) -> Parsed<Column> {
        let first = self.name()?;
        let (of, column) = if self.eats(".") { (Some(first), self.name()?) } else { (None, first) };
        let renamed = self.eats_word("AS") || self.is_name_at(0);
        let name = if renamed { Some(self.name()?) } else { None };
        Ok(Column { of, column, name })
    }

    /// What SQL has behind a table, if it stands so many tokens ahead.
    pub(super) fn follows(&self, ahead: usize) -> Option<&'static str> {
        FOLLOWS.into_iter().find(|word| self.is_word_at(ahead, word))
    }

    /// A match comes out when it is found: there is no table to sort or filter.
    pub(super) fn refuse_what_follows(&mut self) {
        let Some(word) = self.follows(0) else { return };
        let start = self.span();
        while !matches!(self.peek(), Token::End) && !self.is(";") && !self.at_query(0) {
            self.advance();
        }
        let message = format!("`{word}` behind a pattern is not supported");
        let help = "matches come out as they are found; do this with what receives them";
        let _: Parsed<()> = self.fail(Code::E005, self.since(start), message, "", help);
    }

    /// The alias behind the closing parenthesis, if there is one.
    pub(super) fn alias(&mut self) -> Parsed<Option<Name>> {
        let bare = self.is_name_at(0)
            && self.follows(0).is_none()
            && !(self.is_word_at(1, "SELECT") || self.is_word_at(1, "FROM"));
        Ok(if self.eats_word("AS") || bare { Some(self.name()?) } else { None })
    }
}
