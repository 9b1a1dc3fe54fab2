//! Patterns as text.

use std::fmt;

use super::display_expr::{Names, Quoted};
use super::duration::Duration;
use super::node::{Contiguity, Extent, Link, Node, Stop};
use super::{Column, Condition, Consume, Emit, Expr, Ir, Order, Selection, Skip};
use crate::lang::Identifier;

impl fmt::Display for Ir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        if let Some(name) = &self.name {
            write!(f, "PATTERN {} ", Identifier(name))?;
        }
        write!(f, "FROM {} ", Identifier(self.schema.name()))?;
        for (i, column) in self.schema.columns().iter().enumerate() {
            f.write_str(if i == 0 { "DERIVE\n  " } else { ",\n  " })?;
            names.column(f, column)?;
        }
        f.write_str(if self.schema.columns().is_empty() { "" } else { "\n" })?;
        writeln!(f, "MATCH_RECOGNIZE (")?;
        if !self.partition_by.is_empty() {
            f.write_str("  PARTITION BY ")?;
            list(f, &self.partition_by, |f, field| write!(f, "{}", names.field(*field)))?;
            writeln!(f)?;
        }
        if let (Some(kinds), Some(field)) = (&self.kinds, self.schema.kind()) {
            f.write_str("  KINDS (")?;
            list(f, kinds, |f, &code| match names.symbol(field, code) {
                Some(name) => write!(f, "{}", Quoted(name)),
                None => write!(f, "{code}"),
            })?;
            writeln!(f, ")")?;
        }
        if !self.measures.is_empty() {
            f.write_str("  MEASURES ")?;
            list(f, &self.measures, |f, measure| {
                names.expr(f, &measure.value)?;
                write!(f, " AS {}", Identifier(&measure.name))
            })?;
            writeln!(f)?;
        }
        self.modes(f)?;
        writeln!(f, "  PATTERN ( {} )", self.pattern_text())?;
        if let Some(time) = self.window.time {
            writeln!(f, "  WITHIN {}", Duration(time))?;
        }
        if let Some(events) = self.window.events {
            writeln!(f, "  WITHIN {events} EVENTS")?;
        }
        if self.emit_timeouts {
            writeln!(f, "  ON TIMEOUT EMIT")?;
        }
        match self.emit {
            Emit::Matches => {}
            Emit::Count => writeln!(f, "  EMIT COUNT")?,
            Emit::Sum { step, field } => {
                writeln!(f, "  EMIT SUM({}.{})", names.step(step), names.field(field))?;
            }
        }
        let always = Condition::always();
        let defined: Vec<_> = self.steps.iter().filter(|step| step.condition != always).collect();
        for (i, step) in defined.iter().enumerate() {
            let word = if i == 0 { "  DEFINE " } else { ",\n         " };
            write!(f, "{word}{} AS ", Identifier(&step.name))?;
            names.condition(f, &step.condition)?;
        }
        f.write_str(if defined.is_empty() { ")" } else { "\n)" })
    }
}

impl Ir {
    fn names(&self) -> Names<'_> {
        Names { schema: &self.schema, steps: &self.steps }
    }

    /// A condition of this pattern as text.
    pub fn condition_text<'a>(&'a self, condition: &'a Condition) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| self.names().condition(f, condition))
    }

    /// A derived column of this pattern as text.
    pub fn column_text<'a>(&'a self, column: &'a Column) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| self.names().column(f, column))
    }

    /// A value of this pattern as text.
    pub fn expr_text<'a>(&'a self, expr: &'a Expr) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| self.names().expr(f, expr))
    }

    /// What stands in `PATTERN ( ... )`.
    pub(crate) fn pattern_text(&self) -> impl fmt::Display + '_ {
        let pattern = Pattern { names: self.names(), arrows: has_arrows(&self.pattern) };
        fmt::from_fn(move |f| pattern.node(f, &self.pattern))
    }

    fn modes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selection = match (self.selection, self.limit) {
            (Selection::All, None) => None,
            (Selection::All, Some(_)) => Some("ALL MATCHES"),
            (Selection::FirstPerStart, _) => Some("FIRST MATCH PER START"),
            (Selection::LongestPerStart, _) => Some("LONGEST MATCH PER START"),
            (Selection::PreferredPerStart, _) => Some("PREFERRED MATCH PER START"),
        };
        if let Some(selection) = selection {
            write!(f, "  {selection}")?;
            if let Some(limit) = self.limit {
                write!(f, " LIMIT {limit}")?;
            }
            writeln!(f)?;
        }
        f.write_str("  AFTER MATCH SKIP ")?;
        match self.skip {
            Skip::None => write!(f, "NONE"),
            Skip::ToNext => write!(f, "TO NEXT ROW"),
            Skip::PastLast => write!(f, "PAST LAST ROW"),
            Skip::ToFirst(step) => write!(f, "TO FIRST {}", self.names().step(step)),
            Skip::ToLast(step) => write!(f, "TO LAST {}", self.names().step(step)),
        }?;
        writeln!(f, "{}", if self.order == Order::Eager { " EAGER" } else { "" })?;
        match self.consume {
            Consume::None => Ok(()),
            Consume::Partition => writeln!(f, "  CONSUME PARTITION"),
            Consume::All => writeln!(f, "  CONSUME ALL"),
        }
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    item: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, one) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        item(f, one)?;
    }
    Ok(())
}

/// Is there an arrow in the text? Then repetitions skip unless they say otherwise.
fn has_arrows(node: &Node) -> bool {
    match node {
        Node::Step(_) | Node::Absent { .. } => false,
        Node::Sequence { first, rest } => {
            let arrow = |(link, node): &(Link, Node)| match node {
                Node::Absent { extent, .. } => *extent != Extent::Next,
                node => link.contiguity != Contiguity::Strict || has_arrows(node),
            };
            has_arrows(first) || rest.iter().any(arrow)
        }
        Node::Alternation(parts) | Node::Permutation { parts, .. } => parts.iter().any(has_arrows),
        Node::Repeat { body, .. } => has_arrows(body),
    }
}

/// Prints the regular expression of a pattern.
struct Pattern<'a> {
    names: Names<'a>,
    /// Does the text have arrows?
    arrows: bool,
}

impl Pattern<'_> {
    fn grouped(&self, f: &mut fmt::Formatter<'_>, node: &Node, group: bool) -> fmt::Result {
        if group {
            f.write_str("(")?;
        }
        self.node(f, node)?;
        f.write_str(if group { ")" } else { "" })
    }

    fn node(&self, f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
        match node {
            Node::Step(step) => write!(f, "{}", self.names.step(*step)),
            Node::Absent { step, extent } => {
                write!(f, "NOT {}", self.names.step(*step))?;
                if let Extent::For(time) = extent {
                    write!(f, " FOR {}", Duration(*time))?;
                }
                Ok(())
            }
            Node::Sequence { first, rest } => {
                let mut item = &**first;
                for (link, next) in rest {
                    self.grouped(f, item, self.needs_group(item, Some((link, next))))?;
                    separator(f, link, next)?;
                    item = next;
                }
                self.grouped(f, item, self.needs_group(item, None))
            }
            Node::Alternation(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    f.write_str(if i > 0 { " | " } else { "" })?;
                    self.grouped(f, part, matches!(part, Node::Alternation(_)))?;
                }
                Ok(())
            }
            Node::Permutation { parts, link } => {
                f.write_str("PERMUTE(")?;
                list(f, parts, |f, part| self.node(f, part))?;
                f.write_str(")")?;
                self.mode(f, link)
            }
            Node::Repeat { body, least, most, stop, link } => {
                self.grouped(f, body, !matches!(**body, Node::Step(_)))?;
                match (least, most) {
                    (0, Some(1)) => f.write_str("?"),
                    (0, None) => f.write_str("*"),
                    (1, None) => f.write_str("+"),
                    (least, None) => write!(f, "{{{least},}}"),
                    (least, Some(most)) if least == most => write!(f, "{{{least}}}"),
                    (least, Some(most)) => write!(f, "{{{least},{most}}}"),
                }?;
                f.write_str(match stop {
                    Stop::Greedy => "",
                    Stop::Reluctant => "?",
                    Stop::Each => " EACH",
                })?;
                if *most == Some(1) { Ok(()) } else { self.mode(f, link) }
            }
        }
    }

    /// Does a part of a sequence need parentheses, given what follows it?
    fn needs_group(&self, node: &Node, next: Option<(&Link, &Node)>) -> bool {
        match node {
            Node::Step(_) | Node::Absent { .. } => false,
            Node::Alternation(_) | Node::Sequence { .. } => true,
            // A `GAP` that follows a mode at once would be taken for its own.
            Node::Repeat { link: inner, .. } | Node::Permutation { link: inner, .. } => {
                let joins = |(link, _): (&Link, &Node)| {
                    link.contiguity == Contiguity::Strict && link.gap.is_some()
                };
                self.has_mode(inner) && next.is_some_and(joins)
            }
        }
    }

    /// Is a link inside a repetition or a permutation another than the default?
    fn has_mode(&self, link: &Link) -> bool {
        let default = if self.arrows { Contiguity::Next } else { Contiguity::Strict };
        link.contiguity != default || link.gap.is_some() || !link.absent.is_empty()
    }

    /// What stands after a repetition or a permutation, unless it is the default.
    fn mode(&self, f: &mut fmt::Formatter<'_>, link: &Link) -> fmt::Result {
        if !self.has_mode(link) {
            return Ok(());
        }
        f.write_str(match link.contiguity {
            Contiguity::Strict => " STRICT",
            Contiguity::Next => " RELAXED",
            Contiguity::Any => " ANY",
        })?;
        if let Some(gap) = link.gap {
            write!(f, " GAP {}", Duration(gap))?;
        }
        link.absent.iter().try_for_each(|absent| {
            let strict = if absent.adjacent { "STRICT " } else { "" };
            write!(f, " WITHOUT {strict}{}", self.names.step(absent.step))
        })
    }
}

/// What stands before a part of a sequence that is not its first.
fn separator(f: &mut fmt::Formatter<'_>, link: &Link, part: &Node) -> fmt::Result {
    if let Node::Absent { extent, .. } = part {
        return f.write_str(if *extent == Extent::Next { " " } else { " -> " });
    }
    f.write_str(match link.contiguity {
        Contiguity::Strict => " ",
        Contiguity::Next => " -> ",
        Contiguity::Any => " ->> ",
    })?;
    link.gap.map_or(Ok(()), |gap| write!(f, "GAP {} ", Duration(gap)))
}
