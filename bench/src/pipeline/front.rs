//! Events in the order of their time, in front of the matchers of either architecture.
//!
//! The order, and so what is found, is that of a feed that was sorted before: it depends neither
//! on when a watermark comes nor on where a batch ends.

use tourbillon_cep::reorder::{Counts, Late, Limits, Released, Reorder, ReorderError, Watermarks};
use tourbillon_feeds::MarketEvent;

/// Most events that wait for their turn: 23 MB, and 19 MB where they all go at once.
const WAITING: usize = 1 << 18;

/// An event where it arrived, in words: aligned to a cache line, it would take two.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    words: [u64; size_of::<MarketEvent>() / 8],
    sequence: u64,
}

impl Arrival {
    fn new(sequence: u64, event: &MarketEvent) -> Self {
        Self { words: bytemuck::cast(*event), sequence }
    }

    fn event(&self) -> MarketEvent {
        bytemuck::cast(self.words)
    }
}

/// What reordering did in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reordered {
    /// How late an event may be, in nanoseconds.
    pub lag_ns: u64,
    /// What became of the events.
    pub counts: Counts,
    /// Bytes allocated.
    pub memory: usize,
}

/// The stage that reorders, and what it has let go. All memory is allocated when it is built.
#[derive(Debug)]
pub(super) struct Front {
    lag_ns: u64,
    reorder: Reorder<Arrival, fn(&Arrival) -> u64>,
    /// Events of a batch that is not committed.
    staged: Vec<Arrival>,
    /// Events let go that the matchers have not seen, in order, and what the first of them is
    /// called: matchers want sequences that rise.
    ready: Vec<MarketEvent>,
    first: u64,
    /// For each of these, the sequence of the event that let it go.
    freed_by: Vec<u64>,
    /// The sequences of all events let go, if matches are to name them.
    origins: Option<Vec<u64>>,
}

impl Front {
    /// For events that are up to `lag_ns` late, in batches of at most so many.
    pub(super) fn new(lag_ns: u64, batch: usize, named: bool) -> Result<Self, ReorderError> {
        let limits = Limits { capacity: WAITING, late: Late::Drop, ..Limits::default() };
        let time: fn(&Arrival) -> u64 = |arrival| arrival.event().ts_event;
        // An event lets at most all that wait go, and itself.
        let most = WAITING + 1;
        Ok(Self {
            lag_ns,
            reorder: Reorder::new(Watermarks::Lag(lag_ns), limits, time)?,
            staged: Vec::with_capacity(batch),
            ready: Vec::with_capacity(most),
            first: 0,
            freed_by: Vec::with_capacity(most),
            origins: named.then(Vec::new),
        })
    }

    /// Notes events of a batch. Nothing else is changed before it is committed.
    pub(super) fn stage(&mut self, first: u64, events: &[MarketEvent]) {
        let arrivals = (first..).zip(events);
        self.staged.extend(arrivals.map(|(sequence, event)| Arrival::new(sequence, event)));
    }

    /// Forgets them.
    pub(super) fn unstage(&mut self) {
        self.staged.clear();
    }

    /// How many there are.
    pub(super) fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Takes the staged event `at`.
    pub(super) fn take_staged(&mut self, at: usize) -> Result<(), ReorderError> {
        self.take(self.staged[at])
    }

    /// Takes an event; those that it lets go are ready then.
    pub(super) fn push(&mut self, sequence: u64, event: &MarketEvent) -> Result<(), ReorderError> {
        self.take(Arrival::new(sequence, event))
    }

    fn take(&mut self, arrival: Arrival) -> Result<(), ReorderError> {
        let Self { reorder, ready, freed_by, origins, .. } = self;
        reorder.push(&arrival, &mut |released| {
            if let Released::InOrder(out) = released {
                ready.push(out.event());
                freed_by.push(arrival.sequence);
                origins.iter_mut().for_each(|origins| origins.push(out.sequence));
            }
        })
    }

    /// There is no later event: all that wait are ready.
    pub(super) fn finish(&mut self) {
        let Self { reorder, ready, origins, .. } = self;
        reorder.finish(&mut |released| {
            if let Released::InOrder(out) = released {
                ready.push(out.event());
                origins.iter_mut().for_each(|origins| origins.push(out.sequence));
            }
        });
    }

    /// The events that are ready, and what the first of them is called.
    pub(super) fn ready(&self) -> (u64, &[MarketEvent]) {
        (self.first, &self.ready)
    }

    /// The sequence of the event that let the ready event called `number` go; none at the end.
    pub(super) fn freed_by(&self, number: u64) -> Option<u64> {
        self.freed_by.get(number.checked_sub(self.first)? as usize).copied()
    }

    /// The sequences of all events let go, by what they are called here; empty if nobody wants
    /// to know.
    pub(super) fn origins(&self) -> &[u64] {
        self.origins.as_deref().unwrap_or_default()
    }

    /// The matchers have seen what was ready.
    pub(super) fn seen(&mut self) {
        self.first += self.ready.len() as u64;
        self.ready.clear();
        self.freed_by.clear();
    }

    /// What it did so far.
    pub(super) fn reordered(&self) -> Reordered {
        let memory = self.reorder.memory()
            + self.staged.capacity() * size_of::<Arrival>()
            + self.ready.capacity() * size_of::<MarketEvent>()
            + self.freed_by.capacity() * size_of::<u64>();
        Reordered { lag_ns: self.lag_ns, counts: self.reorder.counts(), memory }
    }
}
