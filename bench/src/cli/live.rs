//! Options of a live session: where it is, for those who send it and those who listen.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use clap::{Args, ValueEnum};
use tourbillon_feeds::exchange::Addresses;

use super::units;
use crate::live::{Begin, LiveRequest};

/// An address, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maybe(Option<SocketAddrV4>);

fn maybe(text: &str) -> Result<Maybe, String> {
    match text {
        "none" => Ok(Maybe(None)),
        text => text
            .parse()
            .map(|address| Maybe(Some(address)))
            .map_err(|_| format!("'{text}' is no address such as 127.0.0.1:26402, nor none")),
    }
}

/// Where a live session is.
#[derive(Debug, Args)]
pub(crate) struct AddressArgs {
    /// Live: addresses of line A and, if there is one, line B
    #[arg(
        long,
        value_name = "A[,B]",
        value_delimiter = ',',
        default_value = "239.192.0.1:26400,239.192.0.2:26401"
    )]
    lines: Vec<SocketAddrV4>,
    /// Live: address of the retransmission server, or none
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:26402", value_parser = maybe)]
    rerequest: Maybe,
    /// Live: address of the snapshot server, or none
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:26403", value_parser = maybe)]
    snapshot: Maybe,
}

impl AddressArgs {
    /// For the exchange, which has all of them.
    pub(crate) fn exchange(&self) -> anyhow::Result<Addresses> {
        let (&[a, b], Maybe(Some(rerequest)), Maybe(Some(snapshot))) =
            (&self.lines[..], self.rerequest, self.snapshot)
        else {
            anyhow::bail!("--serve needs two --lines, --rerequest and --snapshot");
        };
        Ok(Addresses { lines: [a, b], rerequest, snapshot })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BeginName {
    /// With message 1: what was sent before is asked for
    Start,
    /// With a snapshot
    Snapshot,
    /// With the first message that is heard
    Now,
}

/// How a live session is listened to.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    #[command(flatten)]
    addresses: AddressArgs,
    /// Live: address of the interface on which groups are joined
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    interface: Ipv4Addr,
    /// Live: begin with the session's start, a snapshot, or now
    #[arg(long, value_enum, default_value = "start", hide_possible_values = true)]
    begin: BeginName,
    /// Live: end when nothing comes for so long
    #[arg(long, default_value = "15s", value_parser = units::pause)]
    patience: Duration,
    /// Live: let the kernel poll the device for so long in each call (SO_BUSY_POLL)
    #[arg(long, default_value = "0", value_parser = units::duration)]
    busy_poll: Duration,
}

impl LiveArgs {
    pub(crate) fn request(&self) -> LiveRequest {
        let AddressArgs { lines, rerequest, snapshot } = &self.addresses;
        LiveRequest {
            lines: lines.iter().take(2).copied().collect(),
            interface: self.interface,
            rerequest: rerequest.0.into_iter().collect(),
            snapshot: snapshot.0,
            begin: match self.begin {
                BeginName::Start => Begin::Start,
                BeginName::Snapshot => Begin::Snapshot,
                BeginName::Now => Begin::Now,
            },
            patience: self.patience,
            busy_poll: self.busy_poll,
        }
    }
}
