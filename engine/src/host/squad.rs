//! The threads of a pipeline as the system knows them.

use std::sync::atomic::Ordering::Relaxed;
use std::thread::Thread;

use super::belt::Place;
use super::late::Latecomers;
use super::report::{HostReport, MemoryReport, Refusal, ThreadReport};
use super::system::{self, Tid};
use crate::sync::{self, Arc, AtomicU32, Condvar, Mutex, OnceLock};
use crate::wait::Strategy;

/// The threads of a pipeline, and the gate at which they gather before any of them works.
///
/// The supervisor reads it without taking a lock: whoever holds a lock may be the one it must
/// demote, or be starved by it. Its atomics stand for themselves, nothing is read by way of one, so
/// none of them needs an order.
pub(crate) struct Squad {
    berths: Box<[Berth]>,
    latecomers: Arc<Latecomers>,
    memory: Vec<MemoryReport>,
    open: Mutex<bool>,
    opened: Condvar,
    supervisor: OnceLock<Thread>,
    /// Whether one that has gone had been demoted. Locked while a thread goes, so that a report
    /// finds it either there or in here.
    demoted: Mutex<bool>,
}

/// One thread.
pub(crate) struct Berth {
    name: String,
    core: Option<usize>,
    wait: Strategy,
    /// 0 before it has come and after it has gone.
    tid: AtomicU32,
    place: OnceLock<Place>,
    refusal: OnceLock<Refusal>,
}

/// A thread of the squad, on that thread. Dropping it says that the thread is about to end.
pub(crate) struct Member {
    squad: Arc<Squad>,
    index: usize,
}

impl Squad {
    /// The threads to be, those that will come later, and what became of the memory of their rings.
    pub(crate) fn new(
        berths: Box<[Berth]>,
        latecomers: Arc<Latecomers>,
        memory: Vec<MemoryReport>,
    ) -> Self {
        Self {
            berths,
            latecomers,
            memory,
            open: Mutex::new(false),
            opened: Condvar::new(),
            supervisor: OnceLock::new(),
            demoted: Mutex::new(false),
        }
    }

    /// How many threads it has.
    pub(crate) fn len(&self) -> usize {
        self.berths.len()
    }

    /// The calling thread is the one of that index.
    pub(crate) fn join(self: &Arc<Self>, index: usize) -> Member {
        self.berths[index].is_here();
        Member { squad: Arc::clone(self), index }
    }

    /// Lets everybody work.
    pub(crate) fn open(&self) {
        *sync::lock(&self.open) = true;
        self.opened.notify_all();
    }

    pub(super) fn is_gone(&self) -> bool {
        self.berths.iter().all(|berth| berth.tid.load(Relaxed) == 0)
    }

    /// Raises everybody, for the calling thread to demote. Before the gate is opened.
    pub(super) fn raise(&self, level: u8) {
        // Whoever leaves wakes it.
        let first = self.supervisor.set(std::thread::current()).is_ok();
        debug_assert!(first, "a squad has one supervisor");
        for berth in &self.berths {
            if let Err(refusal) = berth.raise(level) {
                berth.refuse(refusal);
            }
        }
    }

    /// Takes the priority from everybody.
    pub(super) fn demote(&self) {
        self.berths.iter().for_each(Berth::demote);
    }

    /// Nobody was raised.
    pub(super) fn refuse(&self, refusal: &Refusal) {
        self.berths.iter().for_each(|berth| berth.refuse(refusal.clone()));
    }

    /// What the system says of them now.
    pub(crate) fn report(&self) -> HostReport {
        let mut threads: Vec<ThreadReport> = self.berths.iter().map(Berth::report).collect();
        threads.extend(self.latecomers.report());
        let gone = sync::lock(&self.demoted);
        let is_demoted = |berth: &Berth| berth.thread().is_some() && berth.is_demoted();
        let demoted = *gone || self.berths.iter().any(is_demoted);
        HostReport { threads, memory: self.memory.clone(), demoted }
    }
}

impl Berth {
    pub(crate) fn new(name: String, core: Option<usize>, wait: Strategy) -> Self {
        Self {
            name,
            core,
            wait,
            tid: AtomicU32::new(0),
            place: OnceLock::new(),
            refusal: OnceLock::new(),
        }
    }

    /// The calling thread is this one.
    pub(super) fn is_here(&self) {
        self.tid.store(system::current(), Relaxed);
    }

    fn thread(&self) -> Option<Tid> {
        Some(self.tid.load(Relaxed)).filter(|&tid| tid != 0)
    }

    fn raise(&self, level: u8) -> Result<(), Refusal> {
        let Some(thread) = self.thread() else { return Ok(()) };
        let what = format!("run under SCHED_FIFO at level {level}");
        // First the place: it must be among those to demote before there is anything to demote.
        let Some(place) = Place::take(thread) else {
            return Err(Refusal::new(what, "too many threads of this process have it already"));
        };
        match system::raise(thread, level) {
            Ok(()) => {
                let first = self.place.set(place).is_ok();
                debug_assert!(first, "a thread is raised once");
                Ok(())
            }
            Err(error) => {
                place.vacate();
                Err(Refusal::by_system(what, &error))
            }
        }
    }

    fn demote(&self) {
        if let (Some(thread), Some(place)) = (self.thread(), self.place.get()) {
            // Refused only if the thread has just ended.
            drop(system::demote(thread));
            place.vacate();
        }
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        // The first tells why; there is no second try.
        drop(self.refusal.set(refusal));
    }

    /// Whether it had the priority once and has it no more.
    fn is_demoted(&self) -> bool {
        self.place.get().is_some_and(Place::is_vacant)
    }

    pub(super) fn report(&self) -> ThreadReport {
        let thread = self.thread();
        let cores = thread.and_then(|thread| system::allowed(thread).ok());
        ThreadReport {
            name: self.name.clone(),
            wait: self.wait.to_string(),
            core_wanted: self.core,
            cores: cores.unwrap_or_default().into_iter().collect(),
            policy: thread.and_then(|thread| system::policy(thread).ok()),
            refusals: self.refusal.get().cloned().into_iter().collect(),
        }
    }
}

impl Member {
    /// Waits until everybody may work.
    pub(crate) fn wait_for_the_others(&self) {
        let mut open = sync::lock(&self.squad.open);
        while !*open {
            open = sync::wait(&self.squad.opened, open, None);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let berth = &self.squad.berths[self.index];
        let mut demoted = sync::lock(&self.squad.demoted);
        *demoted |= berth.is_demoted();
        berth.tid.store(0, Relaxed);
        if let Some(place) = berth.place.get() {
            place.vacate();
        }
        drop(demoted);
        // It looks whether this was the last one.
        if let Some(supervisor) = self.squad.supervisor.get() {
            supervisor.unpark();
        }
    }
}
