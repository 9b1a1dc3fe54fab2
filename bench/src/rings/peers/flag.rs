//! The floor: no ring at all, one line with a number in it. The least that a hand-off can cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

use crate::rings::endpoint::{Peer, Receiver, Relax, Sender};
use crate::rings::event::{Event, Words};

/// It holds one event, and does not notice whether that was read: for ping-pong alone.
#[derive(Debug)]
pub(crate) struct Flag;

type Line = Arc<CachePadded<AtomicU64>>;

/// What the line holds before the first event.
const NOTHING: u64 = u64::MAX;

struct Raise(Line);

struct Watch {
    line: Line,
    seen: u64,
}

impl Peer<Words<1>> for Flag {
    const NAME: &str = "floor";

    fn open<R: Relax>(
        _: usize,
    ) -> (impl Sender<Words<1>> + 'static, impl Receiver<Words<1>> + 'static) {
        let line = Line::new(CachePadded::new(AtomicU64::new(NOTHING)));
        (Raise(Arc::clone(&line)), Watch { line, seen: NOTHING })
    }
}

impl Sender<Words<1>> for Raise {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: Words<1>) {
        self.0.store(event.first(), Ordering::Release); // pairs with the watcher's Acquire
    }
}

impl Receiver<Words<1>> for Watch {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&Words<1>)) -> usize {
        let now = self.line.load(Ordering::Acquire);
        if now == self.seen {
            return 0;
        }
        self.seen = now;
        take(&Words::new(now));
        1
    }
}
