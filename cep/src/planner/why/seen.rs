//! An event under test, with what is bound before it and the events of its key.

use crate::eval::View;
use crate::ir::{Place, StepId};

pub(super) struct Seen<'a, E> {
    pub(super) bound: &'a [(StepId, u64, E)],
    pub(super) event: &'a E,
    /// The step that it counts as bound to.
    pub(super) own: Option<StepId>,
    /// The events of its key before it.
    pub(super) rows: &'a [E],
}

impl<E> Seen<'_, E> {
    /// The events bound to `over`, to any step if `None`, in order.
    fn of(&self, over: Option<StepId>) -> impl DoubleEndedIterator<Item = &E> {
        let is = move |step| over.is_none_or(|over| over == step);
        let bound = self.bound.iter().filter(move |(step, ..)| is(*step));
        let own = self.own.filter(|own| is(*own)).map(|_| self.event);
        bound.map(|(_, _, event)| event).chain(own)
    }
}

impl<E> View<E> for Seen<'_, E> {
    fn event(&self, place: Place) -> Option<&E> {
        let back = |from: usize, by: u32| from.checked_sub(by as usize);
        match place {
            Place::Current => Some(self.event),
            Place::Previous(by) => Some(&self.bound.get(back(self.bound.len(), by)?)?.2),
            Place::Row(by) => self.rows.get(back(self.rows.len(), by)?),
            Place::First(over, later) => self.of(over).nth(later as usize),
            Place::Last(step, earlier) => self.of(Some(step)).rev().nth(earlier as usize),
        }
    }

    fn each(&self, over: Option<StepId>, visit: impl FnMut(&E)) {
        self.of(over).rev().for_each(visit);
    }
}
