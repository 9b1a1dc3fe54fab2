//! Several rings that start, fail and stop together.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::BuildError;
use crate::event::Event;
use crate::graph::Graph;
use crate::host::Priority;
use crate::launch;
use crate::ring_plan::RingPlan;
use crate::running::Running;
use crate::wait::LONGEST_SLEEP;

/// Rings in the order in which events pass through them.
///
/// Stages publish from one ring into the next through a [`Relay`](crate::Relay). All stages of all
/// rings are spread together over the threads there are, in the order of their rings, so stages
/// of different rings can share a thread. A failure anywhere stops all of them.
///
/// What a graph says about threads counts for the whole; where graphs disagree the last one added
/// decides.
#[derive(Default)]
#[must_use = "nothing happens before `start`"]
pub struct Pipeline {
    rings: Vec<RingPlan>,
    settings: Settings,
}

/// What is said about all threads together. `None` is what the graph says nothing about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) counters: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
    pub(crate) force_spin: Option<bool>,
    pub(crate) longest_sleep: Option<Duration>,
    pub(crate) priority: Option<Priority>,
    pub(crate) let_fifo_starve_every_cpu: Option<bool>,
}

impl Settings {
    fn merge(&mut self, later: Self) {
        self.counters = later.counters.or(self.counters.take());
        self.threads = later.threads.or(self.threads);
        self.force_spin = later.force_spin.or(self.force_spin);
        self.longest_sleep = later.longest_sleep.or(self.longest_sleep);
        self.priority = later.priority.or(self.priority);
        self.let_fifo_starve_every_cpu =
            later.let_fifo_starve_every_cpu.or(self.let_fifo_starve_every_cpu);
    }

    pub(crate) fn longest_sleep(&self) -> Duration {
        self.longest_sleep.unwrap_or(LONGEST_SLEEP)
    }
}

impl Pipeline {
    /// A pipeline without rings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a ring with its stages. Those that publish into other rings come before these.
    #[expect(clippy::should_implement_trait, reason = "adds a part, computes no sum")]
    pub fn add(self, part: impl Part) -> Self {
        part.join(self)
    }

    /// As [`Graph::counters`].
    pub fn counters(mut self, path: impl AsRef<Path>) -> Self {
        self.settings.counters = Some(path.as_ref().to_owned());
        self
    }

    pub(crate) fn with(
        mut self,
        rings: impl IntoIterator<Item = RingPlan>,
        settings: Settings,
    ) -> Self {
        self.rings.extend(rings);
        self.settings.merge(settings);
        self
    }

    /// Starts the threads. When it returns, every handler's `on_start` has run.
    ///
    /// # Errors
    /// If the description makes no sense, asks for what this machine has not, or a handler fails
    /// to start. No thread is left behind, and the rings are closed.
    pub fn start(mut self) -> Result<Running, BuildError> {
        for ring in &mut self.rings {
            if let Some(mistake) = ring.mistake.take() {
                return Err(mistake);
            }
        }
        if self.rings.iter().all(|ring| ring.plans.is_empty() && ring.pollers == 0) {
            return Err(BuildError::Empty);
        }
        launch::launch(self.rings, &self.settings)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages: Vec<&str> = self
            .rings
            .iter()
            .flat_map(|ring| ring.plans.iter().map(|plan| plan.name.as_str()))
            .collect();
        f.debug_struct("Pipeline")
            .field("rings", &self.rings.len())
            .field("stages", &stages)
            .field("settings", &self.settings)
            .finish()
    }
}

/// What a [`Pipeline`] is made of: a [`Graph`] or a [`FanIn`](crate::FanIn).
pub trait Part: sealed::Sealed {
    #[doc(hidden)]
    fn join(self, pipeline: Pipeline) -> Pipeline;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

impl<E: Event> sealed::Sealed for Graph<E> {}

impl<E: Event> Part for Graph<E> {
    fn join(self, pipeline: Pipeline) -> Pipeline {
        let (ring, settings) = self.into_plan();
        pipeline.with([ring], settings)
    }
}
