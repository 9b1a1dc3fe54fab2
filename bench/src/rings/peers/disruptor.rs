//! The crate `disruptor`, a port of the LMAX Disruptor: polled, and with a thread of its own.

use disruptor::{
    BusySpin, BusySpinWithSpinLoopHint, EventGuard, EventPoller, MultiProducerBarrier, Polling,
    ProcessorSettings, Producer, SingleProducerBarrier, build_multi_producer,
    build_single_producer,
};
use tourbillon_engine::Wait;

use super::LARGEST_READ;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, Consumer, Managed, ManyPeer, Peer, Receiver, Relax, Sender, Skip,
};
use crate::rings::event::Event;

/// One producer.
#[derive(Debug)]
pub(crate) struct Single;

/// Producers that can be cloned, of which one is used.
#[derive(Debug)]
pub(crate) struct Multi;

#[derive(Clone)]
struct Publish<P>(P);

struct Poll<E, B>(EventPoller<E, B>);

fn open_single<E: Event>(
    capacity: usize,
) -> (impl BatchSender<E> + 'static, impl Receiver<E> + 'static) {
    // A poller has no wait strategy: this one is never used.
    let builder = build_single_producer(capacity, E::default, BusySpin);
    let (poller, builder) = builder.new_event_poller();
    (Publish(builder.build()), Poll(poller))
}

impl<E: Event> Peer<E> for Single {
    const NAME: &str = "disruptor";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        open_single(capacity)
    }
}

impl<E: Event> BatchPeer<E> for Single {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>) {
        open_single(capacity)
    }
}

impl<E: Event> Peer<E> for Multi {
    const NAME: &str = "disruptor-multi";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        let builder = build_multi_producer(capacity, E::default, BusySpin);
        let (poller, builder) = builder.new_event_poller();
        (Publish(builder.build()), Poll(poller))
    }
}

impl<E: Event> ManyPeer<E> for Multi {
    fn open_many(capacity: usize) -> (impl Sender<E> + Clone, impl Skip<E>) {
        let builder = build_multi_producer(capacity, E::default, BusySpin);
        let (poller, builder) = builder.new_event_poller();
        (Publish(builder.build()), Poll(poller))
    }
}

impl<E: Event> Skip<E> for Poll<E, MultiProducerBarrier> {
    fn skip(&mut self) -> usize {
        // Dropping what was polled releases it, read or not.
        self.0.poll().map_or(0, |mut guard| {
            let events = &mut guard;
            events.len()
        })
    }
}

impl<E: Event> Managed<E> for Single {
    const MANAGED_NAME: &str = "disruptor-handler";

    fn start<R: Relax>(
        capacity: usize,
        core: usize,
        mut consumer: impl Consumer<E>,
    ) -> impl Sender<E> {
        let handler = move |event: &E, _, end_of_batch| {
            consumer.event(event);
            if end_of_batch {
                consumer.end_of_batch();
            }
        };
        Publish(if R::WAIT == Wait::BusySpin {
            build_single_producer(capacity, E::default, BusySpin)
                .pin_at_core(core)
                .handle_events_with(handler)
                .build()
        } else {
            build_single_producer(capacity, E::default, BusySpinWithSpinLoopHint)
                .pin_at_core(core)
                .handle_events_with(handler)
                .build()
        })
    }
}

impl<E: Event, P: Producer<E> + Send> Sender<E> for Publish<P> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.0.publish(|slot| *slot = event);
    }
}

impl<E: Event, P: Producer<E> + Send> BatchSender<E> for Publish<P> {
    #[inline(always)]
    fn send_batch<R: Relax>(&mut self, count: usize, mut make: impl FnMut() -> E) {
        self.0.batch_publish(count, |slots| slots.for_each(|slot| *slot = make()));
    }
}

impl<E: Event> Receiver<E> for Poll<E, SingleProducerBarrier> {
    #[inline(always)]
    fn receive(&mut self, take: impl FnMut(&E)) -> usize {
        read(self.0.take(LARGEST_READ as u64), take)
    }
}

impl<E: Event> Receiver<E> for Poll<E, MultiProducerBarrier> {
    #[inline(always)]
    fn receive(&mut self, take: impl FnMut(&E)) -> usize {
        read(self.0.take(LARGEST_READ as u64), take)
    }
}

#[inline(always)]
fn read<E, B>(polled: Result<EventGuard<'_, E, B>, Polling>, take: impl FnMut(&E)) -> usize {
    match polled {
        Ok(mut guard) => {
            let events = &mut guard;
            let count = events.len();
            events.for_each(take);
            count
        }
        Err(Polling::NoEvents) => 0,
        Err(Polling::Shutdown) => unreachable!("the producer is there"),
    }
}
