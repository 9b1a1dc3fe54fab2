//! Two real sockets on this machine into the receiver.
#![cfg(target_os = "linux")]

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use tourbillon_feeds::live::{LineSocket, PacketSource, UdpLine, UdpOptions};
use tourbillon_feeds::session::{Arbiter, ArbiterOptions, Line, NoSnapshot, Output};

fn line(line: Line, receive_buffer: u32) -> UdpLine {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let socket = LineSocket::open(&UdpOptions { receive_buffer, ..UdpOptions::new(address) });
    UdpLine::new(line, socket.expect("a socket on this machine"))
}

/// A packet of one message, which is its own number.
fn packet(sequence: u64) -> Vec<u8> {
    let number = sequence.to_be_bytes();
    [&b"SESSION001"[..], &number, &[0, 1, 0, 8], &number].concat()
}

#[test]
fn two_sockets_give_one_stream() {
    let mut lines = [line(Line::A, 1 << 20), line(Line::B, 1 << 20)];
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
    let mut got = Vec::new();
    // Each line misses what the other has. Loopback delivers within the call that sends.
    for sequence in 1..=200u64 {
        for (i, line) in lines.iter_mut().enumerate() {
            if sequence == 1 || sequence % 2 == i as u64 {
                let to = line.socket().address().expect("it is bound");
                sender.send_to(&packet(sequence), to).expect("loopback takes it");
            }
            let poll = line.poll(&mut |packet| {
                assert!(packet.time > 1_600_000_000_000_000_000, "the kernel's time");
                arbiter.on_packet(packet.line, sequence, packet.datagram, &mut |output| {
                    if let Output::Message { sequence, message } = output {
                        assert_eq!(message, sequence.to_be_bytes());
                        got.push(sequence);
                    }
                });
            });
            poll.expect("the socket is open");
        }
    }
    assert_eq!(got, (1..=200).collect::<Vec<_>>());
    assert_eq!(lines[0].dropped() + lines[1].dropped(), 0);
}

#[test]
fn what_the_kernel_drops_is_counted() {
    let mut line = line(Line::A, 1);
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let to = line.socket().address().expect("it is bound");
    let sent = 1_000;
    for sequence in 0..sent {
        sender.send_to(&packet(sequence), to).expect("loopback takes it");
    }
    let mut received = 0;
    while let taken @ 1.. = line.poll(&mut |_| ()).expect("the socket is open") {
        received += taken as u64;
    }
    // The counter comes with the next datagram that is taken.
    sender.send_to(&packet(sent), to).expect("loopback takes it");
    received += line.poll(&mut |_| ()).expect("the socket is open") as u64;
    assert!(received < sent);
    assert_eq!(received + line.dropped(), sent + 1);
}

#[test]
fn a_datagram_that_does_not_fit_is_not_given() {
    let mut line = line(Line::A, 1 << 20);
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let to = line.socket().address().expect("it is bound");
    sender.send_to(&[0; 9_001], to).expect("loopback takes it");
    sender.send_to(&[0; 9_000], to).expect("loopback takes it");
    let mut lengths = Vec::new();
    line.poll(&mut |packet| lengths.push(packet.datagram.len())).expect("the socket is open");
    assert_eq!((lengths, line.cut()), (vec![9_000], 1));
}
