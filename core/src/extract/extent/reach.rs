//! How much of each coordinate is read: [`plan`] decides it from the metadata and what directories claim, [`read`] does it.

use futures::future::join_all;

use super::best;
use crate::block::Limits;
use crate::cf::coords::{Axis, Class};
use crate::cf::{Decoded, decode};
use crate::extract::variables::Claims;
use crate::model::Role;
use crate::sorted::SortedMap;
use crate::store::{Ahead, AheadPart, Store};
use crate::zarr::{Array, Hierarchy, ReadOptions, Selection, ZarrError};

/// A coordinate of up to so many decoded bytes is read whole where the data are at hand: a day of 1 Hz is 0.7 MB.
pub const WHOLE_BYTES: u64 = 2 << 20;

/// How many chunks are read of a longer one: first, last and evenly between.
const PIECES: u64 = 6;

/// Far away: stored bytes of all coordinates together. With the pictures (what is left of [`DATASET_BYTES`]) and the
/// metadata a dataset costs at most 4 MiB.
const FAR_BYTES: u64 = 5 << 19;

/// Far away: coordinates and pictures; the metadata and directories have the rest of the 4 MiB.
pub(crate) const DATASET_BYTES: u64 = 7 << 19;

/// Far away: what a coordinate may decode to that is stored in little.
const DECODED_BYTES: u64 = 64 << 20;

/// How much of a coordinate is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Whole,
    /// The first chunks along the first dimension, the last and some between.
    Pieces(u64),
    /// Nothing: already one chunk along the first dimension, of so many stored bytes, is too much.
    Nothing(u64),
}

/// The coordinates of time, latitude, longitude and height, each with what is read of it.
pub(crate) struct Plan<'a> {
    pub(crate) arrays: [Option<(&'a Array, Reach)>; 4],
    /// Far away: what is read, as directories claim it.
    pub(crate) stored_bytes: u64,
}

impl Plan<'_> {
    /// What will be read, in words of the store.
    pub(crate) fn ahead(&self, claims: &Claims) -> Vec<Ahead> {
        let mut wanted = Vec::new();
        for (array, reach) in self.arrays.iter().flatten() {
            let claimed = claims.of(array).unwrap_or(FAR_BYTES);
            match reach {
                Reach::Whole => wanted.push(Ahead {
                    path: array.path.clone(),
                    part: AheadPart::Below,
                    most_bytes: claimed.saturating_add(claimed / 8).saturating_add(64 << 10),
                }),
                Reach::Pieces(pieces) => {
                    let options = ReadOptions::default();
                    let selections = selections(array, *pieces).into_iter();
                    let reads = selections
                        .filter_map(|selection| array.plan(&selection, &options).ok())
                        .flat_map(|plan| plan.reads);
                    wanted.extend(reads.map(|read| read.ahead(FAR_BYTES)));
                }
                Reach::Nothing(_) => {}
            }
        }
        wanted
    }

    /// The coordinates that are read whole.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &str> {
        let whole = self.arrays.iter().flatten().filter(|(_, reach)| *reach == Reach::Whole);
        whole.map(|(array, _)| array.path.as_str())
    }
}

/// What is read of which coordinates. `claims`, where the data are far.
pub(crate) fn plan<'a>(
    hierarchy: &'a Hierarchy,
    classes: &SortedMap<String, Class>,
    claims: Option<&Claims>,
) -> Plan<'a> {
    let time = best(hierarchy, classes, Axis::T, None);
    let lat = best(hierarchy, classes, Axis::Y, None);
    let lon = lat.and_then(|lat| best(hierarchy, classes, Axis::X, Some(lat)));
    let vertical = best(hierarchy, classes, Axis::Z, None);
    let chosen = [time, lat, lon, vertical];
    let (reaches, stored_bytes) = match claims {
        Some(claims) => far(chosen, classes, claims),
        None => {
            let reach = |array: Option<&Array>| {
                let bytes = array.and_then(Array::logical_bytes).unwrap_or(u64::MAX);
                if bytes <= WHOLE_BYTES { Reach::Whole } else { Reach::Pieces(PIECES) }
            };
            (chosen.map(reach), 0)
        }
    };
    let mut reaches = reaches.into_iter();
    let arrays = chosen.map(|array| {
        let reach = reaches.next().unwrap_or(Reach::Nothing(0));
        // A scalar has no pieces.
        let whole = array.is_some_and(|array| array.shape.is_empty());
        Some((array?, if whole { Reach::Whole } else { reach }))
    });
    Plan { arrays, stored_bytes }
}

/// How many arrays are coordinates.
pub(crate) fn count(classes: &SortedMap<String, Class>) -> u64 {
    classes.values().filter(|class| matches!(class.role, Role::Dimension | Role::Coordinate)).count() as u64
}

/// Shares [`FAR_BYTES`] and two requests per coordinate: what needs less than its share leaves the rest to the others.
/// Says how many bytes are read.
fn far(
    chosen: [Option<&Array>; 4],
    classes: &SortedMap<String, Class>,
    claims: &Claims,
) -> ([Reach; 4], u64) {
    let mut reaches = [Reach::Nothing(0); 4];
    let mut order: Vec<(u64, usize, &Array)> = chosen
        .into_iter()
        .enumerate()
        .filter_map(|(at, array)| Some((claims.of(array?).unwrap_or(u64::MAX), at, array?)))
        .collect();
    order.sort_by_key(|(claimed, at, _)| (*claimed, *at));
    let mut bytes_left = FAR_BYTES;
    let mut requests_left = 2 * count(classes);
    let mut waiting = order.len() as u64;
    for (claimed, at, array) in order {
        let share = bytes_left / waiting;
        let decoded = array.logical_bytes().unwrap_or(u64::MAX);
        if claimed <= share && decoded <= DECODED_BYTES {
            reaches[at] = Reach::Whole;
            bytes_left -= claimed;
            requests_left = requests_left.saturating_sub(1);
        } else {
            let rows = array.shape.first().map_or(1, |length| length.div_ceil(array.file_shape()[0].max(1)));
            let row_bytes = claimed.min(decoded) / rows.max(1);
            let fits = share / row_bytes.max(1);
            // Times run from the first to the last; of positions it is good to know more.
            let most = if at == 0 { 2 } else { (requests_left / waiting).clamp(2, PIECES) };
            let pieces = fits.min(most);
            reaches[at] = if pieces == 0 { Reach::Nothing(row_bytes) } else { Reach::Pieces(pieces) };
            bytes_left = bytes_left.saturating_sub(pieces * row_bytes);
            requests_left = requests_left.saturating_sub(pieces);
        }
        waiting -= 1;
    }
    (reaches, FAR_BYTES - bytes_left)
}

/// `pieces` parts along the first dimension, at most one chunk high each; further dimensions whole, if that is not too
/// much.
fn selections(array: &Array, pieces: u64) -> Vec<Selection> {
    let bytes = array.logical_bytes().unwrap_or(u64::MAX);
    let chunk = array.chunk_shape.first().copied().unwrap_or(1).max(1);
    let row_bytes = bytes / array.shape[0].max(1);
    let rows = chunk.min((WHOLE_BYTES / PIECES / row_bytes.max(1)).max(1));
    let chunks = array.shape[0].div_ceil(chunk);
    let pieces = pieces.min(chunks);
    let mut starts: Vec<u64> =
        (0..pieces).map(|at| (chunks - 1) * at / (pieces - 1).max(1) * chunk).collect();
    starts.dedup();
    let selections = starts.iter().enumerate().map(|(at, start)| {
        let mut from = vec![0; array.shape.len()];
        let mut shape = array.shape.clone();
        let end = (start + chunk).min(array.shape[0]);
        // Of the last chunk the last rows.
        from[0] = if at + 1 == starts.len() { end.saturating_sub(rows).max(*start) } else { *start };
        shape[0] = rows.min(end - from[0]);
        Selection::new(from, shape)
    });
    selections.collect()
}

/// A coordinate that was read.
pub(super) struct Coordinate<'a> {
    pub(super) array: &'a Array,
    pub(super) data: Decoded,
    /// How many chunks of how many, where not all were read.
    pub(super) partial: Option<(u64, u64)>,
}

impl Coordinate<'_> {
    pub(super) fn how(&self) -> String {
        match self.partial {
            None => format!("all of {}", self.array.path),
            Some((read, all)) => format!("{read} of {all} chunks of {}", self.array.path),
        }
    }
}

/// Reads a coordinate, whole or in pieces; `None` for what holds no numbers.
pub(super) async fn read<'a>(
    store: &dyn Store,
    array: &'a Array,
    reach: Reach,
    limits: &Limits,
) -> Result<Option<Coordinate<'a>>, ZarrError> {
    let options = ReadOptions { limits: limits.clone(), ..ReadOptions::default() };
    let pieces = match reach {
        Reach::Whole => {
            let data = array.read(store, &Selection::all(&array.shape), &options).await?;
            return Ok(decode(array, &data).map(|data| Coordinate { array, data, partial: None }));
        }
        Reach::Pieces(pieces) => pieces,
        Reach::Nothing(row_bytes) => {
            return Err(ZarrError::TooLarge {
                path: array.path.clone(),
                what: "the stored size of one of its chunks in bytes",
                actual: row_bytes,
                limit: FAR_BYTES,
            });
        }
    };
    let selections = selections(array, pieces);
    let parts = join_all(selections.iter().map(|selection| array.read(store, selection, &options))).await;
    let mut whole: Option<Decoded> = None;
    for part in parts {
        let Some(part) = decode(array, &part?) else { return Ok(None) };
        match &mut whole {
            Some(whole) => {
                whole.values.extend(part.values);
                whole.exact = match (whole.exact, part.exact) {
                    (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
                    (one, other) => one.or(other),
                };
            }
            None => whole = Some(part),
        }
    }
    let chunks = array.shape[0].div_ceil(array.chunk_shape.first().copied().unwrap_or(1).max(1));
    let partial = Some((selections.len() as u64, chunks));
    Ok(whole.map(|data| Coordinate { array, data, partial }))
}
