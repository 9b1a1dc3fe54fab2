//! UDP by io_uring: one request that goes on giving datagrams (multishot), into buffers of a ring
//! shared with the kernel. While nothing comes, a poll costs no system call.
//!
//! Source: `io_uring_setup(2)`, `io_uring_prep_recvmsg_multishot(3)`, `io_uring_register_buf_ring(3)`.
//! A burst that takes every buffer ends the request, which the next poll makes again; meanwhile the
//! socket holds what comes.

#![allow(unsafe_code)] // Memory shared with the kernel.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::AsRawFd;
use std::slice;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::types::{BufRingEntry, Fd, RecvMsgOut};
use io_uring::{IoUring, cqueue, opcode};
use memmap2::{MmapMut, MmapRaw};

use super::socket::{DATAGRAM, DropCounter, LineSocket};
use super::{LivePacket, PacketSource, control};
use crate::session::Line;

/// Buffers shared with the kernel; a power of two.
const BUFFERS: u16 = 1_024;
/// Bytes of control data for one datagram.
const CONTROL: usize = 128;
/// Bytes of a buffer: the kernel's head, control data, the datagram, and one byte that tells a
/// datagram that is too long.
const BUFFER: usize = 16 + CONTROL + DATAGRAM + 1;
/// Bytes of the ring of buffers, before the buffers themselves.
const RING: usize = BUFFERS as usize * size_of::<BufRingEntry>();
/// Number of the one group of buffers.
const GROUP: u16 = 0;
/// `IORING_ENTER_GETEVENTS`.
const GET_EVENTS: u32 = 1;

/// One line. It must be polled by one thread, the first that polls it.
pub struct UringLine {
    // Before the buffers: the kernel lets go of them when the ring is closed.
    ring: IoUring,
    shared: Shared,
    socket: LineSocket,
    line: Line,
    enabled: bool,
    armed: bool,
    drops: DropCounter,
    cut: u64,
    by_card: u64,
    rearmed: u64,
}

impl UringLine {
    /// Takes the datagrams of `socket` as those of `line`.
    ///
    /// # Errors
    /// If the kernel is older than 6.1 or forbids io_uring (`kernel.io_uring_disabled`, a
    /// sandbox): then [`super::UdpLine`] is there.
    pub fn new(line: Line, socket: LineSocket) -> io::Result<Self> {
        let ring = IoUring::builder()
            .setup_r_disabled()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .setup_taskrun_flag()
            .setup_cqsize(2 * u32::from(BUFFERS))
            .build(8)?;
        let mut shared = Shared::new()?;
        // SAFETY: the ring's memory starts at a page, has room for all entries, and lives in
        // `shared`, which is dropped after `ring`.
        unsafe {
            ring.submitter().register_buf_ring_with_flags(shared.address(), BUFFERS, GROUP, 0)
        }?;
        (0..BUFFERS).for_each(|buffer| shared.give(buffer));
        shared.publish();
        Ok(Self {
            ring,
            shared,
            socket,
            line,
            enabled: false,
            armed: false,
            drops: DropCounter::default(),
            cut: 0,
            by_card: 0,
            rearmed: 0,
        })
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

    /// How often the request ended and was made again, the first time not counted.
    #[must_use]
    pub fn rearmed(&self) -> u64 {
        self.rearmed
    }

    /// Makes the request that gives datagrams from now on.
    fn arm(&mut self) -> io::Result<()> {
        if !self.enabled {
            self.ring.submitter().register_enable_rings()?;
            self.enabled = true;
        }
        let header = header();
        let descriptor = Fd(self.socket.udp().as_raw_fd());
        let request = opcode::RecvMsgMulti::new(descriptor, &raw const header, GROUP).build();
        // SAFETY: the kernel reads the header while the request is submitted below; the socket
        // and the buffers outlive the ring.
        let pushed = unsafe { self.ring.submission().push(&request) };
        pushed.map_err(|_| io::ErrorKind::WouldBlock)?;
        self.ring.submit()?;
        self.armed = true;
        Ok(())
    }

    /// Lets the kernel put what came into the completion queue, if it says that there is something.
    fn gather(&mut self) -> io::Result<()> {
        if !self.ring.submission().taskrun() {
            return Ok(());
        }
        // SAFETY: nothing is submitted and no argument is passed.
        let entered = unsafe { self.ring.submitter().enter::<()>(0, 0, GET_EVENTS, None) };
        match entered {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }
}

/// What the request says of names and control data.
fn header() -> libc::msghdr {
    // SAFETY: null pointers and zero lengths are valid values of all its fields.
    let mut header: libc::msghdr = unsafe { zeroed() };
    header.msg_controllen = CONTROL;
    header
}

impl PacketSource for UringLine {
    fn poll(&mut self, each: &mut dyn FnMut(LivePacket<'_>)) -> io::Result<usize> {
        if !self.armed {
            self.rearmed += u64::from(self.enabled);
            self.arm()?;
        }
        self.gather()?;
        let Self { ring, shared, line, armed, drops, cut, by_card, .. } = self;
        let (header, mut given, mut failed) = (header(), 0, None);
        for entry in ring.completion() {
            *armed &= cqueue::more(entry.flags());
            let length = match usize::try_from(entry.result()) {
                Ok(length) => length,
                // Out of buffers, or told late that an old request was refused: made again.
                Err(_) if [-libc::ENOBUFS, -libc::ECONNREFUSED].contains(&entry.result()) => {
                    continue;
                }
                Err(_) => {
                    failed = Some(io::Error::from_raw_os_error(-entry.result()));
                    continue;
                }
            };
            let Some(buffer) = cqueue::buffer_select(entry.flags()) else { continue };
            if let Ok(datagram) = RecvMsgOut::parse(shared.taken(buffer, length), &header) {
                let told = control::read(datagram.control_data());
                drops.tell(told.drops);
                *by_card += u64::from(told.by_card);
                if datagram.is_payload_truncated() || datagram.payload_data().len() > DATAGRAM {
                    *cut += 1;
                } else {
                    let (time, datagram) = (told.time, datagram.payload_data());
                    each(LivePacket { line: *line, time, datagram });
                    given += 1;
                }
            }
            shared.give(buffer);
        }
        shared.publish();
        failed.map_or(Ok(given), Err)
    }

    fn dropped(&self) -> u64 {
        self.drops.total
    }

    fn hardware_times(&self) -> u64 {
        self.by_card
    }
}

/// The ring of buffers and the buffers.
///
/// A buffer is the kernel's from [`publish`](Self::publish) until a completion names it, and ours
/// from then until it is given back.
struct Shared {
    memory: MmapRaw,
    /// Buffers given so far; the kernel sees it when it is published.
    tail: u16,
}

impl Shared {
    fn new() -> io::Result<Self> {
        let memory = MmapMut::map_anon(RING + usize::from(BUFFERS) * BUFFER)?;
        Ok(Self { memory: MmapRaw::from(memory), tail: 0 })
    }

    fn address(&self) -> u64 {
        self.memory.as_ptr() as u64
    }

    fn place(buffer: u16) -> usize {
        RING + usize::from(buffer % BUFFERS) * BUFFER
    }

    /// The first bytes of a buffer that a completion named.
    fn taken(&self, buffer: u16, length: usize) -> &[u8] {
        // SAFETY: the place of every buffer is within the mapping.
        let start = unsafe { self.memory.as_ptr().add(Self::place(buffer)) };
        // SAFETY: the buffer has that many bytes, all of them initialised by the mapping, and the
        // kernel does not write to it before it is given back, which needs `&mut self`.
        unsafe { slice::from_raw_parts(start, length.min(BUFFER)) }
    }

    /// Puts a buffer at the ring's end. The kernel sees it when it is published.
    fn give(&mut self, buffer: u16) {
        // SAFETY: the place of every buffer is within the mapping.
        let start = unsafe { self.memory.as_mut_ptr().add(Self::place(buffer)) };
        let slot = usize::from(self.tail % BUFFERS);
        // SAFETY: the slot is within the ring, which is at the start of the mapping.
        let entry = unsafe { self.memory.as_mut_ptr().cast::<BufRingEntry>().add(slot) };
        // SAFETY: the entry is aligned and initialised (to zeros at first); the kernel does not
        // look at it before the tail passes it.
        let entry = unsafe { &mut *entry };
        entry.set_addr(start as u64);
        entry.set_len(BUFFER as u32);
        entry.set_bid(buffer);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Shows the kernel every buffer that was given.
    fn publish(&mut self) {
        // SAFETY: the pointer is to the first entry of the ring, which is initialised.
        let tail = unsafe { BufRingEntry::tail(self.memory.as_ptr().cast()) };
        // SAFETY: the tail is aligned, lives as long as the mapping, and is only read by the
        // kernel, atomically.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        tail.store(self.tail, Ordering::Release);
    }
}

impl std::fmt::Debug for UringLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UringLine")
            .field("socket", &self.socket)
            .field("line", &self.line)
            .field("armed", &self.armed)
            .field("dropped", &self.drops.total)
            .finish_non_exhaustive()
    }
}
