//! Matches and time-outs that wait for their turn.

/// A match or a time-out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) partition: usize,
    /// The last link of its chain.
    pub(super) last: u32,
    pub(super) start: u64,
    /// Sequence of the last event.
    pub(super) end: u64,
    /// The time that had to pass, if one had to.
    pub(super) deadline: u64,
    /// When it became a match, in order.
    pub(super) moment: u64,
    /// The branch that it waited in, or in which the pattern ends.
    pub(super) branch: usize,
}

impl Output {
    /// Where it stands: its chain, and its branch after that.
    pub(super) fn tail(&self) -> (u32, usize) {
        (self.last, self.branch)
    }
}

/// A list of them that does not grow.
#[derive(Debug)]
pub(super) struct Outputs {
    pub(super) list: Vec<Output>,
    most: usize,
    /// Which one has to go where there is no room for another.
    oldest: usize,
}

impl Outputs {
    pub(super) fn new(most: usize) -> Self {
        Self { list: Vec::with_capacity(most), most, oldest: 0 }
    }

    pub(super) fn memory(&self) -> usize {
        self.list.capacity() * size_of::<Output>()
    }

    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= self.most
    }

    /// Adds one. There is room for it.
    pub(super) fn push(&mut self, output: Output) {
        if self.list.is_empty() {
            self.oldest = 0;
        }
        self.list.push(output);
    }

    /// Adds one in the place of the oldest, which is not empty.
    pub(super) fn replace_oldest(&mut self, output: Output) -> Output {
        let at = self.oldest % self.list.len();
        self.oldest = at + 1;
        std::mem::replace(&mut self.list[at], output)
    }
}
