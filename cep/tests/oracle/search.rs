//! All matches of a pattern in one partition, and all partial matches that wait: section 4.2.
//!
//! Takes the pattern apart from left to right and tries every event that the rules admit for
//! every step. Exponential; each rule is in one place: those on what lies between two bound
//! events in `wait`, those on what is bound here.

use super::condition::{Binding, holds};
use super::pattern::{Absent, Condition, Event, Link, Node, Stop, Window};
use super::wait::{Run, Wait};

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    pub bound: Vec<Binding>,
    /// The time that had to pass without the absent event, if the pattern ends in an absence.
    pub deadline: Option<u64>,
}

/// A partial match that waits, for an event or for an absence to last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial {
    pub bound: Vec<Binding>,
    /// The position of the event that ended the wait: it was taken, or it broke a rule.
    pub over: Option<usize>,
    /// When the window of time or the gap closes, or the absence has lasted.
    pub deadline: Option<u64>,
    /// The position of the first event outside the window of events.
    pub full: Option<usize>,
    /// Whether it is an absence at the end of the pattern that is waited for.
    pub absence: bool,
}

/// What is to be bound yet: a list on the stack.
#[derive(Clone, Copy)]
struct Rest<'a, 'r> {
    task: Task<'a>,
    then: Option<&'r Rest<'a, 'r>>,
}

#[derive(Clone, Copy)]
enum Task<'a> {
    Part(&'a Node),
    /// The other parts of a sequence, each with its own link.
    Others(&'a [(Link, Node)]),
    /// The other parts of a permutation: those not in this set.
    Unordered(Link, &'a [Node], u32),
    /// A [`Node::Repeat`] after so many rounds.
    Rounds(&'a Node, usize),
}

pub struct Search<'a> {
    events: &'a [Event],
    window: Window,
    gap: Option<u64>,
    /// The matches, in the order of preference for each start.
    pub complete: Vec<Complete>,
    pub partial: Vec<Partial>,
}

impl<'a> Search<'a> {
    pub fn new(root: &'a Node, events: &'a [Event], window: Window, gap: Option<u64>) -> Self {
        let mut search = Self { events, window, gap, complete: Vec::new(), partial: Vec::new() };
        let run = Run { bound: vec![], link: Link::Any, absent: vec![], barred: vec![] };
        search.go(Some(&Rest { task: Task::Part(root), then: None }), run);
        search
    }

    /// Binds what is left in every way.
    fn go(&mut self, rest: Option<&Rest<'a, '_>>, mut run: Run<'a>) {
        let Some(&Rest { task, then }) = rest else { return self.end(run) };
        match task {
            Task::Part(Node::Step(step, condition)) => self.step(*step, condition, then, &run),
            Task::Part(Node::Not(absent, condition)) => {
                run.absent.push((*absent, condition));
                self.go(then, run);
            }
            Task::Part(Node::Sequence(parts)) => {
                let others = Rest { task: Task::Others(&parts[1..]), then };
                self.go(Some(&Rest { task: Task::Part(&parts[0].1), then: Some(&others) }), run);
            }
            Task::Others([]) => self.go(then, run),
            Task::Others([(link, part), others @ ..]) => {
                run.link = *link;
                let others = Rest { task: Task::Others(others), then };
                self.go(Some(&Rest { task: Task::Part(part), then: Some(&others) }), run);
            }
            Task::Part(Node::Either(parts)) => {
                for part in parts {
                    self.go(Some(&Rest { task: Task::Part(part), then }), run.clone());
                }
            }
            Task::Part(Node::Permute(link, parts)) => {
                self.permute(*link, parts, 0, then, &run);
            }
            Task::Unordered(link, parts, taken) => {
                run.link = link;
                self.permute(link, parts, taken, then, &run);
            }
            Task::Part(node @ Node::Repeat { .. }) => self.repeat(node, 0, then, run),
            Task::Rounds(node, rounds) => self.repeat(node, rounds, then, run),
        }
    }

    /// Each part that is not taken may be the next one.
    fn permute(
        &mut self,
        link: Link,
        parts: &'a [Node],
        taken: u32,
        then: Option<&Rest<'a, '_>>,
        run: &Run<'a>,
    ) {
        for (at, part) in parts.iter().enumerate().filter(|(at, _)| taken & 1 << at == 0) {
            let taken = taken | 1 << at;
            let others = Rest { task: Task::Unordered(link, parts, taken), then };
            let all = taken.count_ones() as usize == parts.len();
            let then = if all { then } else { Some(&others) };
            self.go(Some(&Rest { task: Task::Part(part), then }), run.clone());
        }
    }

    /// One more round, or on to what follows.
    fn repeat(&mut self, node: &'a Node, rounds: usize, then: Option<&Rest<'a, '_>>, run: Run<'a>) {
        let Node::Repeat { part, least, most, stop, link } = node else { unreachable!() };
        let mut leave = run.clone();
        let mut again = run;
        if rounds > 0 {
            again.link = *link;
        }
        let (may_leave, mut may_go_on) = (rounds >= *least, rounds < *most);
        match stop {
            Stop::Each => {}
            Stop::Greedy if may_go_on => {
                first_conditions(&Rest { task: Task::Part(part), then: None }, &mut leave.barred);
            }
            Stop::Reluctant if may_leave => match then {
                Some(then) => may_go_on &= !first_conditions(then, &mut again.barred),
                None => may_go_on = false,
            },
            Stop::Greedy | Stop::Reluctant => {}
        }
        let more = Rest { task: Task::Rounds(node, rounds + 1), then };
        let more = Rest { task: Task::Part(part), then: Some(&more) };
        if *stop == Stop::Reluctant && may_leave {
            self.go(then, leave.clone());
        }
        if may_go_on {
            self.go(Some(&more), again);
        }
        if *stop != Stop::Reluctant && may_leave {
            self.go(then, leave);
        }
    }

    /// Binds each event that the rules admit to one step.
    fn step(
        &mut self,
        step: usize,
        condition: &Condition,
        then: Option<&Rest<'a, '_>>,
        run: &Run<'a>,
    ) {
        let Some(&(_, last)) = run.bound.last() else {
            for at in 0..self.events.len() {
                if self.may_start(condition, at, run) {
                    self.bind(step, at, then, run);
                }
            }
            return;
        };
        let wait = Wait::new(run, self.events, self.window, self.gap);
        let mut over = None;
        for at in last + 1..self.events.len() {
            if over.is_some() || wait.closed(at) {
                break;
            }
            let broken = wait.broken(run, at);
            let open = !broken && !wait.paused(at);
            let taken = open && wait.holds(run, condition, at);
            if taken {
                self.bind(step, at, then, run);
            }
            let linked = match run.link {
                Link::Next => open,
                Link::Relaxed => taken,
                Link::Any => false,
            };
            if broken || linked || wait.passed(run, at) {
                over = Some(at);
            }
        }
        let Wait { deadline, full, .. } = wait;
        let bound = run.bound.clone();
        self.partial.push(Partial { bound, over, deadline, full, absence: false });
    }

    fn bind(&mut self, step: usize, at: usize, then: Option<&Rest<'a, '_>>, run: &Run<'a>) {
        let mut bound = run.bound.clone();
        bound.push((step, at));
        self.go(then, Run { bound, link: run.link, absent: vec![], barred: vec![] });
    }

    /// Whether the event may be the first one: any may that meets the condition, unless a
    /// preferred branch takes it or an absence in front of it says no.
    fn may_start(&self, condition: &Condition, at: usize, run: &Run<'a>) -> bool {
        let holds = |condition, at| holds(condition, self.events, at, &[]);
        let absent = |&(absent, condition): &(Absent, _)| match absent {
            Absent::For(length) => {
                let near = |&j: &usize| self.events[j].time + length > self.events[at].time;
                !(0..at).filter(near).any(|j| holds(condition, j))
            }
            _ => panic!("{absent:?} is about what follows an event, and none is bound"),
        };
        holds(condition, at)
            && !run.barred.iter().any(|barred| holds(barred, at))
            && run.absent.iter().all(absent)
    }

    /// All steps are bound: a match, once the absences at the end have lasted.
    fn end(&mut self, mut run: Run<'a>) {
        let Some(&(_, last)) = run.bound.last() else { return };
        // Where no second event is bound, nothing lies between two.
        run.absent.retain(|(absent, _)| matches!(absent, Absent::For(_) | Absent::Window));
        let wait = Wait::new(&run, self.events, self.window, self.gap);
        let mut during = (last + 1..self.events.len()).take_while(|&at| wait.paused(at));
        let over = during.find(|&at| wait.broken(&run, at));
        let (bound, deadline) = (run.bound, wait.pause);
        if deadline.is_some() {
            let bound = bound.clone();
            self.partial.push(Partial { bound, over, deadline, full: None, absence: true });
        }
        if over.is_none() {
            self.complete.push(Complete { bound, deadline });
        }
    }
}

/// Adds the conditions of the steps that `rest` can begin with; says whether it can be empty.
fn first_conditions<'a>(rest: &Rest<'a, '_>, conditions: &mut Vec<&'a Condition>) -> bool {
    let part = |part, conditions: &mut _| {
        first_conditions(&Rest { task: Task::Part(part), then: None }, conditions)
    };
    let empty = match rest.task {
        Task::Part(Node::Step(_, condition)) => {
            conditions.push(condition);
            false
        }
        Task::Part(Node::Not(..)) => true,
        Task::Part(Node::Sequence(parts)) => {
            return first_conditions(&Rest { task: Task::Others(parts), ..*rest }, conditions);
        }
        Task::Others(parts) => parts.iter().all(|(_, node)| part(node, conditions)),
        Task::Part(Node::Either(parts)) => {
            parts.iter().fold(false, |empty, node| part(node, conditions) | empty)
        }
        Task::Part(Node::Permute(_, parts)) => {
            parts.iter().fold(true, |empty, node| part(node, conditions) & empty)
        }
        Task::Unordered(_, parts, taken) => {
            let left = parts.iter().enumerate().filter(|(at, _)| taken & 1 << at == 0);
            left.fold(true, |empty, (_, node)| part(node, conditions) & empty)
        }
        Task::Part(node @ Node::Repeat { .. }) => {
            return first_conditions(&Rest { task: Task::Rounds(node, 0), ..*rest }, conditions);
        }
        Task::Rounds(Node::Repeat { part: node, least, most, .. }, rounds) => {
            (rounds < *most && part(node, conditions)) | (rounds >= *least)
        }
        Task::Rounds(..) => unreachable!("only repeats have rounds"),
    };
    empty && rest.then.is_none_or(|then| first_conditions(then, conditions))
}
