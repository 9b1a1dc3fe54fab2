//! A small writer of SVG: shapes in, text out, every element closed and every string escaped.
//!
//! Colours and fonts come from the page's style sheet by class, so that one drawing serves the
//! light page, the dark page and paper. Coordinates are rounded to a tenth, so that the same
//! report gives the same bytes.

use std::fmt::Write;

use super::escape;

/// Where a text stands relative to its point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Form of a data point, so that a series is known without its colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Circle,
    Square,
    Diamond,
    Triangle,
    Wedge,
}

/// A drawing in the making.
#[derive(Debug, Default)]
pub(super) struct Svg {
    body: String,
}

impl Svg {
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.push(format_args!(
            r#"<line class="{class}" x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}"/>"#,
            from.0, from.1, to.0, to.1
        ));
    }

    pub(super) fn rect(&mut self, class: &str, corner: (f64, f64), size: (f64, f64)) {
        self.push(format_args!(
            r#"<rect class="{class}" x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}"/>"#,
            corner.0, corner.1, size.0, size.1
        ));
    }

    pub(super) fn polyline(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.push(format_args!(r#"<polyline class="{class}" points="{}"/>"#, points.join(" ")));
    }

    pub(super) fn text(&mut self, class: &str, anchor: Anchor, at: (f64, f64), text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            r#"<text class="{class}" text-anchor="{anchor}" x="{:.1}" y="{:.1}">{}</text>"#,
            at.0,
            at.1,
            escape::text(text)
        ));
    }

    /// A group, closed when `draw` returns.
    pub(super) fn group(&mut self, class: &str, draw: impl FnOnce(&mut Self)) {
        self.push(format_args!(r#"<g class="{class}">"#));
        draw(self);
        self.push(format_args!("</g>"));
    }

    /// A group that tells `tip` when it is pointed at, drawn over an invisible generous target.
    pub(super) fn pointed(
        &mut self,
        tip: &str,
        target: ((f64, f64), (f64, f64)),
        draw: impl FnOnce(&mut Self),
    ) {
        self.group("point", |svg| {
            svg.push(format_args!("<title>{}</title>", escape::text(tip)));
            svg.rect("target", target.0, target.1);
            draw(svg);
        });
    }

    /// A data point; `hollow` says that it is not to be relied on.
    pub(super) fn mark(&mut self, shape: Shape, hollow: bool, at: (f64, f64), tip: &str) {
        let class = if hollow { "mark hollow" } else { "mark" };
        let target = ((at.0 - 10.0, at.1 - 10.0), (20.0, 20.0));
        self.pointed(tip, target, |svg| svg.shape(class, shape, at));
    }

    fn shape(&mut self, class: &str, shape: Shape, (x, y): (f64, f64)) {
        let corners: &[(f64, f64)] = match shape {
            Shape::Circle => {
                return self.push(format_args!(
                    r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#
                ));
            }
            Shape::Square => &[(-3.6, -3.6), (3.6, -3.6), (3.6, 3.6), (-3.6, 3.6)],
            Shape::Diamond => &[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)],
            Shape::Triangle => &[(0.0, -4.8), (4.8, 3.6), (-4.8, 3.6)],
            Shape::Wedge => &[(0.0, 4.8), (4.8, -3.6), (-4.8, -3.6)],
        };
        let points: Vec<String> =
            corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        self.push(format_args!(r#"<polygon class="{class}" points="{}"/>"#, points.join(" ")));
    }

    /// A lone data point to stand before a name in running text. It says nothing that the name
    /// does not, and is left out when the page is read aloud.
    pub(super) fn key(shape: Shape, class: &str) -> String {
        let mut svg = Self::default();
        svg.shape("mark", shape, (7.0, 7.0));
        format!(
            r#"<svg class="key {class}" viewBox="0 0 14 14" aria-hidden="true">{}</svg>"#,
            svg.body
        )
    }

    /// The finished picture. `id` must be unique in the page; `title` and `description` are what
    /// a reader hears who cannot see it.
    pub(super) fn finish(
        self,
        id: &str,
        class: &str,
        size: (f64, f64),
        title: &str,
        description: &str,
    ) -> String {
        format!(
            "<svg class=\"{class}\" viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{}</title>\
             <desc id=\"{id}-desc\">{}</desc>{}</svg>",
            size.0,
            size.1,
            escape::text(title),
            escape::text(description),
            self.body
        )
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _ = self.body.write_fmt(element);
    }
}
