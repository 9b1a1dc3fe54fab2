//! Flink's answers to generated cases, and the same cases in our terms.
//!
//! `../data/flink_oracle.jsonl.gz`: one case a line, answered by FlinkCEP 2.3.0.

// Each test binary uses its part of this.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]

mod notation;
mod reading;

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;

use self::notation::Step;
pub use self::reading::{RULES, Rule};
use crate::oracle::pattern::{Event, Item, Node, Order, Pattern, Skip, Window};
use crate::oracle::{Kind, outputs};

/// An output by names: what, at which event, and the events of each step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    pub kind: Kind,
    pub at: String,
    pub bound: BTreeMap<String, Vec<String>>,
}

#[derive(Debug)]
pub struct Case {
    pub id: String,
    pub pattern: String,
    pub skip: Skip,
    pub window: Window,
    pub names: Vec<String>,
    pub items: Vec<Item>,
    /// Flink's answer, in its order.
    pub expected: Vec<Output>,
    steps: Vec<Step>,
}

/// All cases of the file.
pub fn cases() -> Vec<Case> {
    let packed = include_bytes!("../data/flink_oracle.jsonl.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("gzip of UTF-8");
    text.lines().map(Case::parse).collect()
}

/// A pattern in Flink's notation, its words taken for ours.
pub fn in_words(pattern: &str) -> Node {
    reading::same_words(&Step::all(pattern))
}

impl Case {
    fn parse(line: &str) -> Self {
        let json: Value = serde_json::from_str(line).expect("one JSON object a line");
        let (mut names, mut items) = (Vec::new(), Vec::new());
        for event in strings(&json["events"]) {
            let (name, time) = event.split_once('@').expect("name@time");
            let (time, kind) = (time.parse().expect("a number"), name.as_bytes()[0]);
            names.push(name.to_owned());
            items.push(Item::Event(Event { time, key: 0, kind, value: 0 }));
        }
        let pattern = string(&json["pattern"]);
        Self {
            id: string(&json["id"]),
            steps: Step::all(&pattern),
            pattern,
            skip: skip(&string(&json["skip"])),
            window: match json["within"].as_u64().expect("a number") {
                0 => Window::default(),
                length => Window::time(length),
            },
            names,
            items,
            expected: json["expect"].as_array().expect("an array").iter().map(output).collect(),
        }
    }

    /// The pattern with Flink's words taken for ours.
    pub fn same_words(&self) -> Pattern {
        self.with(reading::same_words(&self.steps))
    }

    /// The pattern with what Flink means by them, as far as these rules go.
    pub fn same_meaning(&self, rules: &[Rule]) -> Pattern {
        self.with(reading::same_meaning(&self.steps, rules))
    }

    fn with(&self, root: Node) -> Pattern {
        let (window, skip, order) = (self.window, self.skip, Order::Leftmost);
        Pattern { window, skip, order, ..Pattern::new(root) }
    }

    /// What the definition says of the pattern on the case's events.
    pub fn outputs(&self, pattern: &Pattern) -> Vec<Output> {
        let named = |emission: crate::oracle::Emission| {
            let mut bound = BTreeMap::<_, Vec<_>>::new();
            for (step, at) in emission.bound {
                bound.entry(format!("p{step}")).or_default().push(self.names[at].clone());
            }
            Output { kind: emission.kind, at: self.names[emission.at].clone(), bound }
        };
        outputs(pattern, &self.items).into_iter().map(named).collect()
    }

    /// The hardest thing in the pattern.
    pub fn class(&self) -> &'static str {
        use crate::oracle::pattern::{Link, Stop};
        let any = |is: fn(&Step) -> bool| self.steps.iter().any(is);
        match () {
            () if self.steps.last().is_some_and(Step::is_negation) => "trailing negation",
            () if any(Step::is_negation) => "negation",
            () if any(|step| step.stop == Stop::Greedy) => "greedy",
            () if any(|step| step.optional) => "optional",
            () if any(|step| step.inner == Link::Any) => "combinations",
            () if any(|step| step.inner == Link::Next) => "consecutive",
            () if any(|step| step.most > 1) => "loop",
            () => "plain",
        }
    }
}

fn skip(text: &str) -> Skip {
    let step = |name: &str| name[1..].parse().expect("a step");
    match text.split_once(':') {
        Some(("first", name)) => Skip::ToFirst(step(name)),
        Some(("last", name)) => Skip::ToLast(step(name)),
        None if text == "none" => Skip::None,
        None if text == "next" => Skip::ToNext,
        None if text == "past" => Skip::PastLast,
        _ => panic!("unknown skip {text:?}"),
    }
}

fn output(json: &Value) -> Output {
    let bound = json["bind"].as_object().expect("an object").iter();
    Output {
        kind: if json["kind"] == "match" { Kind::Match } else { Kind::TimedOut },
        at: string(&json["at"]),
        bound: bound.map(|(step, events)| (step.clone(), strings(events))).collect(),
    }
}

fn string(json: &Value) -> String {
    json.as_str().expect("a string").to_owned()
}

fn strings(json: &Value) -> Vec<String> {
    json.as_array().expect("an array").iter().map(string).collect()
}
