//! Section 4.2 a second time, as a formula: whether given bindings are a match.
//!
//! `search` grows matches event by event; this looks at finished ones, with the quantifiers of the
//! text, and takes every assignment of events to steps as a candidate. Only for patterns that are
//! a sequence of steps and loops of one step; what both forms say must be the same.

use super::condition::{Binding, holds};
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
    /// The absences between the step before and this one.
    absent: Vec<(Absent, &'a Condition)>,
}

pub struct Formula<'a> {
    steps: Vec<Step<'a>>,
    /// The absences after the last step.
    trailing: Vec<(Absent, &'a Condition)>,
    events: &'a [Event],
    window: Window,
    gap: Option<u64>,
}

impl<'a> Formula<'a> {
    /// `None` if the pattern is not flat.
    pub fn new(
        root: &'a Node,
        events: &'a [Event],
        window: Window,
        gap: Option<u64>,
    ) -> Option<Self> {
        let Node::Sequence(parts) = root else { return None };
        let (mut steps, mut absent) = (Vec::new(), Vec::new());
        for (link, part) in parts {
            if let Node::Not(kind, condition) = part {
                absent.push((*kind, condition));
                continue;
            }
            let (optional, looped) = match part {
                Node::Repeat { part, least: 0, most: 1, stop, .. } => (Some(*stop), &**part),
                _ => (None, part),
            };
            let (step, least, most, stop, inner) = match looped {
                Node::Repeat { part, least, most, stop, link } => {
                    (&**part, *least, *most, *stop, *link)
                }
                _ => (looped, 1, 1, Stop::Each, Link::Relaxed),
            };
            let Node::Step(number, condition) = step else { return None };
            let (number, link, absent) = (*number, *link, std::mem::take(&mut absent));
            let step = Step { number, link, condition, least, most, stop, inner, optional, absent };
            steps.push(step);
        }
        let middle =
            |step: &Step<'_>| step.absent.iter().all(|(a, _)| !matches!(a, Absent::For(_)));
        let flat = steps.iter().all(middle);
        flat.then_some(Self { steps, trailing: absent, events, window, gap })
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
        let ends: Vec<_> = (0..bound.len()).collect();
        self.in_window(bound)
            && (0..self.steps.len()).all(|index| self.count_is_right(index, bound))
            && ends.iter().all(|&at| self.event_is_right(&bound[..at], bound[at]))
            && self.trailing_is_right(bound)
    }

    fn in_window(&self, bound: &[Binding]) -> bool {
        let time = |binding: &Binding| self.events[binding.1].time;
        let (first, last) = (&bound[0], &bound[bound.len() - 1]);
        let window = match self.window {
            Window::Unlimited => true,
            Window::Time(length) => time(last) - time(first) < length,
            Window::Events(count) => last.1 - first.1 < count,
        };
        window
            && bound.windows(2).all(|b| self.gap.is_none_or(|gap| time(&b[1]) - time(&b[0]) < gap))
    }

    fn count_is_right(&self, index: usize, bound: &[Binding]) -> bool {
        let step = &self.steps[index];
        let count = count(index, bound);
        (count == 0 && step.optional.is_some()) || (step.least..=step.most).contains(&count)
    }

    /// Whether `(index, q)` may follow `bound`.
    fn event_is_right(&self, bound: &[Binding], (index, q): Binding) -> bool {
        let holds = |condition, j| self.holds(condition, j, bound);
        let step = &self.steps[index];
        let Some(&(before, p)) = bound.last() else {
            let passed = self.steps[..index].iter().filter(|s| s.optional == Some(Stop::Greedy));
            return holds(step.condition, q)
                && passed.map(|s| s.condition).all(|c| !holds(c, q))
                && self.optional_is_right(index, q..q + 1, bound);
        };
        let again = before == index;
        let link = if again { step.inner } else { step.link };
        let contiguous = match link {
            Link::Next => q == p + 1,
            Link::Relaxed => (p + 1..q).all(|j| !holds(step.condition, j)),
            Link::Any => true,
        };
        let right = if again {
            let free = count(index, bound) < step.least || step.stop != Stop::Reluctant;
            free || self.nothing_follows(index, p + 1..q + 1, bound)
        } else {
            let absent = self.steps[before + 1..=index].iter().flat_map(|step| &step.absent);
            let absent = { absent }.all(|&(absent, condition)| match absent {
                Absent::Next => !holds(condition, p + 1),
                _ => (p + 1..q).all(|j| !holds(condition, j)),
            });
            absent
                && self.barred(before, index, bound).all(|c| (p + 1..=q).all(|j| !holds(c, j)))
                && self.optional_is_right(index, p + 1..q + 1, bound)
        };
        holds(step.condition, q) && contiguous && right
    }

    /// The conditions of what is greedy and was left, or left out, between two steps.
    fn barred(
        &self,
        before: usize,
        index: usize,
        bound: &[Binding],
    ) -> impl Iterator<Item = &'a Condition> {
        let step = &self.steps[before];
        let left = step.stop == Stop::Greedy && count(before, bound) < step.most;
        let passed = self.steps[before + 1..index].iter();
        let passed = passed.filter(|step| step.optional == Some(Stop::Greedy));
        left.then_some(step.condition).into_iter().chain(passed.map(|step| step.condition))
    }

    /// A reluctant optional step takes only what the next ones could not.
    fn optional_is_right(
        &self,
        index: usize,
        events: std::ops::Range<usize>,
        bound: &[Binding],
    ) -> bool {
        self.steps[index].optional != Some(Stop::Reluctant)
            || self.nothing_follows(index, events, bound)
    }

    /// Whether no step that may follow `index` could take one of the events, nor the pattern end.
    fn nothing_follows(
        &self,
        index: usize,
        events: std::ops::Range<usize>,
        bound: &[Binding],
    ) -> bool {
        let rest = &self.steps[index + 1..];
        let Some(needed) = rest.iter().position(|step| step.optional.is_none()) else {
            return false;
        };
        let could = |j| rest[..=needed].iter().any(|step| self.holds(step.condition, j, bound));
        !{ events }.any(could)
    }

    fn trailing_is_right(&self, bound: &[Binding]) -> bool {
        let (first, (last, p)) = (bound[0].1, bound[bound.len() - 1]);
        let time = |at: usize| self.events[at].time;
        let until = |absent| match (absent, self.window) {
            (Absent::For(length), _) => time(p) + length,
            (_, Window::Time(length)) => time(first) + length,
            _ => unreachable!("the end of a window of time"),
        };
        let after =
            |time_limit| (p + 1..self.events.len()).take_while(move |&j| time(j) < time_limit);
        let absent = |&(absent, condition): &(Absent, _)| {
            after(until(absent)).all(|j| !self.holds(condition, j, bound))
        };
        let lasts = self.trailing.iter().map(|&(absent, _)| until(absent)).max();
        let open = lasts.is_none_or(|lasts| {
            self.barred(last, self.steps.len(), bound)
                .all(|c| after(lasts).all(|j| !self.holds(c, j, bound)))
        });
        self.trailing.iter().all(absent) && open
    }

    /// Conditions name steps by number, candidates by index.
    fn holds(&self, condition: &Condition, at: usize, bound: &[Binding]) -> bool {
        let named: Vec<_> = bound.iter().map(|&(i, at)| (self.steps[i].number, at)).collect();
        at < self.events.len() && holds(condition, self.events, at, &named)
    }
}

fn count(index: usize, bound: &[Binding]) -> usize {
    bound.iter().filter(|binding| binding.0 == index).count()
}
