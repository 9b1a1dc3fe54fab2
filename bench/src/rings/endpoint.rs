//! The two ends of a ring, as the scenarios see them. All generic: a timed loop calls the peer's
//! own functions, inlined, and nothing between.

use tourbillon_engine::Wait;

use super::event::Event;

/// What a thread does between two looks at a line that has not changed.
pub(crate) trait Relax: Send + Sync + 'static {
    /// The same for stages of ours.
    const WAIT: Wait;

    fn relax();
}

/// The processor's PAUSE: the writer can write while the reader rests.
#[derive(Debug)]
pub(crate) struct Pause;

impl Relax for Pause {
    const WAIT: Wait = Wait::Spin;

    #[inline(always)]
    fn relax() {
        std::hint::spin_loop();
    }
}

/// Nothing: look again at once.
#[derive(Debug)]
pub(crate) struct Bare;

impl Relax for Bare {
    const WAIT: Wait = Wait::BusySpin;

    #[inline(always)]
    fn relax() {}
}

/// A ring of one kind.
pub(crate) trait Peer<E: Event>: 'static {
    /// Its name on the command line and in reports.
    const NAME: &str;

    /// A new ring of `capacity` events.
    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static);
}

/// The sending end.
pub(crate) trait Sender<E>: Send {
    /// Sends one event, waiting for room as this peer waits, or with `R` where it leaves that to
    /// its caller.
    fn send<R: Relax>(&mut self, event: E);
}

/// A sending end that publishes several events at once.
pub(crate) trait BatchSender<E>: Sender<E> {
    /// Sends `count` events, made by `make` where they will lie if the peer can do that.
    fn send_batch<R: Relax>(&mut self, count: usize, make: impl FnMut() -> E);
}

/// A ring that can publish several events at once.
pub(crate) trait BatchPeer<E: Event>: Peer<E> {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>);
}

/// The receiving end, polled.
pub(crate) trait Receiver<E>: Send {
    /// Hands what is there to `take` (one event, where the peer gives only one at a time) and
    /// returns how many that were. Never waits.
    fn receive(&mut self, take: impl FnMut(&E)) -> usize;

    /// The same, but waits until there is something.
    #[inline(always)]
    fn wait<R: Relax>(&mut self, mut take: impl FnMut(&E)) -> usize {
        loop {
            match self.receive(&mut take) {
                0 => R::relax(),
                received => return received,
            }
        }
    }
}

/// A ring that several producers can share.
pub(crate) trait ManyPeer<E: Event>: Peer<E> {
    fn open_many(capacity: usize) -> (impl Sender<E> + Clone, impl Skip<E>);
}

/// A receiving end that can pass events over without reading them, if its ring lets it.
pub(crate) trait Skip<E>: Receiver<E> {
    /// Passes over what is there and returns how many that were.
    fn skip(&mut self) -> usize {
        self.receive(|_| ())
    }
}

/// A ring whose library runs the consumer on a thread of its own.
pub(crate) trait Managed<E: Event>: Peer<E> {
    /// The name of this way of consuming.
    const MANAGED_NAME: &str;

    /// Starts `consumer` on a thread bound to `core`. Dropping the sender ends that thread, once
    /// all is consumed.
    fn start<R: Relax>(capacity: usize, core: usize, consumer: impl Consumer<E>) -> impl Sender<E>;
}

/// What a managed thread runs.
pub(crate) trait Consumer<E>: Send + 'static {
    fn event(&mut self, event: &E);

    /// All events that were there have been seen.
    fn end_of_batch(&mut self) {}
}
