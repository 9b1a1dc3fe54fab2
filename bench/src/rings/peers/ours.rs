//! Our own rings.

use tourbillon_engine::{
    Batch, Capacity, FanIn, Fault, Graph, Handler, MultiProducer, Poller, Producer, Running,
    StageId,
};

use super::LARGEST_READ;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, Consumer, Managed, ManyPeer, Pause, Peer, Receiver, Relax, Sender, Skip,
};
use crate::rings::event::Event;

/// One producer; readers watch a cursor and read the slots.
#[derive(Debug)]
pub(crate) struct Single;

/// One producer; its cursor's line carries the newest event too.
#[derive(Debug)]
pub(crate) struct Inline;

/// A ring with one producer.
pub(crate) trait Kind: 'static {
    const NAME: &str;
    const STAGE_NAME: &str;

    fn ring<E: Event>(capacity: Capacity) -> (Producer<E>, Graph<E>);
}

impl Kind for Single {
    const NAME: &str = "single";
    const STAGE_NAME: &str = "single-stage";

    fn ring<E: Event>(capacity: Capacity) -> (Producer<E>, Graph<E>) {
        Graph::single(capacity)
    }
}

impl Kind for Inline {
    const NAME: &str = "inline";
    const STAGE_NAME: &str = "inline-stage";

    fn ring<E: Event>(capacity: Capacity) -> (Producer<E>, Graph<E>) {
        Graph::inline(capacity)
    }
}

/// Producers that can be cloned; readers watch stamps and read the slots.
#[derive(Debug)]
pub(crate) struct Multi;

fn single<E: Event, K: Kind, R: Relax>(capacity: usize) -> (Producer<E>, Graph<E>) {
    let (producer, mut graph) = K::ring(Capacity::at_least(capacity));
    graph.producer_wait(R::WAIT).force_spin(true);
    (producer, graph)
}

fn multi<E: Event, R: Relax>(capacity: usize) -> (MultiProducer<E>, Poller<E>) {
    let (producer, mut graph) = Graph::multi(Capacity::at_least(capacity));
    graph.producer_wait(R::WAIT).force_spin(true);
    (producer, poller(graph))
}

/// The only reader of a ring without stages, which is started.
fn poller<E: Event>(mut graph: Graph<E>) -> Poller<E> {
    let poller = graph.poller(&[]);
    // No threads: there is nothing to wait for at its end.
    drop(graph.start().expect("a ring without stages starts"));
    poller
}

impl<E: Event, K: Kind> Peer<E> for K {
    const NAME: &str = K::NAME;

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        let (producer, graph) = single::<E, K, R>(capacity);
        (producer, poller(graph))
    }
}

impl<E: Event, K: Kind> BatchPeer<E> for K {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>) {
        let (producer, graph) = single::<E, K, R>(capacity);
        (producer, poller(graph))
    }
}

impl<E: Event> Peer<E> for Multi {
    const NAME: &str = "multi";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        multi::<E, R>(capacity)
    }
}

impl<E: Event> ManyPeer<E> for Multi {
    fn open_many(capacity: usize) -> (impl Sender<E> + Clone, impl Skip<E>) {
        multi::<E, Pause>(capacity)
    }
}

impl<E: Event, K: Kind> Managed<E> for K {
    const MANAGED_NAME: &str = K::STAGE_NAME;

    fn start<R: Relax>(capacity: usize, core: usize, consumer: impl Consumer<E>) -> impl Sender<E> {
        graph::<E, K, R>(capacity, move |graph| {
            stage::<E, R>(graph, "consumer", core, &[], consumer);
        })
    }
}

/// A sender to stages. Dropping it closes the ring, and waits for them.
struct Staged<S> {
    // Dropped first, or the stages would never end.
    sender: S,
    _stages: Stages,
}

struct Stages(Option<Running>);

impl Drop for Stages {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.join().expect("no stage fails");
        }
    }
}

/// One producer and the stages that `describe` adds, started.
pub(crate) fn graph<E: Event, K: Kind, R: Relax>(
    capacity: usize,
    describe: impl FnOnce(&mut Graph<E>),
) -> impl Sender<E> {
    let (sender, mut graph) = single::<E, K, R>(capacity);
    describe(&mut graph);
    let running = graph.start().expect("the description makes sense");
    Staged { sender, _stages: Stages(Some(running)) }
}

/// Adds a stage to a graph that waits with `R`.
pub(crate) fn stage<E: Event, R: Relax>(
    graph: &mut Graph<E>,
    name: &str,
    core: usize,
    after: &[StageId],
    consumer: impl Consumer<E>,
) -> StageId {
    graph.stage(name).after(after).core(core).wait(R::WAIT).handle(Stage(consumer))
}

/// A ring each for some producers, which send in turn, and one stage that merges them: it has a
/// consumer for each producer.
pub(crate) fn merged<E: Event, R: Relax>(
    capacity: usize,
    core: usize,
    consumers: Vec<impl Consumer<E>>,
) -> impl Sender<E> {
    let (producers, mut merge) = FanIn::new(consumers.len(), Capacity::at_least(capacity));
    merge.producer_wait(R::WAIT).force_spin(true).core(core).wait(R::WAIT);
    merge.stage("merge", Merge(consumers));
    let running = merge.start().expect("the core exists");
    Staged { sender: InTurn { producers, next: 0 }, _stages: Stages(Some(running)) }
}

struct InTurn<E: Event> {
    producers: Vec<Producer<E>>,
    next: usize,
}

impl<E: Event> Sender<E> for InTurn<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.producers[self.next].send::<R>(event);
        self.next += 1;
        if self.next == self.producers.len() {
            self.next = 0;
        }
    }
}

impl<E: Event, S: Sender<E>> Sender<E> for Staged<S> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.sender.send::<R>(event);
    }
}

impl<E: Event> Sender<E> for Producer<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.publish(event).expect("nobody stops the ring");
    }
}

impl<E: Event> Sender<E> for MultiProducer<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        self.publish(event).expect("nobody stops the ring");
    }
}

impl<E: Event> BatchSender<E> for Producer<E> {
    #[inline(always)]
    fn send_batch<R: Relax>(&mut self, count: usize, mut make: impl FnMut() -> E) {
        let mut claim = self.claim(count).expect("nobody stops the ring");
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

impl<E: Event> Skip<E> for Poller<E> {
    fn skip(&mut self) -> usize {
        let skipped = self.poll(usize::MAX, |batch| batch.len()).expect("a producer is there");
        skipped.unwrap_or(0)
    }
}

/// A stage that shows its events to a consumer.
struct Stage<C>(C);

impl<E: Event, C: Consumer<E>> Handler<E> for Stage<C> {
    #[inline]
    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        show(batch, &mut self.0);
        Ok(())
    }
}

/// A stage that shows the events of every source to a consumer of their own.
struct Merge<C>(Vec<C>);

impl<E: Event, C: Consumer<E>> Handler<E> for Merge<C> {
    #[inline]
    fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        show(batch, &mut self.0[batch.source()]);
        Ok(())
    }
}

#[inline(always)]
fn show<E: Event>(batch: &Batch<'_, E>, consumer: &mut impl Consumer<E>) {
    let (front, back) = batch.slices();
    front.iter().for_each(|event| consumer.event(event));
    back.iter().for_each(|event| consumer.event(event));
    consumer.end_of_batch();
}
