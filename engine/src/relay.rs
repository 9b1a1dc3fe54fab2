//! A stage that publishes into another ring.

use std::fmt;

use crate::batch::Batch;
use crate::error::{PublishError, TryPublishError};
use crate::event::Event;
use crate::fault::Fault;
use crate::handler::{Done, Handler, StageContext};
use crate::producer::Producer;
use crate::ring::Lifecycle;
use crate::seat::RingId;
use crate::sync::Arc;

/// What a [`Relay`] does with its events: anything, with an [`Outlet`] at hand.
///
/// Closures are transforms:
/// ```
/// use tourbillon_engine::{Batch, Capacity, Graph, Outlet, Pipeline, Relay};
///
/// let (doubled, mut sums) = Graph::<u64>::single(Capacity::at_least(64));
/// let (mut numbers, mut doubles) = Graph::<u64>::single(Capacity::at_least(64));
/// let double = |batch: &Batch<'_, u64>, out: &mut Outlet<'_, u64>| {
///     batch.iter().try_for_each(|(_, number)| out.publish(number * 2))
/// };
/// doubles.stage("double").handle(Relay::new(doubled, 1, double));
/// let mut sum = 0;
/// sums.stage("sum").handle(move |batch: &Batch<'_, u64>| {
///     sum += batch.iter().map(|(_, number)| number).sum::<u64>();
///     Ok(())
/// });
/// let running = Pipeline::new().add(doubles).add(sums).start()?;
/// for number in 0..1000 {
///     numbers.publish(number)?;
/// }
/// numbers.close();
/// assert_eq!(running.join()?.stage("sum").unwrap().events, 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Transform<I, O: Event>: Send + 'static {
    /// As [`Handler::on_start`].
    fn on_start(&mut self, _context: &StageContext) {}

    /// The next events; what is published is seen by the other ring's readers at once.
    ///
    /// # Errors
    /// As [`Handler::on_batch`].
    fn on_batch(&mut self, batch: &Batch<'_, I>, out: &mut Outlet<'_, O>) -> Result<(), Fault>;

    /// As [`Handler::on_end`], each time with room for one event's output at least.
    ///
    /// # Errors
    /// As [`Handler::on_batch`].
    fn on_end(&mut self, _out: &mut Outlet<'_, O>) -> Result<Done, Fault> {
        Ok(Done::Yes)
    }

    /// As [`Handler::on_idle`].
    fn on_idle(&mut self) {}
}

impl<I, O: Event, F> Transform<I, O> for F
where
    F: FnMut(&Batch<'_, I>, &mut Outlet<'_, O>) -> Result<(), Fault> + Send + 'static,
{
    fn on_batch(&mut self, batch: &Batch<'_, I>, out: &mut Outlet<'_, O>) -> Result<(), Fault> {
        self(batch, out)
    }
}

/// The way from one ring into the next.
///
/// It takes no more events than the next ring has room for, so a stage and the readers of what it
/// publishes can share a thread without ever waiting for each other.
pub struct Relay<O: Event, T> {
    producer: Producer<O>,
    per_event: usize,
    transform: T,
    /// Of the ring that it takes from, once it is at work.
    inlet: Option<Arc<Lifecycle>>,
}

impl<O: Event, T> Relay<O, T> {
    /// A stage that publishes at most `per_event` events for each that it takes.
    ///
    /// More than that is possible as long as there happens to be room, or the other ring's stages
    /// run on other threads; otherwise it is a fault that says so.
    ///
    /// # Panics
    /// If `per_event` is 0 or more than the other ring holds: it could never publish.
    pub fn new(producer: Producer<O>, per_event: usize, transform: T) -> Self {
        assert!(
            (1..=producer.capacity()).contains(&per_event),
            "{per_event} outputs for each event into a ring of {}",
            producer.capacity()
        );
        Self { producer, per_event, transform, inlet: None }
    }

    /// Whether there is room for one event's output.
    fn has_room(&mut self) -> bool {
        let room = self.producer.room_for(self.per_event, self.per_event);
        room.map_or(true, |room| room >= self.per_event)
    }
}

impl<I, O: Event, T: Transform<I, O>> Handler<I> for Relay<O, T> {
    fn on_start(&mut self, context: &StageContext) {
        self.inlet = Some(Arc::clone(&context.lifecycle));
        self.transform.on_start(context);
    }

    #[inline]
    fn on_batch(&mut self, batch: &Batch<'_, I>) -> Result<(), Fault> {
        let mut out = Outlet { producer: &mut self.producer, per_event: self.per_event };
        self.transform.on_batch(batch, &mut out)
    }

    #[inline]
    fn room(&mut self, wanted: usize) -> usize {
        let outputs = wanted.saturating_mul(self.per_event);
        match self.producer.room_for(self.per_event, outputs) {
            Ok(room) => room / self.per_event,
            // The pipeline has just been stopped, which is no failure of this stage.
            Err(_) if self.inlet.as_ref().is_some_and(|inlet| inlet.is_stopped()) => 0,
            // A ring that has stopped takes nothing; publishing says why.
            Err(_) => wanted,
        }
    }

    fn on_end(&mut self) -> Result<Done, Fault> {
        if !self.has_room() {
            return Ok(Done::NotYet);
        }
        let mut out = Outlet { producer: &mut self.producer, per_event: self.per_event };
        self.transform.on_end(&mut out)
    }

    fn outlets(&self) -> Vec<RingId> {
        vec![self.producer.ring()]
    }

    fn on_idle(&mut self) {
        self.transform.on_idle();
    }
}

impl<O: Event, T> fmt::Debug for Relay<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("producer", &self.producer)
            .field("per_event", &self.per_event)
            .finish_non_exhaustive()
    }
}

/// Where a [`Transform`] publishes.
pub struct Outlet<'a, O: Event> {
    producer: &'a mut Producer<O>,
    per_event: usize,
}

impl<O: Event> Outlet<'_, O> {
    /// Publishes one event.
    ///
    /// # Errors
    /// If the other ring has stopped, or if the transform publishes more for each event than it
    /// declared while nobody can make room.
    #[inline]
    pub fn publish(&mut self, event: O) -> Result<(), Fault> {
        match self.producer.publish(event) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Publishes events in order, together.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub fn publish_batch(&mut self, events: &[O]) -> Result<(), Fault> {
        match self.producer.publish_batch(events) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Publishes one event if there is room at once; whether there was.
    ///
    /// # Errors
    /// If the other ring has stopped.
    pub fn try_publish(&mut self, event: O) -> Result<bool, Fault> {
        match self.producer.try_publish(event) {
            Ok(_) => Ok(true),
            Err(TryPublishError::Full) => Ok(false),
            Err(error) => Err(Fault::halt(error.to_string())),
        }
    }

    #[cold]
    fn explain(&self, error: PublishError) -> Fault {
        Fault::halt(match error {
            PublishError::WouldDeadlock => format!(
                "more than the declared {} outputs for an event, and the full ring, or one behind it, \
                 is read on this thread; declare more, enlarge the ring, or read it elsewhere",
                self.per_event
            ),
            other => other.to_string(),
        })
    }
}

impl<O: Event> fmt::Debug for Outlet<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").field("producer", &self.producer).finish_non_exhaustive()
    }
}
