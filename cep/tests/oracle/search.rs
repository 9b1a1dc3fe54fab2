//! All matches of a pattern in one partition, and all partial matches that wait: section 4.2.
//!
//! Takes the pattern apart from left to right and tries every event that the rules admit for
//! every step. Exponential; each rule is in one place: those on what lies between two bound
//! events in `wait`, those on what is bound in `run`, the rest here.

use super::condition::{Binding, Test};
use super::pattern::{Absent, Condition, Event, Link, Node, Stop, Window};
use super::run::Run;
use super::wait::Wait;

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    pub bound: Vec<Binding>,
    /// The time that had to pass without the absent event, if the pattern ends in an absence.
    pub deadline: Option<u64>,
    /// Its place among all matches and partial matches, the preferred ones first.
    pub order: usize,
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
    /// As of [`Complete`]: what it may still come to is preferred to what comes after it.
    pub order: usize,
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
    /// The other parts of a [`Node::Permute`]: those not in this set.
    Unordered(&'a Node, u32),
    /// A [`Node::Repeat`] after so many rounds.
    Rounds(&'a Node, usize),
}

pub struct Search<'a> {
    events: &'a [Event],
    window: Window,
    /// Do quantifiers say what is preferred, and not what there is?
    prefers: bool,
    order: usize,
    /// The matches, in the order of preference for each start.
    pub complete: Vec<Complete>,
    pub partial: Vec<Partial>,
}

impl<'a> Search<'a> {
    pub fn new(root: &'a Node, events: &'a [Event], window: Window, prefers: bool) -> Self {
        let (complete, partial) = (Vec::new(), Vec::new());
        let mut search = Self { events, window, prefers, order: 0, complete, partial };
        search.go(Some(&Rest { task: Task::Part(root), then: None }), Run::start());
        search
    }

    /// Binds what is left in every way.
    fn go(&mut self, rest: Option<&Rest<'a, '_>>, mut run: Run<'a>) {
        let Some(&Rest { task, then }) = rest else { return self.end(run) };
        match task {
            Task::Part(Node::Step(step, condition)) => self.step(*step, condition, then, &run),
            Task::Part(node @ (Node::Not(..) | Node::Gap(_))) => {
                run.respect(node);
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
            Task::Part(node @ Node::Permute { .. }) => self.permute(node, 0, then, run),
            Task::Unordered(node, taken) => self.permute(node, taken, then, run),
            Task::Part(node @ Node::Repeat { .. }) => self.repeat(node, 0, then, run),
            Task::Rounds(node, rounds) => self.repeat(node, rounds, then, run),
        }
    }

    /// Each part that is not taken may be the next one.
    fn permute(
        &mut self,
        node: &'a Node,
        taken: u32,
        then: Option<&Rest<'a, '_>>,
        mut run: Run<'a>,
    ) {
        let Node::Permute { parts, link, between } = node else { unreachable!() };
        if taken > 0 {
            run.link = *link;
            between.iter().for_each(|node| run.respect(node));
        }
        // Those of permutations around this one stay.
        let own = node.steps();
        run.later.retain(|step| !own.contains(step));
        for at in (0..parts.len()).filter(|at| taken & 1 << at == 0) {
            let taken = taken | 1 << at;
            let others = (0..parts.len()).filter(|at| taken & 1 << at == 0);
            let others: Vec<_> = others.flat_map(|other| parts[other].steps()).collect();
            let last = others.is_empty();
            let mut run = run.clone();
            run.later.extend(others);
            let others = Rest { task: Task::Unordered(node, taken), then };
            let then = if last { then } else { Some(&others) };
            self.go(Some(&Rest { task: Task::Part(&parts[at]), then }), run);
        }
    }

    /// One more round, or on to what follows.
    fn repeat(&mut self, node: &'a Node, rounds: usize, then: Option<&Rest<'a, '_>>, run: Run<'a>) {
        let Node::Repeat { part, least, most, stop, link, between } = node else { unreachable!() };
        let mut leave = run.clone();
        let mut again = run;
        if rounds > 0 {
            again.link = *link;
            between.iter().for_each(|node| again.respect(node));
        }
        let (may_leave, mut may_go_on) = (rounds >= *least, rounds < *most);
        match stop {
            _ if self.prefers => {}
            Stop::Each => {}
            Stop::Greedy if may_go_on => {
                first_steps(&Rest { task: Task::Part(part), then: None }, &mut leave.barred);
            }
            Stop::Reluctant if may_leave => match then {
                Some(then) => may_go_on &= !first_steps(then, &mut again.barred),
                None => may_go_on = false,
            },
            Stop::Greedy | Stop::Reluctant => {}
        }
        let leaves_first = self.prefers && *stop == Stop::Reluctant;
        if may_leave && leaves_first {
            self.go(then, leave.clone());
        }
        if may_go_on {
            let more = Rest { task: Task::Rounds(node, rounds + 1), then };
            self.go(Some(&Rest { task: Task::Part(part), then: Some(&more) }), again);
        }
        if may_leave && !leaves_first {
            self.go(then, leave);
        }
    }

    /// Binds each event that the rules admit to one step.
    fn step(
        &mut self,
        step: usize,
        condition: &'a Condition,
        then: Option<&Rest<'a, '_>>,
        run: &Run<'a>,
    ) {
        let Some(&(_, last)) = run.bound.last() else {
            for at in (0..self.events.len()).filter(|&at| may_start(at, self.events, run)) {
                if let Some(bound) = run.bind(step, condition, at, self.events) {
                    self.go(then, bound);
                }
            }
            return;
        };
        let wait = Wait::new(run, self.events, self.window);
        let mut over = None;
        for at in last + 1..self.events.len() {
            if over.is_some() || wait.closed(at) {
                break;
            }
            let broken = wait.broken(run, at);
            let open = !broken && !wait.paused(at);
            let bound = run.bind(step, condition, at, self.events).filter(|_| open);
            let linked = match run.link {
                Link::Next => open,
                Link::Relaxed => bound.is_some(),
                Link::Any => false,
            };
            if let Some(bound) = bound {
                self.go(then, bound);
            }
            if broken || linked || wait.passed(run, at) {
                over = Some(at);
            }
        }
        let Wait { deadline, full, .. } = wait;
        let bound = run.bound.clone();
        let order = self.next();
        self.partial.push(Partial { bound, over, deadline, full, absence: false, order });
    }

    fn next(&mut self) -> usize {
        self.order += 1;
        self.order
    }

    /// All steps are bound: a match, once the absences at the end have lasted.
    fn end(&mut self, mut run: Run<'a>) {
        let Some(&(_, last)) = run.bound.last() else { return };
        // What waits for a step that is not bound stays unknown.
        if !run.deferred.is_empty() {
            return;
        }
        // Where no second event is bound, nothing lies between two.
        run.absent.retain(|(absent, _)| matches!(absent, Absent::For(_) | Absent::Window));
        let wait = Wait::new(&run, self.events, self.window);
        let mut during = (last + 1..self.events.len()).take_while(|&at| wait.paused(at));
        let over = during.find(|&at| wait.broken(&run, at));
        let (bound, deadline) = (run.bound, wait.pause);
        if deadline.is_some() {
            let bound = bound.clone();
            let order = self.next();
            self.partial.push(Partial { bound, over, deadline, full: None, absence: true, order });
        }
        if over.is_none() {
            let order = self.next();
            self.complete.push(Complete { bound, deadline, order });
        }
    }
}

/// Whether the event may be the first one: unless a preferred branch takes it or an absence in
/// front of it says no.
fn may_start(at: usize, events: &[Event], run: &Run<'_>) -> bool {
    let test = |at, step| Test { events, at, step, bound: &[] };
    let absent = |&(absent, condition): &(Absent, _)| match absent {
        Absent::For(length) => {
            let near = |&j: &usize| events[j].time + length > events[at].time;
            !(0..at).filter(near).any(|j| test(j, None).holds(condition))
        }
        _ => panic!("{absent:?} is about what follows an event, and none is bound"),
    };
    let barred = |&(step, condition): &(usize, _)| test(at, Some(step)).holds(condition);
    !run.barred.iter().any(barred) && run.absent.iter().all(absent)
}

/// Adds the steps that `rest` can begin with; says whether it can be empty.
fn first_steps<'a>(rest: &Rest<'a, '_>, steps: &mut Vec<(usize, &'a Condition)>) -> bool {
    let part =
        |part, steps: &mut _| first_steps(&Rest { task: Task::Part(part), then: None }, steps);
    let empty = match rest.task {
        Task::Part(Node::Step(step, condition)) => {
            steps.push((*step, condition));
            false
        }
        Task::Part(Node::Not(..) | Node::Gap(_)) => true,
        Task::Part(Node::Sequence(parts)) => {
            return first_steps(&Rest { task: Task::Others(parts), ..*rest }, steps);
        }
        Task::Others(parts) => parts.iter().all(|(_, node)| part(node, steps)),
        Task::Part(Node::Either(parts)) => {
            parts.iter().fold(false, |empty, node| part(node, steps) | empty)
        }
        Task::Part(node @ Node::Permute { .. }) => {
            return first_steps(&Rest { task: Task::Unordered(node, 0), ..*rest }, steps);
        }
        Task::Unordered(Node::Permute { parts, .. }, taken) => {
            let left = parts.iter().enumerate().filter(|(at, _)| taken & 1 << at == 0);
            left.fold(true, |empty, (_, node)| part(node, steps) & empty)
        }
        Task::Part(node @ Node::Repeat { .. }) => {
            return first_steps(&Rest { task: Task::Rounds(node, 0), ..*rest }, steps);
        }
        Task::Rounds(Node::Repeat { part: node, least, most, .. }, rounds) => {
            (rounds < *most && part(node, steps)) | (rounds >= *least)
        }
        Task::Unordered(..) | Task::Rounds(..) => unreachable!("made for their own nodes only"),
    };
    empty && rest.then.is_none_or(|then| first_steps(then, steps))
}
