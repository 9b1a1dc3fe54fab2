//! Lock-free queues: `rtrb`, `ringbuf` (one producer, one consumer) and crossbeam's `ArrayQueue`.

use std::iter;
use std::sync::Arc;

use crossbeam_queue::ArrayQueue;
use ringbuf::traits::{Consumer as _, Producer as _, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::LARGEST_READ;
use crate::rings::endpoint::{
    BatchPeer, BatchSender, ManyPeer, Peer, Receiver, Relax, Sender, Skip,
};
use crate::rings::event::Event;

/// `rtrb`, an event at a time.
#[derive(Debug)]
pub(crate) struct Rtrb;

impl<E: Event> Peer<E> for Rtrb {
    const NAME: &str = "rtrb";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        rtrb::RingBuffer::new(capacity)
    }
}

impl<E: Event> Sender<E> for rtrb::Producer<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while self.push(event).is_err() {
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for rtrb::Consumer<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        self.pop().map_or(0, |event| {
            take(&event);
            1
        })
    }
}

/// `rtrb`, the consumer reading all there is as one chunk.
#[derive(Debug)]
pub(crate) struct RtrbChunks;

struct Chunks<E>(rtrb::Consumer<E>);

impl<E: Event> Peer<E> for RtrbChunks {
    const NAME: &str = "rtrb-chunks";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        let (producer, consumer) = rtrb::RingBuffer::new(capacity);
        (producer, Chunks(consumer))
    }
}

impl<E: Event> BatchPeer<E> for RtrbChunks {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>) {
        let (producer, consumer) = rtrb::RingBuffer::new(capacity);
        (producer, Chunks(consumer))
    }
}

impl<E: Event> BatchSender<E> for rtrb::Producer<E> {
    #[inline(always)]
    fn send_batch<R: Relax>(&mut self, count: usize, make: impl FnMut() -> E) {
        loop {
            if let Ok(chunk) = self.write_chunk_uninit(count) {
                chunk.fill_from_iter(iter::repeat_with(make));
                return;
            }
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for Chunks<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        let count = self.0.slots().min(LARGEST_READ);
        if count == 0 {
            return 0;
        }
        let chunk = self.0.read_chunk(count).expect("as many as were counted");
        let (front, back) = chunk.as_slices();
        front.iter().for_each(&mut take);
        back.iter().for_each(&mut take);
        chunk.commit_all();
        count
    }
}

/// `ringbuf`.
#[derive(Debug)]
pub(crate) struct Ringbuf;

impl<E: Event> Peer<E> for Ringbuf {
    const NAME: &str = "ringbuf";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        HeapRb::new(capacity).split()
    }
}

impl<E: Event> BatchPeer<E> for Ringbuf {
    fn open_batches<R: Relax>(capacity: usize) -> (impl BatchSender<E>, impl Receiver<E>) {
        let (producer, consumer) = HeapRb::new(capacity).split();
        (producer, Slices(consumer))
    }
}

impl<E: Event> Sender<E> for HeapProd<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while self.try_push(event).is_err() {
            R::relax();
        }
    }
}

impl<E: Event> BatchSender<E> for HeapProd<E> {
    #[inline(always)]
    fn send_batch<R: Relax>(&mut self, count: usize, make: impl FnMut() -> E) {
        let mut events = iter::repeat_with(make).take(count);
        let mut left = count;
        while left > 0 {
            left -= match self.push_iter(&mut events) {
                0 => {
                    R::relax();
                    0
                }
                pushed => pushed,
            };
        }
    }
}

impl<E: Event> Receiver<E> for HeapCons<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        self.try_pop().map_or(0, |event| {
            take(&event);
            1
        })
    }
}

/// All there is, read where it lies.
struct Slices<E>(HeapCons<E>);

impl<E: Event> Receiver<E> for Slices<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        let (front, back) = self.0.as_slices();
        let count = front.len() + back.len();
        front.iter().for_each(&mut take);
        back.iter().for_each(&mut take);
        self.0.skip(count)
    }
}

/// crossbeam's `ArrayQueue`: any number of producers and consumers.
#[derive(Debug)]
pub(crate) struct Array;

/// Either end of it.
#[derive(Clone)]
struct Shared<E>(Arc<ArrayQueue<E>>);

impl<E: Event> Peer<E> for Array {
    const NAME: &str = "array-queue";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (Shared(Arc::clone(&queue)), Shared(queue))
    }
}

impl<E: Event> ManyPeer<E> for Array {
    fn open_many(capacity: usize) -> (impl Sender<E> + Clone, impl Skip<E>) {
        let queue = Arc::new(ArrayQueue::new(capacity));
        (Shared(Arc::clone(&queue)), Shared(queue))
    }
}

impl<E: Event> Skip<E> for Shared<E> {}

impl<E: Event> Sender<E> for Shared<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while self.0.push(event).is_err() {
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for Shared<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        self.0.pop().map_or(0, |event| {
            take(&event);
            1
        })
    }
}
