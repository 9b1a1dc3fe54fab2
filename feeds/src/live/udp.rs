//! UDP by `recvmmsg`: many datagrams with one system call, the kernel's time of each, and the
//! kernel's count of those it dropped.

#![allow(unsafe_code)] // System calls that the standard library does not have.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::{from_mut, from_ref};

use super::{LivePacket, PacketSource};
use crate::session::Line;

/// Datagrams taken with one call.
const BATCH: usize = 32;
/// Longest datagram: a jumbo frame's.
const DATAGRAM: usize = 9_000;
/// Bytes of control data for one datagram, in words that align it: a time and a counter take 56.
const CONTROL_WORDS: usize = 16;

/// How a line is received.
#[derive(Clone, Debug)]
pub struct UdpOptions {
    /// Where datagrams are sent to: a multicast group, which is joined, or an address of this
    /// machine. Port 0 = any free one.
    pub address: SocketAddrV4,
    /// The interface on which a group is joined; unspecified = the kernel's choice.
    pub interface: Ipv4Addr,
    /// Bytes that the kernel may hold (`SO_RCVBUF`); it may grant less.
    pub receive_buffer: u32,
    /// Microseconds that the kernel polls the device in each call (`SO_BUSY_POLL`); 0 = never.
    pub busy_poll: u32,
}

impl UdpOptions {
    /// Datagrams to `address`, with 8 MiB in the kernel and no polling of the device.
    #[must_use]
    pub fn new(address: SocketAddrV4) -> Self {
        let interface = Ipv4Addr::UNSPECIFIED;
        Self { address, interface, receive_buffer: 8 << 20, busy_poll: 0 }
    }
}

/// One line.
#[derive(Debug)]
pub struct UdpLine {
    socket: UdpSocket,
    line: Line,
    datagrams: Box<[[u8; DATAGRAM]; BATCH]>,
    controls: Box<[[u64; CONTROL_WORDS]; BATCH]>,
    dropped: u64,
    /// The kernel's counter, which wraps.
    counter: u32,
    cut: u64,
}

impl UdpLine {
    /// Opens a socket and joins the group, if it is one.
    ///
    /// # Errors
    /// If the kernel refuses the socket, the address or the group. What it may refuse without
    /// harm (buffer size, polling, times) is not an error.
    pub fn open(line: Line, options: &UdpOptions) -> io::Result<Self> {
        // SAFETY: the call takes no memory.
        let descriptor =
            unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is a new socket that nobody else owns.
        let socket = unsafe { UdpSocket::from_raw_fd(descriptor) };
        let group = options.address.ip().is_multicast();
        if group {
            // Several receivers of a group may live on one machine.
            set(&socket, libc::SO_REUSEADDR, 1)?;
        }
        set(&socket, libc::SO_RXQ_OVFL, 1)?;
        let _ = set(&socket, libc::SO_TIMESTAMPNS, 1);
        let size = libc::c_int::try_from(options.receive_buffer).unwrap_or(libc::c_int::MAX);
        let _ = set(&socket, libc::SO_RCVBUF, size);
        if options.busy_poll > 0 {
            let _ = set(&socket, libc::SO_BUSY_POLL, options.busy_poll.min(1 << 20) as _);
        }
        bind(&socket, options.address)?;
        if group {
            socket.join_multicast_v4(options.address.ip(), &options.interface)?;
        }
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            line,
            datagrams: vec![[0; DATAGRAM]; BATCH].try_into().map_err(|_| io::ErrorKind::Other)?,
            controls: Box::new([[0; CONTROL_WORDS]; BATCH]),
            dropped: 0,
            counter: 0,
            cut: 0,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// The socket, to send requests from: answers come back to it.
    #[must_use]
    pub fn socket(&self) -> &UdpSocket {
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
                self.socket.as_raw_fd(),
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
        for (header, buffer) in headers.iter().zip(&*self.datagrams).take(received) {
            let (time, counter) = control_data(&header.msg_hdr);
            if let Some(counter) = counter {
                self.dropped += u64::from(counter.wrapping_sub(self.counter));
                self.counter = counter;
            }
            if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
                self.cut += 1;
                continue;
            }
            let datagram = &buffer[..header.msg_len as usize];
            each(LivePacket { line: self.line, time, datagram });
            given += 1;
        }
        Ok(given)
    }

    fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// The kernel's time and its counter of dropped datagrams.
fn control_data(header: &libc::msghdr) -> (u64, Option<u32>) {
    let (mut time, mut counter) = (0, None);
    // SAFETY: the kernel filled the control area and its length in this header; the area is
    // aligned to 8 bytes.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !next.is_null() {
        // SAFETY: a pointer that is not null is to a whole record in the control area.
        let record = unsafe { &*next };
        // SAFETY: as above; the data follow the record.
        let data = unsafe { libc::CMSG_DATA(next) };
        match (record.cmsg_level, record.cmsg_type) {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                // SAFETY: the kernel writes a `timespec` for this type.
                let at = unsafe { data.cast::<libc::timespec>().read_unaligned() };
                time = at.tv_sec as u64 * 1_000_000_000 + at.tv_nsec as u64;
            }
            (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
                // SAFETY: the kernel writes a `u32` for this type.
                counter = Some(unsafe { data.cast::<u32>().read_unaligned() });
            }
            _ => {}
        }
        // SAFETY: `next` is a record of this header's control area.
        next = unsafe { libc::CMSG_NXTHDR(header, next) };
    }
    (time, counter)
}

/// Sets a whole-number option of the socket level.
fn set(socket: &UdpSocket, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    // SAFETY: the pointer is to a live `c_int`, whose size is given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            option,
            from_ref(&value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn bind(socket: &UdpSocket, address: SocketAddrV4) -> io::Result<()> {
    // SAFETY: zero is a valid value of all its fields.
    let mut name: libc::sockaddr_in = unsafe { zeroed() };
    name.sin_family = libc::AF_INET as libc::sa_family_t;
    name.sin_port = address.port().to_be();
    name.sin_addr.s_addr = u32::from(*address.ip()).to_be();
    // SAFETY: the pointer is to a live `sockaddr_in`, whose size is given.
    let result = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            from_mut(&mut name).cast(),
            size_of::<libc::sockaddr_in>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
