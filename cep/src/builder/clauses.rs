//! The clauses around a pattern.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytemuck::Pod;

use super::part::{Binds, Part, Sequence};
use super::pattern::Pattern;
use super::units::nanoseconds;
use super::unplaced;
use super::value::Measured;
use crate::event::{Field, Holds};
use crate::ir::{Condition, Consume, Selection};
use crate::lang::ast::{self, Clause, Expr, Measure, Query, Select};
use crate::lang::{Diagnostics, compile};
use crate::schema::Schema;

/// Where matching goes on after a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip<'a> {
    /// Everywhere: nothing is skipped.
    None,
    /// At the event after the first one of the match.
    ToNext,
    /// After its last event.
    PastLast,
    /// At the first event bound to this step.
    ToFirst(&'a str),
    /// At the last event bound to this step.
    ToLast(&'a str),
}

/// Builds a [`Pattern`]; its methods are the clauses of the text language, in any order. Each
/// holds once: said again, it replaces what was said before, except that keys and measures add
/// up.
#[derive(Clone)]
#[must_use = "a pattern does nothing until `build`"]
pub struct Builder<E> {
    name: String,
    schema: Arc<Schema>,
    partition_by: Vec<ast::Name>,
    kinds: Option<Vec<Expr>>,
    measures: Vec<Measure>,
    select: Option<Selection>,
    limit: Option<u64>,
    skip: Option<ast::Skip>,
    eager: bool,
    consume: Consume,
    pattern: Option<Part<E, Sequence>>,
    within: Option<u64>,
    within_events: Option<u64>,
    gap: Option<u64>,
    emit_timeouts: bool,
}

impl<E> Builder<E> {
    pub(super) fn new(name: &str, schema: &Arc<Schema>) -> Self {
        Self {
            name: name.to_owned(),
            schema: Arc::clone(schema),
            partition_by: Vec::new(),
            kinds: None,
            measures: Vec::new(),
            select: None,
            limit: None,
            skip: None,
            eager: false,
            consume: Consume::None,
            pattern: None,
            within: None,
            within_events: None,
            gap: None,
            emit_timeouts: false,
        }
    }

    /// Each value of `key` is a stream of its own; with several keys, each combination.
    pub fn partition_by<T: Holds>(mut self, key: Field<E, T>) -> Self {
        self.partition_by.push(unplaced(key.name().to_owned()));
        self
    }

    /// Only events of these kinds are seen at all.
    pub fn kinds<'a>(mut self, kinds: impl IntoIterator<Item = &'a str>) -> Self {
        self.kinds = Some(kinds.into_iter().map(|kind| Expr::Text(kind.to_owned())).collect());
        self
    }

    /// The pattern itself.
    pub fn pattern<K: Binds>(mut self, pattern: Part<E, K>) -> Self {
        self.pattern = Some(pattern.map(|shape| shape));
        self
    }

    /// A match takes less than so `long`, from its first event to its last.
    pub fn within(mut self, long: Duration) -> Self {
        self.within = Some(nanoseconds(long));
        self
    }

    /// A match spans at most so many events of its partition, bound or not.
    pub fn within_events(mut self, events: u64) -> Self {
        self.within_events = Some(events);
        self
    }

    /// Less than so `long` between any two neighbours of a match that have no gap of their own.
    pub fn gap(mut self, long: Duration) -> Self {
        self.gap = Some(nanoseconds(long));
        self
    }

    /// Which of the matches with the same first event count. With [`Selection::All`], nothing is
    /// skipped after a match unless [`Builder::skip`] says so.
    pub fn select(mut self, selection: Selection) -> Self {
        self.select = Some(selection);
        self
    }

    /// At most so many matches at one event.
    pub fn limit(mut self, matches: u64) -> Self {
        self.limit = Some(matches);
        self
    }

    /// Where matching goes on after a match; [`Skip::PastLast`] unless said otherwise.
    pub fn skip(mut self, skip: Skip<'_>) -> Self {
        self.skip = Some(match skip {
            Skip::None => ast::Skip::None,
            Skip::ToNext => ast::Skip::ToNext,
            Skip::PastLast => ast::Skip::PastLast,
            Skip::ToFirst(step) => ast::Skip::ToFirst(unplaced(step.to_owned())),
            Skip::ToLast(step) => ast::Skip::ToLast(unplaced(step.to_owned())),
        });
        self
    }

    /// Of overlapping matches the one that *completes* first is let through, at once. Without
    /// this it is the one that *starts* first, as in SQL.
    pub fn eager(mut self) -> Self {
        self.eager = true;
        self
    }

    /// What becomes of the partial matches at an event that completes a match.
    pub fn consume(mut self, consume: Consume) -> Self {
        self.consume = consume;
        self
    }

    /// Partial matches that run out of time are reported, too.
    pub fn emit_timeouts(mut self) -> Self {
        self.emit_timeouts = true;
        self
    }

    /// A match reports `value` as `name`; the current event is then its last.
    pub fn measure(mut self, name: &str, value: impl Into<Measured<E>>) -> Self {
        let (value, name) = (unplaced(value.into().expr), unplaced(name.to_owned()));
        self.measures.push(Measure { value, name });
        self
    }

    /// The pattern as text, without closures: what [`Builder::build`] checks, and what its
    /// diagnostics show.
    #[must_use]
    pub fn text(&self) -> String {
        let clauses = self.clauses().into_iter().map(unplaced).collect();
        let (name, stream) = (Some(unplaced(self.name.clone())), self.schema.name().to_owned());
        let stream = unplaced(stream);
        Query { name, select: None, stream, derive: Vec::new(), clauses, alias: None }.to_string()
    }

    fn clauses(&self) -> Vec<Clause> {
        let mut clauses = Vec::new();
        if !self.partition_by.is_empty() {
            clauses.push(Clause::PartitionBy(self.partition_by.clone()));
        }
        let kinds = self.kinds.clone();
        clauses.extend(kinds.map(|it| Clause::Kinds(it.into_iter().map(unplaced).collect())));
        if !self.measures.is_empty() {
            clauses.push(Clause::Measures(self.measures.clone()));
        }
        if self.select.is_some() || self.limit.is_some() {
            let select = match self.select.unwrap_or_default() {
                Selection::All => Select::All,
                Selection::FirstPerStart => Select::First,
                Selection::LongestPerStart => Select::Longest,
                Selection::PreferredPerStart => Select::Preferred,
            };
            clauses.push(Clause::Select(select, self.limit));
        }
        // A word for all matches means that nothing is skipped; a limit alone does not.
        let all = self.select == Some(Selection::All);
        let skip = if all { ast::Skip::None } else { ast::Skip::PastLast };
        clauses.push(Clause::AfterMatch(self.skip.clone().unwrap_or(skip), self.eager));
        if self.consume != Consume::None {
            clauses.push(Clause::Consume(self.consume));
        }
        let pattern = self.pattern.as_ref();
        clauses.extend(pattern.map(|part| Clause::Pattern(unplaced(part.shape.clone()))));
        clauses.extend(self.within.map(Clause::Within));
        clauses.extend(self.within_events.map(Clause::WithinEvents));
        clauses.extend(self.gap.map(Clause::Gap));
        if self.emit_timeouts {
            clauses.push(Clause::OnTimeoutEmit);
        }
        let define = pattern.map(|part| part.define.clone()).unwrap_or_default();
        if !define.is_empty() {
            clauses.push(Clause::Define(define));
        }
        clauses
    }
}

impl<E: Pod> Builder<E> {
    /// Checks the pattern, as if it were text.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, and the warnings, shown in the text that it amounts to.
    ///
    /// ```
    /// # use tourbillon_cep::{builder::*, event::Field, schema::*};
    /// # let ticks = Schema::builder::<[u64; 2]>("ticks")
    /// #     .field(SchemaField::new("ts", FieldType::U64, 0))
    /// #     .field(SchemaField::new("price", FieldType::I64, 8))
    /// #     .time("ts")
    /// #     .build()?;
    /// # const PRICE: Field<[u64; 2], i64> = Field::new("price");
    /// let climb = Pattern::builder_over(&ticks, "climb")
    ///     .pattern(step("low", PRICE.lt(5)).then(step("high", PRICE.gt(of("lwo", PRICE)))))
    ///     .within(50.us())
    ///     .build();
    /// assert_eq!(climb.unwrap_err().to_string(), "\
    /// error[E103]: unknown variable 'lwo'
    ///   --> climb:6:26
    ///    |
    ///  6 |          high AS price > lwo.price
    ///    |                          ^^^ the pattern has no such variable
    ///    = help: did you mean 'low'?
    /// ");
    /// # Ok::<(), SchemaError>(())
    /// ```
    pub fn build(self) -> Result<Pattern<E>, Diagnostics> {
        let mut compiled = compile(&self.name, &self.text(), std::slice::from_ref(&self.schema))?;
        let Some(resolved) = compiled.patterns.pop() else { return Err(compiled.warnings) };
        let mut ir = resolved.ir;
        for (name, test) in self.pattern.into_iter().flat_map(|part| part.tests) {
            let step = ir.steps.iter_mut().find(|step| step.name == name);
            if let Some(condition) = step.map(|step| &mut step.condition) {
                let declared = std::mem::replace(condition, Condition::always());
                *condition = Condition::all(vec![declared, Condition::Opaque(test)]);
            }
        }
        Ok(Pattern::new(ir, compiled.warnings))
    }
}

impl<E> fmt::Debug for Builder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}
