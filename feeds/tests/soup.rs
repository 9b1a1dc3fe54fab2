//! SoupBinTCP: both state machines against each other, and the recorded stream.

mod support;

use support::{every_message, read, wire};
use tourbillon_feeds::soup::{Client, ClientOutput, Closed, Login, Server, ServerOutput, Timers};
use tourbillon_feeds::{ErrorKind, Format, MarketEvent, Options, itch::Decoder};

const LOGIN: Login =
    Login { user: *b"USER  ", password: *b"SECRET    ", session: *b"          ", sequence: 5 };
const SECOND: u64 = 1_000_000_000;

fn to_client(bytes: &mut Vec<u8>) -> impl FnMut(ServerOutput<'_>) {
    |output| {
        if let ServerOutput::Send(packet) = output {
            bytes.extend(packet);
        }
    }
}

/// A client that has sent its login, and the login.
fn client() -> (Client, Vec<u8>) {
    let mut sent = Vec::new();
    let client = Client::connect(&LOGIN, Timers::default(), 0, &mut |output| {
        if let ClientOutput::Send(packet) = output {
            sent.extend(packet);
        }
    });
    (client, sent)
}

/// What a server sends that accepts the login and sends every message from number 5 on.
fn served(login: &[u8]) -> Vec<u8> {
    let mut server = Server::new(Timers::default(), 0);
    let mut asked = None;
    server.on_bytes(0, login, &mut |output| {
        if let ServerOutput::Login(login) = output {
            asked = Some(login);
        }
    });
    assert_eq!(asked, Some(LOGIN));
    let mut bytes = Vec::new();
    server.accept(b"      TEST", 5, 0, &mut to_client(&mut bytes));
    for message in every_message() {
        assert!(server.send_message(&wire(&message), 0, &mut to_client(&mut bytes)));
    }
    server.on_time(SECOND, &mut to_client(&mut bytes));
    server.end(SECOND, &mut to_client(&mut bytes));
    assert!(!server.send_message(b"late", SECOND, &mut |_| {}));
    bytes
}

#[test]
fn a_session_from_login_to_end() {
    let (mut client, login) = client();
    let bytes = served(&login);
    let mut messages = Vec::new();
    for byte in &bytes {
        client.on_bytes(1, &[*byte], &mut |output| match output {
            ClientOutput::Accepted { session, next } => {
                assert_eq!((&session, next), (b"      TEST", 5));
            }
            ClientOutput::Message { sequence, message } => {
                messages.push((sequence, message.to_vec()));
            }
            other => assert_eq!(other, ClientOutput::Closed(Closed::Ended)),
        });
    }
    let expected: Vec<_> = (5..).zip(every_message().iter().map(wire)).collect();
    assert_eq!(messages, expected);
    assert_eq!((client.closed(), client.deadline()), (Some(Closed::Ended), None));
    assert_eq!(client.next(), Some(5 + expected.len() as u64));
}

#[test]
fn heartbeats_are_sent_and_silence_ends_it() {
    let (mut client, _) = client();
    let mut beats = 0;
    let mut closed = Vec::new();
    while let Some(deadline) = client.deadline() {
        client.on_time(deadline, &mut |output| match output {
            ClientOutput::Send(packet) => {
                assert_eq!(packet, [0, 1, b'R']);
                beats += 1;
            }
            other => closed.push((deadline, format!("{other:?}"))),
        });
    }
    assert_eq!(beats, 14);
    assert_eq!(closed, [(15 * SECOND, "Closed(Silent)".to_owned())]);
}

#[test]
fn a_rejected_login_and_a_log_out_close_both_sides() {
    let (mut client, login) = client();
    let mut server = Server::new(Timers::default(), 0);
    server.on_bytes(0, &login, &mut |_| {});
    let mut bytes = Vec::new();
    server.reject(b'A', 0, &mut to_client(&mut bytes));
    client.on_bytes(0, &bytes, &mut |_| {});
    assert_eq!(client.closed(), Some(Closed::Rejected(b'A')));
    assert_eq!(server.deadline(), None);

    let mut server = Server::new(Timers::default(), 0);
    let mut said = Vec::new();
    server.on_bytes(0, &login, &mut |_| {});
    server.on_bytes(0, &[0, 1, b'O'], &mut |output| said.push(format!("{output:?}")));
    assert_eq!(said, ["Closed(Ended)"]);
}

#[test]
fn bytes_that_are_not_the_protocol_close_the_connection() {
    for wrong in [&[0, 0][..], &[0, 1, b'S'], &[0, 1, b'?'], &[0, 2, b'A', b' ']] {
        let (mut client, _) = client();
        client.on_bytes(0, wrong, &mut |_| {});
        assert!(matches!(client.closed(), Some(Closed::Malformed { offset: 0, .. })));
        let mut server = Server::new(Timers::default(), 0);
        server.on_bytes(0, wrong, &mut |_| {});
        assert_eq!(server.deadline(), None, "{wrong:?}");
    }
}

/// The events of every message, numbered from 5.
fn expected() -> Vec<MarketEvent> {
    let mut decoder = Decoder::new(0, 0);
    let decode = |(sequence, message)| {
        let mut event = MarketEvent::default();
        decoder.decode(&wire(message), sequence, &mut event).expect("valid");
        event
    };
    (5..).zip(&every_message()).map(decode).collect()
}

#[test]
fn a_recorded_stream_is_found_by_content_and_read() {
    let bytes = served(&client().1);
    assert_eq!(Format::detect(&bytes), Some(Format::Soup));
    let (events, source) = read(&bytes, &Options::default());
    assert_eq!(events, expected());
    let report = source.report();
    assert!(report.end_of_session && report.total_errors() == 0);
    assert_eq!((report.heartbeats, report.consumed), (1, bytes.len() as u64));
}

#[test]
fn every_truncation_gives_whole_messages_only() {
    let bytes = served(&client().1);
    let expected = expected();
    let options = Options { format: Some(Format::Soup), ..Options::default() };
    for length in 0..bytes.len() {
        let (events, source) = read(&bytes[..length], &options);
        assert_eq!(events, expected[..events.len()]);
        let report = source.report();
        assert_eq!(report.consumed + report.trailing_bytes, length as u64);
        assert_eq!(report.total_errors(), u64::from(report.trailing_bytes > 0));
    }
}

#[test]
fn no_flipped_bit_panics_or_loses_bytes() {
    let bytes = served(&client().1);
    let options = Options { format: Some(Format::Soup), ..Options::default() };
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let (_, source) = read(&damaged, &options);
        let report = source.report();
        assert_eq!(report.consumed + report.trailing_bytes, bytes.len() as u64);
        let (mut client, _) = client();
        client.on_bytes(0, &damaged, &mut |_| {});
    }
}

#[test]
fn what_follows_bad_packets_is_not_trusted() {
    let options = Options { format: Some(Format::Soup), ..Options::default() };
    let (events, source) = read(&[0, 1, b'?'].repeat(100), &options);
    assert!(events.is_empty());
    assert_eq!(source.report().errors[&ErrorKind::Desync], 1);
    assert_eq!(source.report().consumed, 16 * 3);
}
