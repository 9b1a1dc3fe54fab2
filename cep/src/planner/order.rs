//! How the steps of a pattern follow each other, in words.

use std::fmt;

use crate::ir::{Contiguity, Duration, Extent, Ir, Link, Node, StepId, Stop};

/// One line for each part of the pattern, those within it further in.
pub(super) struct Order {
    lines: Vec<(usize, String)>,
}

impl Order {
    pub(super) fn of(ir: &Ir) -> Self {
        let mut order = Self { lines: Vec::new() };
        order.part(ir, &ir.pattern, 0, None);
        order
    }

    fn say(&mut self, depth: usize, what: String) {
        self.lines.push((depth, what));
    }

    /// `link` is what lies before it, if something does.
    fn part(&mut self, ir: &Ir, node: &Node, depth: usize, link: Option<&Link>) {
        let name = |step| &ir.step(step).name;
        let from = link.map(|link| format!(", {}", follows(ir, link))).unwrap_or_default();
        match node {
            Node::Step(step) => self.say(depth, format!("{}{from}", name(*step))),
            Node::Absent { step, extent } => self.say(depth, absence(ir, *step, *extent)),
            Node::Sequence { first, rest } => {
                self.part(ir, first, depth, link);
                for (link, part) in rest {
                    self.part(ir, part, depth, Some(link));
                }
            }
            Node::Alternation(parts) => {
                self.say(depth, format!("one of{from}"));
                for part in parts {
                    self.part(ir, part, depth + 1, None);
                }
            }
            Node::Permutation { parts, link: between } => {
                let between = follows(ir, between);
                self.say(depth, format!("all of, in any order{from}; among them {between}"));
                for part in parts {
                    self.part(ir, part, depth + 1, None);
                }
            }
            Node::Repeat { body, least, most, stop, link: again } => {
                let times = times(*least, *most);
                let again = match most {
                    Some(1) => String::new(),
                    _ => format!("; between rounds {}", follows(ir, again)),
                };
                let how = format!("{times}{}{from}{again}", stops(*stop, *least, *most));
                if let Node::Step(step) = **body {
                    self.say(depth, format!("{}, {how}", name(step)));
                } else {
                    self.say(depth, how);
                    self.part(ir, body, depth + 1, None);
                }
            }
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, what) in &self.lines {
            writeln!(f, "  {:1$}{what}", "", 2 * depth)?;
        }
        Ok(())
    }
}

/// What must not be there.
pub(super) fn absence(ir: &Ir, step: StepId, extent: Extent) -> String {
    let name = &ir.step(step).name;
    match extent {
        Extent::Next => format!("the next event is no {name}"),
        Extent::Between => format!("no {name} in between"),
        Extent::For(time) => format!("no {name} for {}", Duration(time)),
        Extent::Window => format!("no {name} until the window closes"),
    }
}

/// Where the next event of a match may be.
fn follows(ir: &Ir, link: &Link) -> String {
    let mut text = match link.contiguity {
        Contiguity::Strict => "the very next event",
        Contiguity::Next => "the first later event that fits",
        Contiguity::Any => "any later event that fits",
    }
    .to_owned();
    if let Some(gap) = link.gap {
        text += &format!(", less than {} later", Duration(gap));
    }
    for absent in &link.absent {
        let name = &ir.step(absent.step).name;
        text += &if absent.adjacent {
            format!(", and the next event is no {name}")
        } else {
            format!(", with no {name} in between")
        };
    }
    text
}

fn times(least: u32, most: Option<u32>) -> String {
    match (least, most) {
        (0, Some(1)) => "once or not at all".to_owned(),
        (0, None) => "any number of times".to_owned(),
        (least, None) => format!("{least} times or more"),
        (least, Some(most)) if least == most => format!("{least} times"),
        (least, Some(most)) => format!("{least} to {most} times"),
    }
}

fn stops(stop: Stop, least: u32, most: Option<u32>) -> &'static str {
    match stop {
        _ if most == Some(least) => "",
        Stop::Greedy => " (greedy: left only when it could not go on)",
        Stop::Reluctant => " (reluctant: left as soon as it can be)",
        Stop::Each => " (each count is a match of its own)",
    }
}
