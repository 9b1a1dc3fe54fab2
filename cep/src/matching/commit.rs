//! Matching what a micro-batch has kept.

use bytemuck::Pod;

use super::batch::Part;
use super::found::Found;
use super::gather::Gather;
use super::inner::Inner;

/// What matching a batch changes.
pub(super) struct Commit<'a, E> {
    pub(super) inner: &'a mut Inner<E>,
    pub(super) gather: &'a mut Gather<E>,
    pub(super) now: &'a mut u64,
    pub(super) late: &'a mut u64,
}

/// The limit that did not suffice, and the event.
type Stopped = (&'static str, u64);

impl<E: Pod> Commit<'_, E> {
    /// Matches a part of a batch, event by event only where it must.
    pub(super) fn part(
        &mut self,
        part: &Part<'_, E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Stopped> {
        let &Part { first, times, .. } = part;
        if !part.rises || times[0] < *self.now {
            return self.one_by_one(part, sink);
        }
        let mut next = 0;
        for (at, event, met) in part.kept() {
            self.pass(first + next as u64, &times[next..at], sink)?;
            self.take(first + at as u64, times[at], event, met, sink)?;
            next = at + 1;
        }
        self.pass(first + next as u64, &times[next..], sink)
    }

    /// The same where some event is late.
    #[cold]
    fn one_by_one(
        &mut self,
        part: &Part<'_, E>,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Stopped> {
        let mut kept = part.kept().peekable();
        for (at, time) in part.times.iter().enumerate() {
            let (sequence, kept) = (part.first + at as u64, kept.next_if(|it| it.0 == at));
            if time < self.now {
                *self.late += 1;
            } else if let Some((_, event, met)) = kept {
                self.take(sequence, *time, event, met, sink)?;
            } else {
                self.pass(sequence, &[*time], sink)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn take(
        &mut self,
        sequence: u64,
        time: u64,
        event: &E,
        met: u64,
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Stopped> {
        *self.now = time;
        self.gather.released_by = Some(sequence);
        let done = self.inner.push_met(0, sequence, event, met, self.gather, sink);
        done.map_err(|limit| (limit, sequence))
    }

    /// Events from `first` on that meet nothing, but whose `times`, which rise, may end something.
    #[inline]
    fn pass(
        &mut self,
        first: u64,
        times: &[u64],
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Stopped> {
        let Some(&last) = times.last() else { return Ok(()) };
        if last >= self.inner.deadline() {
            return self.advance(first, times, sink);
        }
        *self.now = last;
        self.gather.released_by = Some(first + times.len() as u64 - 1);
        Ok(())
    }

    #[cold]
    fn advance(
        &mut self,
        first: u64,
        times: &[u64],
        sink: &mut impl FnMut(&Found<'_>),
    ) -> Result<(), Stopped> {
        for (sequence, &time) in (first..).zip(times) {
            *self.now = time;
            self.gather.released_by = Some(sequence);
            let done = self.inner.advance_to(time, self.gather, sink);
            done.map_err(|limit| (limit, sequence))?;
        }
        Ok(())
    }
}
