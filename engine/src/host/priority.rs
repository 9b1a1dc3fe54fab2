//! Real-time priority, and what must be the case before anybody gets it.
//!
//! A thread under SCHED_FIFO that does not block is not interrupted by anything of a lower level,
//! not even by what was meant to stop it. Hence the belts:
//!
//! 1. it is never the default, and refused if no processor would be left to all the others;
//! 2. the system takes the priority away, and in the end the process down, when a thread holds a
//!    processor for too long ([`belt`](super::belt));
//! 3. threads are started, bound to their cores and gathered before any is raised, and all are
//!    raised before any works; who starts them must not depend on a core that they will hold;
//! 4. a supervisor of a higher level demotes everybody at a deadline
//!    ([`supervisor`](super::supervisor));
//! 5. every wait looks for the end of the pipeline;
//! 6. the supervisor's level is always above that of the threads it watches.

use std::time::Duration;

use thiserror::Error;

use super::report::Policy;
use super::system;
use crate::wait::Strategy;

/// How the threads of a pipeline are scheduled. Producers on threads of the caller's are not
/// affected.
///
/// Where the system refuses, for want of CAP_SYS_NICE or RLIMIT_RTPRIO, the threads run as ever
/// and [`Running::host`](crate::Running::host) says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Like all other threads.
    #[default]
    Normal,
    /// Before all threads of a lower level (SCHED_FIFO): nothing else runs on their processors
    /// unless they block. They come back to normal after `limit`, come what may.
    ///
    /// The process gets a limit on processor time that is spent under real-time priority without
    /// blocking (RLIMIT_RTTIME), 1 s above `limit`, and a handler for its signal (SIGXCPU). A
    /// thread that goes on for 2 s after that ends the process. This counts for all its threads,
    /// and without CAP_SYS_RESOURCE a process cannot raise it again: start the pipeline with the
    /// longest `limit` first, a longer one is refused.
    Fifo {
        /// 1 to 98, higher first. The supervisor takes the level above.
        level: u8,
        /// How long the threads keep it.
        limit: Duration,
    },
}

/// Real-time priority that would do harm.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PriorityError {
    /// There is no such level, or none above it for the supervisor.
    #[error("real-time level {level} is not in 1 to 98; choose one, 50 is usual")]
    Level {
        /// What was asked for.
        level: u8,
    },
    /// Nothing else would get to run.
    #[error(
        "{threads} threads that never block would hold all {cpus} processors under SCHED_FIFO; \
         fuse stages, let some park or back off, or use let_fifo_starve_every_cpu(true)"
    )]
    EveryCpu {
        /// Threads that would hold a processor for good.
        threads: usize,
        /// Processors that the pipeline can use.
        cpus: usize,
    },
    /// The thread that starts the pipeline could not go on.
    #[error(
        "the calling thread may only run on cores {cores:?}, which stages would hold under \
         SCHED_FIFO; give it another core, or start the pipeline from another thread"
    )]
    Starter {
        /// The cores the calling thread may use.
        cores: Vec<usize>,
    },
    /// The threads would inherit the priority before they are where they belong.
    #[error(
        "the calling thread has a real-time priority itself, which new threads inherit before \
         they are bound to their cores; start the pipeline from a thread without"
    )]
    StarterIsRealTime,
}

/// A wish for real-time priority that was found harmless.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raise {
    pub(crate) level: u8,
    pub(crate) limit: Duration,
}

/// Checks a wish against the threads to be, each with its core and its wait; the calling thread is
/// the one that will start them. `cpus`: the processors that the pipeline can use.
///
/// # Errors
/// If it would do harm. `force` allows threads to hold every processor.
pub(crate) fn check(
    priority: Priority,
    threads: &[(Option<usize>, Strategy)],
    cpus: usize,
    force: bool,
) -> Result<Option<Raise>, PriorityError> {
    let Priority::Fifo { level, limit } = priority else { return Ok(None) };
    if !(1..=98).contains(&level) {
        return Err(PriorityError::Level { level });
    }
    if system::policy(system::current()).is_ok_and(|policy| policy != Policy::Normal) {
        return Err(PriorityError::StarterIsRealTime);
    }
    let holding: Vec<Option<usize>> = threads
        .iter()
        .filter(|(_, strategy)| strategy.never_blocks())
        .map(|(core, _)| *core)
        .collect();
    if !force {
        if holding.len() >= cpus {
            return Err(PriorityError::EveryCpu { threads: holding.len(), cpus });
        }
        // Unknown on other systems, which have no such priority either.
        let cores = system::allowed(system::current()).unwrap_or_default();
        if !cores.is_empty() && cores.iter().all(|&core| holding.contains(&Some(core))) {
            return Err(PriorityError::Starter { cores: cores.into_iter().collect() });
        }
    }
    Ok(Some(Raise { level, limit }))
}
