//! Section 4.2 a second time, as a formula: whether given bindings are a match.
//!
//! `search` grows matches event by event; this looks at finished ones, with the quantifiers of the
//! text, and takes every assignment of events to steps as a candidate. Only for patterns that are
//! a sequence of steps and loops of one step; what both forms say must be the same.

use std::ops::Range;

use super::condition::{Binding, Test};
use super::pattern::{Absent, Condition, Event, Link, Node, Stop, Window};

/// A step of a flat pattern.
struct Step<'a> {
    number: usize,
    link: Link,
    condition: &'a Condition,
    least: usize,
    most: usize,
    stop: Stop,
    inner: Link,
    /// Whether it may be left out, and what is preferred.
    optional: Option<Stop>,
    /// Absences and gaps between the step before and this one.
    before: Vec<&'a Node>,
    /// And between its own events.
    between: Vec<&'a Node>,
}

impl<'a> Step<'a> {
    fn new(link: Link, part: &'a Node, before: Vec<&'a Node>) -> Option<Self> {
        let (optional, looped) = match part {
            Node::Repeat { part, least: 0, most: 1, stop, .. } => (Some(*stop), &**part),
            _ => (None, part),
        };
        let once = (looped, 1, 1, Stop::Each, Link::Relaxed, vec![]);
        let (step, least, most, stop, inner, between) = match looped {
            Node::Repeat { part, least, most, stop, link, between } => {
                (&**part, *least, *most, *stop, *link, between.iter().collect())
            }
            _ => once,
        };
        let Node::Step(number, condition) = step else { return None };
        let number = *number;
        Some(Self { number, link, condition, least, most, stop, inner, optional, before, between })
    }
}

pub struct Formula<'a> {
    steps: Vec<Step<'a>>,
    /// The absences after the last step.
    trailing: Vec<(Absent, &'a Condition)>,
    events: &'a [Event],
    window: Window,
}

impl<'a> Formula<'a> {
    /// `None` if the pattern is not flat, or begins with an absence or has a time to pass within.
    pub fn new(root: &'a Node, events: &'a [Event], window: Window) -> Option<Self> {
        let Node::Sequence(parts) = root else { return None };
        let (mut steps, mut before) = (Vec::new(), Vec::new());
        for (link, part) in parts {
            match part {
                Node::Not(..) | Node::Gap(_) => before.push(part),
                _ => steps.push(Step::new(*link, part, std::mem::take(&mut before))?),
            }
        }
        let lasting = |node: &&Node| matches!(node, Node::Not(Absent::For(_), _));
        let trailing = before.into_iter().filter_map(|node| match node {
            Node::Not(absent @ (Absent::For(_) | Absent::Window), c) => Some((*absent, c)),
            _ => None,
        });
        let trailing = trailing.collect();
        let flat = !steps.iter().flat_map(|step| &step.before).any(lasting);
        flat.then_some(Self { steps, trailing, events, window })
    }

    /// All matches, an absence at the end given until the end of the events.
    pub fn matches(&self) -> Vec<Vec<Binding>> {
        let mut candidates = vec![Vec::<Binding>::new()];
        for at in 0..self.events.len() {
            for candidate in candidates.clone() {
                let least = candidate.last().map_or(0, |&(index, _)| index);
                candidates.extend((least..self.steps.len()).map(|index| {
                    let mut longer = candidate.clone();
                    longer.push((index, at));
                    longer
                }));
            }
        }
        candidates.retain(|candidate| !candidate.is_empty() && self.is_match(candidate));
        for (index, _) in candidates.iter_mut().flatten() {
            *index = self.steps[*index].number;
        }
        candidates
    }

    /// `bound`: indexes of steps, and positions.
    fn is_match(&self, bound: &[Binding]) -> bool {
        self.in_window(bound)
            && (0..self.steps.len()).all(|index| self.count_is_right(index, bound))
            && (0..bound.len()).all(|at| self.event_is_right(&bound[..at], bound[at]))
            && self.trailing_is_right(bound)
    }

    fn in_window(&self, bound: &[Binding]) -> bool {
        let (first, last) = (bound[0].1, bound[bound.len() - 1].1);
        let length = self.time(last) - self.time(first);
        self.window.time.is_none_or(|most| length < most)
            && self.window.events.is_none_or(|most| last - first < most)
    }

    fn count_is_right(&self, index: usize, bound: &[Binding]) -> bool {
        let step = &self.steps[index];
        let count = count(index, bound);
        (count == 0 && step.optional.is_some()) || (step.least..=step.most).contains(&count)
    }

    /// Whether `(index, q)` may follow `bound`.
    fn event_is_right(&self, bound: &[Binding], (index, q): Binding) -> bool {
        let meets = |index, j| self.meets(index, j, bound);
        let step = &self.steps[index];
        let Some(&(before, p)) = bound.last() else {
            let passed = (0..index).filter(|&i| self.steps[i].optional == Some(Stop::Greedy));
            return meets(index, q)
                && { passed }.all(|passed| !meets(passed, q))
                && self.optional_is_right(index, q..q + 1, bound);
        };
        let again = before == index;
        let contiguous = match if again { step.inner } else { step.link } {
            Link::Next => q == p + 1,
            Link::Relaxed => (p + 1..q).all(|j| !meets(index, j)),
            Link::Any => true,
        };
        let right = if again {
            let free = count(index, bound) < step.least || step.stop != Stop::Reluctant;
            self.respects(&step.between, p, q, bound)
                && (free || self.nothing_follows(index, p + 1..q + 1, bound))
        } else {
            let passed = &self.steps[before + 1..=index];
            let barred = self.barred(before, index, bound);
            passed.iter().all(|step| self.respects(&step.before, p, q, bound))
                && barred.iter().all(|&barred| (p + 1..=q).all(|j| !meets(barred, j)))
                && self.optional_is_right(index, p + 1..q + 1, bound)
        };
        meets(index, q) && contiguous && right
    }

    /// Whether absences and gaps between `p` and `q` are.
    fn respects(&self, nodes: &[&Node], p: usize, q: usize, bound: &[Binding]) -> bool {
        nodes.iter().all(|node| match node {
            Node::Gap(gap) => self.time(q) - self.time(p) < *gap,
            Node::Not(Absent::Next, condition) => !self.holds(condition, p + 1, bound),
            Node::Not(_, condition) => (p + 1..q).all(|j| !self.holds(condition, j, bound)),
            _ => unreachable!("a part that binds"),
        })
    }

    /// What is greedy and was left, or left out, between two steps.
    fn barred(&self, before: usize, index: usize, bound: &[Binding]) -> Vec<usize> {
        let step = &self.steps[before];
        let left = step.stop == Stop::Greedy && count(before, bound) < step.most;
        let passed = (before + 1..index).filter(|&i| self.steps[i].optional == Some(Stop::Greedy));
        left.then_some(before).into_iter().chain(passed).collect()
    }

    /// A reluctant optional step takes only what the next ones could not.
    fn optional_is_right(&self, index: usize, events: Range<usize>, bound: &[Binding]) -> bool {
        self.steps[index].optional != Some(Stop::Reluctant)
            || self.nothing_follows(index, events, bound)
    }

    /// Whether no step that may follow `index` could take one of the events, nor the pattern end.
    fn nothing_follows(&self, index: usize, events: Range<usize>, bound: &[Binding]) -> bool {
        let mut rest = index + 1..self.steps.len();
        let Some(needed) = rest.find(|&index| self.steps[index].optional.is_none()) else {
            return false;
        };
        { events }.all(|j| (index + 1..=needed).all(|follows| !self.meets(follows, j, bound)))
    }

    fn trailing_is_right(&self, bound: &[Binding]) -> bool {
        let (first, (last, p)) = (bound[0].1, bound[bound.len() - 1]);
        let until = |absent| match absent {
            Absent::For(length) => self.time(p) + length,
            _ => self.time(first) + self.window.time.expect("a window of time"),
        };
        let before = |limit| (p + 1..self.events.len()).filter(move |&j| self.time(j) < limit);
        let absent = |&(absent, condition): &(Absent, _)| {
            before(until(absent)).all(|j| !self.holds(condition, j, bound))
        };
        let lasts = self.trailing.iter().map(|&(absent, _)| until(absent)).max();
        let barred = self.barred(last, self.steps.len(), bound);
        let taken = |j| barred.iter().any(|&barred| self.meets(barred, j, bound));
        self.trailing.iter().all(absent)
            && lasts.is_none_or(|lasts| before(lasts).all(|j| !taken(j)))
    }

    fn time(&self, at: usize) -> u64 {
        self.events[at].time
    }

    /// Whether the event could be bound to the step.
    fn meets(&self, index: usize, at: usize, bound: &[Binding]) -> bool {
        let Step { number, condition, .. } = self.steps[index];
        self.test(Some(number), condition, at, bound)
    }

    fn holds(&self, condition: &Condition, at: usize, bound: &[Binding]) -> bool {
        self.test(None, condition, at, bound)
    }

    /// Conditions name steps by number, candidates by index.
    fn test(
        &self,
        step: Option<usize>,
        condition: &Condition,
        at: usize,
        bound: &[Binding],
    ) -> bool {
        let named: Vec<_> = bound.iter().map(|&(i, at)| (self.steps[i].number, at)).collect();
        let test = Test { events: self.events, at, step, bound: &named };
        at < self.events.len() && test.holds(condition)
    }
}

fn count(index: usize, bound: &[Binding]) -> usize {
    bound.iter().filter(|binding| binding.0 == index).count()
}
