//! One dataset as the explorer sees it: [`Session`] chooses pictures, says what they cost, reads, draws, and
//! answers what is under the pointer.
//!
//! Runs in the page's worker; everything in it is tested natively. It reads through a
//! [`Store`], so it neither knows nor cares where blocks come from.

mod pointer;
mod take;

use std::sync::Arc;

use super::view_state::{Indices, Kind, ViewState};
use crate::block::Limits;
use crate::cid::Cid;
use crate::extract;
use crate::model::{Dataset, Role};
use crate::plot::{self, ColorMap, Options, PlotData, Quantity, QuantityKind, Scene, svg, text, time_axis};
use crate::store::{Store, StoreError};
use crate::view::{self, AxisSpec, Budget, Cost, LoadError, PlotKind, PlotSpec, Ranges};
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

impl From<ZarrError> for ExploreError {
    fn from(error: ZarrError) -> Self {
        match error {
            ZarrError::Store(error) => error.into(),
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
    data: PlotData,
    scene: Scene,
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
    /// Whether coasts are drawn.
    #[must_use]
    pub fn has_map(&self) -> bool {
        self.specs.iter().any(|spec| matches!(spec.kind, PlotKind::Grid | PlotKind::Track))
    }
}

/// Numbers about one variable of the view.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// Its name.
    pub variable: String,
    /// Its units, typeset as text.
    pub units: String,
    /// Values that are there.
    pub count: u64,
    /// Values that are missing.
    pub missing: u64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of the population.
    pub std: f64,
    /// Whether the values are seconds since 1970.
    pub is_time: bool,
}

impl Statistics {
    /// A number of it as text.
    #[must_use]
    pub fn text(&self, value: f64) -> String {
        if !value.is_finite() {
            String::new()
        } else if self.is_time {
            time_axis::date_time(value)
        } else {
            text::significant(value, 6)
        }
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
        Ok(Self { store, cid, hierarchy, outline, budget, drawn: Vec::new(), plan: None })
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

    /// Which pictures a view means.
    fn choose(&self, view: &ViewState) -> Result<(Vec<PlotSpec>, ViewState), ExploreError> {
        let mut view = view.clone();
        let mut outline = self.outline.clone();
        for name in &view.variables {
            let Some(array) = self.hierarchy.arrays.get(name) else {
                return Err(LoadError::NoVariable { name: name.clone() }.into());
            };
            if let Some(error) = &array.unsupported {
                return Err(error.clone().into());
            }
        }
        if !view.variables.is_empty() {
            // Only what was asked for counts as a measurement; coordinates stay what they are for it.
            for variable in &mut outline.variables {
                if view.variables.contains(&variable.name) {
                    variable.role = Role::Data;
                    variable.axis = None;
                    variable.flags.clear();
                } else if variable.role == Role::Data {
                    variable.role = Role::Bounds;
                }
            }
        }
        let chosen = view::choose(&outline);
        let wanted = |kind: PlotKind| match view.kind {
            Kind::Auto => kind != PlotKind::Histogram,
            Kind::Line => kind == PlotKind::Series,
            Kind::Profile => kind == PlotKind::Profile,
            Kind::Curtain => kind == PlotKind::Curtain,
            Kind::Track => kind == PlotKind::Track,
            Kind::Map => kind == PlotKind::Grid,
            Kind::Histogram => kind == PlotKind::Histogram,
            Kind::Scatter => kind == PlotKind::Series,
        };
        let mut specs: Vec<PlotSpec> = chosen.into_iter().filter(|spec| wanted(spec.kind)).collect();
        if view.variables.is_empty() {
            specs.truncate(1);
            view.variables = specs.first().map(|spec| spec.variables.clone()).unwrap_or_default();
        } else {
            specs.retain(|spec| spec.variables.iter().any(|name| view.variables.contains(name)));
            // All of them in one picture of lines, not only those that a default picture would hold.
            for spec in &mut specs {
                if matches!(spec.kind, PlotKind::Series | PlotKind::Profile) {
                    spec.variables = view.variables.clone();
                }
            }
        }
        if specs.is_empty() {
            specs = view.variables.iter().take(4).map(|name| self.plain(name, view.kind)).collect();
        }
        let mut fixed = Vec::new();
        for spec in &mut specs {
            for (dimension, at) in &mut spec.fixed {
                if let Some(Indices::At(index)) = view.indices.get(dimension) {
                    let length = self.outline.dimensions.get(dimension).copied().unwrap_or(1);
                    *at = (*index).min(length.saturating_sub(1));
                }
                fixed.push((dimension.clone(), Indices::At(*at)));
            }
        }
        // Link, code and files speak of exactly what is drawn: one index where a slider stands, all along an axis.
        view.indices.retain(|_, indices| matches!(indices, Indices::Range(..)));
        view.indices.extend(fixed);
        if specs.is_empty() {
            return Err(ExploreError::new(
                Why::Unsupported,
                "Nothing in this dataset can be drawn as it is. Choose a variable.",
            ));
        }
        Ok((specs, view))
    }

    /// A picture for any array: a line over its only dimension, else how often which value occurs.
    fn plain(&self, name: &str, kind: Kind) -> PlotSpec {
        let dimensions =
            self.hierarchy.arrays.get(name).map(crate::zarr::Array::dimensions).unwrap_or_default();
        let line = dimensions.len() == 1 && kind != Kind::Histogram;
        // Over its own coordinate where that holds numbers, else counted.
        let counts = |name: &String| {
            let numbers = ["float", "int", "uint", "datetime64"];
            let known = self.outline.variables.iter().find(|variable| variable.name == *name);
            known.is_some_and(|variable| {
                variable.dimensions == [name.clone()]
                    && numbers.iter().any(|kind| variable.dtype.starts_with(kind))
            })
        };
        let own = dimensions.first().filter(|dimension| *dimension != name && counts(dimension)).cloned();
        PlotSpec {
            kind: if line { PlotKind::Series } else { PlotKind::Histogram },
            variables: vec![name.to_owned()],
            x: line.then(|| AxisSpec { dimension: dimensions[0].clone(), variable: own }),
            y: None,
            fixed: Vec::new(),
            connected: true,
        }
    }

    /// Reads and draws what was planned.
    ///
    /// # Errors
    /// [`ExploreError`]; the last pictures stay.
    pub async fn show(&mut self, plan: Plan, width_px: u32) -> Result<Vec<Picture>, ExploreError> {
        let mut drawn = Vec::new();
        for spec in &plan.specs {
            let loaded =
                view::load_part(spec, &plan.ranges, &self.hierarchy, &*self.store, &self.budget).await?;
            let data = match (plan.view.kind, loaded.data) {
                (Kind::Scatter, PlotData::Series { mut y, .. }) if y.len() >= 2 => {
                    let second = y.swap_remove(1);
                    PlotData::Scatter { x: y.swap_remove(0), y: second }
                }
                (_, data) => data,
            };
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
            drawn.push((Drawn { spec: spec.clone(), data, scene }, loaded.thinned));
        }
        let pictures = drawn
            .iter()
            .enumerate()
            .map(|(at, (one, thinned))| Picture {
                svg: svg::write(&one.scene, svg::Placement::Inline, &format!("x{at}")),
                kind: one.spec.kind.name().to_owned(),
                caption: match thinned {
                    Some(thinned) => {
                        format!("{} Drawn from {thinned}; zoom in for all.", one.scene.description)
                    }
                    None => one.scene.description.clone(),
                },
                zooms: pointer::zooms(&one.data) && one.spec.x.is_some(),
            })
            .collect();
        self.drawn = drawn.into_iter().map(|(one, _)| one).collect();
        self.plan = Some(plan);
        Ok(pictures)
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
            let words = self.drawn.iter().find_map(|one| match &one.data {
                PlotData::Curtain(field) | PlotData::Grid(field) => Some(field.selection.clone()),
                _ => None,
            });
            slider.words = words.unwrap_or_default();
        }
        out
    }

    /// Statistics of every quantity that is drawn.
    #[must_use]
    pub fn statistics(&self) -> Vec<Statistics> {
        let mut out: Vec<Statistics> = Vec::new();
        for one in &self.drawn {
            let mut add = |quantity: &Quantity, values: &mut dyn Iterator<Item = f64>| {
                if !out.iter().any(|known| known.variable == quantity.name) {
                    out.push(statistics(quantity, values));
                }
            };
            match &one.data {
                PlotData::Series { y, .. } => y.iter().for_each(|q| add(q, &mut q.values.iter().copied())),
                PlotData::Profile { values, .. } => {
                    values.iter().for_each(|q| add(q, &mut q.values.iter().copied()))
                }
                PlotData::Scatter { x, y } => {
                    [x, y].into_iter().for_each(|q| add(q, &mut q.values.iter().copied()))
                }
                PlotData::Curtain(field) | PlotData::Grid(field) => {
                    add(&field.quantity, &mut field.values.iter().map(|value| f64::from(*value)));
                }
                PlotData::Track { value, .. } => {
                    if let Some(q) = value {
                        add(q, &mut q.values.iter().copied());
                    }
                }
                PlotData::Histogram(q) => add(q, &mut q.values.iter().copied()),
            }
        }
        out
    }
}

fn statistics(quantity: &Quantity, values: &mut dyn Iterator<Item = f64>) -> Statistics {
    let (mut count, mut missing) = (0u64, 0u64);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    // Welford's running mean and squared deviation: no loss of digits for large offsets such as times.
    let (mut mean, mut squares) = (0.0, 0.0);
    for value in values {
        if !value.is_finite() {
            missing += 1;
            continue;
        }
        count += 1;
        min = min.min(value);
        max = max.max(value);
        let delta = value - mean;
        mean += delta / count as f64;
        squares += delta * (value - mean);
    }
    let there = |value: f64| if count == 0 { f64::NAN } else { value };
    Statistics {
        variable: quantity.name.clone(),
        units: text::unit_text(&quantity.units),
        count,
        missing,
        min: there(min),
        max: there(max),
        mean: there(mean),
        std: there((squares / count.max(1) as f64).sqrt()),
        is_time: quantity.kind == QuantityKind::Time,
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
