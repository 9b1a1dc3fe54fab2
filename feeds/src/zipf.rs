//! Zipf's law with exponent 1, in whole numbers: the same draws on every machine.

/// Draws `k` in `0..n` with weight `floor(2^32 / (k + 1))`.
#[derive(Clone, Debug)]
pub(crate) struct Zipf {
    cumulative: Vec<u64>,
}

impl Zipf {
    pub(crate) fn new(n: usize) -> Self {
        let cumulative = (1..=n as u64)
            .scan(0, |sum, rank| {
                *sum += (1u64 << 32) / rank;
                Some(*sum)
            })
            .collect();
        Self { cumulative }
    }

    /// Sum of the weights: what to draw a point below.
    pub(crate) fn total(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or(0)
    }

    /// The rank at `point`, which must be below [`Zipf::total`].
    #[inline]
    pub(crate) fn rank(&self, point: u64) -> usize {
        self.cumulative.partition_point(|&sum| sum <= point)
    }
}
