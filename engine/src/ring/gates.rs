//! Who holds the writers back; readers come and go while the ring runs.
//!
//! The list lies behind a lock and has a version. A writer keeps a private copy and looks at the
//! version only in [`Gatekeeper::slowest`], when it is out of room anyway.
//!
//! **Coming.** Under the lock, a reader is added, the version moves, and only then the published
//! count is read: the reader starts there. A writer that asks for room states what it has
//! published, then looks at the version. Between the two steps of either side stands a sequentially
//! consistent fence, so one of the two sees the other:
//! - the writer sees the new version: it waits for the lock, and finds the reader at its start;
//! - or the reader sees all that the writer had published when it asked. The answer was at most
//!   this plus the capacity, so nothing from the reader's start on is overwritten, and when that
//!   room is used up the writer asks again.
//!
//! **Leaving.** Those whom the reader followed may be held back by it alone. They become gates
//! again, the version moves, and only then the reader's position goes to the maximum. So a writer
//! that read the maximum through an old copy sees the new version after it, and looks again.

use crossbeam_utils::CachePadded;

use super::cursor::Cursor;
use crate::sync::{self, Arc, AtomicU64, Mutex, fence, ord};
use std::sync::atomic::Ordering::Relaxed;

/// What a reader can follow: the writing side, or another reader of the same ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node(u64);

impl Node {
    /// The writing side.
    pub(crate) const HEAD: Node = Node(0);
}

/// All readers of a ring, and which of them hold the writers back.
#[derive(Debug)]
pub(crate) struct Gates {
    members: Mutex<Members>,
    /// Moves, under the lock, with every change of the list.
    version: CachePadded<AtomicU64>,
}

#[derive(Debug, Default)]
struct Members {
    list: Vec<Member>,
    /// Nodes given out so far; they are never used again.
    nodes: u64,
}

#[derive(Debug)]
struct Member {
    node: Node,
    cursor: Arc<Cursor>,
    after: Vec<Node>,
    is_gate: bool,
}

/// A reader's place among the others.
pub(super) struct Place {
    pub(super) node: Node,
    pub(super) own: Arc<Cursor>,
    /// Those it follows; empty if it follows the writing side.
    pub(super) upstream: Vec<Arc<Cursor>>,
    pub(super) start: u64,
}

/// Whether those whom a new reader follows go on holding the writers back themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    /// They do: the new reader may start ahead of them.
    Hold,
    /// The new reader, which is never ahead of them, holds for them.
    Relieved,
}

impl Gates {
    pub(super) fn new() -> Self {
        Self {
            members: Mutex::new(Members::default()),
            version: CachePadded::new(AtomicU64::new(0)),
        }
    }

    /// Adds a reader that starts at what `published` says; `None` if one of `after` has left.
    pub(super) fn join(
        &self,
        after: &[Node],
        followed: Followed,
        published: impl FnOnce() -> u64,
    ) -> Option<Place> {
        let mut members = sync::lock(&self.members);
        let after: Vec<Node> = after.iter().copied().filter(|&node| node != Node::HEAD).collect();
        let upstream =
            after.iter().map(|&node| members.cursor(node)).collect::<Option<Vec<_>>>()?;
        if followed == Followed::Relieved {
            members.set_gates(&after, false);
        }
        members.nodes += 1;
        let (node, own) = (Node(members.nodes), Arc::new(Cursor::new()));
        members.list.push(Member { node, cursor: Arc::clone(&own), after, is_gate: true });
        self.move_version();
        fence(ord::attach()); // pairs with the fence in `Gatekeeper::slowest`
        let start = published();
        own.release(start);
        Some(Place { node, own, upstream, start })
    }

    /// Removes a reader, which holds nobody back from now on. Refuses if others follow it.
    pub(super) fn leave(&self, node: Node) -> bool {
        let mut members = sync::lock(&self.members);
        if members.list.iter().any(|member| member.after.contains(&node)) {
            return false;
        }
        let Some(index) = members.list.iter().position(|member| member.node == node) else {
            return true;
        };
        let left = members.list.swap_remove(index);
        members.set_gates(&left.after, true);
        self.move_version();
        // Not under the lock: it wakes sleepers, and a sleeper looks at the gates under its own.
        drop(members);
        left.cursor.detach(); // carries the version to a writer that sees it
        true
    }

    fn move_version(&self) {
        // Under the lock, hence no read-modify-write.
        self.version.store(self.version.load(Relaxed) + 1, Relaxed);
    }
}

impl Members {
    fn cursor(&self, node: Node) -> Option<Arc<Cursor>> {
        let member = self.list.iter().find(|member| member.node == node)?;
        Some(Arc::clone(&member.cursor))
    }

    fn set_gates(&mut self, nodes: &[Node], is_gate: bool) {
        for member in self.list.iter_mut().filter(|member| nodes.contains(&member.node)) {
            member.is_gate = is_gate;
        }
    }
}

/// As many gates as a writer can learn of without an allocation.
const FEW: usize = 16;

/// One writer's view of the gates.
#[derive(Debug)]
pub(crate) struct Gatekeeper {
    gates: Arc<Gates>,
    /// The gates as of `version`.
    copy: Vec<Arc<Cursor>>,
    version: u64,
}

impl Gatekeeper {
    pub(super) fn new(gates: Arc<Gates>) -> Self {
        Self { gates, copy: Vec::with_capacity(FEW), version: 0 }
    }

    /// The position of the slowest reader, at most `published`: what has been published without a
    /// gap, and this by or before the caller's own last look. Never goes back.
    pub(super) fn slowest(&mut self, published: u64) -> u64 {
        fence(ord::refresh()); // pairs with the fence in `Gates::join`
        loop {
            let slowest = self.copy.iter().map(|gate| gate.gate()).fold(published, u64::min);
            // After the positions: a maximum among them brings the version with it.
            if self.gates.version.load(Relaxed) == self.version {
                return slowest;
            }
            self.look();
        }
    }

    /// The gates as they are now.
    pub(super) fn look(&mut self) -> &[Arc<Cursor>] {
        let members = sync::lock(&self.gates.members);
        let gates = members.list.iter().filter(|member| member.is_gate);
        self.copy.clear();
        self.copy.extend(gates.map(|member| Arc::clone(&member.cursor)));
        self.version = self.gates.version.load(Relaxed);
        &self.copy
    }

    /// The gates when last looked at.
    pub(super) fn known(&self) -> &[Arc<Cursor>] {
        &self.copy
    }
}
