//! What the producers of a ring share with its graph: how they wait, and for whom.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::counters::{Counters, RingMeter};
use crate::host::Latecomers;
use crate::ring::{Bed, Cursor};
use crate::stage::Alliance;
use crate::summary::ProducerSummary;
use crate::sync::{self, Mutex, OnceLock};
use crate::wait::Strategy;

/// Names a ring, so that a stage can tell its graph which rings it publishes into.
#[derive(Clone)]
pub struct RingId(Arc<Seat>);

impl RingId {
    pub(crate) fn new(seat: &Arc<Seat>) -> Self {
        Self(Arc::clone(seat))
    }

    pub(crate) fn is(&self, seat: &Arc<Seat>) -> bool {
        Arc::ptr_eq(&self.0, seat)
    }

    /// Whether events pass through this ring before, or when, they pass through that one.
    pub(crate) fn comes_before(&self, other: &Settled) -> bool {
        self.0.settled().is_some_and(|settled| {
            settled.alliance.is(&other.alliance) && settled.ring <= other.ring
        })
    }
}

impl fmt::Debug for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RingId({:p})", Arc::as_ptr(&self.0))
    }
}

/// Settled when the graph starts; producers look at it only when the ring is full.
pub(crate) struct Seat {
    settled: OnceLock<Settled>,
    /// The threads without which there is no room: they run the ring's stages, or those of rings
    /// into which these publish.
    readers: Mutex<Vec<ThreadId>>,
    /// What the producers that are gone did.
    account: Mutex<ProducerSummary>,
}

/// How producers wait while the ring is full.
pub(crate) struct Settled {
    pub(crate) strategy: Strategy,
    /// Where a single producer sleeps, if it does.
    pub(crate) bed: Option<Bed>,
    pub(crate) longest_sleep: Duration,
    /// Counts what happens while the ring is full, if anybody may watch.
    pub(crate) meter: Option<RingMeter>,
    /// Where late stages count.
    pub(crate) counters: Option<Counters>,
    /// Where their threads are listed.
    pub(crate) latecomers: Arc<Latecomers>,
    /// The index of the ring in the pipeline.
    pub(crate) ring: usize,
    /// All rings of the pipeline.
    pub(crate) alliance: Alliance,
}

impl Settled {
    /// Has a producer that sleeps woken by a reader that comes late.
    pub(crate) fn wake_producer_by(&self, reader: &Cursor) {
        if let Some(bed) = &self.bed {
            reader.wire(vec![Arc::clone(bed.alarm())]);
        }
    }
}

impl Seat {
    pub(crate) fn new() -> Self {
        Self {
            settled: OnceLock::new(),
            readers: Mutex::new(Vec::new()),
            account: Mutex::new(ProducerSummary::default()),
        }
    }

    /// To be called once, at start.
    pub(crate) fn settle(&self, settled: Settled) {
        assert!(self.settled.set(settled).is_ok(), "a graph starts once");
    }

    /// `None` before the start.
    pub(crate) fn settled(&self) -> Option<&Settled> {
        self.settled.get()
    }

    /// Counts what happened while the ring was full, if anybody may watch.
    pub(crate) fn count(&self, what: impl FnOnce(&RingMeter)) {
        if let Some(meter) = self.settled().and_then(|settled| settled.meter.as_ref()) {
            what(meter);
        }
    }

    /// The calling thread runs a stage of the ring, or of one behind it.
    pub(crate) fn read_here(&self) {
        sync::lock(&self.readers).push(thread::current().id());
    }

    /// Whether the calling thread must not wait for room in the ring, for it would wait for itself.
    pub(crate) fn is_read_here(&self) -> bool {
        sync::lock(&self.readers).contains(&thread::current().id())
    }

    /// A producer is gone and leaves its account.
    pub(crate) fn report(&self, account: &ProducerSummary) {
        sync::lock(&self.account).add(account);
    }

    /// What the producers that are gone did.
    pub(crate) fn account(&self) -> ProducerSummary {
        *sync::lock(&self.account)
    }
}
