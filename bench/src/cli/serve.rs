//! `tourbillon generate --serve`: a local exchange on real sockets, with a network of its own that
//! loses, repeats and delays as planned.

use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use tourbillon_feeds::exchange::{LocalExchange, Plan, Served, split};
use tourbillon_feeds::synthetic::{Generator, Summary};

use super::live::AddressArgs;
use super::{Ended, Output, print_json, print_line, progress, units};
use crate::report::human::count;

/// Most messages in a packet.
const PACKET_MESSAGES: u64 = 8;
/// How long the exchange rests when nothing is to be done.
const REST: Duration = Duration::from_micros(50);

/// Options of `generate --serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Send the messages as a local exchange instead: two lines of MoldUDP64, a retransmission
    /// server, a snapshot server; listen with `tourbillon inspect live`
    #[arg(long)]
    pub(crate) serve: bool,
    #[command(flatten)]
    addresses: AddressArgs,
    /// Serve: messages a second
    #[arg(long, default_value = "100k", value_parser = units::count)]
    rate: u64,
    /// Serve: part of the packets that each line loses, such as 1%
    #[arg(long, default_value = "0%", value_parser = units::percent)]
    loss: u64,
    /// Serve: part of the packets that each line delivers twice
    #[arg(long, default_value = "0%", value_parser = units::percent)]
    duplication: u64,
    /// Serve: time on the way
    #[arg(long, default_value = "10us", value_parser = units::duration)]
    delay: Duration,
    /// Serve: random time added to it, so that packets overtake each other
    #[arg(long, default_value = "0", value_parser = units::duration)]
    jitter: Duration,
    /// Serve: line A is out from one time to another, such as 1s..1100ms
    #[arg(long, value_name = "FROM..TO", value_parser = units::span)]
    outage: Option<(Duration, Duration)>,
    /// Serve: messages from one number to another reach nobody, not even when asked for
    #[arg(long, value_name = "FROM..TO", value_parser = units::numbers)]
    lost: Option<(u64, u64)>,
    /// Serve: begin after so long, so that listeners can be there
    #[arg(long, default_value = "1s", value_parser = units::duration)]
    after: Duration,
    /// Serve: stay until nobody asked for anything for so long
    #[arg(long, default_value = "1s", value_parser = units::duration)]
    linger: Duration,
}

impl ServeArgs {
    pub(crate) fn run(
        &self,
        mut generator: Generator,
        events: u64,
        seed: u64,
        output: Output,
    ) -> anyhow::Result<Ended> {
        let addresses = self.addresses.exchange()?;
        let waiting = progress::spinner("generating");
        let mut file = Vec::new();
        let summary = generator.write(&mut file, events)?;
        let messages = split(&file);
        drop(file);
        waiting.finish_and_clear();
        let mut exchange = LocalExchange::open(seed, messages, self.plan(), &addresses)
            .with_context(|| {
                format!("cannot serve on {} and {}", addresses.rerequest, addresses.snapshot)
            })?;
        eprintln!(
            "tourbillon: lines {} and {}, retransmission {}, snapshots {}",
            addresses.lines[0], addresses.lines[1], addresses.rerequest, addresses.snapshot
        );
        thread::sleep(self.after);
        self.serve(&mut exchange)?;
        said(&summary, exchange.served(), output)
    }

    fn plan(&self) -> Plan {
        let ns = |time: Duration| time.as_nanos() as u64;
        let nothing = (Duration::ZERO, Duration::ZERO);
        let outage = self.outage.unwrap_or(nothing);
        let lost: Range<u64> = self.lost.map_or(0..0, |(from, to)| from.max(1) - 1..to.max(1) - 1);
        Plan {
            // Packets have from one to the most messages, all equally often.
            interval: (1_000_000_000 * (1 + PACKET_MESSAGES) / 2 / self.rate).max(1),
            packet_messages: PACKET_MESSAGES,
            delay: ns(self.delay),
            jitter: ns(self.jitter),
            loss: self.loss,
            duplication: self.duplication,
            outage: ns(outage.0)..ns(outage.1),
            lost: lost.start as usize..lost.end as usize,
            ..Plan::default()
        }
    }

    /// Until all was sent and nobody asks any more.
    fn serve(&self, exchange: &mut LocalExchange) -> anyhow::Result<()> {
        let begun = Instant::now();
        let (mut moved_at, mut told) = (begun, false);
        while exchange.due().is_some() || moved_at.elapsed() < self.linger {
            if exchange.poll(begun.elapsed().as_nanos() as u64)? {
                moved_at = Instant::now();
            } else {
                thread::sleep(REST);
            }
            if exchange.without_multicast() && !told {
                told = true;
                eprintln!("tourbillon: note: no multicast here: lines go to 127.0.0.1");
            }
        }
        Ok(())
    }
}

fn said(summary: &Summary, served: Served, output: Output) -> anyhow::Result<Ended> {
    if output.json {
        let mut json = serde_json::to_value(summary)?;
        json["served"] = serde_json::to_value(served)?;
        print_json(&json)?;
    } else {
        print_line(&format!(
            "served {} messages: {} packets, {} requests ({} answered), {} connections for snapshots",
            count(summary.messages),
            count(served.packets),
            count(served.requests),
            count(served.answers),
            count(served.snapshots)
        ))?;
    }
    Ok(Ended::Done)
}
