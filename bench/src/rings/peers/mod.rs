//! The contenders, one file a family, each used as its documentation suggests.

pub(crate) mod channels;
pub(crate) mod disruptor;
pub(crate) mod flag;
pub(crate) mod ours;
pub(crate) mod queues;

use super::endpoint::{BatchPeer, Managed, ManyPeer, Peer};
use super::event::{Event, Words};

/// An event that fills a line.
pub(crate) type Line = Words<8>;
/// An event that leaves room for a cursor in its line.
pub(crate) type Short = Words<7>;

/// Events that fit into one reading: as many for every peer that reads several at once.
const LARGEST_READ: usize = 256;

/// Something that is to be done for every peer, without `dyn`.
pub(crate) trait Visitor {
    fn peer<E: Event, P: Peer<E>>(&mut self) {}

    fn batches<E: Event, P: BatchPeer<E>>(&mut self) {}

    fn many<E: Event, P: ManyPeer<E>>(&mut self) {}

    fn managed<E: Event, P: Managed<E>>(&mut self) {}
}

/// Shows `visitor` every peer: ours first, then those that it must be held against.
pub(crate) fn visit(visitor: &mut impl Visitor) {
    // Its events leave room for the cursor.
    visitor.peer::<Short, ours::Inline>();
    visitor.peer::<Line, ours::Single>();
    visitor.peer::<Short, ours::Single>();
    visitor.peer::<Line, ours::Multi>();
    visitor.peer::<Line, disruptor::Single>();
    visitor.peer::<Short, disruptor::Single>();
    visitor.peer::<Line, disruptor::Multi>();
    visitor.peer::<Line, queues::Rtrb>();
    visitor.peer::<Short, queues::Rtrb>();
    visitor.peer::<Line, queues::RtrbChunks>();
    visitor.peer::<Short, queues::RtrbChunks>();
    visitor.peer::<Line, queues::Ringbuf>();
    visitor.peer::<Short, queues::Ringbuf>();
    visitor.peer::<Line, queues::Array>();
    visitor.peer::<Line, channels::Crossbeam>();
    visitor.peer::<Line, channels::Std>();
    visitor.peer::<Line, channels::Kanal>();

    visitor.batches::<Short, ours::Inline>();
    visitor.batches::<Line, ours::Single>();
    visitor.batches::<Line, disruptor::Single>();
    visitor.batches::<Short, disruptor::Single>();
    visitor.batches::<Line, queues::RtrbChunks>();
    visitor.batches::<Short, queues::RtrbChunks>();
    visitor.batches::<Line, queues::Ringbuf>();

    visitor.many::<Line, ours::Multi>();
    visitor.many::<Line, disruptor::Multi>();
    visitor.many::<Line, queues::Array>();
    visitor.many::<Line, channels::Crossbeam>();

    visitor.managed::<Short, ours::Inline>();
    visitor.managed::<Line, ours::Single>();
    visitor.managed::<Line, disruptor::Single>();
    visitor.managed::<Short, disruptor::Single>();
}
