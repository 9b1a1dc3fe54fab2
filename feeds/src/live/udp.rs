//! UDP by `recvmmsg`: many datagrams with one system call, the kernel's time of each, and the
//! kernel's count of those it dropped.

#![allow(unsafe_code)] // System calls that the standard library does not have.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;

use super::socket::{DATAGRAM, DropCounter, LineSocket};
use super::{LivePacket, PacketSource, control};
use crate::session::Line;

/// Datagrams taken with one call.
const BATCH: usize = 32;
/// Bytes of control data for one datagram, in words that align it: times and a counter take 120.
const CONTROL_WORDS: usize = 16;

/// One line.
#[derive(Debug)]
pub struct UdpLine {
    socket: LineSocket,
    line: Line,
    datagrams: Box<[[u8; DATAGRAM]]>,
    controls: Box<[[u64; CONTROL_WORDS]]>,
    drops: DropCounter,
    cut: u64,
    by_card: u64,
}

impl UdpLine {
    /// Takes the datagrams of `socket` as those of `line`.
    #[must_use]
    pub fn new(line: Line, socket: LineSocket) -> Self {
        Self {
            socket,
            line,
            datagrams: vec![[0; DATAGRAM]; BATCH].into(),
            controls: vec![[0; CONTROL_WORDS]; BATCH].into(),
            drops: DropCounter::default(),
            cut: 0,
            by_card: 0,
        }
    }

    /// The socket, to send requests from: answers come back to it.
    #[must_use]
    pub fn socket(&self) -> &LineSocket {
        &self.socket
    }

    /// Datagrams that were longer than 9,000 bytes: dropped, not given in part.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }
}

impl PacketSource for UdpLine {
    fn poll(&mut self, each: &mut dyn FnMut(LivePacket<'_>)) -> io::Result<usize> {
        // SAFETY: null pointers and zero lengths are valid values of all their fields.
        let mut vectors: [libc::iovec; BATCH] = unsafe { zeroed() };
        // SAFETY: as above.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        for i in 0..BATCH {
            vectors[i].iov_base = self.datagrams[i].as_mut_ptr().cast();
            vectors[i].iov_len = DATAGRAM;
            headers[i].msg_hdr.msg_iov = &raw mut vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            headers[i].msg_hdr.msg_control = self.controls[i].as_mut_ptr().cast();
            headers[i].msg_hdr.msg_controllen = CONTROL_WORDS * size_of::<u64>();
        }
        // SAFETY: every header points to a vector and a control area of the stated length, which
        // live, unmoved, in `vectors` and `self` until after the call; the socket is open.
        let received = unsafe {
            libc::recvmmsg(
                self.socket.udp().as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                // A refused connection is an old send's fault, told late.
                io::ErrorKind::WouldBlock
                | io::ErrorKind::Interrupted
                | io::ErrorKind::ConnectionRefused => Ok(0),
                _ => Err(error),
            };
        };
        let mut given = 0;
        let taken = headers.iter().zip(&self.datagrams).zip(&self.controls).take(received);
        for ((header, buffer), records) in taken {
            let records = &bytemuck::cast_slice(records)[..header.msg_hdr.msg_controllen];
            let told = control::read(records);
            self.drops.tell(told.drops);
            self.by_card += u64::from(told.by_card);
            if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
                self.cut += 1;
                continue;
            }
            let datagram = &buffer[..header.msg_len as usize];
            each(LivePacket { line: self.line, time: told.time, datagram });
            given += 1;
        }
        Ok(given)
    }

    fn dropped(&self) -> u64 {
        self.drops.total
    }

    fn hardware_times(&self) -> u64 {
        self.by_card
    }
}
