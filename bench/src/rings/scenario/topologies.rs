//! Our graphs, in the shapes that disruptors are usually measured in.
//!
//! ```text
//!   1P1C      P -> a              1P3C     P -> a      3P1C     P, Q, R -> a
//!                                          P -> b               a ring each, merged
//!   pipeline  P -> a -> b -> c             P -> c
//!                                 diamond  P -> a --> c
//!                                          P -> b --> c
//! ```
//!
//! Each stage sees and sums every event. The stages have a core each where there are enough;
//! otherwise they share the cores that the producers leave, fused to one thread a core: with two
//! cores, all of them to one. Three producers send in turn, on one core. A stage's rate is the
//! median over runs of events, and a graph is as fast as its slowest last stage.

use super::managed::{Count, Shared};
use super::received::Received;
use crate::measure::cpu;
use crate::rings::contender::Contender;
use crate::rings::endpoint::{Pause, Relax, Sender};
use crate::rings::event::Event;
use crate::rings::peers::{Line, ours};
use crate::rings::trial::{CAPACITY, Fault, Outcome, Rate, Setup};

pub(crate) const NAME: &str = "topologies";

/// For every stage, which earlier stages it follows.
type Shape = &'static [&'static [usize]];

const SHAPES: [(&str, Shape); 4] = [
    ("1P1C", &[&[]]),
    ("1P3C", &[&[], &[], &[]]),
    ("pipeline", &[&[], &[0], &[1]]),
    ("diamond", &[&[], &[], &[0, 1]]),
];

/// Producers that are merged.
const PRODUCERS: usize = 3;

/// Every shape.
pub(crate) fn contenders() -> Vec<Contender> {
    let bytes = Line::BYTES;
    let graph = |(variant, shape)| Contender {
        peer: "single-stage",
        bytes,
        variant,
        trial: Box::new(move |setup| graph::<Line, Pause>(setup, shape)),
    };
    let merge =
        Contender { peer: "fan-in", bytes, variant: "3P1C", trial: Box::new(merge::<Line, Pause>) };
    SHAPES.into_iter().map(graph).chain([merge]).collect()
}

/// A consumer of `events`, and where it leaves what it received.
fn consumer(setup: &Setup, events: u64) -> (Count, Shared<Option<Received>>) {
    let result = Shared::default();
    let received = Received::expect(setup.clock, events);
    (Count { received, result: result.clone() }, result)
}

/// The cores that are left to stages, the preferred one first.
fn cores(setup: &Setup) -> Vec<usize> {
    let others = cpu::cores().iter().copied();
    let others = others.filter(|&core| core != setup.cores.0 && core != setup.cores.1);
    [setup.cores.1].into_iter().chain(others).collect()
}

fn graph<E: Event, R: Relax>(setup: &Setup, shape: Shape) -> Result<Outcome, Fault> {
    let cores = cores(setup);
    let events = setup.size.events;
    let (consumers, results): (Vec<_>, Vec<_>) =
        shape.iter().map(|_| consumer(setup, events)).unzip();
    let sender = setup.raised(|| {
        ours::graph::<E, ours::Single, R>(CAPACITY, |graph| {
            let mut stages = Vec::new();
            for (at, (upstream, consumer)) in shape.iter().zip(consumers).enumerate() {
                let after: Vec<_> = upstream.iter().map(|&stage| stages[stage]).collect();
                let (name, core) = (format!("stage {at}"), cores[at % cores.len()]);
                stages.push(ours::stage::<E, R>(graph, &name, core, &after, consumer));
            }
        })
    });
    let numbers = 0..events;
    let rates = send_all::<E, R>(setup, sender, numbers.map(E::new), &results)?;
    let is_last = |stage: &usize| !shape.iter().any(|upstream| upstream.contains(stage));
    let last = rates.into_iter().enumerate().filter(|(stage, _)| is_last(stage));
    let slowest = last.map(|(_, rate)| rate).min_by(|a, b| a.per_second.total_cmp(&b.per_second));
    Ok(Outcome::Rate(slowest.expect("some stage is the last")))
}

fn merge<E: Event, R: Relax>(setup: &Setup) -> Result<Outcome, Fault> {
    let events = setup.size.events / PRODUCERS as u64;
    let (consumers, results): (Vec<_>, Vec<_>) =
        (0..PRODUCERS).map(|_| consumer(setup, events)).unzip();
    let sender = setup.raised(|| ours::merged::<E, R>(CAPACITY, setup.cores.1, consumers));
    // The same event to each producer.
    let numbers = (0..events).flat_map(|number| [number; PRODUCERS]);
    let rates = send_all::<E, R>(setup, sender, numbers.map(E::new), &results)?;
    let sum = |figure: fn(&Rate) -> Option<f64>| rates.iter().map(figure).sum::<Option<f64>>();
    Ok(Outcome::Rate(Rate {
        per_second: rates.iter().map(|rate| rate.per_second).sum(),
        overall_per_second: sum(|rate| rate.overall_per_second),
        mean_batch: sum(|rate| rate.mean_batch).map(|batches| batches / PRODUCERS as f64),
    }))
}

/// Sends, waits for the stages to end, and says how fast each was.
fn send_all<E: Event, R: Relax>(
    setup: &Setup,
    mut sender: impl Sender<E>,
    events: impl Iterator<Item = E> + Send,
    results: &[Shared<Option<Received>>],
) -> Result<Vec<Rate>, Fault> {
    let start = setup.on_core(setup.cores.0, || {
        let start = setup.clock.now_ordered();
        events.for_each(|event| sender.send::<R>(event));
        start
    })?;
    drop(sender); // Returns once all stages have ended.
    let judge = |result: &Shared<Option<Received>>| {
        result.take().expect("every stage saw the last event").judge::<E>(start)
    };
    results.iter().map(judge).collect()
}
