//! The thread that raises a pipeline's threads, and brings them down at a deadline.
//!
//! It runs one level above them, so it gets its processor when the deadline comes, and takes no
//! lock that one of them might hold.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::belt::Belt;
use super::priority::Raise;
use super::report::Refusal;
use super::squad::Squad;
use super::system;
use crate::sync::Arc;

/// Raises the squad, which waits at its gate, and has it supervised. What the system refuses is
/// noted with the threads.
pub(crate) fn raise(squad: &Arc<Squad>, wish: Raise) {
    let (done, is_done) = mpsc::channel::<()>();
    let raised = Arc::clone(squad);
    let work = move || match prepare(wish) {
        Ok(belt) => {
            raised.raise(wish.level);
            drop(done);
            watch(&raised, wish.limit);
            drop(belt);
        }
        Err(refusal) => raised.refuse(&refusal),
    };
    let thread = thread::Builder::new().name("supervisor".to_owned()).spawn(work);
    match thread {
        // It ends by itself, and lets go of the channel once it has raised the others, or not.
        Ok(_) => drop(is_done.recv()),
        Err(error) => squad.refuse(&Refusal::by_system("start a supervisor", &error)),
    }
}

/// Raises the supervisor itself, then fastens the belt, whose limit may be there for good.
fn prepare(wish: Raise) -> Result<Belt, Refusal> {
    let level = wish.level + 1;
    system::raise(system::current(), level).map_err(|error| {
        Refusal::by_system(format!("run a supervisor under SCHED_FIFO at level {level}"), &error)
    })?;
    Belt::fasten(wish.limit)
}

/// Waits for the end of the squad, but not beyond the limit.
fn watch(squad: &Squad, limit: Duration) {
    let start = Instant::now();
    while !squad.is_gone() {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return squad.demote();
        }
        // Whoever leaves ends this wait.
        thread::park_timeout(left);
    }
}
