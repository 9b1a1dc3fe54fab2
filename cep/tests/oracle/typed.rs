//! A pattern as the crate's own typed form, so that what judges and what is judged get the same.

use std::mem::{offset_of, take};
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use tourbillon_cep::Comparison;
use tourbillon_cep::ir::{self, Aggregate, Contiguity, Decimal, Expr, Extent, Ir, Place, StepId};
use tourbillon_cep::schema::{FieldId, FieldType, Schema, SchemaField};

use super::pattern::{
    Absent, Compare, Condition, Consume, Event, Link, Node, Operand, Order, Pattern, Selection,
    Skip, Stop,
};

/// An [`Event`] as a matcher reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Plain {
    pub time: u64,
    pub value: i64,
    pub key: u32,
    pub kind: u32,
}

impl From<Event> for Plain {
    fn from(event: Event) -> Self {
        let Event { time, key, kind, value } = event;
        Self { time, value, key, kind: kind.into() }
    }
}

/// The schema of [`Plain`].
pub fn schema() -> Arc<Schema> {
    Schema::builder::<Plain>("plain")
        .field(SchemaField::new("time", FieldType::U64, offset_of!(Plain, time)))
        .field(SchemaField::new("value", FieldType::I64, offset_of!(Plain, value)))
        .field(SchemaField::new("key", FieldType::U32, offset_of!(Plain, key)))
        .field(SchemaField::new("kind", FieldType::U32, offset_of!(Plain, kind)))
        .time("time")
        .build()
        .expect("a sound schema")
}

/// The typed form of `pattern`; `None` if it has no word for it: a gap with nothing after it, a
/// time without something between rounds, and a step with two conditions.
pub fn typed(pattern: &Pattern, schema: &Arc<Schema>) -> Option<Ir> {
    let mut typing = Typing::new(schema);
    let mut whole = pattern.selected();
    if let Node::Sequence(parts) = &mut whole {
        // What lies between two events says nothing after the last one.
        let says_nothing = |node: &Node| {
            matches!(node, Node::Not(Absent::Next | Absent::Between, _) | Node::Gap(_))
        };
        while parts.last().is_some_and(|(_, node)| says_nothing(node)) {
            parts.pop();
        }
    }
    // Steps keep their numbers; absences take others.
    let numbers = whole.steps();
    typing.steps = vec![None; numbers.iter().max().map_or(0, |last| last + 1)];
    typing.free = (0..typing.steps.len()).filter(|number| !numbers.contains(number)).collect();
    let node = typing.node(&whole)?;
    let skip = match pattern.skip {
        Skip::None => ir::Skip::None,
        Skip::PastLast => ir::Skip::PastLast,
        Skip::ToNext => ir::Skip::ToNext,
        Skip::ToFirst(step) => ir::Skip::ToFirst(StepId::new(step)),
        Skip::ToLast(step) => ir::Skip::ToLast(StepId::new(step)),
    };
    Some(Ir {
        name: None,
        schema: Arc::clone(schema),
        partition_by: if pattern.partition { vec![typing.key] } else { vec![] },
        kinds: None,
        steps: typing.named_steps(),
        pattern: node,
        window: ir::Window {
            time: pattern.window.time,
            events: pattern.window.events.map(|count| count as u64),
        },
        selection: match pattern.selection {
            Selection::FirstPerStart => ir::Selection::FirstPerStart,
            Selection::LongestPerStart => ir::Selection::LongestPerStart,
            Selection::Preferred => ir::Selection::PreferredPerStart,
            Selection::All | Selection::Next | Selection::Strict => ir::Selection::All,
        },
        limit: pattern.limit.map(|limit| limit as u64),
        skip,
        order: match pattern.order {
            Order::Eager => ir::Order::Eager,
            Order::Leftmost => ir::Order::Leftmost,
        },
        consume: match pattern.consume {
            Consume::None => ir::Consume::None,
            Consume::Partition => ir::Consume::Partition,
            Consume::All => ir::Consume::All,
        },
        emit_timeouts: true,
        emit: ir::Emit::Matches,
        measures: vec![],
    })
}

struct Typing {
    value: FieldId,
    key: FieldId,
    kind: FieldId,
    /// By number.
    steps: Vec<Option<ir::Condition>>,
    /// Numbers that no step of the pattern has.
    free: Vec<usize>,
}

impl Typing {
    fn new(schema: &Schema) -> Self {
        let field = |name| schema.find(name).expect("a field of the schema");
        let (value, key, kind) = (field("value"), field("key"), field("kind"));
        Self { value, key, kind, steps: vec![], free: vec![] }
    }

    fn named_steps(&mut self) -> Vec<ir::Step> {
        let steps = take(&mut self.steps).into_iter().enumerate();
        let step = |(number, condition): (usize, Option<_>)| ir::Step {
            name: format!("s{number}"),
            condition: condition.unwrap_or_else(ir::Condition::never),
        };
        steps.map(step).collect()
    }

    fn absent(&mut self, condition: &Condition) -> StepId {
        let condition = self.condition(condition);
        let number = self.free.pop().unwrap_or_else(|| {
            self.steps.push(None);
            self.steps.len() - 1
        });
        self.steps[number] = Some(condition);
        StepId::new(number)
    }

    fn sequence(&mut self, parts: &[(Link, Node)]) -> Option<ir::Node> {
        let (mut nodes, mut gaps) = (Vec::new(), Vec::new());
        for (link, part) in parts {
            match part {
                Node::Gap(_) => gaps.push(part.clone()),
                Node::Not(..) => nodes.push((ir::Link::STRICT, self.node(part)?)),
                _ => nodes.push((self.link(*link, &take(&mut gaps))?, self.node(part)?)),
            }
        }
        if !gaps.is_empty() {
            return None;
        }
        let mut nodes = nodes.into_iter();
        let (_, first) = nodes.next()?;
        let rest: Vec<_> = nodes.collect();
        let alone = rest.is_empty();
        Some(if alone { first } else { ir::Node::Sequence { first: Box::new(first), rest } })
    }

    fn link(&mut self, link: Link, before: &[Node]) -> Option<ir::Link> {
        let contiguity = match link {
            Link::Next => Contiguity::Strict,
            Link::Relaxed => Contiguity::Next,
            Link::Any => Contiguity::Any,
        };
        let mut link = ir::Link { contiguity, ..ir::Link::STRICT };
        for node in before {
            match node {
                Node::Gap(gap) => link.gap = Some(link.gap.map_or(*gap, |other| other.min(*gap))),
                Node::Not(absent @ (Absent::Next | Absent::Between), condition) => {
                    let (step, adjacent) = (self.absent(condition), *absent == Absent::Next);
                    link.absent.push(ir::Absent { step, adjacent });
                }
                _ => return None,
            }
        }
        Some(link)
    }

    fn node(&mut self, node: &Node) -> Option<ir::Node> {
        Some(match node {
            Node::Step(number, condition) => {
                let condition = self.condition(condition);
                let known = self.steps[*number].get_or_insert_with(|| condition.clone());
                if *known != condition {
                    return None;
                }
                ir::Node::Step(StepId::new(*number))
            }
            Node::Gap(_) => return None,
            Node::Not(absent, condition) => ir::Node::Absent {
                step: self.absent(condition),
                extent: match absent {
                    Absent::Next => Extent::Next,
                    Absent::Between => Extent::Between,
                    Absent::For(time) => Extent::For(*time),
                    Absent::Window => Extent::Window,
                },
            },
            Node::Sequence(parts) => self.sequence(parts)?,
            Node::Either(parts) => ir::Node::Alternation(self.nodes(parts)?),
            Node::Permute { parts, link, between } => {
                let link = self.link(*link, between)?;
                ir::Node::Permutation { parts: self.nodes(parts)?, link }
            }
            Node::Repeat { part, least, most, stop, link, between } => {
                let once = *most == 1;
                ir::Node::Repeat {
                    body: Box::new(self.node(part)?),
                    least: u32::try_from(*least).ok()?,
                    most: u32::try_from(*most).ok(),
                    stop: match stop {
                        Stop::Each => ir::Stop::Each,
                        Stop::Greedy => ir::Stop::Greedy,
                        Stop::Reluctant => ir::Stop::Reluctant,
                    },
                    link: if once { ir::Link::STRICT } else { self.link(*link, between)? },
                }
            }
        })
    }

    fn nodes(&mut self, parts: &[Node]) -> Option<Vec<ir::Node>> {
        parts.iter().map(|part| self.node(part)).collect()
    }

    fn condition(&self, condition: &Condition) -> ir::Condition {
        let field = |field| Expr::Field { place: Place::Current, field };
        let all = |parts: &[Condition]| parts.iter().map(|part| self.condition(part)).collect();
        match condition {
            Condition::True => ir::Condition::always(),
            Condition::Kind(kind) => ir::Condition::Compare {
                left: field(self.kind),
                comparison: Comparison::Equal,
                right: Expr::Number(Decimal::new((*kind).into(), 0)),
            },
            Condition::Value(compare, operand, plus) => {
                let plus = Expr::Number(Decimal::new((*plus).into(), 0));
                ir::Condition::Compare {
                    left: field(self.value),
                    comparison: comparison(*compare),
                    right: Expr::Sum(vec![self.operand(*operand), plus]),
                }
            }
            Condition::Mean(step, compare, halves) => ir::Condition::Compare {
                left: self.mean(*step),
                comparison: comparison(*compare),
                right: Expr::Number(Decimal::new(i128::from(*halves) * 5, 1)),
            },
            Condition::ToMean(compare, step) => ir::Condition::Compare {
                left: field(self.value),
                comparison: comparison(*compare),
                right: self.mean(*step),
            },
            Condition::Null(operand) => ir::Condition::is_null(self.operand(*operand)),
            Condition::All(parts) => ir::Condition::all(all(parts)),
            Condition::Either(parts) => ir::Condition::any(all(parts)),
            Condition::Not(part) => ir::Condition::Not(Box::new(self.condition(part))),
        }
    }

    fn mean(&self, step: usize) -> Expr {
        let aggregate = Aggregate::Avg(self.value);
        Expr::Aggregate { aggregate, over: Some(StepId::new(step)) }
    }

    fn operand(&self, operand: Operand) -> Expr {
        let field = self.value;
        let over = |aggregate, step| Expr::Aggregate { aggregate, over: Some(StepId::new(step)) };
        let place = match operand {
            Operand::Constant(value) => return Expr::Number(Decimal::new(value.into(), 0)),
            Operand::Sum(step) => return over(Aggregate::Sum(field), step),
            Operand::Count(step) => return over(Aggregate::Count, step),
            Operand::First(step) => Place::First(Some(StepId::new(step)), 0),
            Operand::Last(step) => Place::Last(StepId::new(step), 0),
            Operand::Bound => Place::Previous(1),
            Operand::Row(back) => Place::Row(u32::try_from(back).expect("a row nearby")),
        };
        Expr::Field { place, field }
    }
}

fn comparison(compare: Compare) -> Comparison {
    match compare {
        Compare::Eq => Comparison::Equal,
        Compare::Ne => Comparison::NotEqual,
        Compare::Lt => Comparison::Less,
        Compare::Le => Comparison::LessOrEqual,
        Compare::Gt => Comparison::Greater,
        Compare::Ge => Comparison::GreaterOrEqual,
    }
}
