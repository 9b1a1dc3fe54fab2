//! The syntax tree: what is written, names unresolved, nothing checked.
//!
//! Trees are equal if they say the same, wherever it stands. `Display` prints them such that
//! they are read back equal (see `print.rs`). Depth is bounded by the parser: lists of operands
//! are flat.

use super::span::Spanned;
use crate::comparison::Comparison;
use crate::ir::{Consume, Contiguity, Decimal, Frame, Stop};

/// A name: of a variable, field, symbol, function or query.
pub type Name = Spanned<String>;

/// Several queries.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    /// In the order of the text.
    pub queries: Vec<Query>,
}

/// `PATTERN name SELECT columns FROM stream MATCH_RECOGNIZE ( clauses ) AS alias`
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its name.
    pub name: Option<Name>,
    /// What of a match comes out; if it is not said, the measures.
    pub select: Option<Columns>,
    /// What it reads.
    pub stream: Name,
    /// `DERIVE name AS aggregate OVER ( window ), ...`
    pub derive: Vec<Derivation>,
    /// What stands in the parentheses, in any order.
    pub clauses: Vec<Spanned<Clause>>,
    /// What SQL calls its rows; its name if it has no other.
    pub alias: Option<Name>,
}

impl Query {
    /// What the pattern is called.
    #[must_use]
    pub fn called(&self) -> Option<&Name> {
        self.name.as_ref().or(self.alias.as_ref())
    }
}

/// What stands behind `SELECT`.
#[derive(Debug, Clone, PartialEq)]
pub enum Columns {
    /// `*`: the keys of the partition, then the measures.
    All,
    /// `alias.measure AS name, ...`
    Listed(Vec<Column>),
}

/// A column of the rows that come out: `alias.measure AS name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The alias before the point.
    pub of: Option<Name>,
    /// A measure, or a key of the partition.
    pub column: Name,
    /// What it is called outside, if not so.
    pub name: Option<Name>,
}

/// `name AS aggregate FILTER ( WHERE condition ) OVER ( window )`
#[derive(Debug, Clone, PartialEq)]
pub struct Derivation {
    /// The column's name.
    pub name: Name,
    /// What is computed: a call.
    pub aggregate: Spanned<Expr>,
    /// Which events count.
    pub filter: Option<Spanned<Expr>>,
    /// `PARTITION BY field, ...`
    pub partition_by: Vec<Name>,
    /// `ORDER BY field`
    pub order_by: Option<Name>,
    /// Over which of them.
    pub frame: Option<Spanned<Frame>>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// `PARTITION BY field, ...`
    PartitionBy(Vec<Name>),
    /// `ORDER BY field`
    OrderBy(Name),
    /// `KINDS ( 'name', ... )`
    Kinds(Vec<Spanned<Expr>>),
    /// `MEASURES expr AS name, ...`
    Measures(Vec<Measure>),
    /// `ONE ROW PER MATCH`
    OneRow,
    /// `ALL ROWS PER MATCH`; not supported.
    AllRows,
    /// `ALL MATCHES`, `FIRST`, `LONGEST` or `PREFERRED MATCH PER START`; `LIMIT n`.
    Select(Select, Option<u64>),
    /// `AFTER MATCH SKIP ...`, and whether `EAGER` follows.
    AfterMatch(Skip, bool),
    /// `CONSUME ...`
    Consume(Consume),
    /// `PATTERN ( ... )`
    Pattern(Spanned<Pattern>),
    /// `WITHIN 50 US`
    Within(u64),
    /// `WITHIN 1000 EVENTS`
    WithinEvents(u64),
    /// `GAP 5 MS`: for every link that has none of its own.
    Gap(u64),
    /// `SUBSET name = ( name, ... ), ...`; not supported.
    Subset(Vec<(Name, Vec<Name>)>),
    /// `DEFINE name AS condition, ...`
    Define(Vec<Definition>),
    /// `ON TIMEOUT EMIT`
    OnTimeoutEmit,
    /// `EMIT COUNT`, or `EMIT SUM(v.field)`.
    Emit(Emit),
}

/// What comes out instead of the matches.
#[derive(Debug, Clone, PartialEq)]
pub enum Emit {
    /// `COUNT`
    Count,
    /// `SUM(v.field)`: the variable and the field.
    Sum(Name, Name),
}

/// Which matches are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// `ALL MATCHES`
    All,
    /// `FIRST MATCH PER START`
    First,
    /// `LONGEST MATCH PER START`
    Longest,
    /// `PREFERRED MATCH PER START`
    Preferred,
}

/// What follows `AFTER MATCH SKIP`.
#[derive(Debug, Clone, PartialEq)]
pub enum Skip {
    /// `NONE`
    None,
    /// `TO NEXT ROW`
    ToNext,
    /// `PAST LAST ROW`
    PastLast,
    /// `TO FIRST name`
    ToFirst(Name),
    /// `TO LAST name`, `TO name`
    ToLast(Name),
}

/// `expr AS name`
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The value.
    pub value: Spanned<Expr>,
    /// What it is called.
    pub name: Name,
}

/// `name AS condition`
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The variable.
    pub variable: Name,
    /// Its condition.
    pub condition: Spanned<Expr>,
}

/// A row pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// A variable.
    Variable(String),
    /// `NOT name`, `NOT name FOR duration`
    Not {
        /// The variable.
        variable: Name,
        /// How long, in nanoseconds.
        lasting: Option<u64>,
    },
    /// `^`; not supported.
    Start,
    /// `$`; not supported.
    End,
    /// `{- pattern -}`; not supported.
    Exclusion(Box<Spanned<Pattern>>),
    /// `PERMUTE(pattern, ...)`
    Permute(Vec<Spanned<Pattern>>, Mode),
    /// `pattern*` and the like.
    Repeat {
        /// What is repeated.
        body: Box<Spanned<Pattern>>,
        /// How often.
        quantifier: Quantifier,
        /// How the rounds follow each other.
        mode: Mode,
    },
    /// One after the other; two at least.
    Sequence {
        /// The first.
        first: Box<Spanned<Pattern>>,
        /// The others.
        rest: Vec<(Separator, Spanned<Pattern>)>,
    },
    /// `pattern | ...`; two at least.
    Alternation(Vec<Spanned<Pattern>>),
}

/// What stands between two patterns: nothing, `->` or `->>`; then `GAP duration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separator {
    /// Nothing is strict, `->` is next, `->>` is any.
    pub contiguity: Contiguity,
    /// The largest gap, in nanoseconds.
    pub gap: Option<u64>,
}

/// What stands after a quantifier or a permutation: nothing, or `STRICT`, `RELAXED` or `ANY`,
/// then `GAP duration`, then `WITHOUT name ...`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mode {
    /// How the rounds or parts follow each other.
    pub contiguity: Option<Contiguity>,
    /// The largest gap, in nanoseconds; only after a word.
    pub gap: Option<u64>,
    /// What must be absent in between; only after a word.
    pub without: Vec<Without>,
}

/// `WITHOUT name`, `WITHOUT STRICT name`
#[derive(Debug, Clone, PartialEq)]
pub struct Without {
    /// Is it about the very next event only?
    pub strict: bool,
    /// The variable.
    pub variable: Name,
}

/// `*`, `+`, `?`, `{n}`, `{n,}`, `{,m}`, `{n,m}`; then `?` if reluctant, or `EACH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantifier {
    /// Fewest.
    pub least: u32,
    /// Most.
    pub most: Option<u32>,
    /// Which of the possible counts.
    pub stop: Stop,
}

/// A value or a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `26.05`
    Number(Decimal),
    /// `50 US`, in nanoseconds.
    Duration(u64),
    /// `'text'`
    Text(String),
    /// `TRUE`, `FALSE`
    Bool(bool),
    /// `name`
    Name(String),
    /// `name.name`
    Member(Name, Name),
    /// `name.*`
    AllOf(Name),
    /// `*`, as an argument.
    Star,
    /// `name(argument, ...)`, `FINAL name(...)`, `RUNNING name(...)`
    Call {
        /// `FINAL` or `RUNNING`.
        scope: Option<Scope>,
        /// Which function.
        function: Name,
        /// Its arguments.
        arguments: Vec<Spanned<Expr>>,
    },
    /// `-value`
    Negative(Box<Spanned<Expr>>),
    /// `value + value - ...`
    Sum {
        /// The first.
        first: Box<Spanned<Expr>>,
        /// The others, and whether each is subtracted.
        rest: Vec<(bool, Spanned<Expr>)>,
    },
    /// `value * value / ...`
    Product {
        /// The first.
        first: Box<Spanned<Expr>>,
        /// The others, and whether each divides.
        rest: Vec<(bool, Spanned<Expr>)>,
    },
    /// `value < value` and the like.
    Compare {
        /// Left side.
        left: Box<Spanned<Expr>>,
        /// The operator.
        comparison: Comparison,
        /// Right side.
        right: Box<Spanned<Expr>>,
    },
    /// `value [NOT] BETWEEN value AND value`
    Between {
        /// Is there a `NOT`?
        negated: bool,
        /// The value.
        value: Box<Spanned<Expr>>,
        /// The least.
        low: Box<Spanned<Expr>>,
        /// The most.
        high: Box<Spanned<Expr>>,
    },
    /// `value [NOT] IN ( value, ... )`
    In {
        /// Is there a `NOT`?
        negated: bool,
        /// The value.
        value: Box<Spanned<Expr>>,
        /// What it may be.
        list: Vec<Spanned<Expr>>,
    },
    /// `value IS [NOT] NULL`
    IsNull {
        /// Is there a `NOT`?
        negated: bool,
        /// The value.
        value: Box<Spanned<Expr>>,
    },
    /// `NOT condition`
    Not(Box<Spanned<Expr>>),
    /// `condition AND ...`; two at least.
    And(Vec<Spanned<Expr>>),
    /// `condition OR ...`; two at least.
    Or(Vec<Spanned<Expr>>),
}

/// Over which rows a function in a measure runs; the same for one row a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `FINAL`
    Final,
    /// `RUNNING`
    Running,
}
