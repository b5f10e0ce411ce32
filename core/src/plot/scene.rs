//! [`Scene`]: what a picture consists of, before it becomes SVG or strokes on a canvas.
//!
//! Coordinates are CSS pixels from the top left corner. Colours are [`Tone`]s, so that the same scene is
//! drawn by day and by night; only the data's own colours are fixed.

use pinfold_codec::values::Moments;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f32 {
        self.y + self.height
    }
}

/// A colour by its role in the design tokens, or a fixed one of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Text and the strongest lines.
    Ink,
    /// Secondary text.
    Ink2,
    /// Captions and tick labels.
    Ink3,
    /// Axes.
    Axis,
    /// Grid lines.
    Grid,
    /// Land on maps.
    Land,
    /// Coasts.
    Coast,
    /// Hatching of missing data.
    Void,
    /// The ground.
    Paper,
    /// Panels.
    Surface,
    /// Lines of data, 0 to 4 in the order of the tokens `--c1` to `--c5`.
    Series(u8),
    /// A colour of the data, the same by day and by night.
    Rgb([u8; 3]),
}

impl Tone {
    /// The tones that depend on day and night: name of the token, day, night (`look/tokens.css`).
    const TOKENS: [(Tone, &'static str, [u8; 3], [u8; 3]); 15] = [
        (Tone::Ink, "ink", [0x19, 0x1f, 0x1e], [0xe5, 0xea, 0xe8]),
        (Tone::Ink2, "ink-2", [0x47, 0x51, 0x4e], [0xb5, 0xbf, 0xbb]),
        (Tone::Ink3, "ink-3", [0x5f, 0x69, 0x66], [0x96, 0xa1, 0x9d]),
        (Tone::Axis, "line", [0x7c, 0x86, 0x83], [0x74, 0x80, 0x7c]),
        (Tone::Grid, "grid", [0xe8, 0xec, 0xea], [0x23, 0x2a, 0x28]),
        (Tone::Land, "land", [0xe6, 0xe9, 0xe7], [0x2a, 0x32, 0x30]),
        (Tone::Coast, "coast", [0xaa, 0xb2, 0xaf], [0x4f, 0x5a, 0x56]),
        (Tone::Void, "void", [0xc9, 0xd0, 0xcd], [0x39, 0x42, 0x3f]),
        (Tone::Paper, "paper", [0xff, 0xff, 0xff], [0x12, 0x17, 0x16]),
        (Tone::Surface, "surface", [0xf4, 0xf6, 0xf5], [0x1a, 0x20, 0x1f]),
        (Tone::Series(0), "c1", [0x0b, 0x5a, 0x70], [0x7f, 0xc6, 0xd8]),
        (Tone::Series(1), "c2", [0x64, 0x29, 0x01], [0xfa, 0xdd, 0x68]),
        (Tone::Series(2), "c3", [0x92, 0x85, 0xe6], [0x70, 0x7c, 0xd9]),
        (Tone::Series(3), "c4", [0xcb, 0x7b, 0x85], [0xb4, 0x48, 0x5b]),
        (Tone::Series(4), "c5", [0x84, 0x6f, 0x09], [0xb5, 0x9a, 0x0b]),
    ];

    fn entry(self) -> Option<&'static (Tone, &'static str, [u8; 3], [u8; 3])> {
        let wanted = match self {
            Tone::Series(index) => Tone::Series(index % 5),
            other => other,
        };
        Self::TOKENS.iter().find(|entry| entry.0 == wanted)
    }

    /// The name of the design token, without `--`; `None` for the data's own colours.
    #[must_use]
    pub fn token(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.1)
    }

    /// The colour on paper.
    #[must_use]
    pub fn day(self) -> [u8; 3] {
        match self {
            Tone::Rgb(rgb) => rgb,
            other => other.entry().map_or([0; 3], |entry| entry.2),
        }
    }

    /// The colour in dark mode.
    #[must_use]
    pub fn night(self) -> [u8; 3] {
        match self {
            Tone::Rgb(rgb) => rgb,
            other => other.entry().map_or([0xff; 3], |entry| entry.3),
        }
    }
}

/// What a surface is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// One colour.
    Tone(Tone),
    /// Diagonal lines in [`Tone::Void`]: there are no data here.
    Hatch,
}

/// Where a text's point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// At its beginning.
    #[default]
    Start,
    /// In its middle.
    Middle,
    /// At its end.
    End,
}

/// A part of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The characters.
    pub text: String,
    /// Raised and smaller.
    pub superscript: bool,
    /// 600 instead of 400.
    pub bold: bool,
    /// Own tone, else the item's.
    pub tone: Option<Tone>,
}

impl Run {
    /// Plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Bold text.
    pub fn bold(text: impl Into<String>) -> Self {
        Self { text: text.into(), bold: true, ..Self::default() }
    }
}

/// A text at a point of its base line.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Base line point.
    pub at: [f32; 2],
    /// Which part of the text is at `at`.
    pub anchor: Anchor,
    /// Font size.
    pub size_px: f32,
    /// Colour.
    pub tone: Tone,
    /// Whether the text gets an outline in the colour of the ground.
    pub halo: bool,
    /// Left out where the picture is shown at less than 480 px.
    pub wide_only: bool,
    /// The text.
    pub runs: Vec<Run>,
}

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A polyline; a point with NaN parts two pieces.
    Line {
        /// Points in pixels.
        points: Vec<[f32; 2]>,
        /// Colour.
        tone: Tone,
        /// Stroke width.
        width_px: f32,
        /// Lengths of dash and gap; `None` for a whole line.
        dash: Option<[f32; 2]>,
    },
    /// Closed rings, even-odd.
    Area {
        /// Points in pixels, the first not repeated.
        rings: Vec<Vec<[f32; 2]>>,
        /// Colour.
        fill: Fill,
    },
    /// A filled rectangle.
    Rect {
        /// Where.
        rect: Rect,
        /// With what.
        fill: Fill,
    },
    /// Circles of one radius.
    Dots {
        /// Centres; NaN is left out.
        points: Vec<[f32; 2]>,
        /// Radius.
        radius_px: f32,
        /// Colour.
        tone: Tone,
    },
    /// A bitmap, stretched over `rect`.
    Image {
        /// Where.
        rect: Rect,
        /// Pixels in a row.
        columns: u32,
        /// Rows.
        rows: u32,
        /// Row by row from the top, 4 bytes per pixel, alpha 0 or 255.
        rgba: Vec<u8>,
    },
    /// A text.
    Text(Text),
    /// Items that go along when the abscissa is moved by hand: a page shifts them until it has a new picture.
    Moving(Vec<Item>),
    /// Items of which only what is inside `rect` shows.
    Clip {
        /// The window.
        rect: Rect,
        /// The items.
        items: Vec<Item>,
    },
}

/// A part of the picture with its own axes; for reading values under the pointer.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Where the data are.
    pub rect: Rect,
    /// From value to horizontal pixel.
    pub x: super::Scale,
    /// From value to vertical pixel.
    pub y: super::Scale,
    /// Names of the variables shown in it.
    pub variables: Vec<String>,
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scene {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// A short name.
    pub title: String,
    /// What is seen and the range of values.
    pub description: String,
    /// What to draw, in order.
    pub items: Vec<Item>,
    /// Parts with axes.
    pub panels: Vec<Panel>,
    /// Variables all of whose values were looked at, with what was found.
    pub moments: Vec<(String, Moments)>,
}

impl Scene {
    /// An empty picture.
    #[must_use]
    pub fn new(width: f32, height: f32) -> Self {
        Self { width, height, ..Self::default() }
    }

    /// Adds a straight line.
    pub(crate) fn stroke(&mut self, from: [f32; 2], to: [f32; 2], tone: Tone, width_px: f32) {
        self.items.push(Item::Line { points: vec![from, to], tone, width_px, dash: None });
    }

    /// Adds a text of tick-label size; returns it for changes.
    pub(crate) fn text(&mut self, at: [f32; 2], anchor: Anchor, tone: Tone, runs: Vec<Run>) -> &mut Text {
        self.items.push(Item::Text(Text {
            at,
            anchor,
            size_px: 13.0,
            tone,
            halo: false,
            wide_only: false,
            runs,
        }));
        match self.items.last_mut() {
            Some(Item::Text(text)) => text,
            _ => unreachable!("a text was pushed just now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day and night of a token as the style sheet has them; one that is called like another has its.
    fn token(sheet: &str, name: &str) -> [[u8; 3]; 2] {
        let rest = sheet.split_once(&format!("--{name}:")).unwrap_or_else(|| panic!("no token --{name}")).1;
        let value = rest.split(';').next().unwrap();
        if let Some(other) = value.strip_prefix("var(--") {
            return token(sheet, other.trim_end_matches(')'));
        }
        let both = value.strip_prefix("light-dark(").unwrap().split_once(')').unwrap().0;
        let color = |hex: &str| {
            let digits = hex.trim_start_matches('#');
            let wide: String = if digits.len() == 3 {
                digits.chars().flat_map(|c| [c, c]).collect()
            } else {
                digits.to_owned()
            };
            [0, 2, 4].map(|at| u8::from_str_radix(&wide[at..at + 2], 16).unwrap())
        };
        let (day, night) = both.split_once(',').unwrap();
        [color(day), color(night)]
    }

    #[test]
    fn tones_are_the_colours_of_the_pages() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../generator/assets/tokens.css");
        let sheet = std::fs::read_to_string(path).unwrap();
        for (tone, name, ..) in Tone::TOKENS {
            assert_eq!([tone.day(), tone.night()], token(&sheet, name), "--{name}");
            assert_eq!(tone.token(), Some(name));
        }
    }

    #[test]
    fn lines_begin_anew_after_the_last_tone_and_colours_of_data_are_the_same_by_night() {
        assert_eq!(Tone::Series(7).day(), Tone::Series(2).day());
        let rgb = [1, 2, 3];
        assert_eq!((Tone::Rgb(rgb).day(), Tone::Rgb(rgb).night(), Tone::Rgb(rgb).token()), (rgb, rgb, None));
    }

    #[test]
    fn a_stroke_and_a_text_are_where_they_were_put() {
        let mut scene = Scene::new(100.0, 50.0);
        scene.stroke([1.0, 2.0], [3.0, 4.0], Tone::Axis, 0.5);
        scene.text([5.0, 6.0], Anchor::End, Tone::Ink3, vec![Run::plain("x")]).halo = true;
        let [Item::Line { points, width_px, .. }, Item::Text(text)] = scene.items.as_slice() else {
            panic!("{:?}", scene.items)
        };
        assert_eq!((points.as_slice(), *width_px), (&[[1.0, 2.0], [3.0, 4.0]][..], 0.5));
        assert_eq!((text.at, text.anchor, text.halo), ([5.0, 6.0], Anchor::End, true));
        let rect = Rect { x: 1.0, y: 2.0, width: 30.0, height: 40.0 };
        assert_eq!((rect.right(), rect.bottom()), (31.0, 42.0));
    }
}
