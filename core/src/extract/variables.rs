//! Arrays with their sizes: `dimensions`, `variables`, `size_bytes`, `file_count`.

use crate::letters;
use std::collections::BTreeMap;

use futures::StreamExt;
use serde_json::{Map, Value};

use super::text::{Oddities, clean_attributes};
use super::{clean, text_of};
use crate::cf::coords::Class;
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, Role, Variable};
use crate::sorted::SortedMap;
use crate::store::{EntryKind, Store, StoreError};
use crate::zarr::json::number;
use crate::zarr::{Array, Hierarchy};

/// Directories that are listed at once.
const AT_ONCE: usize = 16;

/// How deep chunks may lie below their array (`c/0/0/0…`).
const DEPTH: usize = 34;

/// The most directories that are listed for one array: sizes of more than that stay unknown.
const DIRECTORIES: usize = 2_000;

/// What a file may have that holds nothing, its name in a directory and an array's metadata included.
const FILE_BYTES: u64 = 64 << 10;

/// Bytes and files of each array, where its directories could all be listed; where they were not, the bytes may be what
/// the directory above claims.
pub(super) type Sizes = BTreeMap<String, Option<(u64, Option<u64>)>>;

/// What a record says of sizes that are claimed.
const CLAIMED: &str = "as links of directories claim, the blocks of directories included";

/// What directories claim to lie below arrays: nothing proves it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(BTreeMap<String, u64>);

impl Claims {
    /// What is claimed, or where nothing plausible is, what the array has when decoded.
    pub(crate) fn of(&self, array: &Array) -> Option<u64> {
        self.0.get(&array.path).copied().or_else(|| array.logical_bytes())
    }
}

/// What the directories above the arrays claim. `everywhere`: also those that were not read yet, for arrays in groups.
pub(crate) async fn claims(
    store: &dyn Store,
    hierarchy: &Hierarchy,
    everywhere: bool,
) -> Result<Claims, StoreError> {
    let mut claims = BTreeMap::new();
    for group in hierarchy.groups.keys().filter(|group| everywhere || group.is_empty()) {
        for entry in store.list(group).await?.unwrap_or_default() {
            let path = if group.is_empty() { entry.name } else { format!("{group}/{}", entry.name) };
            let Some(array) = hierarchy.arrays.get(&path) else { continue };
            claims.extend(entry.claimed_bytes.filter(|bytes| is_plausible(array, *bytes)).map(|b| (path, b)));
        }
    }
    Ok(Claims(claims))
}

/// Whether so many bytes may be what is stored of an array: twice the values, and for each file its metadata and the
/// directories on the way.
fn is_plausible(array: &Array, claimed_bytes: u64) -> bool {
    let counts =
        array.shape.iter().zip(array.file_shape()).map(|(length, file)| length.div_ceil((*file).max(1)));
    let files = counts.fold(2, u64::saturating_mul);
    let values = array.logical_bytes().unwrap_or(1 << 50).saturating_mul(2);
    claimed_bytes <= values.saturating_add(files.saturating_mul(FILE_BYTES))
}

/// Adds up what is stored of each array.
pub(super) async fn sizes(store: &dyn Store, hierarchy: &Hierarchy) -> Result<Sizes, StoreError> {
    if store.is_far() {
        let claims = claims(store, hierarchy, true).await?;
        let mut sizes = Sizes::new();
        for path in hierarchy.arrays.keys() {
            let size = match claims.0.get(path) {
                Some(bytes) => Some((*bytes, None)),
                None => below(store, path).await?.map(|(bytes, files)| (bytes, Some(files))),
            };
            sizes.insert(path.clone(), size);
        }
        return Ok(sizes);
    }
    let sizes: Vec<_> = futures::stream::iter(hierarchy.arrays.keys().cloned().map(|path| async move {
        let size = below(store, &path).await?.map(|(bytes, files)| (bytes, Some(files)));
        Ok::<_, StoreError>((path, size))
    }))
    .buffered(AT_ONCE)
    .collect::<Vec<_>>()
    .await
    .into_iter()
    .collect::<Result<_, StoreError>>()?;
    Ok(sizes.into_iter().collect())
}

/// Fills dimensions and variables.
pub(super) async fn fill(
    store: &dyn Store,
    hierarchy: &Hierarchy,
    classes: &SortedMap<String, Class>,
    sizes: &Sizes,
    dataset: &mut Dataset,
) -> Result<(), StoreError> {
    let (mut bytes_in_all, mut files_in_all) = (0u64, Some(0u64));
    for (path, array) in hierarchy.arrays.iter() {
        let class = classes.get(path).copied().unwrap_or_default();
        let stored = sizes.get(path).copied().flatten();
        match stored {
            Some((bytes, files)) => {
                bytes_in_all = bytes_in_all.saturating_add(bytes);
                files_in_all = files_in_all.zip(files).map(|(sum, files)| sum + files);
            }
            None => files_in_all = None,
        }
        describe(path, array, class, stored.map(|(bytes, _)| bytes), dataset);
        if let Some(reason) = &array.unsupported {
            dataset.findings.push(
                Finding::new(Severity::Warning, "array-unsupported", reason.to_string())
                    .variable(path)
                    .hint("The page lists this array, but cannot draw it. Python can still open it."),
            );
        }
    }
    // Metadata files of the groups.
    for path in hierarchy.groups.keys() {
        for entry in store.list(path).await?.unwrap_or_default() {
            if entry.kind == Some(EntryKind::File) {
                bytes_in_all = bytes_in_all.saturating_add(entry.size_bytes.unwrap_or(0));
                files_in_all = files_in_all.map(|files| files + 1);
            }
        }
    }
    dataset.size_bytes = bytes_in_all;
    dataset.file_count = files_in_all;
    if store.is_far() {
        dataset.sizes_found = Some(CLAIMED.to_owned());
    }
    Ok(())
}

/// Dimensions and variables without sizes.
pub(super) fn outline(hierarchy: &Hierarchy, classes: &SortedMap<String, Class>, dataset: &mut Dataset) {
    for (path, array) in hierarchy.arrays.iter() {
        describe(path, array, classes.get(path).copied().unwrap_or_default(), None, dataset);
    }
}

/// Adds an array and its dimensions.
fn describe(path: &str, array: &Array, class: Class, stored_bytes: Option<u64>, dataset: &mut Dataset) {
    for (name, length) in array.dimensions().into_iter().zip(&array.shape) {
        let known = dataset.dimensions.entry(name).or_insert(*length);
        *known = (*known).max(*length);
    }
    let mut oddities = Oddities::default();
    let attributes = clean_attributes(&array.attributes, &mut oddities);
    oddities.report(Some(path), &mut dataset.findings);
    dataset.variables.push(variable(array, &attributes, class, stored_bytes));
}

/// Bytes and files below a directory; `None` when listings do not tell or there are too many.
async fn below(store: &dyn Store, path: &str) -> Result<Option<(u64, u64)>, StoreError> {
    let mut waiting = vec![(path.to_owned(), 0)];
    let (mut bytes, mut files, mut listed) = (0u64, 0u64, 0);
    let mut asked = 0;
    while let Some((path, depth)) = waiting.pop() {
        listed += 1;
        if depth > DEPTH || listed > DIRECTORIES {
            return Ok(None);
        }
        let Some(entries) = store.list(&path).await? else { continue };
        for entry in entries {
            let child = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            match (entry.kind, entry.size_bytes) {
                (Some(EntryKind::Directory), _) => waiting.push((child, depth + 1)),
                (_, Some(size)) => (bytes, files) = (bytes + size, files + 1),
                (_, None) => {
                    // The listing does not say whether it is a file: its own root block does.
                    asked += 1;
                    if asked > 64 {
                        return Ok(None);
                    }
                    match store.size(&child).await? {
                        Some(size) => (bytes, files) = (bytes + size, files + 1),
                        None => waiting.push((child, depth + 1)),
                    }
                }
            }
        }
    }
    Ok(Some((bytes, files)))
}

fn variable(
    array: &Array,
    attributes: &Map<String, Value>,
    class: Class,
    stored_bytes: Option<u64>,
) -> Variable {
    let own = ["units", "standard_name", "long_name"];
    let rest: Map<String, Value> = attributes
        .iter()
        // An empty text says something else than none: `units: ""` is a pure number.
        .filter(|(name, value)| {
            !own.contains(&name.as_str()) || value.as_str().is_some_and(|text| text.trim().is_empty())
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Variable {
        name: array.path.clone(),
        dimensions: array.dimensions(),
        shape: array.shape.clone(),
        chunk_shape: array.chunk_shape.clone(),
        shard_shape: array.shard_shape.clone(),
        dtype: array.data_type.to_string(),
        units: text_of(attributes, "units"),
        standard_name: text_of(attributes, "standard_name"),
        long_name: text_of(attributes, "long_name").map(|name| name.replace(['\n', '\t'], " ")),
        codec: Some(array.codec.clone()).filter(|codec| !codec.is_empty()),
        unsupported: array.unsupported.as_ref().map(ToString::to_string),
        stored_bytes,
        logical_bytes: array.logical_bytes(),
        role: if array.path.is_empty() { Role::Data } else { class.role },
        axis: class.axis.map(|axis| axis.letter().to_owned()),
        flags: flags(attributes),
        attributes: rest,
    }
}

/// `flag_values` (or `flag_masks`) with `flag_meanings`.
pub(crate) fn flags(attributes: &Map<String, Value>) -> Vec<(f64, String)> {
    let Some(meanings) = text_of(attributes, "flag_meanings") else { return Vec::new() };
    let values = attributes.get("flag_values").or_else(|| attributes.get("flag_masks"));
    let numbers: Vec<f64> = match values {
        Some(Value::Array(values)) => values.iter().filter_map(number).collect(),
        // `"0, 1, 2"` and `0b 1b` as text.
        Some(Value::String(text)) => text
            .split([',', ' '])
            .filter_map(|part| crate::number::parse_f64(part.trim().trim_end_matches(letters::is_letter)))
            .collect(),
        Some(value) => number(value).into_iter().collect(),
        None => Vec::new(),
    };
    numbers.into_iter().zip(meanings.split_whitespace().map(clean)).take(256).collect()
}
