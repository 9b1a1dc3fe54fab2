//! A local exchange in one process and a listener in another: what is received is the file that
//! the same seed writes, whatever the network did.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use crate::support::{Background, found, number, tourbillon};

const MADE: [&str; 6] = ["--events", "20k", "--symbols", "40", "--seed", "7"];

/// Options that name a session of its own on ports that are free: to serve it, and to listen.
fn addresses(group: u8) -> [Vec<String>; 2] {
    let udp = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        socket.local_addr().expect("it is bound").port()
    };
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    let (a, b, rerequest) = (udp(), udp(), udp());
    let snapshot = tcp.expect("a free port");
    let (a, b) = (format!("239.192.78.{group}:{a}"), format!("239.192.79.{group}:{b}"));
    let serve = format!("--lines {a},{b} --rerequest 127.0.0.1:{rerequest} --snapshot {snapshot}");
    // An exchange that a busy machine keeps from answering for a second has lost nothing.
    let server = format!("rerequest=127.0.0.1:{rerequest},tries=20");
    let listen = format!("--live lines={a}+{b},{server},snapshot={snapshot}");
    [serve, listen].map(|options| options.split(' ').map(str::to_owned).collect())
}

fn all<'a>(parts: &[&[&'a str]], addresses: &'a [String]) -> Vec<&'a str> {
    parts.concat().into_iter().chain(addresses.iter().map(String::as_str)).collect()
}

const NETWORK: [&str; 8] =
    ["--loss", "2%", "--duplication", "2%", "--jitter", "200us", "--outage", "20ms..120ms"];

#[test]
fn a_lossy_session_becomes_the_file_of_its_seed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (sent, again, received) = (path("sent.itch"), path("again.itch"), path("received.itch"));
    // Events keep less than the wire has: so the file is written again from its events.
    for arguments in [&[&["generate", &sent], &MADE[..]].concat(), &vec!["convert", &sent, &again]]
    {
        let ran = tourbillon(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let [serve, listen] = addresses(1);
    let serving = all(&[&["generate", "--serve"], &MADE, &NETWORK], &serve);
    let mut exchange = Background::start(&serving);
    let ran = exchange.meanwhile(&all(&[&["convert", "live", &received, "--json"]], &listen));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(number(&ran.json()["left_out"]), 0);
    let bytes = |path| std::fs::read(path).expect("it was written");
    assert!(bytes(again) == bytes(received), "{ran:?}");
}

#[test]
fn inspection_accounts_for_a_session_and_for_what_nobody_had() {
    let [serve, listen] = addresses(2);
    let serving = all(&[&["generate", "--serve", "--lost", "9000..9100"], &MADE, &NETWORK], &serve);
    let mut exchange = Background::start(&serving);
    let ran = exchange.meanwhile(&all(&[&["inspect", "live", "--json"]], &listen));
    let report = ran.json();
    assert_eq!(report["end_of_session"], true, "{ran:?}");
    assert_eq!((number(&report["gaps"]), number(&report["gap_messages"])), (1, 100), "{report}");
    let counts = &report["session"];
    assert_eq!(number(&counts["snapshots"]), 1, "{report}");
    assert!(number(&counts["requests"]) > 0 && number(&counts["lines"][1]["first"]) > 0);
}

/// What is matched as it comes is what is matched in the file: the order of events is the same.
#[test]
fn a_live_run_finds_what_a_run_of_the_file_finds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sent = folder.path().join("sent.itch").display().to_string();
    assert_eq!(tourbillon(&[&["generate", &sent], &MADE[..]].concat()).code, 0);
    let of_file = tourbillon(&["run", &sent, "--rate", "max", "--json"]).closed_loop();
    let [serve, listen] = addresses(3);
    let serving = all(&[&["generate", "--serve"], &MADE, &NETWORK], &serve);
    let mut exchange = Background::start(&serving);
    let ran = exchange.meanwhile(&all(
        &[&["run", "live", "--json", "--wait", "park", "--live", "receive=io-uring"]],
        &listen,
    ));
    let live = ran.report();
    assert_eq!(found(&live), found(&of_file));
    assert_eq!(live["load"]["arrival"], "live");
    let timed = number(&live["latency_ns"]["response"]["samples"]);
    assert!(timed > 0, "matches are timed from the arrival of their packets: {live}");
}
