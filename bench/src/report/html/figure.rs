//! A picture of the page: drawn once for a wide window and once for a telephone, since letters
//! shrunk with their picture can no longer be read. The style sheet shows one of the two.

use super::escape;
use super::svg::Svg;

/// The room a picture has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Room {
    Wide,
    Narrow,
}

impl Room {
    /// Width of the drawing in user units, which are CSS pixels at full size.
    pub(super) fn width(self) -> f64 {
        self.pick(960.0, 360.0)
    }

    /// One of two, by room.
    pub(super) fn pick<T>(self, wide: T, narrow: T) -> T {
        match self {
            Self::Wide => wide,
            Self::Narrow => narrow,
        }
    }
}

/// A picture without its frame.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) svg: Svg,
    pub(super) height: f64,
}

/// What both drawings of a figure share. Plain text throughout.
#[derive(Debug)]
pub(super) struct Figure<'a> {
    /// Unique in the page.
    pub(super) id: &'a str,
    /// Read aloud in place of the picture.
    pub(super) title: &'a str,
    /// How to read it; printed below.
    pub(super) caption: &'a str,
}

impl Figure<'_> {
    /// The `figure` element. `draw` returns `None` when there is nothing to draw, and the figure
    /// then says so.
    pub(super) fn html(&self, draw: impl Fn(Room) -> Option<Picture>) -> String {
        let drawing = |room: Room| {
            let picture = draw(room)?;
            let class = room.pick("wide", "narrow");
            let id = format!("{}-{class}", self.id);
            let size = (room.width(), picture.height);
            Some(picture.svg.finish(&id, class, size, self.title, self.caption))
        };
        let pictures = match (drawing(Room::Wide), drawing(Room::Narrow)) {
            (Some(wide), Some(narrow)) => format!("{wide}\n{narrow}"),
            _ => r#"<p class="empty">Nothing to draw: no configuration has these figures.</p>"#
                .to_owned(),
        };
        let caption = escape::text(self.caption);
        format!("<figure>\n{pictures}\n<figcaption>{caption}</figcaption>\n</figure>\n")
    }
}
