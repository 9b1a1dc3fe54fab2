//! Bounded channels, polled at both ends, so that nobody pays for a system call.

use std::sync::mpsc;

use crate::rings::endpoint::{ManyPeer, Peer, Receiver, Relax, Sender, Skip};
use crate::rings::event::Event;

/// `crossbeam-channel`.
#[derive(Debug)]
pub(crate) struct Crossbeam;

impl<E: Event> Peer<E> for Crossbeam {
    const NAME: &str = "crossbeam-channel";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        crossbeam_channel::bounded(capacity)
    }
}

impl<E: Event> ManyPeer<E> for Crossbeam {
    fn open_many(capacity: usize) -> (impl Sender<E> + Clone, impl Skip<E>) {
        crossbeam_channel::bounded(capacity)
    }
}

impl<E: Event> Skip<E> for crossbeam_channel::Receiver<E> {}

impl<E: Event> Sender<E> for crossbeam_channel::Sender<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while self.try_send(event).is_err() {
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for crossbeam_channel::Receiver<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        self.try_recv().map_or(0, |event| {
            take(&event);
            1
        })
    }
}

/// The standard library's `sync_channel`.
#[derive(Debug)]
pub(crate) struct Std;

impl<E: Event> Peer<E> for Std {
    const NAME: &str = "sync-channel";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        mpsc::sync_channel(capacity)
    }
}

impl<E: Event> Sender<E> for mpsc::SyncSender<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while self.try_send(event).is_err() {
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for mpsc::Receiver<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        self.try_recv().map_or(0, |event| {
            take(&event);
            1
        })
    }
}

/// `kanal`.
#[derive(Debug)]
pub(crate) struct Kanal;

impl<E: Event> Peer<E> for Kanal {
    const NAME: &str = "kanal";

    fn open<R: Relax>(capacity: usize) -> (impl Sender<E> + 'static, impl Receiver<E> + 'static) {
        kanal::bounded(capacity)
    }
}

impl<E: Event> Sender<E> for kanal::Sender<E> {
    #[inline(always)]
    fn send<R: Relax>(&mut self, event: E) {
        while !self.try_send(event).expect("the receiver is there") {
            R::relax();
        }
    }
}

impl<E: Event> Receiver<E> for kanal::Receiver<E> {
    #[inline(always)]
    fn receive(&mut self, mut take: impl FnMut(&E)) -> usize {
        let received = self.try_recv().expect("the sender is there");
        received.map_or(0, |event| {
            take(&event);
            1
        })
    }
}
