//! One dataset as the explorer sees it: [`Session`] chooses pictures, says what they cost, reads, draws, and
//! answers what is under the pointer.
//!
//! Runs in the page's worker; everything in it is tested natively. It reads through a
//! [`Store`], so it neither knows nor cares where blocks come from.

mod choose;
mod hold;
mod pointer;
mod statistics;
mod take;

use std::sync::Arc;

use hold::Held;
pub use hold::{Gesture, MARGIN};
use pinfold_codec::DecodeError;
pub use statistics::Statistics;

use super::view_state::{Indices, ViewState};
use crate::block::Limits;
use crate::cid::Cid;
use crate::extract;
use crate::model::Dataset;
use crate::parts::{self, Part, PartError};
use crate::plot::{self, ColorMap, Options, PlotData, Scene, svg};
use crate::store::{Store, StoreError};
use crate::view::{self, Budget, Cost, LoadError, PlotKind, PlotSpec, Ranges};
use crate::zarr::{Hierarchy, ZarrError};

/// Decoded bytes of one variable above which only every so many-th value is read: ten million doubles and more.
const DECODED_BYTES: u64 = 128 << 20;

/// Which of the four ways in which something cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Proven by the verified directory: it does not exist.
    NotThere,
    /// Nobody delivered the blocks.
    Unreachable,
    /// Somebody delivered wrong bytes, and nobody the right ones.
    Corrupt,
    /// The blocks are right, but cannot be decoded or drawn here.
    Unsupported,
}

/// Why something cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExploreError {
    /// Which of the four.
    pub why: Why,
    /// A sentence for the visitor.
    pub message: String,
    /// What every source said.
    pub details: Vec<String>,
}

impl ExploreError {
    fn new(why: Why, message: impl Into<String>) -> Self {
        Self { why, message: message.into(), details: Vec::new() }
    }

    /// Something was asked of a picture, and there is none.
    #[must_use]
    pub fn undrawn() -> Self {
        Self::new(Why::Unsupported, "Nothing is drawn; choose the variable again.")
    }

    /// A file that the verified directory does not list.
    #[must_use]
    pub fn not_there(path: &str) -> Self {
        Self::new(
            Why::NotThere,
            format!(
                "{path} is not in this dataset. The directory was read and verified; it lists no such file."
            ),
        )
    }
}

impl From<StoreError> for ExploreError {
    fn from(error: StoreError) -> Self {
        let (why, path, reason) = match error {
            StoreError::Unreachable { path, reason } => (Why::Unreachable, path, reason),
            StoreError::Corrupt { path, reason } => (Why::Corrupt, path, reason),
            StoreError::Unreadable { path, reason } => (Why::Unsupported, path, reason),
        };
        let of = if path.is_empty() { "the dataset's root".to_owned() } else { path };
        let message = match why {
            Why::Corrupt => format!("Wrong bytes were sent for {of}; nothing of them was used."),
            Why::Unsupported => format!("{of} cannot be read: {reason}"),
            _ => format!("The blocks of {of} did not arrive. What has arrived stays on screen."),
        };
        let details = match why {
            Why::Unsupported => Vec::new(),
            _ => reason.split("; ").map(str::to_owned).collect(),
        };
        Self { why, message, details }
    }
}

impl From<PartError> for ExploreError {
    fn from(error: PartError) -> Self {
        let message = format!(
            "The part of the explorer that {} did not load. Try again; if it stays away, reload the page.",
            error.part.purpose()
        );
        Self { why: Why::Unreachable, message, details: vec![error.reason] }
    }
}

impl From<ZarrError> for ExploreError {
    fn from(error: ZarrError) -> Self {
        match error {
            ZarrError::Store(error) => error.into(),
            ZarrError::Part(error) => error.into(),
            ZarrError::Chunk { path, reason: DecodeError::NoMemory { bytes }, .. } => Self::new(
                Why::Unsupported,
                format!(
                    "{path} would take {} MB of memory at once, more than this device gives a page. Choose a part of it.",
                    (bytes as u64).div_ceil(1_000_000)
                ),
            ),
            other => Self::new(Why::Unsupported, format!("{other}.")),
        }
    }
}

impl From<LoadError> for ExploreError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NoVariable { name } => Self::new(
                Why::NotThere,
                format!(
                    "{name} is not in this dataset. The directory was read and verified; it lists no such variable. The link may belong to another version."
                ),
            ),
            LoadError::Unsuitable { name, reason } => {
                Self::new(Why::Unsupported, format!("{name} cannot be drawn: {reason}."))
            }
            LoadError::Zarr(error) => error.into(),
        }
    }
}

/// A picture with what was read for it.
#[derive(Debug, Clone)]
struct Drawn {
    spec: PlotSpec,
    /// What is shown: all that was read, or the part of it that the view names.
    data: Arc<PlotData>,
    scene: Scene,
    held: Held,
}

/// What a view will draw, before anything is read.
#[derive(Debug, Clone)]
pub struct Plan {
    specs: Vec<PlotSpec>,
    ranges: Ranges,
    /// The view with what was chosen for it.
    pub view: ViewState,
    /// What it costs.
    pub cost: Cost,
}

impl Plan {
    /// The part of the program that will likely draw it, where it is one.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.specs.iter().any(|spec| spec.kind != PlotKind::Series).then_some(Part::Pictures)
    }

    /// Whether coasts are drawn.
    #[must_use]
    pub fn has_map(&self) -> bool {
        self.specs.iter().any(|spec| matches!(spec.kind, PlotKind::Grid | PlotKind::Track))
    }
}

/// A picture for the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Inline SVG.
    pub svg: String,
    /// `line`, `profile`, …
    pub kind: String,
    /// What it shows.
    pub caption: String,
    /// Whether dragging along x zooms.
    pub zooms: bool,
}

/// A dimension without an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slider {
    /// The dimension.
    pub dimension: String,
    /// Its length.
    pub length: u64,
    /// Where it stands.
    pub at: u64,
    /// What that is, where a picture says it: `8 March 2026, 12:00 UTC`.
    pub words: String,
}

/// A dataset that is open.
pub struct Session {
    store: Arc<dyn Store>,
    cid: Cid,
    hierarchy: Hierarchy,
    outline: Dataset,
    budget: Budget,
    drawn: Vec<Drawn>,
    plan: Option<Plan>,
    width_px: u32,
}

impl Session {
    /// Reads the structure.
    ///
    /// # Errors
    /// [`ExploreError`] when the root cannot be had or is no Zarr.
    pub async fn open(store: Arc<dyn Store>, cid: Cid) -> Result<Self, ExploreError> {
        let limits = Limits::default();
        let hierarchy = Hierarchy::open(&*store, &limits).await.map_err(|error| match error {
            ZarrError::NotZarr { .. } => ExploreError::new(
                Why::Unsupported,
                "This dataset is a folder of files, not Zarr: there is nothing to draw. Its files are listed on the page.",
            ),
            other => other.into(),
        })?;
        let outline = extract::outline(&hierarchy, cid);
        let budget = Budget { decoded_bytes: DECODED_BYTES, limits, ..Budget::default() };
        Ok(Self { store, cid, hierarchy, outline, budget, drawn: Vec::new(), plan: None, width_px: 0 })
    }

    /// Arrays that could not be understood, in words.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.hierarchy.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.error)).collect()
    }

    /// What `view` will draw and what that costs; reads directories only.
    ///
    /// # Errors
    /// [`ExploreError`] when a variable does not exist or cannot be drawn.
    pub async fn plan(&self, view: &ViewState) -> Result<Plan, ExploreError> {
        let (specs, view) = self.choose(view)?;
        let ranges: Ranges = view
            .indices
            .iter()
            .filter_map(|(dimension, indices)| match indices {
                Indices::Range(from, to) => Some((dimension.clone(), (*from, *to))),
                Indices::At(_) => None,
            })
            .collect();
        let mut cost = Cost::default();
        for spec in &specs {
            let one = view::cost(spec, &ranges, &self.hierarchy, &*self.store, &self.budget).await?;
            cost.stored_bytes += one.stored_bytes;
            cost.reads += one.reads;
        }
        Ok(Plan { specs, ranges, view, cost })
    }

    /// Reads and draws what was planned.
    ///
    /// # Errors
    /// [`ExploreError`]; the last pictures stay.
    pub async fn show(&mut self, plan: Plan, width_px: u32) -> Result<Vec<Picture>, ExploreError> {
        // What draws comes while values come.
        let drawing = async {
            match plan.part() {
                Some(part) => parts::bring(part).await.map_err(ExploreError::from),
                None => Ok(()),
            }
        };
        let (all_held, ()) = futures::try_join!(self.load(&plan), drawing)?;
        let mut drawn = Vec::new();
        for (spec, held) in plan.specs.iter().zip(all_held) {
            let data = held.part(spec, &plan.ranges);
            if !matches!(*data, PlotData::Series { .. }) {
                parts::bring(Part::Pictures).await?;
            }
            let scene = plot::draw(&data, &options(&plan.view, &data, width_px));
            if scene.panels.is_empty() {
                return Err(ExploreError::new(
                    Why::Unsupported,
                    format!(
                        "{} holds no value in this selection: everything is missing.",
                        spec.variables.join(", ")
                    ),
                ));
            }
            drawn.push(Drawn { spec: spec.clone(), data, scene, held });
        }
        let pictures = drawn
            .iter()
            .enumerate()
            .map(|(at, one)| Picture {
                svg: svg::write(&one.scene, svg::Placement::Inline, &format!("x{at}")),
                kind: one.spec.kind.name().to_owned(),
                caption: match &one.held.thinned {
                    Some(thinned) => {
                        format!("{} Drawn from {thinned}; zoom in for all.", one.scene.description)
                    }
                    None => one.scene.description.clone(),
                },
                zooms: pointer::zooms(&one.data) && one.spec.x.is_some(),
            })
            .collect();
        self.drawn = drawn;
        self.plan = Some(plan);
        self.width_px = width_px;
        Ok(pictures)
    }

    /// What each picture of a plan is drawn from: what is at hand, else what is read.
    async fn load(&self, plan: &Plan) -> Result<Vec<Held>, ExploreError> {
        let mut all = Vec::new();
        for spec in &plan.specs {
            all.push(match self.held(spec, plan) {
                Some(held) => held,
                None => {
                    let loaded =
                        view::load_part(spec, &plan.ranges, &self.hierarchy, &*self.store, &self.budget)
                            .await?;
                    Held::new(loaded, plan)
                }
            });
        }
        Ok(all)
    }

    /// The view that is drawn, with what was chosen for it.
    #[must_use]
    pub fn view(&self) -> Option<&ViewState> {
        self.plan.as_ref().map(|plan| &plan.view)
    }

    /// Dimensions that the pictures have no axis for.
    #[must_use]
    pub fn sliders(&self) -> Vec<Slider> {
        let mut out: Vec<Slider> = Vec::new();
        for (dimension, at) in self.drawn.iter().flat_map(|one| &one.spec.fixed) {
            let length = self.outline.dimensions.get(dimension).copied().unwrap_or(1);
            if length > 1 && !out.iter().any(|known| known.dimension == *dimension) {
                out.push(Slider { dimension: dimension.clone(), length, at: *at, words: String::new() });
            }
        }
        // The words speak of all of them together.
        if let [slider] = out.as_mut_slice() {
            let words = self.drawn.iter().find_map(|one| match &*one.data {
                PlotData::Curtain(field) | PlotData::Grid(field) => Some(field.selection.clone()),
                _ => None,
            });
            slider.words = words.unwrap_or_default();
        }
        out
    }
}

fn options(view: &ViewState, data: &PlotData, width_px: u32) -> Options {
    let width = (width_px as f32).clamp(280.0, 2400.0);
    let panels = match data {
        PlotData::Series { y, .. } => {
            let mut units: Vec<&str> = y.iter().map(|quantity| quantity.units.as_str()).collect();
            units.sort_unstable();
            units.dedup();
            units.len().clamp(1, 4)
        }
        _ => 1,
    };
    let height = match data {
        PlotData::Series { .. } => 120.0 + 170.0 * panels as f32,
        PlotData::Profile { .. } | PlotData::Track { .. } | PlotData::Grid(_) => {
            (width * 0.6).clamp(320.0, 560.0)
        }
        _ => 380.0,
    };
    let map = match view.colors.as_deref() {
        Some("tide") => Some(ColorMap::Tide),
        Some("dusk") => Some(ColorMap::Dusk),
        _ => None,
    };
    Options { width, height, map, log: view.log, ..Options::default() }
}

#[cfg(test)]
mod tests;
