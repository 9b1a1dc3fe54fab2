//! What a case consists of: a pattern and a stream, in the plainest form that says everything.
//!
//! Not the crate's own pattern types, on purpose: the oracle shares nothing with what it judges.

/// One event. `kind` is what most conditions look at; `key` is what a pattern partitions by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds, never falling along a stream.
    pub time: u64,
    pub key: u32,
    pub kind: u8,
    pub value: i64,
}

/// What a matcher is given, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Event(Event),
    /// No later event has an earlier time than this.
    Watermark(u64),
    /// There is no later event; it carries the last time. Fires no deadline by itself.
    End(u64),
}

impl Item {
    pub fn time(&self) -> u64 {
        match *self {
            Self::Event(Event { time, .. }) | Self::Watermark(time) | Self::End(time) => time,
        }
    }
}

/// How a step is joined to the event bound before it (section 4.2, contiguity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The very next event.
    Next,
    /// The first later event that meets the step's condition.
    Relaxed,
    /// Any later event that meets it.
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// A value that a condition compares the event's value with. An event that is tested for a step
/// counts as bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    Constant(i64),
    /// The first event bound to this step.
    First(usize),
    /// The last event bound to this step so far.
    Last(usize),
    /// The event bound just before, to whatever step.
    Bound,
    /// The event so many before it in its partition, bound or not.
    Row(usize),
    /// The sum over the events bound to this step so far; unknown if there is none.
    Sum(usize),
    /// How many events are bound to this step so far.
    Count(usize),
}

/// A condition on an event, given what is bound already.
///
/// Three-valued, as in SQL: a comparison with a step that is not bound is unknown, and only what
/// is true holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    True,
    Kind(u8),
    /// `value COMPARE operand + constant`
    Value(Compare, Operand, i64),
    /// `operand IS NULL`
    Null(Operand),
    /// The mean over the events bound to a step so far, compared with so many halves.
    Mean(usize, Compare, i64),
    /// `value COMPARE` that mean.
    ToMean(Compare, usize),
    All(Vec<Condition>),
    Either(Vec<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// How many times, and which of the possible counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Every count is a match of its own.
    Each,
    /// A loop that could take one more is left only for events that it could not take.
    Greedy,
    /// A loop that could be left takes only events that what follows could not take.
    Reluctant,
}

/// Where an event must be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It must not be the next event.
    Next,
    /// Not between the two bound events. Says nothing where no second one is bound.
    Between,
    /// Not during this time after the event bound before, in nanoseconds; in front of all steps,
    /// not during this time before the first one. What follows comes after that time.
    For(u64),
    /// Not before the window of time closes; the last part of its pattern.
    Window,
}

/// A pattern, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// One event, bound to the step of this number.
    Step(usize, Condition),
    /// No such event.
    Not(Absent, Condition),
    /// The next bound event comes less than this many nanoseconds after the one before.
    Gap(u64),
    /// One after the other. The first part's link is that of the whole.
    Sequence(Vec<(Link, Node)>),
    /// One of them.
    Either(Vec<Node>),
    /// All of them, in any order.
    ///
    /// What must hold of a step *and* reads a step of another part that is bound later is tested
    /// when that one binds, each event in its own role.
    Permute { parts: Vec<Node>, link: Link, between: Vec<Node> },
    /// `least..=most` times; `link` joins the second and later rounds.
    Repeat {
        part: Box<Node>,
        least: usize,
        most: usize,
        stop: Stop,
        link: Link,
        /// Absences and gaps between the rounds.
        between: Vec<Node>,
    },
}

impl Node {
    pub fn repeat(self, least: usize, most: usize, stop: Stop, link: Link) -> Self {
        Self::Repeat { part: Box::new(self), least, most, stop, link, between: Vec::new() }
    }

    /// With or without.
    pub fn optional(self, stop: Stop) -> Self {
        self.repeat(0, 1, stop, Link::Relaxed)
    }

    /// The steps that it may bind.
    pub fn steps(&self) -> Vec<usize> {
        match self {
            Self::Step(step, _) => vec![*step],
            Self::Not(..) | Self::Gap(_) => vec![],
            Self::Sequence(parts) => parts.iter().flat_map(|(_, part)| part.steps()).collect(),
            Self::Either(parts) | Self::Permute { parts, .. } => {
                parts.iter().flat_map(Self::steps).collect()
            }
            Self::Repeat { part, .. } => part.steps(),
        }
    }

    /// Whether it begins with an absence.
    pub fn starts_absent(&self) -> bool {
        match self {
            Self::Not(..) => true,
            Self::Sequence(parts) => parts.first().is_some_and(|(_, part)| part.starts_absent()),
            _ => false,
        }
    }

    /// The same with every link replaced.
    pub fn linked(self, by: Link) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.linked(by)).collect();
        match self {
            Self::Step(..) | Self::Not(..) | Self::Gap(_) => self,
            Self::Sequence(parts) => {
                Self::Sequence(parts.into_iter().map(|(_, part)| (by, part.linked(by))).collect())
            }
            Self::Either(parts) => Self::Either(all(parts)),
            Self::Permute { parts, between, .. } => {
                Self::Permute { parts: all(parts), link: by, between }
            }
            Self::Repeat { part, least, most, stop, between, .. } => {
                let part = Box::new(part.linked(by));
                Self::Repeat { part, least, most, stop, link: by, between }
            }
        }
    }
}

impl Node {
    /// The same with a match for every count of every repetition.
    pub fn every_count(self) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::every_count).collect();
        match self {
            Self::Step(..) | Self::Not(..) | Self::Gap(_) => self,
            Self::Sequence(parts) => {
                let parts = parts.into_iter().map(|(link, part)| (link, part.every_count()));
                Self::Sequence(parts.collect())
            }
            Self::Either(parts) => Self::Either(all(parts)),
            Self::Permute { parts, link, between } => {
                Self::Permute { parts: all(parts), link, between }
            }
            Self::Repeat { part, least, most, link, between, .. } => {
                let part = Box::new(part.every_count());
                Self::Repeat { part, least, most, stop: Stop::Each, link, between }
            }
        }
    }
}

/// From the first bound event to the last. Both bounds hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// They are less than this many nanoseconds apart.
    pub time: Option<u64>,
    /// They are among so many events of the partition in a row.
    pub events: Option<usize>,
}

impl Window {
    pub fn time(length: u64) -> Self {
        Self { time: Some(length), events: None }
    }

    pub fn events(count: usize) -> Self {
        Self { time: None, events: Some(count) }
    }
}

/// Which of all matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    All,
    /// All links relaxed.
    Next,
    /// All links strict.
    Strict,
    /// Of those with one start, those that end first.
    FirstPerStart,
    /// Of those with one start, those that end last.
    LongestPerStart,
    /// Of those with one start, the one that SQL prefers: quantifiers exclude nothing, but greedy
    /// ones prefer more rounds and reluctant ones fewer, and alternatives go in their order.
    Preferred,
}

/// Where matching goes on after a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    None,
    /// After the match's first event.
    ToNext,
    /// After the match's last event.
    PastLast,
    /// At the first event bound to this step.
    ToFirst(usize),
    /// At the last event bound to this step.
    ToLast(usize),
}

/// When a match that a skip lets through is given out, and so which matches are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// At once: the match that completes first wins.
    Eager,
    /// When nothing that started earlier can still match: the match that starts first wins.
    Leftmost,
}

/// Which runs an event with output ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consume {
    None,
    /// All those of its partition.
    Partition,
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub root: Node,
    pub window: Window,
    /// Each key has its own stream.
    pub partition: bool,
    pub selection: Selection,
    pub skip: Skip,
    pub order: Order,
    pub consume: Consume,
    /// At most so many matches let out by one item.
    pub limit: Option<usize>,
}

impl Pattern {
    /// All matches of `root`, with no window.
    pub fn new(root: Node) -> Self {
        Self {
            root,
            window: Window::default(),
            partition: false,
            selection: Selection::All,
            skip: Skip::None,
            order: Order::Eager,
            consume: Consume::None,
            limit: None,
        }
    }

    /// What there is to bind, after the selection's say on the links.
    pub fn selected(&self) -> Node {
        match self.selection {
            Selection::Next => self.root.clone().linked(Link::Relaxed),
            Selection::Strict => self.root.clone().linked(Link::Next),
            _ => self.root.clone(),
        }
    }
}
