//! Starting threads: all of them are ready, or none is left.

use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use crate::error::BuildError;
use crate::fault::guarded;
use crate::host::{self, Raise, Squad};
use crate::ring::Failure;
use crate::running::Running;
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
        let squad = Some((Arc::clone(&running.squad), index));
        match spawn(worker, running.alliance.clone(), ready.clone(), squad, finish) {
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
pub(crate) fn one(worker: Worker, alliance: &Alliance) -> Result<Crew, BuildError> {
    let (ready, readiness) = mpsc::channel();
    let crew = spawn(worker, alliance.clone(), ready, None, || ())?;
    match readiness.recv() {
        Ok(Err(error)) => {
            drop(crew.join()); // it has failed before the first event: there is no account
            Err(error)
        }
        // A thread that is gone without a word has poisoned the pipeline, which says why.
        Ok(Ok(())) | Err(_) => Ok(crew),
    }
}

fn spawn(
    mut worker: Worker,
    alliance: Alliance,
    ready: Ready,
    squad: Option<(Arc<Squad>, usize)>,
    finish: impl FnOnce() + Send + 'static,
) -> Result<Crew, BuildError> {
    let name = worker.name.clone();
    let stage = name.clone();
    let work = move || {
        let outcome = guarded(|| {
            let member = squad.map(|(squad, index)| squad.join(index));
            let started = worker.start();
            let failed = started.is_err();
            // Nobody listens only if the launch was given up, and then there is a halt to see.
            drop(ready.send(started));
            drop(ready);
            if let Some(member) = &member {
                member.wait_for_the_others();
            }
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
