//! Pictures of data: [`draw`] makes a [`Scene`] of [`PlotData`]; [`svg::write`] makes a file of a scene.
//!
//! The same code draws the pictures that are made at build time and those on the explorer's canvas: a scene is a
//! list of lines, bitmaps, texts and hatches in pixels. Time axes are in UTC, units are typeset, missing data are
//! visible, and every scene describes itself in words with the range of its values.
//!
//! Not supported: three-dimensional views, contours, projections other than equirectangular (with the aspect of the
//! middle latitude), calendars other than the proleptic Gregorian (convert before).
//!
//! ```
//! use pinfold_core::plot::{Options, PlotData, Quantity, QuantityKind, draw, svg};
//! let time = Quantity { kind: QuantityKind::Time, values: vec![0.0, 60.0, 120.0], ..Quantity::named("time", "") };
//! let value = Quantity { values: vec![1.0, f64::NAN, 3.0], ..Quantity::named("ta", "K") };
//! let scene = draw(&PlotData::Series { x: time, y: vec![value] }, &Options::default());
//! assert!(scene.description.contains("1 to 3 K"));
//! assert!(svg::write(&scene, svg::Placement::File, "q1").starts_with("<svg"));
//! ```

use std::sync::Arc;

mod axes;
mod charts;
mod classes;
pub mod coastline;
mod color;
mod decimate;
mod field;
mod legend;
pub mod map;
mod png;
mod raster;
mod scale;
mod scene;
pub mod svg;
pub mod text;
pub mod time_axis;

pub use color::{COLORS, ColorMap};
pub use decimate::range;
pub use map::{MapStyle, map_scene, map_svg};
pub use png::encode as encode_png;
pub use raster::ColorScale;
pub use scale::{Scale, ScaleKind, Tick, nice_step};
pub use scene::{Anchor, Fill, Item, Panel, Rect, Run, Scene, Text, Tone};

/// What the values of a quantity are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuantityKind {
    /// Numbers with a unit.
    #[default]
    Number,
    /// Seconds since 1970-01-01T00:00:00Z.
    Time,
    /// Heights, depths, pressures: the vertical axis of profiles and curtains.
    Vertical,
    /// Degrees east.
    Longitude,
    /// Degrees north.
    Latitude,
    /// Counts of something: soundings in order. None is missing, and they ascend.
    Index,
}

/// A named list of values; NaN is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quantity {
    /// The variable's name.
    pub name: String,
    /// What it is, in words.
    pub long_name: Option<String>,
    /// CF unit; ignored for times.
    pub units: String,
    /// What the values are.
    pub kind: QuantityKind,
    /// Whether larger values are farther down (pressure, depth).
    pub positive_down: bool,
    /// What single values mean: CF flags. Such quantities are drawn as categories.
    pub flags: Vec<(f64, String)>,
    /// The values.
    pub values: Vec<f64>,
}

impl Quantity {
    /// Without values.
    pub fn named(name: impl Into<String>, units: impl Into<String>) -> Self {
        Self { name: name.into(), units: units.into(), ..Self::default() }
    }

    pub(crate) fn without_values(&self) -> Self {
        Self {
            name: self.name.clone(),
            long_name: self.long_name.clone(),
            units: self.units.clone(),
            flags: self.flags.clone(),
            values: Vec::new(),
            ..*self
        }
    }

    /// What to call it: the long name, else the name with spaces for underscores.
    #[must_use]
    pub fn label(&self) -> String {
        let long = self.long_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        long.map_or_else(|| self.name.replace('_', " "), str::to_owned)
    }

    /// The quantity in the unit that a reader expects.
    pub(crate) fn shown(&self) -> (String, f64) {
        // Only these are ever converted; looking at all values costs time.
        if !matches!(self.units.trim(), "Pa" | "m" | "kg kg-1" | "kg/kg" | "kg kg^-1")
            && self.kind != QuantityKind::Vertical
        {
            return (self.units.trim().to_owned(), 1.0);
        }
        let largest = range(&self.values).map_or(0.0, |(low, high)| low.abs().max(high.abs()));
        let vertical = self.kind == QuantityKind::Vertical;
        text::shown_unit(&self.units, largest, vertical)
    }
}

/// A quantity over two axes: `values[y * x.len() + x]`; NaN is missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldData {
    /// The horizontal axis.
    pub x: Quantity,
    /// The vertical axis.
    pub y: Quantity,
    /// What is coloured; its `values` stay empty.
    pub quantity: Quantity,
    /// The values, row by row of `y`.
    pub values: Vec<f32>,
    /// What was chosen of further dimensions, in words: `time 20 January 2026, 12:00 UTC`.
    pub selection: String,
}

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub enum PlotData {
    /// Lines over time or another ascending quantity; each unit gets its own panel.
    Series {
        /// The shared abscissa.
        x: Quantity,
        /// One line each.
        y: Vec<Quantity>,
    },
    /// Lines with the vertical upwards; each quantity gets its own panel.
    Profile {
        /// Altitude or pressure.
        vertical: Quantity,
        /// One line each.
        values: Vec<Quantity>,
    },
    /// One quantity against another.
    Scatter {
        /// Abscissa.
        x: Quantity,
        /// Ordinate.
        y: Quantity,
    },
    /// Time and height, or soundings in order and height.
    Curtain(FieldData),
    /// Longitude and latitude.
    Grid(FieldData),
    /// A way on the map, coloured by a quantity where there is one.
    Track {
        /// Degrees east.
        lon: Vec<f64>,
        /// Degrees north.
        lat: Vec<f64>,
        /// What colours it.
        value: Option<Quantity>,
        /// Whether neighbours belong together; else points.
        connected: bool,
    },
    /// How often which values occur.
    Histogram(Quantity),
}

/// A copy with at most so many points is thin enough to be drawn whole for every frame.
const ENOUGH_POINTS: usize = 40_000;

/// A long series with thinned copies, for pictures that follow a pointer: ten million points are drawn from about as
/// many values as a window has room for.
///
/// Extremes and gaps are kept; the share of missing values in the scene's description is that of the thinned copy, so
/// take the description from [`draw`] of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    levels: Vec<Arc<PlotData>>,
}

impl Levels {
    /// Makes the copies, one pass over all values and a short one for each further copy.
    #[must_use]
    pub fn new(data: impl Into<Arc<PlotData>>) -> Self {
        let mut levels: Vec<Arc<PlotData>> = vec![data.into()];
        // Copies of copies keep the extremes too.
        while let Some(PlotData::Series { x, y }) = levels.last().map(|last| &**last) {
            let ascending = x.values.first() <= x.values.last();
            // Of more than one line the abscissae would differ after thinning: each level keeps one line's.
            let ([line], true, true) = (y.as_slice(), ascending, x.values.len() > ENOUGH_POINTS) else {
                break;
            };
            let (thin_x, thin_y) = decimate::thinned(&x.values, &line.values, 32);
            let thinner = PlotData::Series {
                x: Quantity { values: thin_x, ..x.without_values() },
                y: vec![Quantity { values: thin_y, ..line.without_values() }],
            };
            levels.push(Arc::new(thinner));
        }
        Self { levels }
    }

    /// All values.
    #[must_use]
    pub fn full(&self) -> &Arc<PlotData> {
        &self.levels[0]
    }

    /// The coarsest copy that still has more values in the window than can be told apart.
    #[must_use]
    pub fn best(&self, options: &Options) -> &PlotData {
        let enough = options.width.max(1.0) as usize * 6;
        let visible = |data: &PlotData| match data {
            PlotData::Series { x, .. } => match options.x_range {
                Some(window) => decimate::window(&x.values, window).len(),
                None => x.values.len(),
            },
            _ => usize::MAX,
        };
        self.levels.iter().rev().find(|data| visible(data) >= enough).unwrap_or_else(|| self.full())
    }

    /// What [`Levels::best`] has in the window of `options`, with one neighbour on each side: nothing else is looked
    /// at when it is drawn.
    #[must_use]
    pub fn seen(&self, options: &Options) -> PlotData {
        match (self.best(options), options.x_range) {
            (PlotData::Series { x, y }, Some((from, to))) => {
                let seen = decimate::window(&x.values, options.beyond(from, to));
                let cut = |quantity: &Quantity| Quantity {
                    values: quantity.values.get(seen.clone()).unwrap_or_default().to_vec(),
                    ..quantity.without_values()
                };
                PlotData::Series { x: cut(x), y: y.iter().map(cut).collect() }
            }
            (other, _) => other.clone(),
        }
    }
}

/// How to draw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// The part of the abscissa (for maps: of longitude) to show; all by default.
    pub x_range: Option<(f64, f64)>,
    /// The part of the ordinate (for maps: of latitude) to show; all by default.
    pub y_range: Option<(f64, f64)>,
    /// Values of the first and the last colour.
    pub color_range: Option<(f64, f64)>,
    /// Colours; chosen by the values' signs by default.
    pub map: Option<ColorMap>,
    /// Whether the values (not the coordinates) are shown by their logarithm.
    pub log: bool,
    /// Screen pixels per pixel of a bitmap, and per column in which a line keeps its extremes; more makes smaller
    /// files.
    pub grain_px: f32,
    /// Only every so many-th colour; more makes smaller files.
    pub coarse: u8,
    /// How much of a line is drawn beyond either end of its abscissa, for each part that is seen: what a page shows
    /// of a picture that it shifts.
    pub margin: f32,
}

impl Options {
    /// A window of the abscissa with the margins.
    pub(crate) fn beyond(&self, from: f64, to: f64) -> (f64, f64) {
        let more = (to - from) * f64::from(self.margin);
        (from - more, to + more)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 760.0,
            height: 320.0,
            x_range: None,
            y_range: None,
            color_range: None,
            map: None,
            log: false,
            grain_px: 1.0,
            coarse: 1,
            margin: 0.0,
        }
    }
}

/// Draws `data`. What has no finite value gives a scene without panels, whose description says so.
#[must_use]
pub fn draw(data: &PlotData, options: &Options) -> Scene {
    match data {
        PlotData::Series { x, y } => charts::series(x, y, options),
        PlotData::Profile { vertical, values } => charts::profile(vertical, values, options),
        PlotData::Scatter { x, y } => charts::scatter(x, y, options),
        PlotData::Histogram(quantity) => charts::histogram(quantity, options),
        PlotData::Curtain(field) => field::curtain(field, options),
        PlotData::Grid(field) => field::grid(field, options),
        PlotData::Track { lon, lat, value, connected } => {
            map::track(lon, lat, value.as_ref(), *connected, options)
        }
    }
}

/// A picture without data: says so in words.
pub(crate) fn nothing(title: String, options: &Options) -> Scene {
    let mut scene = Scene::new(options.width, options.height);
    scene.description = format!("{title}: no values that could be drawn.");
    scene.title = title;
    scene
}

#[cfg(test)]
mod tests;
