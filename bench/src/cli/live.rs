//! Options of a live session, for those who send it and those who listen.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use clap::Args;
use tourbillon_feeds::exchange::Addresses;

use super::units;
use crate::live::{Begin, LiveRequest, Receive};

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
    /// Serve: addresses of lines A and B
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        default_value = "239.192.0.1:26400,239.192.0.2:26401"
    )]
    lines: Vec<SocketAddrV4>,
    /// Serve: address of the retransmission server
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:26402")]
    rerequest: SocketAddrV4,
    /// Serve: address of the snapshot server
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:26403")]
    snapshot: SocketAddrV4,
}

impl AddressArgs {
    /// The exchange's addresses.
    pub(crate) fn exchange(&self) -> anyhow::Result<Addresses> {
        let &[a, b] = &self.lines[..] else {
            anyhow::bail!("--lines needs two addresses: A,B");
        };
        let Self { rerequest, snapshot, .. } = *self;
        Ok(Addresses { lines: [a, b], rerequest, snapshot })
    }
}

/// How a live session is listened to.
#[derive(Debug, Args)]
pub(crate) struct LiveArgs {
    /// Of `live`: lines=A+B, rerequest=ADDR, tries=8, snapshot=ADDR (or none), interface=ADDR,
    /// begin=start|snapshot|now, patience=15s, busy-poll=50us, receive=recvmmsg|io-uring,
    /// times=kernel|hardware
    #[arg(long, value_name = "KEY=VALUE,..", value_delimiter = ',', value_parser = setting)]
    live: Vec<Setting>,
}

/// One thing about a live session that is not as usual.
#[derive(Debug, Clone)]
enum Setting {
    Lines(Vec<SocketAddrV4>),
    Rerequest(Maybe),
    Tries(u32),
    Snapshot(Maybe),
    Interface(Ipv4Addr),
    Begin(Begin),
    Patience(Duration),
    BusyPoll(Duration),
    Receive(Receive),
    HardwareTimes(bool),
}

fn setting(text: &str) -> Result<Setting, String> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| format!("'{text}' is no KEY=VALUE; try begin=now"))?;
    let address = |text: &str| {
        text.parse().map_err(|_| format!("'{text}' is no address such as 239.192.0.1:26400"))
    };
    let unknown = || format!("{key} cannot be '{value}'");
    Ok(match key {
        "lines" => match value.split('+').map(address).collect::<Result<Vec<_>, _>>()? {
            lines if lines.len() <= 2 => Setting::Lines(lines),
            _ => return Err("there are at most two lines".to_owned()),
        },
        "rerequest" => Setting::Rerequest(maybe(value)?),
        "tries" => Setting::Tries(value.parse().map_err(|_| unknown())?),
        "snapshot" => Setting::Snapshot(maybe(value)?),
        "interface" => Setting::Interface(value.parse().map_err(|_| unknown())?),
        "begin" => Setting::Begin(match value {
            "start" => Begin::Start,
            "snapshot" => Begin::Snapshot,
            "now" => Begin::Now,
            _ => return Err(unknown()),
        }),
        "patience" => Setting::Patience(units::pause(value)?),
        "busy-poll" => Setting::BusyPoll(units::duration(value)?),
        "receive" => Setting::Receive(match value {
            "recvmmsg" => Receive::Recvmmsg,
            "io-uring" => Receive::IoUring,
            _ => return Err(unknown()),
        }),
        "times" => Setting::HardwareTimes(match value {
            "kernel" => false,
            "hardware" => true,
            _ => return Err(unknown()),
        }),
        _ => return Err(format!("'{key}' is nothing of a live session; --help lists what is")),
    })
}

impl LiveArgs {
    pub(crate) fn request(&self) -> LiveRequest {
        let mut request = LiveRequest::default();
        for setting in self.live.iter().cloned() {
            match setting {
                Setting::Lines(lines) => request.lines = lines,
                Setting::Rerequest(server) => request.rerequest = server.0.into_iter().collect(),
                Setting::Tries(tries) => request.tries = tries,
                Setting::Snapshot(server) => request.snapshot = server.0,
                Setting::Interface(interface) => request.interface = interface,
                Setting::Begin(begin) => request.begin = begin,
                Setting::Patience(patience) => request.patience = patience,
                Setting::BusyPoll(time) => request.busy_poll = time,
                Setting::Receive(receive) => request.receive = receive,
                Setting::HardwareTimes(hardware) => request.hardware_times = hardware,
            }
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_mistakes_named() {
        let text = "lines=239.1.1.1:5+239.1.1.2:6,snapshot=none,begin=now,tries=20,times=hardware";
        let live = text.split(',').map(|text| setting(text).expect("a setting")).collect();
        let request = LiveArgs { live }.request();
        assert_eq!((request.lines.len(), request.snapshot), (2, None));
        assert_eq!((request.begin, request.tries, request.hardware_times), (Begin::Now, 20, true));
        for wrong in ["begin", "begin=never", "lines=here", "speed=fast", "tries=-1", "times=mine"]
        {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
