//! Where events go that no handler could take.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::fault::guarded;

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter<E> {
    /// Its sequence.
    pub sequence: u64,
    /// The stage that gave it up.
    pub stage: String,
    /// The fault's message, or that of the panic.
    pub reason: String,
    /// The event itself.
    pub event: E,
}

impl<E: bytemuck::NoUninit> DeadLetter<E> {
    /// The event's bytes as they lay in the ring, to be stored or sent elsewhere.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        bytemuck::bytes_of(&self.event)
    }
}

/// A sink for dead letters: a bounded queue, or any function.
///
/// What the sink cannot keep is counted in
/// [`Recovery::dead_letters_lost`](crate::Recovery::dead_letters_lost).
pub struct DeadLetters<E> {
    sink: Sink<E>,
}

enum Sink<E> {
    Queue(SyncSender<DeadLetter<E>>),
    Function(Box<dyn FnMut(DeadLetter<E>) + Send>),
}

impl<E> DeadLetters<E> {
    /// A queue that keeps up to `capacity` letters; more are lost, and counted, until some are
    /// received.
    #[must_use]
    pub fn queue(capacity: usize) -> (Self, Receiver<DeadLetter<E>>) {
        let (sender, receiver) = sync_channel(capacity);
        (Self { sink: Sink::Queue(sender) }, receiver)
    }

    /// Calls a function, on the stage's thread. A letter on which it panics is lost.
    pub fn sink(function: impl FnMut(DeadLetter<E>) + Send + 'static) -> Self {
        Self { sink: Sink::Function(Box::new(function)) }
    }

    /// Sends a letter; whether the sink kept it.
    pub(crate) fn send(&mut self, letter: DeadLetter<E>) -> bool {
        match &mut self.sink {
            Sink::Queue(queue) => queue.try_send(letter).is_ok(),
            Sink::Function(function) => guarded(|| {
                function(letter);
                Ok(())
            })
            .is_ok(),
        }
    }
}

impl<E> fmt::Debug for DeadLetters<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.sink {
            Sink::Queue(_) => "DeadLetters::queue",
            Sink::Function(_) => "DeadLetters::sink",
        })
    }
}
