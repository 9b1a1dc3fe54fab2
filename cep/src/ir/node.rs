//! How the steps of a pattern follow each other: a regular expression with three contiguities.

use super::step::StepId;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// One event that meets the step's condition.
    Step(StepId),
    /// No event that meets the step's condition. Binds nothing.
    Absent {
        /// The step.
        step: StepId,
        /// Where there is none.
        extent: Extent,
    },
    /// One part after the other.
    ///
    /// What lies before the first part is said where the sequence stands. If the first part is an
    /// absence, that is the link of the first part that binds: the nearer one counts.
    Sequence {
        /// The first part.
        first: Box<Node>,
        /// The others, each with what lies between it and the part before; at least one. The link
        /// of an absence says nothing and is [`Link::STRICT`].
        rest: Vec<(Link, Node)>,
    },
    /// Any one of the parts; two at least.
    Alternation(Vec<Node>),
    /// All parts, in any order; two at least.
    ///
    /// A part of a step's conjunction that reads a step of a sibling which is bound *later*
    /// waits: it is tested when that one binds, each event in its own role. So a condition that
    /// relates two siblings may stand with either of them.
    Permutation {
        /// The parts.
        parts: Vec<Node>,
        /// What lies between any two of them.
        link: Link,
    },
    /// The body, several times.
    Repeat {
        /// What is repeated. It binds at least one event.
        body: Box<Node>,
        /// Fewest times.
        least: u32,
        /// Most times; `None` without bound. Never 0.
        most: Option<u32>,
        /// Which of the possible counts.
        stop: Stop,
        /// What lies between one round and the next; [`Link::STRICT`] if `most` is 1.
        link: Link,
    },
}

/// Which of the possible counts of a repetition are matches.
///
/// Greedy and reluctant repetitions decide at each event and never take back what they decided,
/// as in Flink: an event that both a greedy repetition and what follows could take is the
/// repetition's, and that of a reluctant one is what follows'. So `x+ y` has no match if all that
/// meets `y` meets `x`, and a repetition at the end, which nothing follows, is a match with each
/// count that is possible. Under [`Selection::PreferredPerStart`](super::Selection) they exclude
/// nothing and say what is preferred, as in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stop {
    /// One that could take another round may be left for an event at `q` only if no event after
    /// its last, up to `q`, could be bound by that round; `{0,1}` prefers to be there.
    #[default]
    Greedy,
    /// One that could be left takes only events that what follows could not take.
    Reluctant,
    /// Every count gives a match of its own.
    Each,
}

/// Where an event must be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The event after the one bound before must be another, even if it is the one bound next.
    /// Where none is bound next it says nothing; texts cannot end in it.
    Next,
    /// Not between the event bound before and the one bound after.
    Between,
    /// Not for so many nanoseconds after the event bound before; what follows comes later. Before
    /// all events, not for so long before the first.
    For(u64),
    /// Not until the window of time closes. At the end only.
    Window,
}

/// What lies between two events of a match that follow each other, at `p` and at `q`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which `q` are possible.
    pub contiguity: Contiguity,
    /// `time(q) - time(p) < gap`, in nanoseconds.
    pub gap: Option<u64>,
    /// What must not happen on the way. Between rounds of repetitions and permuted parts; empty in
    /// sequences, where absences are parts of their own.
    pub absent: Vec<Absent>,
}

impl Link {
    /// The very next event.
    pub const STRICT: Self = Self { contiguity: Contiguity::Strict, gap: None, absent: Vec::new() };
}

/// Which event may follow the event at `p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contiguity {
    /// The one at `p + 1`.
    Strict,
    /// The first after `p` that meets the next step's condition (skip till next).
    Next,
    /// Any after `p` that meets it (skip till any).
    Any,
}

/// A step whose condition no event strictly between `p` and `q` may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    /// The step.
    pub step: StepId,
    /// Instead, the event at `p + 1` must not meet it, even if it is the one at `q`.
    pub adjacent: bool,
}
