//! `SELECT`: which of the measures and keys come out, and what they are called.

use super::super::ast::{Column, Columns, Name, Query};
use super::super::code::Code;
use super::super::nearest::suggest;
use super::super::span::{Span, Spanned};
use super::duplicate;
use super::query::Scope;
use super::value::Context;
use crate::ir::{Measure, Place};

impl Scope<'_, '_, '_> {
    /// What comes out of a match: `measures`, or what `query` selects of them and of its `keys`.
    pub(super) fn select(
        &mut self,
        query: &Query,
        keys: &[Name],
        measures: Vec<Spanned<Measure>>,
    ) -> (Vec<Measure>, Vec<Span>) {
        let chosen = match &query.select {
            None => measures,
            Some(Columns::All) => {
                let keys: Vec<_> = keys.iter().filter_map(|key| self.key(key)).collect();
                for key in &keys {
                    if measures.iter().any(|measure| measure.node.name == key.node.name) {
                        let name = Spanned::new(key.node.name.clone(), key.span);
                        duplicate(self.reporter, "column", &name);
                    }
                }
                keys.into_iter().chain(measures).collect()
            }
            Some(Columns::Listed(columns)) => self.listed(query, columns, keys, &measures),
        };
        chosen.into_iter().map(|measure| (measure.node, measure.span)).unzip()
    }

    fn listed(
        &mut self,
        query: &Query,
        columns: &[Column],
        keys: &[Name],
        measures: &[Spanned<Measure>],
    ) -> Vec<Spanned<Measure>> {
        let mut chosen: Vec<Spanned<Measure>> = Vec::with_capacity(columns.len());
        for Column { of, column, name } in columns {
            self.alias(of.as_ref(), query);
            let found = match measures.iter().find(|measure| measure.node.name == column.node) {
                Some(measure) => Some(measure.clone()),
                None => match keys.iter().find(|key| key.node == column.node) {
                    Some(key) => self.key(key),
                    None => self.unknown(column, keys, measures),
                },
            };
            let Some(mut found) = found else { continue };
            let name = name.as_ref().unwrap_or(column);
            if chosen.iter().any(|earlier| earlier.node.name == name.node) {
                duplicate(self.reporter, "column", name);
            }
            found.node.name.clone_from(&name.node);
            chosen.push(found);
        }
        chosen
    }

    /// Before the point may stand the alias, if there is one.
    fn alias(&mut self, of: Option<&Name>, query: &Query) {
        let Some(of) = of.filter(|of| query.alias.as_ref() != Some(*of)) else { return };
        let message = format!("unknown alias '{}'", of.node);
        let help = match &query.alias {
            Some(alias) => format!("the rows of this query are called '{}'", alias.node),
            None => format!("write `AS {}` behind the query's last parenthesis", of.node),
        };
        self.reporter.report(Code::E109, of.span, message, "nothing is called so", help);
    }

    /// A key has one value in all events of a match.
    fn key(&mut self, name: &Name) -> Option<Spanned<Measure>> {
        let field = self.schema.find(name)?;
        let (value, _) = self.resolver(Context::Measure).read(Place::First(None, 0), field);
        Some(Spanned::new(Measure { name: name.node.clone(), value }, name.span))
    }

    fn unknown<T>(
        &mut self,
        column: &Name,
        keys: &[Name],
        measures: &[Spanned<Measure>],
    ) -> Option<T> {
        let keys = keys.iter().map(|key| key.node.as_str());
        let known: Vec<_> = keys.chain(measures.iter().map(|it| it.node.name.as_str())).collect();
        let help = if self.schema.find(column).is_some() {
            format!("say of which event in `MEASURES`: `LAST({0}) AS {0}`", column.node)
        } else {
            suggest(column, "columns", &known)
        };
        let message = format!("unknown column '{}'", column.node);
        let label = "neither a measure nor a key of the partition";
        self.reporter.report(Code::E109, column.span, message, label, help);
        None
    }
}
