//! The text language: SQL:2016 `MATCH_RECOGNIZE` (ISO/IEC 9075-2, row pattern recognition), with
//! skipping, absence, windows and consumption added.
//!
//! ```text
//! query    := ('PATTERN'? name)? ('SELECT' columns)? 'FROM' stream
//!             ('DERIVE' derived,+)? 'MATCH_RECOGNIZE' '(' clause* ')' ('AS'? alias)? ';'?
//! columns  := '*' | ((alias '.')? (measure | field) ('AS'? name)?),+
//! derived  := name 'AS' aggregate ('FILTER' '(' 'WHERE' condition ')')?
//!             'OVER' '(' ('PARTITION BY' field,+)? ('ORDER BY' field)? frame? ')'
//! frame    := 'RANGE' duration | 'ROWS' n | 'TUMBLE' duration | 'TUMBLE' n 'EVENTS'
//! clause   := 'PARTITION BY' field,+ | 'ORDER BY' field 'ASC'? | 'KINDS' '(' 'kind',+ ')'
//!           | 'MEASURES' (value 'AS' name),+ | 'ONE ROW PER MATCH'
//!           | ('ALL MATCHES' | ('FIRST' | 'LONGEST' | 'PREFERRED') 'MATCH PER START') ('LIMIT' n)?
//!           | 'AFTER MATCH SKIP' ('NONE' | 'TO NEXT ROW' | 'PAST LAST ROW'
//!                                 | 'TO' ('FIRST' | 'LAST')? v) 'EAGER'?
//!           | 'CONSUME' ('NONE' | 'PARTITION' | 'ALL') | 'PATTERN' '(' pattern ')'
//!           | 'WITHIN' duration | 'WITHIN' n 'EVENTS' | 'GAP' duration
//!           | 'DEFINE' (v 'AS' condition),+ | 'ON TIMEOUT EMIT'
//!           | 'EMIT' ('COUNT' | 'SUM' '(' v.field ')')
//! pattern  := sequence ('|' sequence)*
//! sequence := item (('->' | '->>')? ('GAP' duration)? item)*
//! item     := v quantifier? | '(' pattern ')' quantifier? | 'PERMUTE' '(' pattern,+ ')' mode?
//!           | 'NOT' v ('FOR' duration)?
//! quantifier := ('*' | '+' | '?' | '{n}' | '{n,}' | '{,m}' | '{n,m}') ('?' | 'EACH')? mode?
//! mode     := ('STRICT' | 'RELAXED' | 'ANY') ('GAP' duration)? ('WITHOUT' 'STRICT'? v)*
//! duration := number unit | 'INTERVAL' 'number' unit          (NS US MS S MIN H D, or spelled out)
//! condition := comparisons, BETWEEN, IN, IS NULL, AND, OR, NOT over values
//! value    := number | duration | 'symbol' | field | v.field | + - * / | FIRST LAST (field, k)
//!           | PREV LAG (field, k) | COUNT SUM MIN MAX AVG (field) | EWMA(field, w) | VWAP(price, qty)
//!           | f(value); in measures also CLASSIFIER() and MATCH_NUMBER()
//! ```
//! Keywords are read in any case, names as they are written; a name that is a keyword goes into
//! double quotes. Comments are `-- to the end of the line` and `/* between */`.
//!
//! - `SELECT` says which measures, and keys of the partition, come out and under which names; `*` is
//!   the keys and then the measures. Without it the measures come out. The alias is the pattern's
//!   name unless `PATTERN` gives one.
//! - `DERIVE` gives every event columns that the pattern then reads like fields: `COUNT(*)`, `SUM`,
//!   `MIN`, `MAX`, `AVG`, `FIRST`, `LAST` (field), `VWAP(price, qty)`, `EWMA(field, w)` with a weight
//!   or a half-life (`1 S`), each over the events up to this one, itself included, that pass its
//!   filter: those less than a `RANGE` older, the last so many `ROWS`, all without either; with
//!   `TUMBLE`, those of the last window that has closed. An event for which a column has no value
//!   (no event in the window yet) is not seen by the pattern. Averages are rounded down to the units of their field.
//! - Juxtaposition binds the very next event of the partition, as in SQL; `->` the first later
//!   one that fits (skip till next), `->>` any later one (skip till any).
//! - Repetitions are greedy, with `?` after them reluctant; with `EACH` every count is a match of
//!   its own. Between their rounds, and between permuted parts, they skip till next if there is
//!   an arrow anywhere in the pattern, and bind neighbours if there is none, as in SQL; `STRICT`,
//!   `RELAXED` and `ANY` say it outright, and then `WITHOUT v` that no such event lies between.
//! - A condition that relates two variables of a `PERMUTE` may stand with either: it is tested
//!   when the later one binds.
//! - `-> NOT v ->`: no such event in between. After juxtaposition: the next event is none.
//!   `NOT v FOR d`: none for that long after the event before, or before the first one. At the
//!   end without `FOR`: none until the window ends.
//! - `GAP` and `WITHIN` are strict bounds, on neighbours of a match and on the whole of it. `GAP`
//!   as a clause is for all that have none of their own.
//! - `LAG` reads the event before in the partition, `PREV` the one *bound* before; where every
//!   event of a match is the neighbour of the last, as in SQL, `PREV` is SQL's, at the first too.
//! - Without `AFTER MATCH` it skips past the last row, the match that starts first winning, as in
//!   SQL; `EAGER` lets the one win that completes first. `PREFERRED MATCH PER START` is SQL's
//!   choice among the matches of one start: quantifiers then exclude nothing and say what is
//!   preferred, as a search with backtracking finds it; it is out as soon as that is decided. With `ALL MATCHES` nothing is skipped.
//!   `LIMIT n` bounds the matches at one event.
//! - `EMIT COUNT` gives, instead of the matches that an event completes, how many there are; with
//!   `EMIT SUM(v.field)` also the sum of the field, in stored units, over all events bound to `v`
//!   in all of them. Neither looks at the matches one by one, so all of them must count.
//!
//! Not supported, and refused with a reason: `ALL ROWS PER MATCH`, `SUBSET`, exclusion, anchors,
//! empty matches, `NEXT`.
//!
//! Numbers are exact: `price > 26.05` is compared in the units in which the price is stored.
//! [`compile`] finds all mistakes of a text in one run and shows them as a compiler does.

pub mod ast;
mod code;
mod diagnostic;
mod lexer;
mod nearest;
mod parser;
mod print;
mod resolve;
mod span;
mod words;

pub use code::Code;
pub use diagnostic::{Diagnostic, Diagnostics};
pub use resolve::{Resolved, Spans};
pub use span::{Span, Spanned};
pub(crate) use words::Identifier;

use std::sync::Arc;

use crate::schema::Schema;
use diagnostic::Reporter;

/// Reads `text` into a syntax tree, without resolving anything.
///
/// # Errors
///
/// What cannot be read, all of it; `file` is what the diagnostics call the text.
pub fn parse(file: &str, text: &str) -> Result<ast::File, Diagnostics> {
    let mut reporter = Reporter::new(file, text);
    let parsed = parser::parse(text, &mut reporter);
    if reporter.errors() > 0 { Err(reporter.finish()) } else { Ok(parsed) }
}

/// What a text says: its patterns, in order, and what its author may want to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The patterns.
    pub patterns: Vec<Resolved>,
    /// Warnings.
    pub warnings: Diagnostics,
}

/// Reads and resolves `text`, which may hold several queries over the streams of `schemas`.
///
/// ```
/// use tourbillon_cep::lang::compile;
/// use tourbillon_cep::schema::{FieldType, Schema, SchemaField};
///
/// // Events of 16 bytes: a time, and a price in units of 1e-4.
/// let ticks = Schema::builder::<[u64; 2]>("ticks")
///     .field(SchemaField::new("ts", FieldType::U64, 0))
///     .field(SchemaField::new("price", FieldType::I64, 8).decimals(4))
///     .time("ts")
///     .build()?;
/// let text = "FROM ticks MATCH_RECOGNIZE (
///     PATTERN ( base -> up+ -> down )
///     DEFINE up AS price > PREV(prise), down AS price <= base.price )";
/// let errors = compile("spike.sql", text, &[ticks]).unwrap_err();
/// assert_eq!(
///     errors.to_string(),
///     "\
/// error[E120]: unbounded pattern
///   --> spike.sql:2:23
///    |
///  2 |     PATTERN ( base -> up+ -> down )
///    |                       ^^^ 'up+' can grow for ever
///    = help: add `WITHIN 50 US` (or `WITHIN 1000 EVENTS`)
///
/// error[E101]: unknown field 'prise'
///   --> spike.sql:3:31
///    |
///  3 |     DEFINE up AS price > PREV(prise), down AS price <= base.price )
///    |                               ^^^^^ stream 'ticks' has no such field
///    = help: did you mean 'price'?
/// "
/// );
/// # Ok::<(), tourbillon_cep::schema::SchemaError>(())
/// ```
///
/// # Errors
///
/// Every mistake found, and the warnings; `file` is what the diagnostics call the text.
pub fn compile(file: &str, text: &str, schemas: &[Arc<Schema>]) -> Result<Compiled, Diagnostics> {
    let mut reporter = Reporter::new(file, text);
    let parsed = parser::parse(text, &mut reporter);
    let patterns = resolve::resolve(&parsed, schemas, &mut reporter);
    let failed = reporter.errors() > 0;
    let diagnostics = reporter.finish();
    if failed { Err(diagnostics) } else { Ok(Compiled { patterns, warnings: diagnostics }) }
}
