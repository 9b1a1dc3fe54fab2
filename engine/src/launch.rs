//! From described rings to running threads: check, place, settle how everybody waits, wire who
//! wakes whom, spawn.

use std::collections::BTreeSet;

use crate::cores;
use crate::counters::Counters;
use crate::error::BuildError;
use crate::host::{self, Latecomers, Squad};
use crate::pipeline::Settings;
use crate::placement::{self, Request, Thread};
use crate::ring::Bed;
use crate::ring_plan::{Plan, RingPlan};
use crate::running::{Account, Running, RunningRing};
use crate::seat::Settled;
use crate::spawn;
use crate::stage::Alliance;
use crate::sync::{self, Arc};
use crate::wait::{Strategy, Wait};
use crate::wiring::{Feed, Wiring};
use crate::worker::Worker;

/// Starts rings that make up one pipeline.
pub(crate) fn launch(mut rings: Vec<RingPlan>, settings: &Settings) -> Result<Running, BuildError> {
    let mut plans = take_plans(&mut rings)?;
    let above = rings_above(&plans, &rings)?;
    let inner: Vec<bool> = above.iter().map(|above| !above.is_empty()).collect();
    let cores = cores_for(&plans)?;
    let outside = inner.iter().filter(|&&inner| !inner).count();
    let threads = place(&plans, cores.saturating_sub(outside), settings)?;
    let pollers: usize = rings.iter().map(|ring| ring.pollers).sum();
    let crowded = threads.len() + outside + pollers > cores;
    let waits: Vec<Wait> = threads.iter().map(|thread| wait_of(thread, &plans)).collect();
    let producers: Vec<Strategy> =
        rings.iter().map(|ring| ring.producer_wait.resolve(crowded)).collect();
    if !settings.force_spin.unwrap_or(false) {
        // A producer that a stage owns runs on that stage's thread.
        let outside = producers.iter().zip(&inner).filter(|(_, inner)| !**inner);
        let strategies = waits.iter().map(|wait| wait.resolve(crowded));
        check_spinners(strategies.chain(outside.map(|(strategy, _)| *strategy)), cores)?;
    }

    let strategies = waits.iter().map(|wait| wait.resolve(crowded));
    let priority = host::check(
        settings.priority.unwrap_or_default(),
        &threads.iter().map(|thread| thread.core).zip(strategies).collect::<Vec<_>>(),
        cores,
        settings.let_fifo_starve_every_cpu.unwrap_or(false),
    )?;

    let alliance = Alliance::new(rings.iter().map(|ring| Arc::clone(&ring.lifecycle)));
    let counters = counters(&mut plans, &rings, settings)?;
    let mut wiring = Wiring::default();
    let latecomers = Arc::new(Latecomers::new(priority.map(|raise| raise.level)));
    let settle = |(id, (ring, &strategy)): (usize, (&RingPlan, &Strategy))| Settled {
        strategy,
        bed: bed(ring, strategy, &mut wiring),
        longest_sleep: settings.longest_sleep(),
        meter: counters.as_ref().and_then(|counters| counters.ring(id, ring.capacity)),
        counters: counters.clone(),
        latecomers: Arc::clone(&latecomers),
        ring: id,
        alliance: alliance.clone(),
    };
    let settled: Vec<Settled> = rings.iter().zip(&producers).enumerate().map(settle).collect();
    let rings_running = rings.iter().map(RunningRing::of).collect();
    let accounts = plans.iter().map(|plan| account(plan, &rings)).collect();
    let mut workers: Vec<Worker> = threads
        .iter()
        .zip(&waits)
        .map(|(thread, wait)| {
            let gathers = thread.stages.iter().any(|&stage| !plans[stage].interval.is_zero());
            let gathering = if gathers { wait.resolve_gathering(crowded) } else { None };
            let name = name_of(thread, &plans);
            let strategy = wait.resolve(crowded);
            Worker::new(name, thread.core, strategy, gathering, settings.longest_sleep())
        })
        .collect();
    man(plans, &threads, &mut workers, (&rings, &above), &alliance, &mut wiring);
    wiring.apply();
    // From here on a producer may sleep: by now all that it can wait for wakes it.
    for (ring, settled) in rings.iter_mut().zip(settled) {
        ring.release();
        ring.seat.settle(settled);
    }
    let memory = rings.iter().filter_map(RingPlan::request_memory).collect();
    let berths = workers.iter().map(Worker::berth).collect();
    let squad = Arc::new(Squad::new(berths, latecomers, memory));
    let mut running = Running::new(alliance, rings_running, accounts, squad);
    spawn::all(workers, priority, &mut running)?;
    rings.into_iter().for_each(RingPlan::open);
    Ok(running)
}

/// Takes the stages of all rings, in topological order.
fn take_plans(rings: &mut [RingPlan]) -> Result<Vec<Plan>, BuildError> {
    let mut plans: Vec<Plan> = Vec::new();
    for (id, ring) in rings.iter_mut().enumerate() {
        for mut plan in ring.plans.drain(..) {
            if plans.iter().any(|known| known.name == plan.name) {
                return Err(BuildError::Name { name: plan.name });
            }
            plan.ring = id;
            plans.push(plan);
        }
    }
    Ok(plans)
}

/// For each ring those from which events come into it, directly or through others; none if
/// somebody outside publishes into it.
fn rings_above(plans: &[Plan], rings: &[RingPlan]) -> Result<Vec<BTreeSet<usize>>, BuildError> {
    let mut above = vec![BTreeSet::new(); rings.len()];
    for plan in plans {
        for outlet in plan.stage.outlets() {
            match rings.iter().position(|ring| outlet.is(&ring.seat)) {
                // What comes into the rings it reads is known: their stages were before.
                Some(target) if target > plan.ring => {
                    let sources = with_above(&rings_of(plan, rings), &above);
                    above[target].extend(sources);
                }
                _ => return Err(BuildError::RingOrder { stage: plan.name.clone() }),
            }
        }
    }
    Ok(above)
}

fn with_above(rings: &[usize], above: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    rings.iter().flat_map(|&ring| above[ring].iter().copied().chain([ring])).collect()
}

/// The rings that a stage reads.
fn rings_of(plan: &Plan, rings: &[RingPlan]) -> Vec<usize> {
    let ring_of = |seat| rings.iter().position(|ring| Arc::ptr_eq(&ring.seat, seat));
    plan.seats.iter().map(|seat| ring_of(seat).expect("it reads rings of its own")).collect()
}

/// Checks the cores asked for and returns how many cores the pipeline can count on.
fn cores_for(plans: &[Plan]) -> Result<usize, BuildError> {
    let wanted: BTreeSet<usize> = plans.iter().filter_map(|plan| plan.request.core).collect();
    cores::check(wanted.iter().copied())?;
    Ok(cores::usable().union(&wanted).count())
}

fn place(plans: &[Plan], free: usize, settings: &Settings) -> Result<Vec<Thread>, BuildError> {
    let limit = settings.threads.unwrap_or(free.max(1));
    let requests: Vec<Request> = plans.iter().map(|plan| plan.request).collect();
    let threads = placement::place(&requests, limit)?;
    match settings.threads {
        Some(limit) if threads.len() > limit => {
            Err(BuildError::TooFewThreads { wanted: threads.len(), threads: limit })
        }
        _ => Ok(threads),
    }
}

fn check_spinners(
    strategies: impl Iterator<Item = Strategy>,
    cores: usize,
) -> Result<(), BuildError> {
    let spinning = strategies.filter(|strategy| strategy.spins()).count();
    if spinning > cores { Err(BuildError::TooManySpinners { spinning, cores }) } else { Ok(()) }
}

fn wait_of(thread: &Thread, plans: &[Plan]) -> Wait {
    let waits = thread.stages.iter().map(|&stage| plans[stage].wait);
    waits.fold(Wait::Auto, Wait::most_impatient)
}

fn name_of(thread: &Thread, plans: &[Plan]) -> String {
    let names: Vec<&str> = thread.stages.iter().map(|&stage| plans[stage].name.as_str()).collect();
    names.join("+")
}

/// Creates the file of counters, if there is to be one, and has every stage count in it.
fn counters(
    plans: &mut [Plan],
    rings: &[RingPlan],
    settings: &Settings,
) -> Result<Option<Counters>, BuildError> {
    let Some(path) = &settings.counters else { return Ok(None) };
    let counters = Counters::create(path, rings.len() + plans.len())
        .map_err(|source| BuildError::Counters { path: path.clone(), source })?;
    for plan in plans {
        if let Some(meter) = counters.stage(&plan.name, plan.ring) {
            plan.stage.measure(meter);
        }
    }
    Ok(Some(counters))
}

/// Where the ring's producer sleeps, if it does, woken by its readers.
fn bed(ring: &RingPlan, strategy: Strategy, wiring: &mut Wiring) -> Option<Bed> {
    let bed = strategy.parks().then(Bed::new)?;
    ring.lifecycle.register(Arc::clone(bed.parker()));
    // All readers, not only those that gate now: when one leaves, those before it do.
    for cursor in sync::lock(&ring.roll).entries().iter().flat_map(|entry| &entry.cursors) {
        wiring.add(&Feed::Stage(Arc::clone(cursor)), bed.alarm());
    }
    Some(bed)
}

/// Where the stage is in each of the rings it reads.
fn account(plan: &Plan, rings: &[RingPlan]) -> Account {
    Account(rings_of(plan, rings).into_iter().zip(plan.cursors.iter().cloned()).collect())
}

/// Hands every stage to its worker. Where the worker may sleep, the stage is woken by whatever
/// moves outside the worker's own thread.
fn man(
    plans: Vec<Plan>,
    threads: &[Thread],
    workers: &mut [Worker],
    (rings, above): (&[RingPlan], &[BTreeSet<usize>]),
    alliance: &Alliance,
    wiring: &mut Wiring,
) {
    let cursors: Vec<_> = plans.iter().map(|plan| plan.cursors.clone()).collect();
    for (id, mut plan) in plans.into_iter().enumerate() {
        let home = threads.iter().position(|thread| thread.stages.contains(&id));
        let home = home.expect("every stage was placed");
        let own: Vec<_> =
            threads[home].stages.iter().flat_map(|&stage| cursors[stage].clone()).collect();
        let worker = &mut workers[home];
        if let Some(parker) = &worker.parker {
            plan.stage.wire(wiring, parker, &own);
            rings[plan.ring].lifecycle.register(Arc::clone(parker));
        }
        plan.stage.feeds(&own).into_iter().for_each(|feed| worker.watch_for(feed));
        plan.stage.ally(alliance);
        let held_up = with_above(&rings_of(&plan, rings), above);
        let seats = held_up.iter().map(|&ring| Arc::clone(&rings[ring].seat)).collect();
        worker.add(id, plan.stage, seats);
    }
}
