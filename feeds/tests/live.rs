//! Two real sockets on this machine into the receiver.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use tourbillon_feeds::live::{
    CaptureLines, LineSocket, PacketSource, UdpLine, UdpOptions, UringLine,
};
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

/// The loopback device takes no times: the kernel's stand in for them, and it is told.
#[test]
fn times_of_a_card_that_takes_none_are_the_kernels() {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let options = UdpOptions { hardware_times: true, ..UdpOptions::new(address) };
    let socket = || LineSocket::open(&options).expect("a socket on this machine");
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let mut line = UdpLine::new(Line::A, socket());
    let to = line.socket().address().expect("it is bound");
    sender.send_to(&packet(1), to).expect("loopback takes it");
    let mut time = 0;
    line.poll(&mut |packet| time = packet.time).expect("the socket is open");
    assert!(time > 1_600_000_000_000_000_000, "the kernel's time");
    assert_eq!(line.hardware_times(), 0);
}

/// A classic capture of datagrams: time in microseconds, last byte of the group, payload.
fn capture(datagrams: &[(u32, u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xA1B2_C3D4_u32, 2 | 4 << 16, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    for (time, group, payload) in datagrams {
        let udp = 8 + payload.len() as u16;
        let mut frame = [&[0; 12][..], &[8, 0, 0x45, 0]].concat();
        frame.extend((20 + udp).to_be_bytes());
        frame.extend([0, 0, 0, 0, 9, 17, 0, 0, 10, 0, 0, 1, 239, 0, 0, *group, 0, 1, 0, 2]);
        frame.extend([&udp.to_be_bytes()[..], &[0, 0], payload].concat());
        let length = (frame.len() as u32).to_le_bytes();
        file.extend([[0; 4], time.to_le_bytes(), length, length].concat());
        file.extend(frame);
    }
    file
}

#[test]
fn a_capture_of_two_lines_is_received_like_the_lines() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("two_lines.pcap");
    // Line A loses every third packet, line B every fifth; a third group is none of ours.
    let mut datagrams = Vec::new();
    for sequence in 1..=100u64 {
        for (group, lost) in [(1, sequence % 3 == 2), (2, sequence % 5 == 3), (3, false)] {
            if !lost {
                datagrams.push((sequence as u32, group, packet(sequence)));
            }
        }
    }
    std::fs::write(&path, capture(&datagrams)).expect("the folder can be written");
    for speed in [None, Some(1.0)] {
        let mut lines = CaptureLines::open(&path, speed).expect("a capture");
        let mut arbiter = Arbiter::new(ArbiterOptions::default(), NoSnapshot);
        let (mut got, mut time) = (Vec::new(), 0);
        while !lines.ended() {
            let poll = lines.poll(&mut |packet| {
                assert!(packet.time >= time, "in the order of the capture");
                time = packet.time;
                arbiter.on_packet(packet.line, time, packet.datagram, &mut |output| {
                    if let Output::Message { sequence, .. } = output {
                        got.push(sequence);
                    }
                });
            });
            poll.expect("a file has no faults of the network");
        }
        // Both lines lose 8, 23, 38, 53, 68, 83 and 98: without a server, the first stops it.
        assert_eq!(got, (1..8).collect::<Vec<_>>());
        assert_eq!((lines.others(), time), (100, 100_000));
        assert_eq!(arbiter.stats().lines[1].packets, 80);
    }
    let error = CaptureLines::open(std::path::Path::new("no/such/file"), None).err();
    assert!(error.is_some_and(|error| error.to_string().contains("no/such/file")));
}

/// Polls after which what did not come is held to be lost: a test fails then, and does not hang.
const PATIENCE: u32 = 1_000_000;

/// By io_uring, or `None` after a loud line where the kernel refuses it.
fn uring(receive_buffer: u32) -> Option<UringLine> {
    let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    let options = UdpOptions { receive_buffer, ..UdpOptions::new(address) };
    let socket = LineSocket::open(&options).expect("a socket on this machine");
    let line = UringLine::new(Line::A, socket);
    if let Err(error) = &line {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no io_uring: {error}");
    }
    line.ok()
}

#[test]
fn io_uring_gives_what_was_sent_with_its_times() {
    let Some(mut line) = uring(8 << 20) else { return };
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let to = line.socket().address().expect("it is bound");
    assert_eq!(line.poll(&mut |_| ()).expect("the kernel took the request"), 0);
    let (mut sent, mut got) = (0, Vec::new());
    // Bursts below and above the number of buffers.
    for burst in [1, 7, 500, 3_000, 2] {
        for _ in 0..burst {
            sender.send_to(&packet(sent), to).expect("loopback takes it");
            sent += 1;
        }
        for _ in 0..PATIENCE {
            let poll = line.poll(&mut |arrived| {
                assert!(arrived.time > 1_600_000_000_000_000_000, "the kernel's time");
                got.push(arrived.datagram.to_vec());
            });
            if poll.expect("the socket is open") == 0 {
                std::thread::yield_now();
            }
            if got.len() as u64 == sent || line.dropped() > 0 {
                break;
            }
        }
        if (got.len() as u64) < sent {
            // What was dropped is told with the next datagram.
            sender.send_to(&packet(sent), to).expect("loopback takes it");
            (0..PATIENCE).find(|_| line.poll(&mut |_| ()).expect("the socket is open") > 0);
            assert!(line.dropped() > 0, "{} of {sent} came, and none was dropped", got.len());
            // The kernel granted too little room for this burst on this machine.
            let _ = writeln!(std::io::stderr(), "SKIPPED: {:?}", line.socket().notes());
            return;
        }
    }
    assert_eq!((line.dropped(), line.cut()), (0, 0));
    assert!(got.iter().zip(0..).all(|(datagram, number)| *datagram == packet(number)));
}

#[test]
fn io_uring_does_not_give_a_datagram_that_does_not_fit() {
    let Some(mut line) = uring(1 << 20) else { return };
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    let to = line.socket().address().expect("it is bound");
    for length in [9_000, 9_001, 20_000, 1] {
        sender.send_to(&vec![b'x'; length], to).expect("loopback takes it");
    }
    let mut lengths = Vec::new();
    for _ in 0..PATIENCE {
        line.poll(&mut |arrived| lengths.push(arrived.datagram.len())).expect("the socket is open");
        if lengths.len() == 2 {
            break;
        }
        std::thread::yield_now();
    }
    assert_eq!((lengths, line.cut()), (vec![9_000, 1], 2));
}
