//! One stage at work: a reader, a handler at its post, and the batch in the making.

use std::time::Instant;

use crate::batch::BatchCause;
use crate::coalesce::{Coalesce, Coalescer, Decision};
use crate::counters::StageMeter;
use crate::fault::guarded;
use crate::handler::Done;
use crate::orders::Orders;
use crate::post::Post;
use crate::ring::{Alarm, Cursor, Failure, Parker, Phase};
use crate::seat::RingId;
use crate::source::Source;
use crate::stage::{Alliance, Stage, Step};
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::wiring::{Feed, Wiring};
use crate::work::Take;

pub(crate) struct StageRunner<S, W> {
    source: S,
    post: Post<W>,
    coalescer: Coalescer,
    orders: Arc<Orders>,
    alarm: Option<Arc<Alarm>>,
    demand_alarm: Option<Arc<Alarm>>,
    /// The phase that the last step saw.
    phase: Phase,
    /// How many pending events the last step left to wait for.
    wanted: usize,
}

impl<S: Source, W: Take<S>> StageRunner<S, W> {
    /// `group` is the stage whose events it shares with other workers, if it is one of several.
    pub(crate) fn new(
        name: String,
        group: Option<String>,
        source: S,
        work: W,
        coalesce: Coalesce,
        orders: Arc<Orders>,
    ) -> Self {
        let mut post = Post::new(name, work, Arc::clone(source.lifecycle()));
        post.summary.from = source.next();
        post.summary.group = group;
        Self {
            coalescer: Coalescer::new(coalesce, source.reader().capacity()),
            source,
            post,
            orders,
            alarm: None,
            demand_alarm: None,
            phase: Phase::Open,
            wanted: 1,
        }
    }

    #[inline]
    fn deliver(&mut self, len: usize, cause: BatchCause) -> Step {
        match guarded(|| self.post.work.take(&mut self.source, len, cause)) {
            Ok(()) => {
                self.source.release(len);
                let reader = self.source.reader();
                self.post.summary.aborted = reader.aborted();
                self.post.delivered(len, reader.next(), reader.seen());
                Step::Worked
            }
            Err(fault) => {
                self.post.fail(fault, Some(self.source.next()));
                self.give_up(len)
            }
        }
    }

    /// The handler has failed over so many events. If the others are to go on without it, nobody
    /// may wait for it.
    #[cold]
    fn give_up(&mut self, failed: usize) -> Step {
        if self.post.is_detached() {
            if self.source.leave() {
                self.post.summary.in_flight = failed as u64;
            } else {
                self.post.cannot_leave();
            }
        }
        Step::Ended
    }

    /// Nothing to deliver: the handler may use the time.
    fn rest(&mut self, wanted: usize, step: Step) -> Step {
        self.wanted = wanted;
        self.post.summary.aborted = self.source.reader().aborted();
        if self.post.rest() { step } else { self.give_up(0) }
    }

    /// Every event has been taken.
    fn end(&mut self) -> Step {
        match self.post.call(|work| work.on_end()) {
            Some(Done::NotYet) => Step::Blocked,
            Some(Done::Yes) => Step::Ended,
            None => self.give_up(0),
        }
    }
}

impl<S: Source, W: Take<S>> Stage for StageRunner<S, W> {
    fn start(&mut self, core: Option<usize>) -> Result<(), Failure> {
        self.post.start(core)
    }

    #[inline]
    fn step(&mut self) -> Step {
        // The phase before the events: what is seen after `Closed` is all there will be.
        self.phase = self.source.lifecycle().phase();
        if self.phase >= Phase::Halted {
            return Step::Ended;
        }
        // Later, if it has events in hand that nobody else will get, or if whoever follows it, and
        // has been told to leave too, has not got round to it.
        if self.orders.is_to_leave() && self.source.leave() {
            return Step::Ended;
        }
        let closed = self.phase == Phase::Closed;
        let available = self.source.available();
        let pending = self.post.work.room(available).min(available);
        let source = &self.source;
        let pressed = |lag| source.reader().is_awaited() || source.reader().lag() >= lag;
        match self.coalescer.decide(pending, closed, pressed, Instant::now) {
            Decision::Deliver(len, cause) => self.deliver(len, cause),
            Decision::Hold(until) => self.rest(self.coalescer.target(), Step::Holding(until)),
            Decision::Nothing if available > 0 => self.rest(1, Step::Blocked),
            Decision::Nothing if closed && self.source.has_ended() => self.end(),
            Decision::Nothing => self.rest(1, Step::Idle),
        }
    }

    fn set_alarm(&self) {
        if let Some(alarm) = &self.alarm {
            alarm.set(self.source.next() + self.wanted as u64);
        }
        if let Some(alarm) = &self.demand_alarm {
            alarm.set(self.source.next() + 1);
        }
    }

    fn clear_alarm(&self) {
        for alarm in self.alarm.iter().chain(&self.demand_alarm) {
            alarm.clear();
        }
    }

    fn is_due(&mut self) -> bool {
        let wanted = if self.source.reader().is_awaited() { 1 } else { self.wanted };
        self.source.available() >= wanted || self.source.lifecycle().phase() != self.phase
    }

    fn wire(&mut self, wiring: &mut Wiring, parker: &Arc<Parker>, own: &[Arc<Cursor>]) {
        let feeds = self.source.feeds(own);
        if !feeds.is_empty() {
            let alarm = Arc::new(Alarm::new(Arc::clone(parker)));
            feeds.iter().for_each(|feed| wiring.add(feed, &alarm));
            self.alarm = Some(alarm);
        }
        if self.coalescer.gathers() {
            let alarm = Arc::new(Alarm::new(Arc::clone(parker)));
            let demand = Arc::clone(self.source.reader().roster().demand());
            wiring.add(&Feed::Stage(demand), &alarm);
            self.demand_alarm = Some(alarm);
        }
    }

    fn feeds(&self, own: &[Arc<Cursor>]) -> Vec<Feed> {
        self.source.feeds(own)
    }

    fn has_alarm(&self) -> bool {
        self.alarm.is_some()
    }

    fn outlets(&self) -> Vec<RingId> {
        self.post.work.outlets()
    }

    fn measure(&mut self, meter: StageMeter) {
        self.post.measure(meter);
    }

    fn ally(&mut self, alliance: &Alliance) {
        self.post.ally(alliance);
    }

    fn leave(&mut self) {
        self.source.leave();
    }

    fn finish(self: Box<Self>) -> StageSummary {
        let Self { source, mut post, coalescer, .. } = *self;
        let reader = source.reader();
        post.summary.in_flight += reader.in_hand();
        let until = || reader.next() + post.summary.in_flight;
        post.summary.until = reader.claimed().unwrap_or_else(until);
        post.summary.aborted = reader.aborted();
        post.summary.added_delay = coalescer.into_added_delay();
        post.finish()
    }
}
