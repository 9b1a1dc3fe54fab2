//! Who matches the patterns of a set.
//!
//! Patterns *alike* differ in no more than what they ask of single events. Where they have a
//! window of time, no partition and nothing that is held back, they share a matcher, in which each
//! is what a key is to a partitioned pattern: what an event touches then lies close together, and
//! all else of the matcher is in a near cache. Any other pattern has a matcher of its own.
//!
//! The matchers of patterns alike double in size, so that at most half of their memory is of no
//! use. Nobody moves from one to another.

use std::collections::HashMap;

use bytemuck::Pod;

use crate::attention;
use crate::ir::{Consume, Ir, Order, Skip};
use crate::matching::{BuildError, Common, Limits, Matcher};
use crate::overflow::Overflow;
use crate::planner::Choice;

/// Most patterns of one matcher.
const MOST: usize = 1_024;
/// Most that a limit can be.
const MOST_LIMIT: usize = 1 << 24;

/// All matchers of a set.
#[derive(Debug)]
pub(super) struct Crews<E> {
    list: Vec<Option<Crew<E>>>,
    free: Vec<u32>,
    /// Those of patterns alike, by what they have in common.
    alike: HashMap<String, Vec<u32>>,
    common: Common,
}

#[derive(Debug)]
struct Crew<E> {
    matcher: Matcher<E>,
    /// What its patterns have in common, if they may share a matcher.
    name: Option<String>,
    places: u32,
    free: Vec<u32>,
}

/// A place in a matcher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) crew: u32,
    pub(super) place: u32,
}

impl<E> Default for Crews<E> {
    fn default() -> Self {
        let (list, free) = (Vec::new(), Vec::new());
        Self { list, free, alike: HashMap::new(), common: Common::default() }
    }
}

/// May patterns like `ir` share a matcher?
fn may_share(ir: &Ir) -> bool {
    let holds_back = ir.order == Order::Leftmost && ir.skip != Skip::None;
    ir.partition_by.is_empty()
        && ir.window.time.is_some()
        && ir.window.events.is_none()
        && !holds_back
}

impl<E: Pod> Crews<E> {
    /// Finds a place for a pattern.
    pub(super) fn join(&mut self, ir: &Ir, limits: Limits) -> Result<Seat, BuildError> {
        // One that stops may not stop the others.
        if !may_share(ir) || limits.overflow == Overflow::Stop {
            return self.hire(ir, limits, 1, None);
        }
        // Without a partition all is what the partition is, and other patterns are none of it.
        let consume = if ir.consume == Consume::All { Consume::Partition } else { ir.consume };
        let ir = &Ir { consume, ..ir.clone() };
        let name = format!("{} {limits:?}", attention::name(ir));
        let crews = self.alike.get(&name).map_or(&[][..], |crews| crews);
        let mut places = 0;
        for &crew in crews {
            let Some(known) = &mut self.list[crew as usize] else { continue };
            if let Some(place) = known.free.pop() {
                return Ok(Seat { crew, place });
            }
            places += known.places as usize;
        }
        let Limits { partial, bound, .. } = limits;
        let most = MOST.min(MOST_LIMIT / partial.max(bound)).max(1);
        self.hire(ir, limits, places.clamp(1, most), Some(name))
    }

    fn hire(
        &mut self,
        ir: &Ir,
        limits: Limits,
        places: usize,
        name: Option<String>,
    ) -> Result<Seat, BuildError> {
        let matcher = Matcher::told(ir, limits, &mut self.common, places)?;
        // The general matcher is always of one pattern.
        let name = name.filter(|_| matcher.plan().choice() != Choice::Forked);
        let crew = self.free.pop().unwrap_or_else(|| {
            self.list.push(None);
            self.list.len() as u32 - 1
        });
        if let Some(name) = &name {
            self.alike.entry(name.clone()).or_default().push(crew);
        }
        let places = places as u32;
        let crewed = Crew { matcher, name, places, free: (1..places).rev().collect() };
        self.list[crew as usize] = Some(crewed);
        Ok(Seat { crew, place: 0 })
    }

    /// Gives a place back, and the matcher's memory if it was the last one.
    pub(super) fn leave(&mut self, Seat { crew, place }: Seat) {
        let at = crew as usize;
        let Some(left) = &mut self.list[at] else { return };
        left.free.push(place);
        if left.free.len() < left.places as usize {
            return left.matcher.forget(place);
        }
        let Some(Crew { name, .. }) = self.list[at].take() else { return };
        self.free.push(crew);
        if let Some(name) = name
            && let Some(crews) = self.alike.get_mut(&name)
        {
            crews.retain(|other| *other != crew);
            if crews.is_empty() {
                self.alike.remove(&name);
            }
        }
        self.common.prune();
    }

    /// How many patterns have a place in the matcher numbered `crew`.
    pub(super) fn in_use(&self, crew: u32) -> usize {
        let crew = self.list.get(crew as usize).and_then(Option::as_ref);
        crew.map_or(0, |crew| crew.places as usize - crew.free.len())
    }

    /// Bytes allocated, names and compiled patterns apart.
    pub(super) fn memory(&self) -> usize {
        let crews = self.list.iter().flatten();
        let crew = |crew: &Crew<E>| crew.matcher.memory() + crew.free.capacity() * size_of::<u32>();
        self.list.capacity() * size_of::<Option<Crew<E>>>()
            + self.free.capacity() * size_of::<u32>()
            + crews.map(crew).sum::<usize>()
            + self.common.memory()
    }

    /// The matcher numbered `crew`, which somebody has a place in.
    #[inline]
    pub(super) fn matcher(&mut self, crew: u32) -> &mut Matcher<E> {
        let crew = self.list[crew as usize].as_mut();
        &mut crew.expect("a matcher of which somebody has a place").matcher
    }

    /// The same, to look at.
    #[inline]
    pub(super) fn look(&self, crew: u32) -> &Matcher<E> {
        let crew = self.list[crew as usize].as_ref();
        &crew.expect("a matcher of which somebody has a place").matcher
    }
}
