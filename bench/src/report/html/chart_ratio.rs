//! The interval of one paired ratio, small enough for a table cell; all cells share one axis, so
//! that the column reads as a single picture with the line of equality down its middle.

use super::svg::{Anchor, Shape, Svg};
use crate::report::human;
use crate::report::model::PairedRatio;

const SIZE: (f64, f64) = (240.0, 26.0);
const INSET: f64 = 16.0;

/// The logarithmic axis that all the ratios share: as far on either side of 1 as on the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct RatioAxis {
    /// The ratio at the right end; its inverse stands at the left one.
    end: f64,
}

impl RatioAxis {
    /// The narrowest axis with a round end that holds every usable ratio.
    pub(super) fn around(ratios: &[PairedRatio]) -> Self {
        let usable = ratios.iter().filter(|ratio| usable(ratio));
        let ends = usable.flat_map(|ratio| [ratio.low, ratio.ratio, ratio.high]);
        let furthest = ends.map(|end| end.max(1.0 / end)).fold(1.0, f64::max);
        let power = 10f64.powf(furthest.log10().floor().min(300.0));
        let round = [1.1, 1.2, 1.5, 2.0, 5.0, 10.0].map(|factor| factor * power);
        Self { end: round.into_iter().find(|end| *end >= furthest).unwrap_or(round[5]) }
    }

    fn x(self, ratio: f64) -> f64 {
        let part = (ratio.ln() / self.end.ln()).clamp(-1.0, 1.0);
        SIZE.0 / 2.0 + part * (SIZE.0 / 2.0 - INSET)
    }

    /// The ends and the middle, for the head of the column.
    pub(super) fn head(self) -> String {
        let mut svg = Svg::default();
        let end = human::round(self.end);
        for (x, text) in [
            (INSET, format!("÷ {end}")),
            (SIZE.0 / 2.0, "1".to_owned()),
            (SIZE.0 - INSET, format!("× {end}")),
        ] {
            svg.text("tick", Anchor::Middle, (x, 14.0), &text);
        }
        svg.finish(
            "ratio-axis",
            "ratio",
            (SIZE.0, 20.0),
            "axis of the ratios",
            "logarithmic; the middle is equality",
        )
    }

    /// One ratio with its interval; nothing to see for one that could not be computed.
    pub(super) fn cell(self, id: &str, ratio: &PairedRatio) -> String {
        if !usable(ratio) {
            return human::NOT_AVAILABLE.to_owned();
        }
        let middle = SIZE.1 / 2.0;
        let mut svg = Svg::default();
        svg.line("axis", (SIZE.0 / 2.0, 0.0), (SIZE.0 / 2.0, SIZE.1));
        svg.line("whisker", (self.x(ratio.low), middle), (self.x(ratio.high), middle));
        for end in [ratio.low, ratio.high] {
            svg.line("whisker", (self.x(end), middle - 5.0), (self.x(end), middle + 5.0));
        }
        let text = format!(
            "{}, 95 % interval {} to {}",
            human::times(ratio.ratio),
            human::times(ratio.low),
            human::times(ratio.high)
        );
        svg.mark(Shape::Circle, false, (self.x(ratio.ratio), middle), &text);
        svg.finish(id, "ratio", SIZE, &ratio.metric, &text)
    }
}

fn usable(ratio: &PairedRatio) -> bool {
    [ratio.low, ratio.ratio, ratio.high].iter().all(|x| x.is_finite() && *x > 0.0)
}
