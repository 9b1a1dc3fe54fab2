//! A partial match: what is bound, and what the next event has to respect.

use super::condition::{Binding, Test};
use super::pattern::{Absent, Condition, Event, Link, Node};

#[derive(Clone)]
pub struct Run<'a> {
    pub bound: Vec<Binding>,
    pub link: Link,
    /// Since the last bound event.
    pub gap: Option<u64>,
    pub absent: Vec<(Absent, &'a Condition)>,
    /// Steps of the branch that is preferred to this one, and had its chance at each event up to
    /// the next bound one, that included.
    pub barred: Vec<(usize, &'a Condition)>,
    /// Steps of other parts of a permutation, which are bound later.
    pub later: Vec<usize>,
    pub deferred: Vec<Deferred<'a>>,
}

/// What must hold of a bound event once some more steps are bound.
#[derive(Clone)]
pub struct Deferred<'a> {
    at: usize,
    condition: &'a Condition,
    steps: Vec<usize>,
}

impl<'a> Run<'a> {
    /// Nothing is bound; the first event may be any.
    pub fn start() -> Self {
        let (bound, link, gap) = (vec![], Link::Any, None);
        let (absent, barred, later, deferred) = (vec![], vec![], vec![], vec![]);
        Self { bound, link, gap, absent, barred, later, deferred }
    }

    /// An absence or a gap up to the next bound event.
    pub fn respect(&mut self, node: &'a Node) {
        match node {
            Node::Not(absent, condition) => self.absent.push((*absent, condition)),
            Node::Gap(gap) => self.gap = Some(self.gap.map_or(*gap, |other| other.min(*gap))),
            _ => panic!("{node:?} binds events"),
        }
    }

    /// With the event at `at` bound to the step as well, if its condition holds.
    pub fn bind(
        &self,
        step: usize,
        condition: &'a Condition,
        at: usize,
        events: &[Event],
    ) -> Option<Self> {
        let test = Test { events, at, step: Some(step), bound: &self.bound };
        let mut deferred = self.deferred.clone();
        for condition in condition.conjuncts() {
            let mut steps = condition.reads();
            steps.retain(|read| self.later.contains(read));
            if !steps.is_empty() {
                deferred.push(Deferred { at, condition, steps });
            } else if !test.holds(condition) {
                return None;
            }
        }
        let mut bound = self.bound.clone();
        bound.push((step, at));
        let is_bound = |step: &usize| bound.iter().any(|binding| binding.0 == *step);
        let due = |deferred: &Deferred<'_>| deferred.steps.iter().all(is_bound);
        let (due, deferred): (Vec<_>, Vec<_>) = deferred.into_iter().partition(due);
        let holds = |&Deferred { at, condition, .. }: &Deferred<'_>| {
            Test { events, at, step: None, bound: &bound }.holds(condition)
        };
        due.iter().all(holds).then(|| {
            let (link, later) = (self.link, self.later.clone());
            Self { bound, link, later, deferred, ..Self::start() }
        })
    }
}
