//! Our own rings.

use tourbillon_engine::{Batch, Capacity, Fault, Graph, Handler, Poller, Producer, Running};

use super::LARGEST_READ;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, Consumer, Managed, Peer, Receiver, Relax, Sender,
};
use crate::rings::event::Event;

/// One producer; readers watch a cursor and read the slots.
#[derive(Debug)]
pub(crate) struct Single;

struct Ring<E: Event> {
    producer: Option<Producer<E>>,
    running: Option<Running>,
}

fn open<E: Event, R: Relax>(capacity: usize) -> (Ring<E>, Poller<E>) {
    let (producer, mut graph) = Graph::<E>::single(Capacity::at_least(capacity));
    graph.producer_wait(R::WAIT).force_spin(true);
    let poller = graph.poller(&[]);
    let running = graph.start().expect("a ring without stages starts");
    (Ring { producer: Some(producer), running: Some(running) }, poller)
}

impl<E: Event> Peer<E> for Single {
    const NAME: &str = "single";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        open::<E, R>(capacity)
    }
}

impl<E: Event> BatchPeer<E> for Single {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>) {
        open::<E, R>(capacity)
    }
}

impl<E: Event> Ring<E> {
    #[inline(always)]
    fn producer(&mut self) -> &mut Producer<E> {
        self.producer.as_mut().expect("it is taken only to be closed")
    }
}

impl<E: Event> Sender<E> for Ring<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.producer().publish(event).expect("nobody stops the ring");
    }
}

impl<E: Event> BatchSender<E> for Ring<E> {
    #[inline(always)]
    fn send_batch<R: Relax>(&mut self, count: usize, mut make: impl FnMut() -> E) {
        let mut claim = self.producer().claim(count).expect("nobody stops the ring");
        let (front, back) = claim.slots_mut();
        front.iter_mut().chain(back).for_each(|slot| *slot = make());
        claim.commit(count);
    }
}

impl<E: Event> Receiver<E> for Poller<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        let read = |batch: &Batch<'_, E>| {
            let (front, back) = batch.slices();
            front.iter().for_each(&mut take);
            back.iter().for_each(&mut take);
            batch.len()
        };
        self.poll(LARGEST_READ, read).expect("the producer is there").unwrap_or(0)
    }
}

impl<E: Event> Managed<E> for Single {
    const MANAGED_NAME: &str = "single-stage";

    fn start<R: Relax>(capacity: usize, core: usize, consumer: impl Consumer<E>) -> impl Sender<E> {
        let (producer, mut graph) = Graph::<E>::single(Capacity::at_least(capacity));
        graph.producer_wait(R::WAIT).force_spin(true);
        graph.stage("consumer").core(core).wait(R::WAIT).handle(Stage(consumer));
        let running = graph.start().expect("the core exists");
        Ring { producer: Some(producer), running: Some(running) }
    }
}

struct Stage<C>(C);

impl<E: Event, C: Consumer<E>> Handler<E> for Stage<C> {
    #[inline]
    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        let (front, back) = batch.slices();
        front.iter().chain(back).for_each(|event| self.0.event(event));
        self.0.end_of_batch();
        Ok(())
    }
}

impl<E: Event> Drop for Ring<E> {
    fn drop(&mut self) {
        drop(self.producer.take());
        if let Some(running) = self.running.take() {
            running.join().expect("no stage fails");
        }
    }
}
