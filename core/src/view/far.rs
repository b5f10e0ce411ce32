//! Pictures of datasets whose data are far: [`plan`] decides before anything is asked for what is read of which
//! variable, within the bytes and requests of [`Far`].
//!
//! A variable that fits is read whole, in one request. Of one that does not, a part in the middle is: a few chunks
//! beside one another show more than a few values each from chunks that lie far apart.

use std::collections::BTreeSet;

use super::load::{Loader, unthinned};
use super::{AxisSpec, Budget, PlotKind, PlotSpec, Ranges};
use crate::extract::variables::Claims;
use crate::store::{Ahead, AheadPart, ByteRange, Store};
use crate::zarr::{Array, Hierarchy};

/// The largest block that importers make: what a part of a shard costs beside itself.
const BLOCK_BYTES: u64 = 1 << 20;

/// How often a part is halved until it fits.
const HALVINGS: usize = 64;

/// What may be asked for, where the data are far.
#[derive(Debug, Clone, Default)]
pub struct Far {
    /// Bytes as stored, over all pictures.
    pub(crate) stored_bytes: u64,
    /// Requests, over all pictures.
    pub(crate) requests: u64,
    /// Arrays that are read whole anyway.
    pub(crate) at_hand: BTreeSet<String>,
    /// What is stored of arrays.
    pub(crate) claims: Claims,
}

/// A picture and what is read for it.
pub(crate) struct Picture {
    pub(crate) spec: PlotSpec,
    pub(crate) ranges: Ranges,
    /// In words, where it is not all.
    pub(crate) part: Option<String>,
    pub(crate) ahead: Vec<Ahead>,
}

impl Picture {
    /// A picture of everything.
    pub(crate) fn whole(spec: PlotSpec) -> Self {
        Self { spec, ranges: Ranges::new(), part: None, ahead: Vec::new() }
    }
}

/// What pictures there are, and what is left for other things.
pub(crate) struct Plan {
    pub(crate) pictures: Vec<Picture>,
    pub(crate) requests_left: u64,
}

/// What a read costs.
#[derive(Default)]
struct Cost {
    bytes: u64,
    requests: u64,
    ahead: Vec<Ahead>,
}

/// Chooses what is read for the first of `specs`; those that do not fit are left out.
pub(crate) fn plan(
    specs: &[PlotSpec],
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
    far: &Far,
) -> Plan {
    let mut left = far.clone();
    let mut pictures = Vec::new();
    for spec in specs {
        if pictures.len() >= budget.pictures {
            break;
        }
        let mut spec = spec.clone();
        if spec.kind == PlotKind::Track
            && fits(&spec, &Ranges::new(), hierarchy, store, budget, &left).is_none()
        {
            // All of a way says more than the colours of a part of it.
            spec.variables.clear();
        }
        let Some((ranges, cost)) = narrow(&spec, hierarchy, store, budget, &left) else { continue };
        left.stored_bytes = left.stored_bytes.saturating_sub(cost.bytes);
        left.requests = left.requests.saturating_sub(cost.requests);
        // What is read whole for one picture is there for the next.
        let whole = cost.ahead.iter().filter(|ahead| ahead.part == AheadPart::Below);
        left.at_hand.extend(whole.map(|ahead| ahead.path.clone()));
        let part = words(&ranges, hierarchy);
        pictures.push(Picture { spec, ranges, part, ahead: cost.ahead });
    }
    Plan { pictures, requests_left: left.requests }
}

/// The largest part in the middle that fits.
fn narrow(
    spec: &PlotSpec,
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
    far: &Far,
) -> Option<(Ranges, Cost)> {
    let mut ranges = Ranges::new();
    for _ in 0..HALVINGS {
        match fits(spec, &ranges, hierarchy, store, budget, far) {
            Some(cost) => return Some((ranges, cost)),
            None => halve(spec, hierarchy, &mut ranges)?,
        }
    }
    None
}

/// What a part costs, where that may be asked for.
fn fits(
    spec: &PlotSpec,
    ranges: &Ranges,
    hierarchy: &Hierarchy,
    store: &dyn Store,
    budget: &Budget,
    far: &Far,
) -> Option<Cost> {
    let cost = cost(spec, &unthinned(spec, ranges, hierarchy, store, budget), hierarchy, far)?;
    (cost.bytes <= far.stored_bytes && cost.requests <= far.requests).then_some(cost)
}

/// Halves the dimension along which most chunks are shown; `None` where one chunk is left.
fn halve(spec: &PlotSpec, hierarchy: &Hierarchy, ranges: &mut Ranges) -> Option<()> {
    let axes = [&spec.x, &spec.y].into_iter().flatten();
    let first = spec.variables.first().or_else(|| spec.x.as_ref()?.variable.as_ref())?;
    let array = hierarchy.arrays.get(first)?;
    let dimensions = array.dimensions();
    let shown = |dimension: &String| axes.clone().any(|axis: &AxisSpec| axis.dimension == *dimension);
    let (dimension, length, chunk, chunks) = dimensions
        .iter()
        .zip(&array.shape)
        .zip(&array.chunk_shape)
        .filter(|((dimension, _), _)| shown(dimension))
        .map(|((dimension, length), chunk)| {
            let (from, to) = ranges.get(dimension).copied().unwrap_or((0, *length));
            (dimension, *length, *chunk, (to - from).div_ceil((*chunk).max(1)))
        })
        .max_by_key(|(_, _, _, chunks)| *chunks)
        .filter(|(_, _, _, chunks)| *chunks > 1)?;
    let (kept, all) = (chunks.div_ceil(2), length.div_ceil(chunk));
    let from = (all - kept) / 2 * chunk;
    ranges.insert(dimension.clone(), (from, (from + kept * chunk).min(length)));
    Some(())
}

fn words(ranges: &Ranges, hierarchy: &Hierarchy) -> Option<String> {
    let length = |dimension: &String| {
        let of = |array: &Array| {
            array.dimensions().iter().zip(&array.shape).find(|(name, _)| *name == dimension).map(|(_, n)| *n)
        };
        hierarchy.arrays.values().find_map(of)
    };
    let words: Vec<String> = ranges
        .iter()
        .map(|(dimension, (from, to))| {
            format!("{dimension} {} to {to} of {}", from + 1, length(dimension).unwrap_or(*to))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What all arrays of a picture cost; `None` where that cannot be told.
fn cost(spec: &PlotSpec, loader: &Loader<'_>, hierarchy: &Hierarchy, far: &Far) -> Option<Cost> {
    let axes = [&spec.x, &spec.y].into_iter().flatten().filter_map(|axis| axis.variable.as_ref());
    // Where a dimension is fixed, the caption tells its coordinate.
    let fixed = spec.fixed.iter().map(|(dimension, _)| dimension);
    let names: BTreeSet<&String> = spec.variables.iter().chain(axes).chain(fixed).collect();
    let mut sum = Cost::default();
    for name in names {
        let Some(array) = hierarchy.arrays.get(name).filter(|array| array.unsupported.is_none()) else {
            continue;
        };
        if far.at_hand.contains(name) {
            continue;
        }
        let one = of_array(array, loader, far.stored_bytes.checked_sub(sum.bytes)?, &far.claims)?;
        sum.bytes = sum.bytes.saturating_add(one.bytes);
        sum.requests = sum.requests.saturating_add(one.requests);
        sum.ahead.extend(one.ahead);
    }
    Some(sum)
}

/// What an array costs: all of it in one request, if that fits and is not more than what single files cost.
fn of_array(array: &Array, loader: &Loader<'_>, bytes_left: u64, claims: &Claims) -> Option<Cost> {
    let claimed = claims.of(array)?;
    let reads = array.plan(&loader.selection(array), loader.options()).ok()?;
    let counts =
        array.shape.iter().zip(array.file_shape()).map(|(length, file)| length.div_ceil((*file).max(1)));
    let files = counts.fold(1, u64::saturating_mul).max(1);
    let file_bytes = claimed / files;
    let mut single = Cost::default();
    for read in &reads.reads {
        single.ahead.push(read.ahead(file_bytes.saturating_mul(2).saturating_add(64 << 10)));
        match read.range {
            None => (single.bytes, single.requests) = (single.bytes + file_bytes, single.requests + 1),
            // The index, then the chunks: each of them with the blocks that it begins and ends in.
            Some(ByteRange::Last { .. } | ByteRange::From { .. }) => {
                let share = reads.decoded_bytes / reads.reads.len() as u64;
                let decoded = array.logical_bytes().unwrap_or(u64::MAX).max(1);
                let stored = (u128::from(claimed) * u128::from(share) / u128::from(decoded)) as u64;
                let bytes = stored.saturating_add(2 * BLOCK_BYTES).min(file_bytes);
                let requests = 1 + bytes.div_ceil(BLOCK_BYTES) + 1;
                (single.bytes, single.requests) =
                    (single.bytes.saturating_add(bytes), single.requests.saturating_add(requests));
            }
        }
    }
    if claimed <= bytes_left && single.requests > 1 {
        let most_bytes = claimed.saturating_add(claimed / 8).saturating_add(64 << 10);
        let ahead = Ahead { path: array.path.clone(), part: AheadPart::Below, most_bytes };
        return Some(Cost { bytes: claimed, requests: 1, ahead: vec![ahead] });
    }
    Some(single)
}
