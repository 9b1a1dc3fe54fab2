//! The events that runs have bound: links in the order in which they were made, the oldest
//! forgotten first.
//!
//! A link names the one before it; runs that were copied share what they bound before. A run
//! lives no longer than its first link, its *root*. The ring is as short as what lives allows, so
//! that it stays in the cache; it may double until it takes all the memory that it has.

use std::cmp::Ordering;

use crate::ir::StepId;

/// Most links, and how many there are before their numbers begin anew.
pub(super) const MOST_LINKS: usize = 1 << 24;

/// An event bound to a step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Link {
    pub(super) sequence: u64,
    /// The link before; of a root, the block of its key.
    before: u32,
    /// How many links there are up to this one, times 256, and the step.
    depth_and_step: u32,
}

impl Link {
    fn depth(self) -> u32 {
        self.depth_and_step >> 8
    }

    pub(super) fn step(self) -> StepId {
        StepId::new((self.depth_and_step & 0xff) as usize)
    }

    /// The block of its key, if it is a root.
    pub(super) fn root(self) -> Option<u32> {
        (self.depth() == 1).then_some(self.before)
    }
}

/// A time, and how many links had been made before it.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    time: u64,
    made: u64,
}

/// Links between two marks.
const MARKED: u64 = 256;
/// Places of the shortest ring.
const SHORTEST: usize = 1_024;

#[derive(Debug)]
pub(super) struct Arena {
    links: Box<[Link]>,
    /// How many places of the ring there are, a power of two, less one.
    mask: usize,
    /// How many links were made, and how many of them are forgotten.
    made: u64,
    gone: u64,
    /// For every [`MARKED`] links when the first was made.
    marks: Box<[Mark]>,
}

impl Arena {
    /// Room for at least `most` links.
    pub(super) fn new(most: usize) -> Self {
        let most = most.next_power_of_two().max(MARKED as usize);
        Self {
            links: vec![Link::default(); most].into(),
            mask: most.min(SHORTEST) - 1,
            made: 0,
            gone: 0,
            marks: vec![Mark::default(); most / MARKED as usize].into(),
        }
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.links) + size_of_val(&*self.marks)
    }

    pub(super) fn most(&self) -> usize {
        self.links.len()
    }

    /// How many links can be made before one must be forgotten.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.mask + 1 - (self.made - self.gone) as usize
    }

    /// Doubles the ring until there is room for `links`, and for half as many as it has places,
    /// as far as it can; `moved` is told the old and the new place of what moves.
    pub(super) fn grow(&mut self, links: usize, mut moved: impl FnMut(usize, usize)) {
        while self.room() < links.max(self.mask / 2) && self.mask + 1 < self.links.len() {
            let half = self.mask + 1;
            for link in self.gone..self.made {
                let from = link as usize & self.mask;
                if link as usize & half != 0 {
                    self.links[from + half] = self.links[from];
                    moved(from, from + half);
                }
            }
            self.mask += half;
        }
    }

    /// Where the link `link` lies.
    #[inline]
    pub(super) fn place(&self, link: u32) -> usize {
        link as usize & self.mask
    }

    #[inline]
    pub(super) fn get(&self, link: u32) -> Link {
        self.links[self.place(link)]
    }

    /// Binds an event to a step: after the link `before`, or as the root of a run of the key in
    /// `block`. There must be room.
    #[inline(always)]
    pub(super) fn bind(
        &mut self,
        before: Result<u32, u32>,
        step: StepId,
        sequence: u64,
        time: u64,
    ) -> u32 {
        if self.made.is_multiple_of(MARKED) {
            let at = (self.made / MARKED) as usize & (self.marks.len() - 1);
            self.marks[at] = Mark { time, made: self.made };
        }
        let (before, depth) = match before {
            Ok(before) => (before, (self.get(before).depth() + 1).min(u32::MAX >> 8)),
            Err(block) => (block, 1),
        };
        let link = self.made as u32 & (MOST_LINKS - 1) as u32;
        let depth_and_step = depth << 8 | step.index() as u32;
        let place = self.place(link);
        self.links[place] = Link { sequence, before, depth_and_step };
        self.made += 1;
        link
    }

    /// Forgets the links made more than `window` before `time`, as far as that is quickly known.
    pub(super) fn expire(&mut self, time: u64, window: u64) {
        loop {
            let next = self.gone / MARKED + 1;
            let mark = self.marks[next as usize & (self.marks.len() - 1)];
            if mark.made != next * MARKED || mark.made > self.made {
                return;
            }
            if time.saturating_sub(mark.time) < window {
                return;
            }
            self.gone = mark.made;
        }
    }

    /// Forgets the oldest link.
    pub(super) fn forget(&mut self) -> Option<Link> {
        let oldest = (self.gone < self.made).then(|| self.get(self.gone as u32))?;
        self.gone += 1;
        Some(oldest)
    }

    /// The oldest link.
    pub(super) fn oldest(&self) -> Option<Link> {
        (self.gone < self.made).then(|| self.get(self.gone as u32))
    }

    /// The links up to `link`, the last one first, each with its place.
    pub(super) fn back(&self, link: u32) -> impl Iterator<Item = (usize, Link)> {
        let mut next = Some(link);
        std::iter::from_fn(move || {
            let place = self.place(next?);
            let link = self.links[place];
            next = (link.depth() > 1).then_some(link.before);
            Some((place, link))
        })
    }

    /// Compares what two runs have bound from their first events on, each by its sequence, then
    /// its step.
    pub(super) fn compare(&self, one: u32, other: u32) -> Ordering {
        let (mut one, mut other) = (one, other);
        let (mut left, mut right) = (self.get(one), self.get(other));
        let mut order = left.depth().cmp(&right.depth());
        while one != other {
            let (lefts, rights) = (left.depth(), right.depth());
            if lefts == rights {
                let key = |link: Link| (link.sequence, link.step());
                order = key(left).cmp(&key(right)).then(order);
                if lefts == 1 {
                    break;
                }
            }
            if lefts >= rights {
                one = left.before;
                left = self.get(one);
            }
            if rights >= lefts {
                other = right.before;
                right = self.get(other);
            }
        }
        order
    }
}
