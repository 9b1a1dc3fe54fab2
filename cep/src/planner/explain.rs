//! The whole plan of a pattern in words, every default spelled out.

use std::fmt;

use super::order::Order as Steps;
use super::{Choice, Plan};
use crate::ir::{Condition, Consume, Duration, Ir, Order, Selection, Skip};
use crate::matching::Limits;

/// What the planner made of a pattern; [`Display`](fmt::Display) is what `explain` prints.
#[derive(Debug, Clone, Copy)]
pub struct Explanation<'a> {
    ir: &'a Ir,
    plan: &'a Plan,
    limits: Limits,
    memory: usize,
}

impl<'a> Explanation<'a> {
    /// That of a matcher of `ir`, with `plan` within `limits`, which allocated `memory` bytes.
    #[must_use]
    pub fn new(ir: &'a Ir, plan: &'a Plan, limits: Limits, memory: usize) -> Self {
        Self { ir, plan, limits, memory }
    }

    fn stream(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ir, .. } = self;
        let schema = &ir.schema;
        let time = schema.field(schema.time()).name();
        writeln!(f, "pattern {}", ir.name.as_deref().unwrap_or("without a name"))?;
        line(f, "stream", &format_args!("{}, in the order of {time}", schema.name()))?;
        if ir.partition_by.is_empty() {
            line(f, "partition by", &"nothing: all events are one stream (default)")?;
        } else {
            let fields = ir.partition_by.iter().map(|field| schema.field(*field).name());
            let fields: Vec<_> = fields.collect();
            let each = "each value is a stream of its own";
            line(f, "partition by", &format_args!("{}: {each}", fields.join(", ")))?;
        }
        match (&ir.kinds, schema.kind()) {
            (Some(kinds), Some(field)) => {
                let names = schema.field(field).symbol_table();
                let name = |code: &i128| {
                    let name = names.and_then(|names| names.name(*code));
                    name.map_or_else(|| code.to_string(), str::to_owned)
                };
                let kinds: Vec<_> = kinds.iter().map(name).collect();
                let others = "others are not there at all";
                line(f, "kinds", &format_args!("{}; {others}", kinds.join(", ")))?;
            }
            _ => line(f, "kinds", &"all (default)")?,
        }
        for column in schema.columns() {
            line(f, "derived", &ir.column_text(column))?;
        }
        line(f, "pattern", &ir.pattern_text())
    }

    fn conditions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nsteps")?;
        for step in &self.ir.steps {
            let parts = step.condition.conjuncts();
            writeln!(f, "  {}{}", step.name, if parts.is_empty() { ": any event" } else { "" })?;
            for part in parts {
                let text = self.ir.condition_text(part).to_string();
                writeln!(f, "    {text:<44} {}", reads(part))?;
            }
        }
        writeln!(f, "\norder")?;
        write!(f, "{}", Steps::of(self.ir))
    }

    fn bounds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = self.ir.window;
        writeln!(f, "\nbounds of a match")?;
        match window.time {
            Some(time) => {
                let time = Duration(time);
                line(f, "time", &format_args!("less than {time} from first to last event"))?;
            }
            None => line(f, "time", &"any (default)")?,
        }
        match window.events {
            Some(events) => {
                let those = "those between first and last counted";
                line(f, "events", &format_args!("at most {events} of the partition, {those}"))
            }
            None => line(f, "events", &"any number (default)"),
        }
    }

    fn after(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ir = self.ir;
        writeln!(f, "\nwhat comes out")?;
        let selection = match ir.selection {
            Selection::All => "all that begin at one event (default)",
            Selection::FirstPerStart => "of those that begin at one event, the one that ends first",
            Selection::LongestPerStart => {
                "of those that begin at one event, the one that ends last"
            }
            Selection::PreferredPerStart => {
                "of those that begin at one event, the one that SQL's quantifiers prefer"
            }
        };
        line(f, "matches", &selection)?;
        match ir.limit {
            Some(limit) => line(f, "limit", &format_args!("{limit} at one event"))?,
            None => line(f, "limit", &"none (default)")?,
        }
        match ir.skip {
            Skip::None => line(f, "skip", &"nothing: matches may overlap")?,
            Skip::ToNext => line(f, "skip", &"others that begin at the same event")?,
            Skip::PastLast => {
                line(f, "skip", &"those that begin at or before a match's last event (default)")?;
            }
            Skip::ToFirst(step) => {
                let name = &ir.step(step).name;
                line(f, "skip", &format_args!("those that begin before the match's first {name}"))?;
            }
            Skip::ToLast(step) => {
                let name = &ir.step(step).name;
                line(f, "skip", &format_args!("those that begin before the match's last {name}"))?;
            }
        }
        if ir.skip != Skip::None {
            let order = match ir.order {
                Order::Leftmost => {
                    "the match that begins first, once nothing that began earlier waits (default)"
                }
                Order::Eager => "the match that is complete first, at once (EAGER)",
            };
            line(f, "which one", &order)?;
        }
        let consume = match ir.consume {
            Consume::None => "nothing: partial matches go on (default)",
            Consume::Partition => "a match ends all partial matches of its key",
            Consume::All => "a match ends all partial matches",
        };
        line(f, "consume", &consume)?;
        let timeouts = if ir.emit_timeouts { "reported" } else { "not reported (default)" };
        line(f, "time-outs", &timeouts)?;
        for measure in &ir.measures {
            line(f, &measure.name, &ir.expr_text(&measure.value))?;
        }
        Ok(())
    }

    fn matcher(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nmatcher")?;
        match self.plan.choice() {
            Choice::Shared { states } => {
                line(
                    f,
                    "shared",
                    &"all partial matches in one state share one node: the time for",
                )?;
                line(f, "", &"an event does not depend on how many there are")?;
                line(f, "", &format_args!("its automaton has {states} states"))?;
            }
            Choice::Registers => {
                line(f, "registers", &"each partial match is a run of its own, which keeps what")?;
                line(f, "", &"conditions read of its events, and never looks back at them")?;
            }
            Choice::Forked => {
                line(
                    f,
                    "run by run",
                    &"each partial match is a run of its own, and remembers its",
                )?;
                line(f, "", &"events: an event costs time for each run of its key")?;
            }
        }
        for (matcher, reason) in self.plan.refused() {
            line(f, &format!("not {matcher}"), &reason)?;
        }
        writeln!(
            f,
            "\nlimits, and {} bytes allocated when the matcher is built",
            grouped(self.memory)
        )?;
        for (name, value, _) in self.limits.named() {
            line(f, name, &grouped(value))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream(f)?;
        self.conditions(f)?;
        self.bounds(f)?;
        self.after(f)?;
        self.matcher(f)
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, what: &dyn fmt::Display) -> fmt::Result {
    writeln!(f, "  {name:<16} {what}")
}

/// What testing a part of a condition takes.
fn reads(part: &Condition) -> &'static str {
    let reads = part.reads();
    if reads.earlier {
        "reads events bound earlier"
    } else if reads.rows > 0 {
        "reads earlier events of the key"
    } else if matches!(part, Condition::Opaque(_)) {
        "a closure, on the event alone"
    } else {
        "on the event alone"
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
