//! The syntax tree as text, with as few parentheses as it takes to be read back equal.

use std::fmt::{self, Display, Formatter, Result};

use super::ast::{
    Clause, Column, Columns, Definition, Derivation, Emit, Expr, File, Measure, Mode, Pattern,
    Quantifier, Query, Scope, Select, Separator, Skip, Without,
};
use super::words::Identifier;
use crate::ir::{Consume, Contiguity, Duration, Stop};

fn list<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    show: impl Fn(&mut Formatter<'_>, &T) -> Result,
) -> Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        show(f, item)?;
    }
    Ok(())
}

impl Display for File {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.queries.iter().try_for_each(|query| writeln!(f, "{query}"))
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = &self.name {
            write!(f, "PATTERN {} ", Identifier(name))?;
        }
        match &self.select {
            None => {}
            Some(Columns::All) => f.write_str("SELECT * ")?,
            Some(Columns::Listed(columns)) => {
                f.write_str("SELECT ")?;
                list(f, columns, |f, column| write!(f, "{column}"))?;
                f.write_str(" ")?;
            }
        }
        write!(f, "FROM {} ", Identifier(&self.stream))?;
        if !self.derive.is_empty() {
            f.write_str("DERIVE ")?;
            list(f, &self.derive, |f, derivation| write!(f, "{derivation}"))?;
            f.write_str(" ")?;
        }
        writeln!(f, "MATCH_RECOGNIZE (")?;
        self.clauses.iter().try_for_each(|clause| writeln!(f, "  {}", clause.node))?;
        f.write_str(")")?;
        self.alias.iter().try_for_each(|alias| write!(f, " AS {}", Identifier(alias)))
    }
}

impl Display for Column {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.of.iter().try_for_each(|of| write!(f, "{}.", Identifier(of)))?;
        write!(f, "{}", Identifier(&self.column))?;
        self.name.iter().try_for_each(|name| write!(f, " AS {}", Identifier(name)))
    }
}

impl Display for Derivation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} AS {}", Identifier(&self.name), self.aggregate.node)?;
        if let Some(filter) = &self.filter {
            write!(f, " FILTER (WHERE {})", filter.node)?;
        }
        f.write_str(" OVER (")?;
        if !self.partition_by.is_empty() {
            f.write_str(" PARTITION BY ")?;
            list(f, &self.partition_by, |f, name| write!(f, "{}", Identifier(name)))?;
        }
        self.order_by.iter().try_for_each(|by| write!(f, " ORDER BY {}", Identifier(by)))?;
        self.frame.iter().try_for_each(|frame| write!(f, "{}", frame.node))?;
        f.write_str(" )")
    }
}

impl Display for Clause {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let names = |f: &mut Formatter<'_>, names: &[super::ast::Name]| {
            list(f, names, |f, name| write!(f, "{}", Identifier(name)))
        };
        match self {
            Self::PartitionBy(fields) => {
                f.write_str("PARTITION BY ")?;
                names(f, fields)
            }
            Self::OrderBy(field) => write!(f, "ORDER BY {}", Identifier(field)),
            Self::Kinds(kinds) => {
                f.write_str("KINDS (")?;
                list(f, kinds, |f, kind| write!(f, "{}", kind.node))?;
                f.write_str(")")
            }
            Self::Measures(measures) => {
                f.write_str("MEASURES ")?;
                list(f, measures, |f, Measure { value, name }| {
                    write!(f, "{} AS {}", value.node, Identifier(name))
                })
            }
            Self::OneRow => f.write_str("ONE ROW PER MATCH"),
            Self::AllRows => f.write_str("ALL ROWS PER MATCH"),
            Self::Select(select, limit) => {
                f.write_str(match select {
                    Select::All => "ALL MATCHES",
                    Select::First => "FIRST MATCH PER START",
                    Select::Longest => "LONGEST MATCH PER START",
                    Select::Preferred => "PREFERRED MATCH PER START",
                })?;
                limit.map_or(Ok(()), |limit| write!(f, " LIMIT {limit}"))
            }
            Self::AfterMatch(skip, eager) => {
                write!(f, "AFTER MATCH SKIP {skip}{}", if *eager { " EAGER" } else { "" })
            }
            Self::Consume(Consume::None) => f.write_str("CONSUME NONE"),
            Self::Consume(Consume::Partition) => f.write_str("CONSUME PARTITION"),
            Self::Consume(Consume::All) => f.write_str("CONSUME ALL"),
            Self::Pattern(pattern) => write!(f, "PATTERN ( {} )", pattern.node),
            Self::Within(time) => write!(f, "WITHIN {}", Duration(*time)),
            Self::WithinEvents(events) => write!(f, "WITHIN {events} EVENTS"),
            Self::Gap(gap) => write!(f, "GAP {}", Duration(*gap)),
            Self::Subset(subsets) => {
                f.write_str("SUBSET ")?;
                list(f, subsets, |f, (name, of)| {
                    write!(f, "{} = (", Identifier(name))?;
                    names(f, of)?;
                    f.write_str(")")
                })
            }
            Self::Define(definitions) => {
                for (i, Definition { variable, condition }) in definitions.iter().enumerate() {
                    f.write_str(if i > 0 { ",\n         " } else { "DEFINE " })?;
                    write!(f, "{} AS {}", Identifier(variable), condition.node)?;
                }
                Ok(())
            }
            Self::OnTimeoutEmit => f.write_str("ON TIMEOUT EMIT"),
            Self::Emit(Emit::Count) => f.write_str("EMIT COUNT"),
            Self::Emit(Emit::Sum(variable, field)) => {
                write!(f, "EMIT SUM({}.{})", Identifier(variable), Identifier(field))
            }
        }
    }
}

impl Display for Skip {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::None => f.write_str("NONE"),
            Self::ToNext => f.write_str("TO NEXT ROW"),
            Self::PastLast => f.write_str("PAST LAST ROW"),
            Self::ToFirst(name) => write!(f, "TO FIRST {}", Identifier(name)),
            Self::ToLast(name) => write!(f, "TO LAST {}", Identifier(name)),
        }
    }
}

/// Prints `item` as an operand: in parentheses if it binds less tightly than `least`.
fn operand<T: Display>(f: &mut Formatter<'_>, item: &T, own: u8, least: u8) -> Result {
    if own < least { write!(f, "({item})") } else { write!(f, "{item}") }
}

impl Pattern {
    /// How tightly it binds: alternation, sequence, repetition, atom.
    fn level(&self) -> u8 {
        match self {
            Self::Alternation(_) => 0,
            Self::Sequence { .. } => 1,
            Self::Repeat { .. } => 2,
            _ => 3,
        }
    }

    fn operand(&self, f: &mut Formatter<'_>, least: u8) -> Result {
        operand(f, self, self.level(), least)
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Variable(name) => write!(f, "{}", Identifier(name)),
            Self::Not { variable, lasting } => {
                write!(f, "NOT {}", Identifier(variable))?;
                lasting.map_or(Ok(()), |lasting| write!(f, " FOR {}", Duration(lasting)))
            }
            Self::Start => f.write_str("^"),
            Self::End => f.write_str("$"),
            Self::Exclusion(inner) => write!(f, "{{- {} -}}", inner.node),
            Self::Permute(parts, mode) => {
                f.write_str("PERMUTE(")?;
                list(f, parts, |f, part| write!(f, "{}", part.node))?;
                write!(f, "){mode}")
            }
            Self::Repeat { body, quantifier, mode } => {
                body.operand(f, 3)?;
                write!(f, "{quantifier}{mode}")
            }
            Self::Sequence { first, rest } => {
                let mut item: &Self = first;
                for (separator, next) in rest {
                    item.operand(f, if separator.would_join(item) { 4 } else { 2 })?;
                    write!(f, "{separator}")?;
                    item = next;
                }
                item.operand(f, 2)
            }
            Self::Alternation(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    f.write_str(if i > 0 { " | " } else { "" })?;
                    part.operand(f, 1)?;
                }
                Ok(())
            }
        }
    }
}

impl Separator {
    /// Would its `GAP` be taken for that of the item before it?
    fn would_join(self, item: &Pattern) -> bool {
        let ends_in_word = match item {
            Pattern::Repeat { mode, .. } | Pattern::Permute(_, mode) => mode.contiguity.is_some(),
            _ => false,
        };
        ends_in_word && self.contiguity == Contiguity::Strict && self.gap.is_some()
    }
}

impl Display for Separator {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(match self.contiguity {
            Contiguity::Strict => " ",
            Contiguity::Next => " -> ",
            Contiguity::Any => " ->> ",
        })?;
        self.gap.map_or(Ok(()), |gap| write!(f, "GAP {} ", Duration(gap)))
    }
}

impl Display for Mode {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Some(contiguity) = self.contiguity else { return Ok(()) };
        f.write_str(match contiguity {
            Contiguity::Strict => " STRICT",
            Contiguity::Next => " RELAXED",
            Contiguity::Any => " ANY",
        })?;
        if let Some(gap) = self.gap {
            write!(f, " GAP {}", Duration(gap))?;
        }
        self.without.iter().try_for_each(|Without { strict, variable }| {
            let strict = if *strict { "STRICT " } else { "" };
            write!(f, " WITHOUT {strict}{}", Identifier(variable))
        })
    }
}

impl Display for Quantifier {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match (self.least, self.most) {
            (0, Some(1)) => f.write_str("?"),
            (0, None) => f.write_str("*"),
            (1, None) => f.write_str("+"),
            (least, None) => write!(f, "{{{least},}}"),
            (least, Some(most)) if least == most => write!(f, "{{{least}}}"),
            (least, Some(most)) => write!(f, "{{{least},{most}}}"),
        }?;
        f.write_str(match self.stop {
            Stop::Greedy => "",
            Stop::Reluctant => "?",
            Stop::Each => " EACH",
        })
    }
}

impl Expr {
    /// How tightly it binds: `OR`, `AND`, `NOT`, comparison, sum, product, sign, atom.
    fn level(&self) -> u8 {
        match self {
            Self::Or(_) => 0,
            Self::And(_) => 1,
            Self::Not(_) => 2,
            Self::Compare { .. } | Self::Between { .. } | Self::In { .. } | Self::IsNull { .. } => {
                3
            }
            Self::Sum { .. } => 4,
            Self::Product { .. } => 5,
            Self::Negative(_) => 6,
            _ => 7,
        }
    }

    fn operand(&self, f: &mut Formatter<'_>, least: u8) -> Result {
        operand(f, self, self.level(), least)
    }

    fn joined(
        f: &mut Formatter<'_>,
        parts: &[super::span::Spanned<Self>],
        word: &str,
        least: u8,
    ) -> Result {
        for (i, part) in parts.iter().enumerate() {
            f.write_str(if i > 0 { word } else { "" })?;
            part.operand(f, least)?;
        }
        Ok(())
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let not = |negated: bool| if negated { " NOT" } else { "" };
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Duration(time) => write!(f, "{}", Duration(*time)),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Bool(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            Self::Name(name) => write!(f, "{}", Identifier(name)),
            Self::Member(variable, field) => {
                write!(f, "{}.{}", Identifier(variable), Identifier(field))
            }
            Self::AllOf(variable) => write!(f, "{}.*", Identifier(variable)),
            Self::Star => f.write_str("*"),
            Self::Call { scope, function, arguments } => {
                f.write_str(match scope {
                    None => "",
                    Some(Scope::Final) => "FINAL ",
                    Some(Scope::Running) => "RUNNING ",
                })?;
                write!(f, "{}(", Identifier(function))?;
                list(f, arguments, |f, argument| write!(f, "{}", argument.node))?;
                f.write_str(")")
            }
            Self::Negative(inner) => {
                f.write_str("-")?;
                inner.operand(f, 7)
            }
            Self::Sum { first, rest } => {
                first.operand(f, 5)?;
                rest.iter().try_for_each(|(subtracted, part)| {
                    f.write_str(if *subtracted { " - " } else { " + " })?;
                    part.operand(f, 5)
                })
            }
            Self::Product { first, rest } => {
                first.operand(f, 6)?;
                rest.iter().try_for_each(|(divides, part)| {
                    f.write_str(if *divides { " / " } else { " * " })?;
                    part.operand(f, 6)
                })
            }
            Self::Compare { left, comparison, right } => {
                left.operand(f, 4)?;
                write!(f, " {comparison} ")?;
                right.operand(f, 4)
            }
            Self::Between { negated, value, low, high } => {
                value.operand(f, 4)?;
                write!(f, "{} BETWEEN ", not(*negated))?;
                low.operand(f, 4)?;
                f.write_str(" AND ")?;
                high.operand(f, 4)
            }
            Self::IsNull { negated, value } => {
                value.operand(f, 4)?;
                write!(f, " IS{} NULL", not(*negated))
            }
            Self::In { negated, value, list: known } => {
                value.operand(f, 4)?;
                write!(f, "{} IN (", not(*negated))?;
                list(f, known, |f, item| item.operand(f, 4))?;
                f.write_str(")")
            }
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                inner.operand(f, 2)
            }
            Self::And(parts) => Self::joined(f, parts, " AND ", 2),
            Self::Or(parts) => Self::joined(f, parts, " OR ", 1),
        }
    }
}
