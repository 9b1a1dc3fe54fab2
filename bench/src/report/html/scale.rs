//! From values to places on an axis, and which values get a tick.

/// A logarithmic axis over whole decades.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    /// Decimal exponents of the two ends.
    decades: (i32, i32),
    /// Coordinates of the two ends.
    span: (f64, f64),
}

impl Log {
    /// The narrowest axis that holds all the values; `None` without any. What is below one
    /// (a time of 0 ns) is taken for one: it has no logarithm, and no clock here resolves less.
    pub(super) fn around(values: impl IntoIterator<Item = u64>, span: (f64, f64)) -> Option<Self> {
        let exponents = values.into_iter().map(|value| (value.max(1) as f64).log10());
        let (low, high) = exponents.fold(None, |ends: Option<(f64, f64)>, e| {
            Some(ends.map_or((e, e), |(low, high)| (low.min(e), high.max(e))))
        })?;
        let low = low.floor() as i32;
        Some(Self { decades: (low, (high.ceil() as i32).max(low + 1)), span })
    }

    /// The place of a value; values beyond an end are put on the end.
    pub(super) fn at(&self, value: u64) -> f64 {
        let (low, high) = (f64::from(self.decades.0), f64::from(self.decades.1));
        let part = ((value.max(1) as f64).log10() - low) / (high - low);
        self.span.0 + part.clamp(0.0, 1.0) * (self.span.1 - self.span.0)
    }

    /// Powers of ten, thinned out so that no two are closer than `gap`.
    pub(super) fn decades(&self, gap: f64) -> impl Iterator<Item = u64> + use<> {
        let count = f64::from(self.decades.1 - self.decades.0);
        let pitch = (self.span.1 - self.span.0).abs() / count;
        let every = (gap / pitch).ceil().max(1.0) as usize;
        (self.decades.0..=self.decades.1).step_by(every).map(power)
    }

    /// The 2 to 9 fold of each power of ten but the last.
    pub(super) fn minors(&self) -> impl Iterator<Item = u64> + use<> {
        (self.decades.0..self.decades.1)
            .flat_map(|exponent| (2..10).map(move |k| power(exponent).saturating_mul(k)))
    }
}

/// Ten to the given power. The axis ends above the largest `u64`, which has no next power.
fn power(exponent: i32) -> u64 {
    10u64.saturating_pow(exponent.unsigned_abs())
}

/// A linear axis from zero to a round number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    step: f64,
    steps: u32,
    span: (f64, f64),
}

impl Linear {
    /// The narrowest axis in steps of 1, 2 or 5 times a power of ten that holds all the values;
    /// `None` without a positive one.
    pub(super) fn around(values: impl IntoIterator<Item = f64>, span: (f64, f64)) -> Option<Self> {
        let known = values.into_iter().filter(|value| value.is_finite());
        // Short of the largest number, so that a step beyond the last value is one as well.
        let max = known.fold(0.0, f64::max).min(1e300);
        if max <= 0.0 {
            return None;
        }
        let power = 10f64.powf((max / 5.0).log10().floor());
        let fits = |step: &f64| max / step <= 5.0;
        let step = [power, 2.0 * power, 5.0 * power, 10.0 * power].into_iter().find(fits)?;
        Some(Self { step, steps: (max / step).ceil() as u32, span })
    }

    /// The place of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let part = value / (self.step * f64::from(self.steps));
        self.span.0 + part.clamp(0.0, 1.0) * (self.span.1 - self.span.0)
    }

    /// Zero and every step.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let step = self.step;
        (0..=self.steps).map(move |n| step * f64::from(n))
    }
}

/// Moves labels apart along one axis: keeps their order, leaves at least `gap` between any two
/// (less only where `room` cannot hold them), and moves each as little as that allows.
pub(super) fn spread(wanted: &[f64], gap: f64, room: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let between = wanted.len().saturating_sub(1).max(1) as f64;
    let gap = gap.min((room.1 - room.0) / between);

    let mut placed = wanted.to_vec();
    let mut floor = room.0;
    for &i in &order {
        placed[i] = placed[i].max(floor);
        floor = placed[i] + gap;
    }
    let mut ceiling = room.1;
    for &i in order.iter().rev() {
        placed[i] = placed[i].min(ceiling);
        ceiling = placed[i] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_logarithmic_axis_spans_whole_decades() {
        let axis = Log::around([1_200, 340_000], (0.0, 300.0)).unwrap();
        assert_eq!(axis.decades(1.0).collect::<Vec<_>>(), [1_000, 10_000, 100_000, 1_000_000]);
        assert_eq!(axis.decades(150.0).collect::<Vec<_>>(), [1_000, 100_000]);
        assert_eq!(axis.minors().next(), Some(2_000));
        assert_eq!(axis.at(1_000), 0.0);
        assert_eq!(axis.at(10_000), 100.0);
        assert_eq!(axis.at(u64::MAX), 300.0);
    }

    #[test]
    fn one_value_or_none_still_makes_sense() {
        assert!(Log::around([], (0.0, 1.0)).is_none());
        let axis = Log::around([0], (0.0, 100.0)).unwrap();
        assert_eq!(axis.decades(1.0).collect::<Vec<_>>(), [1, 10]);
        assert_eq!(axis.at(0), 0.0);
        assert!(Linear::around([0.0, f64::NAN], (0.0, 1.0)).is_none());
    }

    #[test]
    fn a_linear_axis_takes_round_steps() {
        let axis = Linear::around([61.3, 34.0, f64::INFINITY], (100.0, 0.0)).unwrap();
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(axis.at(40.0), 50.0);
    }

    proptest! {
        #[test]
        fn every_value_is_on_its_axis(values in prop::collection::vec(any::<u64>(), 1..9)) {
            let axis = Log::around(values.clone(), (10.0, 90.0)).unwrap();
            for value in values {
                prop_assert!((10.0..=90.0).contains(&axis.at(value)));
            }
            prop_assert!(axis.decades(1.0).chain(axis.minors()).all(|t| axis.at(t).is_finite()));
        }

        #[test]
        fn a_linear_axis_has_few_ticks_and_holds_its_values(max in 1e-9f64..1e18) {
            let axis = Linear::around([max], (0.0, 100.0)).unwrap();
            let ticks: Vec<f64> = axis.ticks().collect();
            prop_assert!((2..=7).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks[ticks.len() - 1] >= max * (1.0 - 1e-12));
        }

        #[test]
        fn spread_labels_keep_order_room_and_distance(
            wanted in prop::collection::vec(0.0f64..100.0, 1..9),
        ) {
            let placed = spread(&wanted, 10.0, (0.0, 100.0));
            for (i, a) in placed.iter().enumerate() {
                prop_assert!((-1e-9..=100.0 + 1e-9).contains(a));
                for (j, b) in placed.iter().enumerate().skip(i + 1) {
                    prop_assert!((a - b).abs() >= 10.0 - 1e-9);
                    prop_assert!(wanted[i] == wanted[j] || (wanted[i] < wanted[j]) == (a < b));
                }
            }
        }
    }
}
