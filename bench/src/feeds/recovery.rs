//! Sessions over two bad lines: the receiver must give the very events of the session.
//!
//! Networks are simulated, each trial with seeds of its own; the time is the receiver's alone. That
//! both contenders find the same is the harness's own condition: a run that ends is one in which
//! every event of every seed was right.

use std::sync::Arc;

use anyhow::ensure;
use tourbillon_feeds::MarketEvent;
use tourbillon_feeds::exchange::{Exchange, Plan, SnapshotServer, split};
use tourbillon_feeds::itch::Decoder;
use tourbillon_feeds::session::{Arbiter, ArbiterOptions, Events, Output};
use tourbillon_feeds::synthetic::{Generator, Profile};

use super::Setup;
use crate::contenders::{Contender, Found, Sample, Scenario, per_event, timed};
use crate::measure::clock::Clock;

pub(crate) const LOSS: &str = "recovery-loss";
pub(crate) const OUTAGE: &str = "recovery-outage";
pub(crate) const BOTH: &str = "recovery-both";
pub(super) const LOSSLESS: &str = "decoder alone";
pub(super) const RECEIVER: &str = "receiver, two lines";

/// Messages between opening and closing.
const MESSAGES: u64 = 4_000;
const MILLISECOND: u64 = 1_000_000;

/// One per cent of the packets of each line, at random.
pub(super) fn loss(setup: &Setup) -> anyhow::Result<Scenario> {
    scenario(LOSS, "1 % loss on both lines", setup, Plan { loss: 10_000, ..plan() })
}

/// Line A is out for 100 ms.
pub(super) fn outage(setup: &Setup) -> anyhow::Result<Scenario> {
    scenario(OUTAGE, "line A out for 100 ms", setup, Plan { outage: out(), ..plan() })
}

/// Both at once.
pub(super) fn both(setup: &Setup) -> anyhow::Result<Scenario> {
    let plan = Plan { loss: 10_000, outage: out(), ..plan() };
    scenario(BOTH, "1 % loss on both lines and line A out for 100 ms", setup, plan)
}

/// 200 us between packets: a session takes some 180 ms.
fn plan() -> Plan {
    Plan { interval: 200_000, ..Plan::default() }
}

fn out() -> std::ops::Range<u64> {
    20 * MILLISECOND..120 * MILLISECOND
}

fn scenario(name: &'static str, what: &str, setup: &Setup, plan: Plan) -> anyhow::Result<Scenario> {
    let mut file = Vec::new();
    Generator::new(7, 20, Profile::busy()).write(&mut file, MESSAGES)?;
    let messages = Arc::new(split(&file));
    let seeds = (setup.events / MESSAGES).max(1);
    let clock = setup.clock;
    let (theirs, mut first_seed) = (Arc::clone(&messages), 0);
    let received = move || {
        let (mut found, mut ticks) = (Found::default(), 0);
        let expected = decoded(&theirs);
        for seed in first_seed..first_seed + seeds {
            let (events, took) = receive(seed, &theirs, plan.clone(), clock);
            ensure!(events == expected, "seed {seed}: the events are not those of the session");
            events.iter().for_each(|event| found.add(mark(event)));
            ticks += took;
        }
        first_seed += seeds;
        let count = seeds * theirs.len() as u64;
        Ok(per_event(found, clock.ns(ticks) as f64 / count as f64))
    };
    let ours = Arc::clone(&messages);
    let alone = move || -> anyhow::Result<Sample> {
        let mut found = Found::default();
        let ns = timed(ours.len() * seeds as usize, || {
            for _ in 0..seeds {
                decoded(&ours).iter().for_each(|event| found.add(mark(event)));
            }
        });
        Ok(per_event(found, ns))
    };
    Ok(Scenario {
        name,
        about: format!("{what}: {seeds} sessions a trial, other seeds each time"),
        events: messages.len() * seeds as usize,
        contenders: vec![
            Contender::new(RECEIVER, "events", Box::new(received)),
            Contender::new(LOSSLESS, "events", Box::new(alone)),
        ],
    })
}

/// The events of the session as it was sent.
fn decoded(messages: &[Vec<u8>]) -> Vec<MarketEvent> {
    let mut decoder = Decoder::new(0, 0);
    let decode = |(number, message): (u64, &Vec<u8>)| {
        let mut event = MarketEvent::default();
        decoder.decode(message, number, &mut event).map(|()| event).ok()
    };
    (1..).zip(messages).filter_map(decode).collect()
}

/// All of an event in one number.
fn mark(event: &MarketEvent) -> u64 {
    let words: [u64; 8] = bytemuck::cast(*event);
    words.iter().fold(0, |mark, word| (mark ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// What the receiver makes of a session, and how many ticks it took.
fn receive(seed: u64, messages: &[Vec<u8>], plan: Plan, clock: Clock) -> (Vec<MarketEvent>, u64) {
    let mut exchange = Exchange::new(seed, messages.to_vec(), plan);
    let options = ArbiterOptions { first: Some(1), ..ArbiterOptions::default() };
    let mut arbiter = Arbiter::new(options, SnapshotServer::new(5 * MILLISECOND));
    let mut decode = Events::new(Decoder::new(0, 0));
    let (mut events, mut requests, mut ticks) = (Vec::with_capacity(messages.len()), Vec::new(), 0);
    loop {
        let deadline = arbiter.deadline().unwrap_or(u64::MAX);
        let packet = exchange.next(deadline);
        let now = match &packet {
            Some(packet) => packet.time,
            None if deadline == u64::MAX => return (events, ticks),
            None => deadline,
        };
        let mut on = |output: Output<'_>| match output {
            Output::Request { packet, .. } => requests.push(packet),
            output => events.extend(decode.on(output, 0)),
        };
        let begun = clock.now_ordered();
        if let Some(packet) = packet {
            arbiter.on_packet(packet.line, now, &packet.datagram, &mut on);
        }
        arbiter.on_time(now, &mut on);
        ticks += clock.now_ordered().saturating_sub(begun);
        requests.drain(..).for_each(|request| exchange.on_request(now, &request));
        let server = arbiter.source_mut();
        for message in &exchange.sent()[server.state().seen() as usize..] {
            server.apply(message);
        }
    }
}
