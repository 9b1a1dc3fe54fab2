//! The samples of every key's window: rings of one size, side by side in one allocation.

use super::Sample;

/// Where the samples of a ring lie.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    start: usize,
    pub(super) len: usize,
}

/// What is kept of a sample. Its key is known.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    time: u64,
    value: i64,
    weight: u32,
}

#[derive(Debug)]
pub(super) struct Rings {
    kept: Box<[Kept]>,
    size: usize,
}

impl Rings {
    pub(super) fn new(keys: usize, size: usize) -> Self {
        Self { kept: vec![Kept::default(); keys * size].into(), size }
    }

    /// Samples that a ring holds at most.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Adds to ring `at`, which is not full.
    pub(super) fn push(&mut self, at: usize, span: &mut Span, sample: &Sample) {
        let Sample { time, value, weight, .. } = *sample;
        let end = self.wrap(span.start + span.len);
        self.kept[at * self.size + end] = Kept { time, value, weight };
        span.len += 1;
    }

    /// The oldest sample of ring `at`, whose key is `key`.
    pub(super) fn oldest(&self, at: usize, span: Span, key: u64) -> Option<Sample> {
        let Kept { time, value, weight } = self.kept[at * self.size + span.start];
        (span.len > 0).then_some(Sample { key, time, value, weight })
    }

    /// Takes it out.
    pub(super) fn pop(&self, span: &mut Span) {
        span.start = self.wrap(span.start + 1);
        span.len -= 1;
    }

    fn wrap(&self, at: usize) -> usize {
        if at >= self.size { at - self.size } else { at }
    }

    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.kept)
    }
}
