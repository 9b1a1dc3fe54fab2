//! The first of the matches that one event completes, in the order in which matches come out: by
//! their first event, then by their bindings.

use super::arena::Ring;
use super::found::Bound;

/// Most numbers of events that are kept: 64 MiB.
const MOST: usize = 1 << 24;

/// At most so many paths.
#[derive(Debug)]
pub(super) struct Selected {
    most: usize,
    longest: usize,
    /// Path by path, each in `longest` places.
    paths: Box<[u32]>,
    lengths: Box<[u32]>,
    /// Of the paths, in order.
    order: Vec<u32>,
}

impl Selected {
    /// For `most` paths of at most `longest` events; `None` if that is too much to keep.
    pub(super) fn new(most: u64, longest: usize) -> Option<Self> {
        let most = usize::try_from(most).ok()?;
        let all = most.checked_mul(longest).filter(|all| *all <= MOST)?;
        Some(Self {
            most,
            longest,
            paths: vec![0; all].into(),
            lengths: vec![0; most].into(),
            order: Vec::with_capacity(most),
        })
    }

    /// Keeps `path`, the last event first, if it is one of the first.
    pub(super) fn offer<E: Copy>(&mut self, path: &[u32], ring: &Ring<Bound<E>>) {
        let is_before = |&slot: &u32| bindings(self.path(slot), ring).lt(bindings(path, ring));
        let at = self.order.partition_point(is_before);
        if at == self.most {
            return;
        }
        let slot = if self.order.len() == self.most { self.order.pop() } else { None };
        let slot = slot.unwrap_or(self.order.len() as u32);
        let from = slot as usize * self.longest;
        self.paths[from..from + path.len()].copy_from_slice(path);
        self.lengths[slot as usize] = path.len() as u32;
        self.order.insert(at, slot);
    }

    /// The paths kept, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &[u32]> {
        self.order.iter().map(|slot| self.path(*slot))
    }

    pub(super) fn clear(&mut self) {
        self.order.clear();
    }

    fn path(&self, slot: u32) -> &[u32] {
        let from = slot as usize * self.longest;
        &self.paths[from..from + self.lengths[slot as usize] as usize]
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.paths)
            + size_of_val(&*self.lengths)
            + self.order.capacity() * size_of::<u32>()
    }
}

/// Its events with their steps, in order.
pub(super) fn bindings<E: Copy>(
    path: &[u32],
    ring: &Ring<Bound<E>>,
) -> impl Iterator<Item = (u64, usize)> {
    let bound = path.iter().rev().filter_map(|at| ring.get(*at));
    bound.map(|bound| (bound.sequence, bound.step.index()))
}
