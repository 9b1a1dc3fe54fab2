//! What SQL has around `MATCH_RECOGNIZE`: the columns before it and the alias behind it.

use super::super::ast::{Column, Columns, Name};
use super::{Parsed, Parser};

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

    /// The alias behind the closing parenthesis, if there is one.
    pub(super) fn alias(&mut self) -> Parsed<Option<Name>> {
        let bare =
            self.is_name_at(0) && !(self.is_word_at(1, "SELECT") || self.is_word_at(1, "FROM"));
        Ok(if self.eats_word("AS") || bare { Some(self.name()?) } else { None })
    }
}
