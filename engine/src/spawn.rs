//! Starting threads: all of them are ready, or none is left.

use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use crate::error::BuildError;
use crate::fault::guarded;
use crate::host::{self, Latecomer, Member, Raise};
use crate::ring::Failure;
use crate::running::Running;
use crate::seat::Settled;
use crate::stage::Alliance;
use crate::summary::StageSummary;
use crate::sync::Arc;
use crate::worker::{Indexed, Worker};

/// A thread at work, which leaves the accounts of its stages.
pub(crate) type Crew = JoinHandle<Vec<Indexed<StageSummary>>>;

type Ready = mpsc::Sender<Result<(), BuildError>>;

/// Starts one thread for each worker and waits until all are ready. If one is not, all end.
///
/// None begins to work before all are ready and have the priority that they are to have.
pub(crate) fn all(
    workers: Vec<Worker>,
    priority: Option<Raise>,
    running: &mut Running,
) -> Result<(), BuildError> {
    let (ready, readiness) = mpsc::channel();
    let mut outcome = Ok(());
    for (index, worker) in workers.into_iter().enumerate() {
        let finish_line = Arc::clone(&running.finish_line);
        let finish = move || finish_line.pass();
        let squad = Arc::clone(&running.squad);
        let join = move || squad.join(index);
        let wait = Member::wait_for_the_others;
        match spawn(worker, running.alliance.clone(), ready.clone(), join, wait, finish) {
            Ok(crew) => running.crews.push(crew),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
    }
    drop(ready);
    // Ends when the last thread has reported or is gone.
    for report in readiness {
        outcome = outcome.and(report);
    }
    match (&outcome, priority) {
        (Ok(()), Some(priority)) => host::raise(&running.squad, priority),
        (Ok(()), None) => {}
        (Err(_), _) => running.halt(),
    }
    running.squad.open();
    if outcome.is_err() {
        for crew in running.crews.drain(..) {
            // What it did is of no interest: it cannot have seen an event.
            drop(crew.join());
        }
    }
    outcome
}

/// Starts one more thread beside those that run, and waits until it is ready.
pub(crate) fn one(worker: Worker, settled: &Settled) -> Result<Crew, BuildError> {
    let (ready, readiness) = mpsc::channel();
    let (latecomers, berth) = (Arc::clone(&settled.latecomers), worker.berth());
    let (join, wait) = (move || latecomers.join(berth), |_: &Latecomer| ());
    let crew = spawn(worker, settled.alliance.clone(), ready, join, wait, || ())?;
    match readiness.recv() {
        Ok(Err(error)) => {
            drop(crew.join()); // it has failed before the first event: there is no account
            Err(error)
        }
        // A thread that is gone without a word has poisoned the pipeline, which says why.
        Ok(Ok(())) | Err(_) => Ok(crew),
    }
}

/// `join` and `wait`: how the thread joins those it is listed with, and waits for them.
fn spawn<M: 'static>(
    mut worker: Worker,
    alliance: Alliance,
    ready: Ready,
    join: impl FnOnce() -> M + Send + 'static,
    wait: fn(&M),
    finish: impl FnOnce() + Send + 'static,
) -> Result<Crew, BuildError> {
    let name = worker.name.clone();
    let stage = name.clone();
    let work = move || {
        let outcome = guarded(|| {
            let member = join();
            let started = worker.start();
            let failed = started.is_err();
            // Nobody listens only if the launch was given up, and then there is a halt to see.
            drop(ready.send(started));
            drop(ready);
            wait(&member);
            if failed {
                worker.leave();
                return Ok(Vec::new());
            }
            Ok(worker.run())
        });
        let summaries = outcome.unwrap_or_else(|fault| {
            alliance.poison(&Failure { stage, sequence: None, message: fault.message });
            Vec::new()
        });
        finish();
        summaries
    };
    let crew = Builder::new().name(name.clone()).spawn(work);
    crew.map_err(|source| BuildError::Spawn { thread: name, source })
}
