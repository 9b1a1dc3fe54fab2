//! From a described graph to running threads: place, check, wire, spawn.

use std::collections::BTreeSet;
use std::sync::mpsc;

use crate::cores;
use crate::error::BuildError;
use crate::event::Event;
use crate::fault::guarded;
use crate::graph::{Graph, Plan};
use crate::placement::{self, Request, Thread};
use crate::producer::Producer;
use crate::ring::{Alarm, Bed, Cursor, Failure, Node, Writer};
use crate::running::{FinishLine, Running};
use crate::sync::Arc;
use crate::wait::{Strategy, Wait};
use crate::worker::Worker;

pub(crate) fn launch<E: Event>(graph: Graph<E>) -> Result<(Producer<E>, Running), BuildError> {
    let cores = cores_for(&graph)?;
    let threads = place(&graph, cores)?;
    let crowded = threads.len() + 1 + graph.pollers > cores;
    let waits: Vec<Wait> = threads.iter().map(|thread| wait_of(thread, &graph.stages)).collect();
    let strategies: Vec<Strategy> = waits.iter().map(|wait| wait.resolve(crowded)).collect();
    let producer_strategy = graph.producer_wait.resolve(crowded);
    let spinning =
        strategies.iter().chain([&producer_strategy]).filter(|strategy| strategy.spins()).count();
    if spinning > cores && !graph.force_spin {
        return Err(BuildError::TooManySpinners { spinning, cores });
    }

    let Graph { writer, stages, longest_sleep, .. } = graph;
    let lifecycle = Arc::clone(writer.lifecycle());
    let head = Arc::clone(writer.cursor(Node::HEAD));
    let named = stages.iter().map(|plan| (plan.name.clone(), Arc::clone(&plan.cursor))).collect();

    let mut wiring = Wiring::default();
    let bed = producer_strategy.parks().then(Bed::new);
    if let Some(bed) = &bed {
        lifecycle.register(Arc::clone(bed.parker()));
        for gate in writer.gates() {
            wiring.add(gate, bed.alarm());
        }
    }
    let thread_names: Vec<String> = threads.iter().map(|thread| name_of(thread, &stages)).collect();
    let gathering = waits.iter().zip(&threads).map(|(wait, thread)| {
        if gathers(thread, &stages) { wait.resolve_gathering(crowded) } else { None }
    });
    let mut workers: Vec<Worker> = threads
        .iter()
        .zip(strategies)
        .zip(gathering)
        .map(|((thread, strategy), gathering)| {
            Worker::new(thread.core, strategy, gathering, longest_sleep)
        })
        .collect();
    wire_stages(stages, &threads, &mut workers, &writer, &mut wiring);
    wiring.apply();

    let finish_line = Arc::new(FinishLine::new(workers.len()));
    let mut running = Running { lifecycle, head, stages: named, threads: Vec::new(), finish_line };
    spawn_all(workers, thread_names, &mut running)?;
    Ok((Producer::new(writer, producer_strategy, bed, longest_sleep), running))
}

/// Checks the cores asked for and returns how many cores the pipeline can count on.
fn cores_for<E: Event>(graph: &Graph<E>) -> Result<usize, BuildError> {
    let online = cores::online();
    let wanted: BTreeSet<usize> =
        graph.stages.iter().filter_map(|plan| plan.request.core).collect();
    if let Some(&core) = wanted.difference(&online).next() {
        return Err(BuildError::NoSuchCore { core, online: online.into_iter().collect() });
    }
    Ok(cores::usable().union(&wanted).count())
}

fn place<E: Event>(graph: &Graph<E>, cores: usize) -> Result<Vec<Thread>, BuildError> {
    let limit = graph.threads.unwrap_or(cores.saturating_sub(1).max(1));
    let requests: Vec<Request> = graph.stages.iter().map(|plan| plan.request).collect();
    let threads = placement::place(&requests, limit)?;
    match graph.threads {
        Some(limit) if threads.len() > limit => {
            Err(BuildError::TooFewThreads { wanted: threads.len(), threads: limit })
        }
        _ => Ok(threads),
    }
}

fn wait_of(thread: &Thread, stages: &[Plan]) -> Wait {
    let waits = thread.stages.iter().map(|&stage| stages[stage].wait);
    waits.fold(Wait::Auto, Wait::most_impatient)
}

fn gathers(thread: &Thread, stages: &[Plan]) -> bool {
    thread.stages.iter().any(|&stage| !stages[stage].interval.is_zero())
}

fn name_of(thread: &Thread, stages: &[Plan]) -> String {
    let names: Vec<&str> = thread.stages.iter().map(|&stage| stages[stage].name.as_str()).collect();
    names.join("+")
}

/// Who is woken by which cursor.
#[derive(Default)]
struct Wiring(Vec<(Arc<Cursor>, Vec<Arc<Alarm>>)>);

impl Wiring {
    fn add(&mut self, cursor: &Arc<Cursor>, alarm: &Arc<Alarm>) {
        let alarm = Arc::clone(alarm);
        match self.0.iter_mut().find(|(known, _)| Arc::ptr_eq(known, cursor)) {
            Some((_, alarms)) => alarms.push(alarm),
            None => self.0.push((Arc::clone(cursor), vec![alarm])),
        }
    }

    fn apply(self) {
        for (cursor, alarms) in self.0 {
            cursor.wire(alarms);
        }
    }
}

/// Hands every stage to its worker; where the worker may sleep, the stage is woken by whatever
/// moves outside the worker's own thread, and one that gathers also by a producer without room.
fn wire_stages<E: Event>(
    stages: Vec<Plan>,
    threads: &[Thread],
    workers: &mut [Worker],
    writer: &Writer<E>,
    wiring: &mut Wiring,
) {
    for worker in workers.iter() {
        if let Some(parker) = &worker.parker {
            writer.lifecycle().register(Arc::clone(parker));
        }
    }
    let cursors: Vec<Arc<Cursor>> = stages.iter().map(|plan| Arc::clone(&plan.cursor)).collect();
    for (id, mut plan) in stages.into_iter().enumerate() {
        let home = threads.iter().position(|thread| thread.stages.contains(&id));
        let home = home.expect("every stage was placed");
        let upstream: Vec<&Arc<Cursor>> = if plan.after.is_empty() {
            vec![writer.cursor(Node::HEAD)]
        } else {
            let elsewhere = |followed: &&usize| !threads[home].stages.contains(followed);
            plan.after.iter().filter(elsewhere).map(|&followed| &cursors[followed]).collect()
        };
        upstream.iter().for_each(|cursor| workers[home].watch_for(cursor));
        if let Some(parker) = &workers[home].parker {
            if !upstream.is_empty() {
                let alarm = Arc::new(Alarm::new(Arc::clone(parker)));
                upstream.iter().for_each(|cursor| wiring.add(cursor, &alarm));
                plan.stage.wire(alarm);
            }
            if !plan.interval.is_zero() {
                let alarm = Arc::new(Alarm::new(Arc::clone(parker)));
                wiring.add(writer.demand_cursor(), &alarm);
                plan.stage.wire_demand(alarm);
            }
        }
        workers[home].stages.push((id, plan.stage));
    }
}

/// Starts one thread for each worker and waits until all are ready. If one is not, all end.
fn spawn_all(
    workers: Vec<Worker>,
    names: Vec<String>,
    running: &mut Running,
) -> Result<(), BuildError> {
    let (ready, readiness) = mpsc::channel();
    let mut outcome = Ok(());
    for (worker, name) in workers.into_iter().zip(names) {
        match spawn(worker, name, running, ready.clone()) {
            Ok(thread) => running.threads.push(thread),
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
    if outcome.is_err() {
        running.halt();
        for thread in running.threads.drain(..) {
            // What it did is of no interest: it cannot have seen an event.
            drop(thread.join());
        }
    }
    outcome
}

fn spawn(
    mut worker: Worker,
    name: String,
    running: &Running,
    ready: mpsc::Sender<Result<(), BuildError>>,
) -> Result<std::thread::JoinHandle<Vec<crate::worker::Indexed<crate::StageSummary>>>, BuildError> {
    let lifecycle = Arc::clone(&running.lifecycle);
    let finish_line = Arc::clone(&running.finish_line);
    let thread_name = name.clone();
    let work = move || {
        let outcome = guarded(|| {
            let started = worker.start();
            let failed = started.is_err();
            // Nobody listens only if the launch was given up, and then there is a halt to see.
            drop(ready.send(started));
            drop(ready);
            Ok(if failed { Vec::new() } else { worker.run() })
        });
        let summaries = outcome.unwrap_or_else(|fault| {
            lifecycle.poison(Failure { stage: name, sequence: None, message: fault.message });
            Vec::new()
        });
        finish_line.pass();
        summaries
    };
    std::thread::Builder::new()
        .name(thread_name.clone())
        .spawn(work)
        .map_err(|source| BuildError::Spawn { thread: thread_name, source })
}
