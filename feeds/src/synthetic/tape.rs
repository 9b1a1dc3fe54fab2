//! Frames, counts and gathers the messages that are written.

use std::io::{self, Write};

use crate::itch::{self, Header, SystemEvent};
use crate::report::TypeCounts;

/// Bytes gathered before they are written out.
const BUFFER: usize = 1 << 16;

/// A BinaryFILE in the making.
#[derive(Debug)]
pub(super) struct Tape<'a, W> {
    out: &'a mut W,
    buffer: Vec<u8>,
    bytes: u64,
    types: TypeCounts,
    messages: u64,
}

impl<'a, W: Write> Tape<'a, W> {
    pub(super) fn new(out: &'a mut W) -> Self {
        let types = TypeCounts::new(itch::type_name);
        Self { out, buffer: Vec::new(), bytes: 0, types, messages: 0 }
    }

    /// Messages so far: the number of the next one.
    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// One message with its length before it.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, message: &[u8; N]) -> io::Result<()> {
        self.types.add(message[0]);
        self.messages += 1;
        self.buffer.extend_from_slice(&(N as u16).to_be_bytes());
        self.buffer.extend_from_slice(message);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    pub(super) fn system(&mut self, event_code: u8, timestamp: u64) -> io::Result<()> {
        let header = Header { stock_locate: 0, tracking: 0, timestamp };
        self.put(&SystemEvent { header, event_code }.to_bytes())
    }

    /// Writes the mark that ends the session, and the rest. Gives bytes and messages by type.
    pub(super) fn end_of_session(mut self) -> io::Result<(u64, TypeCounts)> {
        self.buffer.extend_from_slice(&[0, 0]);
        self.flush()?;
        self.out.flush()?;
        Ok((self.bytes, self.types))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.bytes += self.buffer.len() as u64;
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
