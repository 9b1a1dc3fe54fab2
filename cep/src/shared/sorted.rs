//! The matches that one event completes, put into the order in which matches come out: by their
//! first event, then by their bindings.

use super::arena::Ring;
use super::found::Bound;
use super::selected::bindings;

/// Paths that wait to be given.
#[derive(Debug)]
pub(super) struct Sorted {
    /// Path after path.
    paths: Vec<u32>,
    /// Where each begins and ends.
    places: Vec<(u32, u32)>,
}

impl Sorted {
    /// For `most` paths, and `links` events in all of them.
    pub(super) fn new(most: usize, links: usize) -> Self {
        Self { paths: Vec::with_capacity(links), places: Vec::with_capacity(most.min(links)) }
    }

    /// Is there no room for `path`?
    #[inline]
    pub(super) fn is_full(&self, path: &[u32]) -> bool {
        self.places.len() == self.places.capacity()
            || self.paths.len() + path.len() > self.paths.capacity()
    }

    /// Keeps `path`, the last event first, for which there is room.
    #[inline]
    pub(super) fn keep(&mut self, path: &[u32]) {
        let begin = self.paths.len();
        self.paths.extend_from_slice(path);
        self.places.push((begin as u32, self.paths.len() as u32));
    }

    /// Gives all of them to `give`, in order, until it says no.
    #[inline]
    pub(super) fn drain<E: Copy>(
        &mut self,
        ring: &Ring<Bound<E>>,
        give: impl FnMut(&[u32]) -> bool,
    ) {
        let Self { paths, places } = self;
        let path = |&(begin, end): &(u32, u32)| &paths[begin as usize..end as usize];
        if places.len() > 1 {
            places.sort_unstable_by(|one, other| {
                bindings(path(one), ring).cmp(bindings(path(other), ring))
            });
        }
        places.iter().map(path).all(give);
        places.clear();
        paths.clear();
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        self.paths.capacity() * size_of::<u32>() + self.places.capacity() * size_of::<(u32, u32)>()
    }
}
