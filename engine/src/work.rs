//! What a stage's runner asks of a handler, whether it reads events or changes them.

use std::marker::PhantomData;

use crate::batch::{Batch, BatchCause, BatchMut};
use crate::fault::Fault;
use crate::handler::{Done, Handler, HandlerMut, StageContext};
use crate::ring::Mutator;
use crate::seat::RingId;
use crate::source::Source;
use crate::summary::Recovery;

/// A handler, whatever it does with events.
pub(crate) trait Work: Send + 'static {
    fn on_start(&mut self, context: &StageContext);
    fn on_idle(&mut self);
    fn on_stop(&mut self);

    /// How many of `wanted` events it can take.
    #[inline]
    fn room(&mut self, wanted: usize) -> usize {
        wanted
    }

    fn on_end(&mut self) -> Result<Done, Fault> {
        Ok(Done::Yes)
    }

    fn outlets(&self) -> Vec<RingId> {
        Vec::new()
    }

    fn recovery(&self) -> Recovery {
        Recovery::default()
    }
}

/// A handler together with the way it gets at the events of a source.
pub(crate) trait Take<S>: Work {
    /// Delivers the next `len` events.
    fn take(&mut self, source: &mut S, len: usize, cause: BatchCause) -> Result<(), Fault>;
}

/// A handler that reads.
pub(crate) struct Reading<E, H> {
    handler: H,
    events: PhantomData<fn(E)>,
}

impl<E, H: Handler<E>> Reading<E, H> {
    pub(crate) fn new(handler: H) -> Self {
        Self { handler, events: PhantomData }
    }

    #[inline]
    pub(crate) fn on_batch(&mut self, batch: &Batch<'_, E>) -> Result<(), Fault> {
        self.handler.on_batch(batch)
    }
}

impl<E: 'static, H: Handler<E>> Work for Reading<E, H> {
    fn on_start(&mut self, context: &StageContext) {
        self.handler.on_start(context);
    }

    fn on_idle(&mut self) {
        self.handler.on_idle();
    }

    fn on_stop(&mut self) {
        self.handler.on_stop();
    }

    #[inline]
    fn room(&mut self, wanted: usize) -> usize {
        self.handler.room(wanted)
    }

    fn on_end(&mut self) -> Result<Done, Fault> {
        self.handler.on_end()
    }

    fn outlets(&self) -> Vec<RingId> {
        self.handler.outlets()
    }

    fn recovery(&self) -> Recovery {
        self.handler.recovery()
    }
}

impl<E: 'static, S: Source<Event = E>, H: Handler<E>> Take<S> for Reading<E, H> {
    #[inline]
    fn take(&mut self, source: &mut S, len: usize, cause: BatchCause) -> Result<(), Fault> {
        let first = source.next();
        if len == 1
            && let Some(event) = source.newest()
        {
            return self.on_batch(&Batch::from_slice(first, &[event], cause));
        }
        let view = source.view(len);
        self.on_batch(&Batch::new(first, view.front, view.back, cause))
    }
}

/// A handler that changes events in place.
pub(crate) struct Mutating<E, H> {
    handler: H,
    events: PhantomData<fn(E)>,
}

impl<E, H: HandlerMut<E>> Mutating<E, H> {
    pub(crate) fn new(handler: H) -> Self {
        Self { handler, events: PhantomData }
    }
}

impl<E: 'static, H: HandlerMut<E>> Work for Mutating<E, H> {
    fn on_start(&mut self, context: &StageContext) {
        self.handler.on_start(context);
    }

    fn on_idle(&mut self) {
        self.handler.on_idle();
    }

    fn on_stop(&mut self) {
        self.handler.on_stop();
    }
}

impl<E: Send + Sync + 'static, H: HandlerMut<E>> Take<Mutator<E>> for Mutating<E, H> {
    #[inline]
    fn take(
        &mut self,
        source: &mut Mutator<E>,
        len: usize,
        cause: BatchCause,
    ) -> Result<(), Fault> {
        let first = source.next();
        let view = source.view_mut(len);
        self.handler.on_batch(&mut BatchMut::new(first, view.front, view.back, cause))
    }
}
