//! Random cases: a pattern and a stream that often matches it, from a seed.
//!
//! Small on purpose: what goes wrong with four steps goes wrong with two, and the oracle is
//! exponential. A case is a function of its seed and features, so that a failure names itself.

use super::pattern::{
    Absent, Compare, Condition, Consume, Event, Item, Link, Node, Operand, Order, Pattern,
    Selection, Skip, Stop, Window,
};

/// What may occur. A matcher that cannot do something is tested without it.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    /// Loops and optional steps.
    pub loops: bool,
    /// Reluctant ones among them, for which the typed form has no word.
    pub reluctant: bool,
    /// Negation between steps.
    pub negation: bool,
    /// Absence for a time, or until the window closes.
    pub absence: bool,
    /// Alternatives, permutations and loops of several steps.
    pub groups: bool,
    /// Conditions that look at what is bound already.
    pub earlier: bool,
    pub partition: bool,
    pub gap: bool,
    /// Windows that count events.
    pub counted_window: bool,
    /// One match for each start.
    pub per_start: bool,
    pub skip: bool,
    pub consume: bool,
    pub limit: bool,
}

impl Features {
    pub const ALL: Self = Self::every(true);
    /// Sequences of single events, all matches.
    pub const NONE: Self = Self::every(false);

    const fn every(on: bool) -> Self {
        Self {
            loops: on,
            reluctant: on,
            negation: on,
            absence: on,
            groups: on,
            earlier: on,
            partition: on,
            gap: on,
            counted_window: on,
            per_start: on,
            skip: on,
            consume: on,
            limit: on,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Case {
    pub seed: u64,
    pub pattern: Pattern,
    pub items: Vec<Item>,
}

impl Case {
    pub fn new(seed: u64, features: Features) -> Self {
        let mut random = Random { state: seed, features, steps: 0, kinds: Vec::new() };
        let pattern = random.pattern();
        let items = random.items();
        Self { seed, pattern, items }
    }

    /// The same case with as few items as it can do with and still fail.
    pub fn shrunk(mut self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut at = 0;
        while at < self.items.len() {
            let mut shorter = self.clone();
            shorter.items.remove(at);
            if fails(&shorter) {
                (self, at) = (shorter, 0);
            } else {
                at += 1;
            }
        }
        self
    }
}

struct Random {
    state: u64,
    features: Features,
    /// How many steps there are so far.
    steps: usize,
    /// The kinds they look for, in order.
    kinds: Vec<u8>,
}

impl Random {
    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True so often in a hundred.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn pattern(&mut self) -> Pattern {
        let window = match self.below(10) {
            0..4 => Window::default(),
            4..6 if self.features.counted_window => Window::events(3 + self.below(6) as usize),
            6 if self.features.counted_window => {
                Window { time: Some(5 + self.below(10)), events: Some(3 + self.below(6) as usize) }
            }
            _ => Window::time(5 + self.below(10)),
        };
        let root = self.root(window);
        let per_start = self.features.per_start && self.chance(20);
        let selection = match self.below(10) {
            _ if per_start => self.pick(&[
                Selection::FirstPerStart,
                Selection::LongestPerStart,
                Selection::Preferred,
            ]),
            0 if self.chance(50) => Selection::Strict,
            0..2 => Selection::Next,
            _ => Selection::All,
        };
        let step = self.below(self.steps as u64) as usize;
        let skips = [Skip::ToNext, Skip::PastLast, Skip::ToFirst(step), Skip::ToLast(step)];
        let consumes = [Consume::Partition, Consume::All];
        let skip = match self.features.skip && self.chance(50) {
            true => self.pick(&skips),
            false => Skip::None,
        };
        Pattern {
            root,
            window,
            partition: self.features.partition && self.chance(25),
            selection,
            skip,
            order: match skip {
                Skip::None => Order::Leftmost,
                _ => self.pick(&[Order::Eager, Order::Leftmost]),
            },
            consume: match self.features.consume && self.chance(15) {
                true => self.pick(&consumes),
                false => Consume::None,
            },
            limit: (self.features.limit && self.chance(10)).then(|| 1 + self.below(3) as usize),
        }
    }

    /// Two to four parts, one of which binds an event for sure before any negation.
    fn root(&mut self, window: Window) -> Node {
        let mut parts = Vec::new();
        let count = self.pick(&[2, 2, 3, 3, 3, 4]);
        if self.features.absence && self.chance(5) {
            parts.push((
                Link::Any,
                Node::Not(Absent::For(2 + self.below(4)), self.condition(self.steps)),
            ));
        }
        let mut bound = false;
        for at in 0..count {
            let last = at + 1 == count;
            if bound && !last && self.features.negation && self.chance(15) {
                let absent = self.pick(&[Absent::Next, Absent::Between, Absent::Between]);
                let condition = self.condition(self.steps);
                parts.push((self.link(), Node::Not(absent, condition)));
            }
            if bound && self.features.gap && self.chance(5) {
                parts.push((Link::Any, Node::Gap(2 + self.below(4))));
            }
            let optional = self.features.loops && self.chance(15) && (bound || !last);
            let mut part = match self.features.groups && self.chance(20) {
                true => self.group(),
                false => self.single(),
            };
            if optional {
                part = part.optional(self.stop());
            }
            bound |= !optional;
            parts.push((self.link(), part));
        }
        if self.features.absence && self.chance(15) {
            let absent = match window {
                Window { time: Some(_), .. } if self.chance(50) => Absent::Window,
                _ => Absent::For(1 + self.below(5)),
            };
            parts.push((Link::Any, Node::Not(absent, self.condition(self.steps))));
        }
        Node::Sequence(parts)
    }

    fn link(&mut self) -> Link {
        self.pick(&[Link::Next, Link::Relaxed, Link::Relaxed, Link::Relaxed, Link::Any, Link::Any])
    }

    fn stop(&mut self) -> Stop {
        match self.features.reluctant {
            true => self.pick(&[Stop::Each, Stop::Greedy, Stop::Reluctant]),
            false => self.pick(&[Stop::Each, Stop::Greedy]),
        }
    }

    /// A loop that binds something.
    fn looped(&mut self, part: Node) -> Node {
        let (least, most) = self.pick(&[(1, 9), (2, 2), (1, 3), (2, 3), (2, 9)]);
        let (stop, link) = (self.stop(), self.link());
        let between = self.between();
        Node::Repeat { part: Box::new(part), least, most, stop, link, between }
    }

    /// What lies between rounds, or parts in any order.
    fn between(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        if self.features.gap && self.chance(5) {
            nodes.push(Node::Gap(2 + self.below(4)));
        }
        if self.features.negation && self.chance(10) {
            let absent = self.pick(&[Absent::Next, Absent::Between]);
            nodes.push(Node::Not(absent, self.condition(self.steps)));
        }
        nodes
    }

    /// A step, perhaps in a loop.
    fn single(&mut self) -> Node {
        let step = self.step();
        if self.features.loops && self.chance(35) { self.looped(step) } else { step }
    }

    fn step(&mut self) -> Node {
        // An event counts as bound to the step that it is tested for.
        let condition = self.condition(self.steps + 1);
        if let Condition::Kind(kind) = &condition {
            self.kinds.push(*kind);
        }
        self.steps += 1;
        Node::Step(self.steps - 1, condition)
    }

    /// Several steps that may come in several ways.
    fn group(&mut self) -> Node {
        match self.below(3) {
            0 => {
                let parts = vec![self.single(), self.single()];
                Node::Either(
                    self.aside(|it| parts.into_iter().map(|part| it.followed(part)).collect()),
                )
            }
            1 => {
                let parts: Vec<_> = (0..self.pick(&[2, 2, 3])).map(|_| self.step()).collect();
                let (link, between) = (self.link(), self.between());
                let parts =
                    self.aside(|it| parts.into_iter().map(|part| it.repeated(part)).collect());
                Node::Permute { parts, link, between }
            }
            _ => {
                let mut parts = vec![(Link::Any, self.step())];
                if self.features.negation && self.chance(30) {
                    parts.push((Link::Any, Node::Not(Absent::Between, self.condition(self.steps))));
                }
                parts.push((self.link(), self.step()));
                self.looped(Node::Sequence(parts))
            }
        }
    }

    /// What `draw` draws changes nothing of what is drawn after it.
    fn aside<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> T {
        let state = self.state;
        self.state = !state;
        let drawn = draw(self);
        self.state = state;
        drawn
    }

    /// A part of a permutation, sometimes in a loop.
    fn repeated(&mut self, part: Node) -> Node {
        if self.features.loops && self.chance(25) { self.looped(part) } else { part }
    }

    /// An alternative, sometimes with an absence behind it.
    fn followed(&mut self, part: Node) -> Node {
        if !self.features.negation || !self.chance(20) {
            return part;
        }
        let absent = match self.pick(&[0, 1, 2]) {
            0 => Absent::Next,
            1 if self.features.absence => Absent::For(1 + self.below(4)),
            _ => Absent::Between,
        };
        let absence = Node::Not(absent, self.condition(self.steps));
        Node::Sequence(vec![(Link::Any, part), (Link::Any, absence)])
    }

    /// May read the first so many steps.
    fn condition(&mut self, readable: usize) -> Condition {
        let kind = Condition::Kind(self.pick(b"aaaabbbcc"));
        if !self.features.earlier || readable == 0 || self.chance(75) {
            return kind;
        }
        let any = self.below(readable as u64) as usize;
        let operands = [
            Operand::Constant(1),
            Operand::First(any),
            Operand::Last(any),
            Operand::Bound,
            Operand::Sum(any),
            Operand::Count(any),
            Operand::Row(1 + self.below(2) as usize),
        ];
        let compares =
            [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];
        let plus = self.pick(&[0, 0, 1, -1]);
        let (compare, operand) = (self.pick(&compares), self.pick(&operands));
        let value = match (compare, plus) {
            // As rare as it is in practice.
            (Compare::Ne, -1) => Condition::Null(operand),
            (Compare::Lt | Compare::Ge, -1) => Condition::Mean(any, compare, 3),
            (Compare::Le | Compare::Gt, 1) => Condition::Mean(any, compare, 2),
            (Compare::Eq, -1) => Condition::ToMean(Compare::Gt, any),
            _ => Condition::Value(compare, operand, plus),
        };
        match self.below(4) {
            0 => value,
            1 => Condition::Either(vec![kind, value]),
            2 => kind.and(value.negated()),
            _ => kind.and(value),
        }
    }

    /// Four to eleven events, more often than not the kinds of the pattern in its order, with
    /// watermarks between, and at the end one that closes every window, or none.
    fn items(&mut self) -> Vec<Item> {
        let count = 4 + self.below(8);
        let (mut time, mut items) = (self.below(3), Vec::new());
        for at in 0..count {
            time += self.pick(&[0, 1, 1, 1, 2, 3]);
            let due = (at * self.kinds.len() as u64 + self.below(count + 2)) / (count + 1);
            let kind = match self.kinds.get(due as usize).copied() {
                Some(kind) if self.chance(70) => kind,
                _ => self.pick(b"aabcx"),
            };
            let (key, value) = (self.below(2) as u32, self.below(4) as i64);
            items.push(Item::Event(Event { time, key, kind, value }));
            if self.chance(5) {
                time += self.below(6);
                items.push(Item::Watermark(time));
            }
        }
        if self.chance(50) {
            items.push(Item::Watermark(time + 100));
            time += 100;
        }
        if self.chance(50) {
            items.push(Item::End(time));
        }
        items
    }
}
