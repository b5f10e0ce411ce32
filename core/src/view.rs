//! Which picture by default: [`choose`] from CF metadata, [`load`] reads what it needs, [`quicklooks`] does both and
//! draws, for the pictures that are made at build time.
//!
//! Measurements with a standard name come first; flags, identifiers and the platform's own state come last. A dataset
//! that cannot be drawn gives no picture, never a broken one.
//!
//! Not supported: curvilinear grids, meshes, trajectories as rows of two-dimensional arrays. Dates of
//! other calendars are shown where the standard one has them.

mod choice;
pub(crate) mod far;
mod load;
mod values;

use crate::block::Limits;
use crate::model::Dataset;
use crate::plot::{self, Options, PlotData, svg};
use crate::store::Store;
use crate::zarr::Hierarchy;

pub use choice::choose;
pub use far::Far;
pub use load::{Cost, LoadError, Ranges, cost, load, load_part};
pub use values::Decoder;

/// What kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlotKind {
    /// Lines over time.
    Series,
    /// Lines with the vertical upwards.
    Profile,
    /// Time (or soundings in order) and height.
    Curtain,
    /// Longitude and latitude.
    Grid,
    /// A way on the map.
    Track,
    /// How often which values occur.
    Histogram,
}

impl PlotKind {
    /// `line`, `profile`, `curtain`, `map`, `track`, `histogram`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Series => "line",
            Self::Profile => "profile",
            Self::Curtain => "curtain",
            Self::Grid => "map",
            Self::Track => "track",
            Self::Histogram => "histogram",
        }
    }
}

/// An axis of a picture: a coordinate variable, or a dimension that is only counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisSpec {
    /// The dimension that runs along this axis.
    pub dimension: String,
    /// The variable that gives the values; `None`: the elements in order.
    pub variable: Option<String>,
}

/// One picture, before anything was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotSpec {
    /// What kind.
    pub kind: PlotKind,
    /// The variables that it shows, the most important one first.
    pub variables: Vec<String>,
    /// Abscissa; of tracks the dimension of the positions with the longitude.
    pub x: Option<AxisSpec>,
    /// Ordinate of profiles, curtains and grids; of tracks the latitude.
    pub y: Option<AxisSpec>,
    /// Indices along the dimensions that are not shown.
    pub fixed: Vec<(String, u64)>,
    /// Whether neighbours along a track belong together.
    pub connected: bool,
}

/// How much a picture may cost.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Bytes of one variable after decoding; above it only every so many-th value is read.
    pub decoded_bytes: u64,
    /// Bytes of one SVG.
    pub svg_bytes: usize,
    /// Number of pictures.
    pub pictures: usize,
    /// Limits on what comes from outside.
    pub limits: Limits,
    /// Where the data are far: what may be asked for.
    pub far: Option<Far>,
}

impl Default for Budget {
    /// 16 MiB to be decoded, 64 kB of SVG, three pictures.
    fn default() -> Self {
        Self { decoded_bytes: 16 << 20, svg_bytes: 64_000, pictures: 3, limits: Limits::default(), far: None }
    }
}

/// A picture made at build time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quicklook {
    /// [`PlotKind::name`].
    pub kind: String,
    /// The variables that it shows.
    pub variables: Vec<String>,
    /// Pixels.
    pub width_px: u32,
    /// Pixels.
    pub height_px: u32,
    /// What it shows, for the line below the picture.
    pub caption: String,
    /// What is seen and the range of values.
    pub alt: String,
    /// The picture as a file of its own.
    pub svg: String,
}

/// What was read for a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The values.
    pub data: PlotData,
    /// In words, where not every value was read: `every 12th value`.
    pub thinned: Option<String>,
}

/// The default pictures of a dataset. What cannot be read or drawn is left out.
pub async fn quicklooks(dataset: &Dataset, store: &dyn Store, budget: &Budget) -> Vec<Quicklook> {
    let specs = choose(dataset);
    if specs.is_empty() {
        return Vec::new();
    }
    let Ok(hierarchy) = Hierarchy::open(store, &budget.limits).await else { return Vec::new() };
    let planned = match &budget.far {
        Some(far) => far::plan(&specs, &hierarchy, store, budget, far).pictures,
        None => specs.into_iter().map(far::Picture::whole).collect(),
    };
    let mut out: Vec<Quicklook> = Vec::new();
    for far::Picture { spec, ranges, part, .. } in planned {
        if out.len() >= budget.pictures {
            break;
        }
        if let Ok(loaded) = load_part(&spec, &ranges, &hierarchy, store, budget).await {
            let picture = picture(&spec, &loaded, budget);
            out.extend(picture.map(|mut picture| {
                picture.caption.extend(part.map(|part| format!(" A part of it: {part}.")));
                picture
            }));
        }
    }
    out
}

/// The height that suits a kind of picture at 760 px.
fn height_px(spec: &PlotSpec, data: &PlotData) -> f32 {
    match data {
        PlotData::Series { y, .. } => {
            let mut units: Vec<&str> = y.iter().map(|quantity| quantity.units.as_str()).collect();
            units.sort_unstable();
            units.dedup();
            [280.0, 400.0, 500.0][units.len().clamp(1, 3) - 1]
        }
        _ => match spec.kind {
            PlotKind::Profile | PlotKind::Track | PlotKind::Grid => 420.0,
            _ => 330.0,
        },
    }
}

/// Draws within the budget of bytes: first with all pixels and colours, then with fewer.
///
/// Lines keep their extremes, for a column of more pixels.
fn picture(spec: &PlotSpec, loaded: &Loaded, budget: &Budget) -> Option<Quicklook> {
    let height = height_px(spec, &loaded.data);
    for (grain_px, coarse) in [(1.0, 2), (1.5, 4), (2.0, 8), (3.0, 8), (4.0, 16)] {
        let options = Options { height, grain_px, coarse, ..Options::default() };
        let scene = plot::draw(&loaded.data, &options);
        if scene.panels.is_empty() {
            return None;
        }
        let svg = svg::write(&scene, svg::Placement::File, "q");
        if svg.len() <= budget.svg_bytes {
            let mut caption = format!("{}.", scene.title);
            if let Some(thinned) = &loaded.thinned {
                caption.push_str(&format!(" Drawn from {thinned}."));
            }
            if matches!(spec.kind, PlotKind::Curtain | PlotKind::Grid)
                && scene.description.contains("missing)")
            {
                caption.push_str(" Hatched: no data.");
            }
            return Some(Quicklook {
                kind: spec.kind.name().to_owned(),
                variables: spec.variables.clone(),
                width_px: options.width as u32,
                height_px: height as u32,
                caption,
                alt: scene.description,
                svg,
            });
        }
    }
    None
}
