//! All partial matches of a matcher, in one ring of small nodes and one of bound events.
//!
//! A node is a set of partial matches: an event bound after those of another node (or first of
//! all), or the union of two nodes. Nodes only refer to older ones, so that sharing costs nothing
//! and nothing is ever freed: the oldest node is overwritten by the newest.
//!
//! Nodes are numbered by 64-bit counts from the outside, and by the low 31 bits inside. That is
//! exact: a reference was younger than the ring is long when it was made, and its holder is too,
//! so distances stay below twice the ring's length, which is at most `2^29`.

/// Most nodes, and most events.
pub(super) const MOST: usize = 1 << 28;

/// Marks an event in [`Node::right`], and nothing before it in [`Node::left`].
const TAG: u32 = 1 << 31;

/// A set of partial matches.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct Node {
    /// Of a union, the node with the later start; of an event, those before it, or [`TAG`].
    left: u32,
    /// Of a union, the other node; of an event, its number and [`TAG`].
    right: u32,
    /// The latest start among them.
    start: u64,
}

/// A node from outside: its number and its latest start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root {
    pub(super) node: u64,
    pub(super) start: u64,
}

/// What a node is made of, by numbers from outside.
#[derive(Debug, Clone, Copy)]
pub(super) enum Below {
    /// The first event of a match, and nothing.
    Nothing,
    /// An event, after those of a node.
    Event(u64),
    /// The later and the earlier of two nodes.
    Union(u64, u64),
}

/// The nodes.
#[derive(Debug)]
pub(super) struct Arena {
    nodes: Box<[Node]>,
    head: u64,
    /// So many nodes were there before the first; tests begin just before the numbers wrap.
    origin: u64,
    /// Nodes with an earlier start than this are of no use to any match.
    pub(super) needed: u64,
    /// Nodes before this one are known to be of no use; kept up by [`has_room`](Self::has_room).
    free: u64,
    /// Has anything been given up?
    pub(super) marked: bool,
    /// Nodes overwritten while a match could still have used them.
    pub(super) lost: u64,
    /// The latest start among those.
    pub(super) lost_start: u64,
    /// Places to go back to, with how many events are bound behind: never more than nodes.
    stack: Box<[(u32, u32)]>,
}

impl Arena {
    /// For `nodes` nodes, a power of two, numbered from `origin`.
    pub(super) fn new(nodes: usize, origin: u64) -> Self {
        Self {
            nodes: vec![Node::default(); nodes].into(),
            head: origin,
            origin,
            needed: 0,
            free: origin,
            marked: false,
            lost: 0,
            lost_start: 0,
            stack: vec![(0, 0); nodes].into(),
        }
    }

    /// Is `node` not overwritten yet?
    #[inline]
    pub(super) fn holds(&self, node: u64) -> bool {
        self.head - node <= self.nodes.len() as u64
    }

    /// Event number `event`, bound after `before`, or first of all at `start`.
    #[inline]
    pub(super) fn bind(&mut self, before: Option<Root>, start: u64, event: u64) -> Root {
        let left = before.map_or(TAG, |root| inside(root.node));
        let start = before.map_or(start, |root| root.start);
        self.push(Node { left, right: inside(event) | TAG, start })
    }

    /// The partial matches of both, as far as they start at `oldest` or later.
    #[inline]
    pub(super) fn union(&mut self, a: Root, b: Root, oldest: u64) -> Root {
        let (late, early) = if a.start >= b.start { (a, b) } else { (b, a) };
        if early.start < oldest || !self.holds(early.node) {
            return late;
        }
        let node = Node { left: inside(late.node), right: inside(early.node), start: late.start };
        self.push(node)
    }

    #[inline]
    fn push(&mut self, node: Node) -> Root {
        let at = self.head as usize & (self.nodes.len() - 1);
        let old = self.nodes[at];
        if old.start >= self.needed && self.head - self.origin >= self.nodes.len() as u64 {
            self.lose(old.start);
        }
        self.nodes[at] = node;
        let root = Root { node: self.head, start: node.start };
        self.head += 1;
        root
    }

    /// Something that starts at `start` is gone.
    pub(super) fn lose(&mut self, start: u64) {
        self.lost += 1;
        self.mark(start);
    }

    /// What starts at `start` or before may be missing.
    pub(super) fn mark(&mut self, start: u64) {
        self.marked = true;
        self.lost_start = self.lost_start.max(start);
    }

    /// Can so many nodes be made without overwriting one that a match may use?
    pub(super) fn has_room(&mut self, nodes: usize) -> bool {
        let end = (self.head + nodes as u64).saturating_sub(self.nodes.len() as u64);
        while self.free < end {
            if self.nodes[self.free as usize & (self.nodes.len() - 1)].start >= self.needed {
                return false;
            }
            self.free += 1;
        }
        true
    }

    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// Forgets all nodes from number `head` on. In their places were nodes of no use; older ones
    /// may still refer to those, and must find nothing alive there.
    pub(super) fn take_back(&mut self, head: u64) {
        for at in head..self.head {
            self.nodes[at as usize & (self.nodes.len() - 1)] = Node::default();
        }
        self.head = head;
    }

    /// Calls `found` with every match of `root` that starts at `oldest` or later: how many events
    /// it has, `path[..length]` being their numbers, the last first. Ends when `found` says no.
    #[inline]
    pub(super) fn enumerate(
        &mut self,
        root: Root,
        oldest: u64,
        path: &mut [u32],
        mut found: impl FnMut(&[u32]) -> bool,
    ) {
        let mask = self.nodes.len() - 1;
        let (mut at, mut depth, mut waiting) = (inside(root.node), 0, 0);
        loop {
            let node = self.nodes[at as usize & mask];
            let alive = node.start >= oldest && self.holds_inside(at);
            if alive && node.right & TAG == 0 {
                self.stack[waiting] = (node.right, depth as u32);
                waiting += 1;
                at = node.left;
                continue;
            }
            if alive {
                path[depth] = node.right & !TAG;
                depth += 1;
                if node.left & TAG == 0 {
                    at = node.left;
                    continue;
                }
                if !found(&path[..depth]) {
                    return;
                }
            }
            if waiting == 0 {
                return;
            }
            waiting -= 1;
            let (next, behind) = self.stack[waiting];
            (at, depth) = (next, behind as usize);
        }
    }

    /// What `node` is made of. It must not be overwritten; what it is made of may be.
    pub(super) fn below(&self, node: u64) -> Below {
        let Node { left, right, .. } = self.nodes[node as usize & (self.nodes.len() - 1)];
        match (left & TAG == 0, right & TAG == 0) {
            (_, true) => Below::Union(self.outside(left), self.outside(right)),
            (true, false) => Below::Event(self.outside(left)),
            (false, false) => Below::Nothing,
        }
    }

    /// The latest start of `node`; `None` if it is overwritten.
    pub(super) fn start(&self, node: u64) -> Option<u64> {
        let at = node as usize & (self.nodes.len() - 1);
        self.holds(node).then(|| self.nodes[at].start)
    }

    /// The event that `root` ends with, by the number that paths hold.
    pub(super) fn event(&self, root: Root) -> u32 {
        self.nodes[root.node as usize & (self.nodes.len() - 1)].right & !TAG
    }

    fn outside(&self, at: u32) -> u64 {
        self.head - u64::from(distance(self.head, at))
    }

    #[inline]
    fn holds_inside(&self, at: u32) -> bool {
        distance(self.head, at) as usize <= self.nodes.len()
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.stack)
    }
}

/// The number that nodes hold of what has number `outside`.
#[inline]
fn inside(outside: u64) -> u32 {
    outside as u32 & !TAG
}

/// How far `inside` lies below `head`.
#[inline]
fn distance(head: u64, at: u32) -> u32 {
    (head as u32).wrapping_sub(at) & !TAG
}

/// The events bound to a step, the newest `length` of them.
#[derive(Debug)]
pub(super) struct Ring<T> {
    slots: Box<[T]>,
    /// Those before this one are known to be of no use.
    free: u64,
    pub(super) head: u64,
}

impl<T: Copy> Ring<T> {
    /// Of `length` slots, a power of two, numbered from `origin`.
    pub(super) fn new(length: usize, origin: u64, empty: T) -> Self {
        Self { slots: vec![empty; length].into(), free: origin, head: origin }
    }

    #[inline]
    pub(super) fn push(&mut self, value: T) -> u64 {
        let at = self.head as usize & (self.slots.len() - 1);
        self.slots[at] = value;
        self.head += 1;
        self.head - 1
    }

    /// Can so many be pushed without overwriting one that is needed?
    pub(super) fn has_room(&mut self, events: usize, is_needed: impl Fn(&T) -> bool) -> bool {
        let end = (self.head + events as u64).saturating_sub(self.slots.len() as u64);
        while self.free < end {
            if is_needed(&self.slots[self.free as usize & (self.slots.len() - 1)]) {
                return false;
            }
            self.free += 1;
        }
        true
    }

    /// Number `at`, as a path holds it; `None` if it is overwritten.
    #[inline]
    pub(super) fn get(&self, at: u32) -> Option<&T> {
        let held = distance(self.head, at) as usize <= self.slots.len();
        held.then(|| &self.slots[at as usize & (self.slots.len() - 1)])
    }

    /// Bytes allocated.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.slots)
    }
}
