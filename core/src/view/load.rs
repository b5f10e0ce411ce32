//! [`load`]: the values of a picture, within a budget.

use super::values::Decoder;
use super::{AxisSpec, Budget, Loaded, PlotKind, PlotSpec};
use crate::maybe_send::BoxFuture;
use crate::plot::{FieldData, PlotData, Quantity, QuantityKind, text, time_axis};
use crate::sorted::SortedMap;
use crate::store::Store;
use crate::together;
use crate::zarr::{Array, Hierarchy, ReadOptions, Selection, ZarrError};
use futures::StreamExt;
use futures::future::{Either, join, select, try_join};
use serde_json::Value;

/// Why a picture could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The variable is not in the dataset.
    #[error("there is no variable `{name}`")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// The variable has other dimensions than the picture needs, or holds no numbers.
    #[error("`{name}` cannot be drawn: {reason}")]
    Unsuitable {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// It could not be read.
    #[error(transparent)]
    Zarr(#[from] ZarrError),
}

/// Values that are made in less time than it takes to ask for more.
const AT_ONCE: u64 = 1 << 16;

/// Physical values.
#[derive(Debug, Clone)]
struct Decoded {
    /// NaN is missing.
    values: Vec<f64>,
    /// Whether these are seconds since 1970-01-01T00:00:00Z.
    is_time: bool,
}

pub(super) struct Loader<'a> {
    hierarchy: &'a Hierarchy,
    store: &'a dyn Store,
    options: ReadOptions,
    budget: &'a Budget,
    /// The dimensions that the picture shows, with the stride along each.
    shown: Vec<(String, u64)>,
    fixed: &'a [(String, u64)],
    ranges: &'a Ranges,
}

/// The part of each dimension that is shown, first index and the one behind the last; all where not named.
pub type Ranges = SortedMap<String, (u64, u64)>;

impl Loader<'_> {
    pub(super) fn options(&self) -> &ReadOptions {
        &self.options
    }

    fn array(&self, name: &str) -> Result<&Array, LoadError> {
        self.hierarchy.arrays.get(name).ok_or_else(|| LoadError::NoVariable { name: name.to_owned() })
    }

    /// What of `array` the picture needs: shown dimensions with their stride, of the others one index.
    pub(super) fn selection(&self, array: &Array) -> Selection {
        let mut selection = Selection::all(&array.shape);
        for (at, dimension) in array.dimensions().iter().enumerate() {
            if let Some((_, stride)) = self.shown.iter().find(|(name, _)| name == dimension) {
                if let Some((from, to)) = self.ranges.get(dimension) {
                    selection.start[at] = (*from).min(array.shape[at].saturating_sub(1));
                    selection.shape[at] = to.min(&array.shape[at]).saturating_sub(selection.start[at]);
                }
                selection = selection.every(at, *stride);
            } else {
                let fixed =
                    self.fixed.iter().find(|(name, _)| name == dimension).map_or(0, |(_, index)| *index);
                selection.start[at] = fixed.min(array.shape[at].saturating_sub(1));
                selection.shape[at] = array.shape[at].min(1);
            }
        }
        selection
    }

    /// Widens the strides until the array's part fits into the budget.
    fn thin(&mut self, name: &str) -> Result<(), LoadError> {
        for _ in 0..32 {
            let array = self.array(name)?;
            let item = array.data_type.item_bytes().unwrap_or(8);
            let selection = self.selection(array);
            // Decoded chunks count, not only the elements taken from them; what skips no chunk saves nothing.
            let decoded = array.plan(&selection, &self.options).map(|plan| plan.decoded_bytes);
            let elements = selection.element_count().saturating_mul(item);
            if decoded.as_ref().is_ok_and(|bytes| *bytes <= self.budget.decoded_bytes) {
                return Ok(());
            }
            // The dimension with the most elements left loses most: first to the next stride that skips chunks.
            let widest = array
                .dimensions()
                .iter()
                .enumerate()
                .filter(|(at, dimension)| {
                    selection.shape[*at] > 64 && self.shown.iter().any(|(name, _)| name == *dimension)
                })
                .max_by_key(|(at, _)| selection.shape[*at])
                .map(|(at, dimension)| (dimension.clone(), array.chunk_shape[at]));
            let Some((dimension, chunk)) = widest else {
                return Err(LoadError::Unsuitable {
                    name: name.to_owned(),
                    reason: format!(
                        "it would take {elements} bytes, more than {}",
                        self.budget.decoded_bytes
                    ),
                });
            };
            for (shown, stride) in &mut self.shown {
                if *shown == dimension {
                    *stride = if *stride < chunk { chunk.max(2) } else { stride.saturating_mul(2) };
                }
            }
        }
        Ok(())
    }

    /// To be waited for before so many values are made, some of them perhaps of what is here: meanwhile all else that the
    /// picture needs is asked for.
    async fn before(&self, count: u64) {
        if count > AT_ONCE {
            self.store.sent().await;
        }
    }

    /// Values of a variable over exactly `order` (other dimensions are fixed), C order.
    async fn values(&self, name: &str, order: &[&str]) -> Result<Decoded, LoadError> {
        let array = self.array(name)?;
        let unsuitable =
            |reason: &str| LoadError::Unsuitable { name: name.to_owned(), reason: reason.to_owned() };
        let selection = self.selection(array);
        let files = array.plan(&selection, &self.options)?.reads;
        let whole: Vec<String> =
            files.into_iter().filter(|read| read.range.is_none()).map(|read| read.path).collect();
        let decoder = Decoder::new(array).ok_or_else(|| unsuitable("it holds no numbers"))?;
        let reading = std::pin::pin!(async {
            self.before(selection.element_count()).await;
            array.read_numbers(self.store, &selection, &self.options, &decoder).await
        });
        // First said what is wanted, then read; what is read before all of it came ends the rest.
        let mut values = match select(self.store.expect(&whole), reading).await {
            Either::Left(((), reading)) => reading.await?,
            Either::Right((values, _)) => values?,
        };
        // The size was checked when it was read.
        let shape: Vec<usize> = selection.shape.iter().map(|length| *length as usize).collect();
        let dimensions = array.dimensions();
        let places: Vec<usize> = order
            .iter()
            .map(|wanted| dimensions.iter().position(|dimension| dimension == wanted))
            .collect::<Option<_>>()
            .ok_or_else(|| unsuitable("it has other dimensions"))?;
        let lengths: Vec<usize> = places.iter().map(|at| shape[*at]).collect();
        if !lengths.is_empty() && values.len() != lengths.iter().product::<usize>() {
            return Err(unsuitable("a dimension is empty"));
        }
        if let ([first, second], [columns, rows]) = (&places[..], &lengths[..])
            && first > second
        {
            // Stored the other way round.
            let stored = values;
            values = (0..*columns)
                .flat_map(|c| (0..*rows).map(move |r| (r, c)))
                .map(|(r, c)| stored[r * columns + c])
                .collect();
        }
        Ok(Decoded { values, is_time: decoder.is_time() })
    }

    fn quantity(&self, name: &str, decoded: Decoded) -> Result<Quantity, LoadError> {
        let array = self.array(name)?;
        let attribute = |key: &str| array.attributes.get(key).and_then(Value::as_str).unwrap_or_default();
        let long = [attribute("long_name"), attribute("standard_name")]
            .into_iter()
            .find(|text| !text.trim().is_empty());
        Ok(Quantity {
            name: name.to_owned(),
            long_name: long.map(|text| text.replace('_', " ")),
            units: if decoded.is_time { String::new() } else { attribute("units").to_owned() },
            kind: if decoded.is_time { QuantityKind::Time } else { QuantityKind::Number },
            positive_down: attribute("positive").eq_ignore_ascii_case("down"),
            flags: crate::extract::flags(&array.attributes),
            values: decoded.values,
        })
    }

    /// Variables along one dimension, one after the other: each may need as much memory as the budget allows.
    async fn lines(&self, names: &[String], axis: &AxisSpec) -> Result<Vec<Quantity>, LoadError> {
        let mut lines = Vec::new();
        for name in names {
            let decoded = self.values(name, &[&axis.dimension]).await?;
            lines.push(self.quantity(name, decoded)?);
        }
        Ok(lines)
    }

    async fn axis(&self, axis: &AxisSpec, kind: QuantityKind) -> Result<Quantity, LoadError> {
        let Some(name) = &axis.variable else {
            let (length, stride) = self
                .hierarchy
                .arrays
                .values()
                .find_map(|array| {
                    let at = array.dimensions().iter().position(|dimension| *dimension == axis.dimension)?;
                    let stride = self
                        .shown
                        .iter()
                        .find(|(name, _)| *name == axis.dimension)
                        .map_or(1, |(_, stride)| *stride);
                    Some((array.shape[at], stride))
                })
                .unwrap_or((0, 1));
            let stride = stride.max(1);
            let (from, to) = self.ranges.get(&axis.dimension).copied().unwrap_or((0, length));
            let length = to.min(length).saturating_sub(from);
            let count = length.div_ceil(stride).min(self.budget.decoded_bytes / 8);
            self.before(count).await;
            let (first, step) = ((from + 1) as f64, stride as f64);
            return Ok(Quantity {
                name: axis.dimension.clone(),
                long_name: Some(format!(
                    "{} number",
                    axis.dimension.trim_end_matches("_id").replace('_', " ")
                )),
                kind: QuantityKind::Index,
                // Of whole numbers this small, sums and products are exact.
                values: (0..count as usize).map(|index| first + index as f64 * step).collect(),
                ..Quantity::default()
            });
        };
        let decoded = self.values(name, &[&axis.dimension]).await?;
        let mut quantity = self.quantity(name, decoded)?;
        if quantity.kind == QuantityKind::Number {
            quantity.kind = kind;
        }
        // Pressure falls with height, whether the attribute says so or not.
        let pressure = matches!(quantity.units.as_str(), "Pa" | "hPa" | "mbar" | "millibar" | "dbar");
        if kind == QuantityKind::Vertical && pressure {
            quantity.positive_down = true;
        }
        Ok(quantity)
    }

    /// What is fixed, in words.
    async fn selection_words(&self) -> String {
        let mut words = Vec::new();
        for (dimension, index) in self.fixed {
            let coordinate = self.hierarchy.arrays.get(dimension).filter(|array| array.shape.len() == 1);
            let mut word = format!("{dimension} {}", index + 1);
            if let Some(array) = coordinate {
                let selection = Selection::new(vec![*index], vec![1]);
                let decoder = Decoder::new(array);
                let is_time = decoder.as_ref().is_some_and(Decoder::is_time);
                let value = match &decoder {
                    Some(decoder) => {
                        let reading = array.read_numbers(self.store, &selection, &self.options, decoder);
                        reading.await.ok().and_then(|values| values.first().copied())
                    }
                    None => None,
                };
                if let Some(value) = value.filter(|value| value.is_finite()) {
                    let units = array.attributes.get("units").and_then(Value::as_str).unwrap_or_default();
                    word = if is_time {
                        time_axis::date_time(value)
                    } else {
                        format!("{dimension} {} {}", text::significant(value, 4), text::unit_text(units))
                            .trim_end()
                            .to_owned()
                    };
                }
            }
            words.push(word);
        }
        words.join(", ")
    }

    fn thinned(&self) -> Option<String> {
        let most = self.shown.iter().map(|(_, stride)| *stride).max().filter(|stride| *stride > 1)?;
        let ending = match (most % 10, most % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        Some(format!("every {most}{ending} value"))
    }
}

/// Reads what `spec` shows. Above the budget only every so many-th value is read, and said so.
///
/// # Errors
/// [`LoadError`].
pub async fn load(
    spec: &PlotSpec,
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
) -> Result<Loaded, LoadError> {
    load_part(spec, &Ranges::new(), hierarchy, store, budget).await
}

fn loader<'a>(
    spec: &'a PlotSpec,
    ranges: &'a Ranges,
    hierarchy: &'a Hierarchy,
    store: &'a dyn Store,
    budget: &'a Budget,
) -> Result<Loader<'a>, LoadError> {
    let mut loader = unthinned(spec, ranges, hierarchy, store, budget);
    for name in &spec.variables {
        loader.thin(name)?;
    }
    Ok(loader)
}

/// A loader of every value.
pub(super) fn unthinned<'a>(
    spec: &'a PlotSpec,
    ranges: &'a Ranges,
    hierarchy: &'a Hierarchy,
    store: &'a dyn Store,
    budget: &'a Budget,
) -> Loader<'a> {
    let options = ReadOptions { limits: budget.limits.clone(), ..ReadOptions::default() };
    let axes: Vec<&AxisSpec> = [&spec.x, &spec.y].into_iter().flatten().collect();
    let mut shown: Vec<(String, u64)> = axes.iter().map(|axis| (axis.dimension.clone(), 1)).collect();
    shown.dedup_by(|a, b| a.0 == b.0);
    if spec.kind == PlotKind::Histogram {
        shown = spec
            .variables
            .first()
            .map(|name| hierarchy.arrays.get(name).map(Array::dimensions))
            .into_iter()
            .flatten()
            .flatten()
            .map(|dimension| (dimension, 1))
            .collect();
    }
    Loader { hierarchy, store, options, budget, shown, fixed: &spec.fixed, ranges }
}

/// What a picture costs before anything of it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes as stored, from the directories.
    pub stored_bytes: u64,
    /// Files or parts of files.
    pub reads: u64,
}

/// Files whose sizes are looked up; of more the sizes are extrapolated.
const SIZES: usize = 1_024;

/// What [`load_part`] would read, without reading it.
///
/// # Errors
/// [`LoadError`].
pub async fn cost(
    spec: &PlotSpec,
    ranges: &Ranges,
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
) -> Result<Cost, LoadError> {
    let loader = loader(spec, ranges, hierarchy, store, budget)?;
    let axes = [&spec.x, &spec.y].into_iter().flatten().filter_map(|axis| axis.variable.as_ref());
    let mut cost = Cost::default();
    for name in spec.variables.iter().chain(axes) {
        let array = loader.array(name)?;
        let plan = array.plan(&loader.selection(array), &loader.options)?;
        let reads = futures::stream::iter(plan.reads.iter().take(SIZES)).map(|read| -> BoxFuture<'_, _> {
            match read.range {
                // An index of a shard: the ranges behind it are at most the decoded bytes.
                Some(_) => Box::pin(async { Ok(None) }),
                None => store.stored_bytes(&read.path),
            }
        });
        let sizes = together::in_order(reads, 16).collect::<Vec<_>>().await;
        let asked = sizes.len().max(1) as u64;
        let mut known = 0;
        for size in sizes {
            known += size.map_err(ZarrError::from)?.unwrap_or(0);
        }
        let all = plan.reads.len() as u64;
        cost.stored_bytes += if plan.indices_only { plan.decoded_bytes } else { known * all / asked };
        cost.reads += all;
    }
    Ok(cost)
}

/// As [`load`], of a part of the dimensions.
///
/// # Errors
/// [`LoadError`].
pub async fn load_part(
    spec: &PlotSpec,
    ranges: &Ranges,
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
) -> Result<Loaded, LoadError> {
    let loader = loader(spec, ranges, hierarchy, store, budget)?;
    let missing = |what: &str| LoadError::Unsuitable {
        name: what.to_owned(),
        reason: "the picture has no such axis".to_owned(),
    };
    let (x, y) = (spec.x.as_ref(), spec.y.as_ref());
    let data = match spec.kind {
        PlotKind::Series => {
            let axis = x.ok_or_else(|| missing("x"))?;
            let lines = loader.lines(&spec.variables, axis);
            let (y, x) = try_join(lines, loader.axis(axis, QuantityKind::Number)).await?;
            PlotData::Series { x, y }
        }
        PlotKind::Profile => {
            let axis = y.ok_or_else(|| missing("y"))?;
            let lines = loader.lines(&spec.variables, axis);
            let (values, vertical) = try_join(lines, loader.axis(axis, QuantityKind::Vertical)).await?;
            PlotData::Profile { vertical, values }
        }
        PlotKind::Curtain | PlotKind::Grid => {
            let (x, y) = (x.ok_or_else(|| missing("x"))?, y.ok_or_else(|| missing("y"))?);
            let name = spec.variables.first().ok_or_else(|| missing("variable"))?;
            let grid = spec.kind == PlotKind::Grid;
            let (x_kind, y_kind) = if grid {
                (QuantityKind::Longitude, QuantityKind::Latitude)
            } else {
                (QuantityKind::Number, QuantityKind::Vertical)
            };
            let axes = try_join(loader.axis(x, x_kind), loader.axis(y, y_kind));
            let order = [y.dimension.as_str(), x.dimension.as_str()];
            let reading = try_join(loader.values(name, &order), axes);
            let (read, selection) = join(reading, loader.selection_words()).await;
            let (decoded, (x, y)) = read?;
            let values: Vec<f32> = decoded.values.iter().map(|value| *value as f32).collect();
            let quantity = loader.quantity(name, Decoded { values: Vec::new(), ..decoded })?;
            let field = FieldData { x, y, quantity, values, selection };
            if grid { PlotData::Grid(field) } else { PlotData::Curtain(field) }
        }
        PlotKind::Track => {
            let (x, y) = (x.ok_or_else(|| missing("x"))?, y.ok_or_else(|| missing("y"))?);
            let places =
                try_join(loader.axis(x, QuantityKind::Longitude), loader.axis(y, QuantityKind::Latitude));
            let lines = loader.lines(spec.variables.get(..1).unwrap_or_default(), x);
            let (mut values, (lon, lat)) = try_join(lines, places).await?;
            let (lon, lat, value) = (lon.values, lat.values, values.pop());
            PlotData::Track { lon, lat, value, connected: spec.connected }
        }
        PlotKind::Histogram => {
            let name = spec.variables.first().ok_or_else(|| missing("variable"))?;
            let decoded = loader.values(name, &[]).await?;
            PlotData::Histogram(loader.quantity(name, decoded)?)
        }
    };
    Ok(Loaded { data, thinned: loader.thinned() })
}

#[cfg(test)]
mod tests;
