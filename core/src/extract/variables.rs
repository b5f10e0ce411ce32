//! Arrays with their sizes: `dimensions`, `variables`, `size_bytes`, `file_count`.

use std::collections::BTreeMap;

use futures::StreamExt;
use serde_json::{Map, Value};

use super::text::{Oddities, clean_attributes};
use super::{clean, text_of};
use crate::cf::coords::Class;
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, Role, Variable};
use crate::store::{EntryKind, Store, StoreError};
use crate::zarr::json::number;
use crate::zarr::{Array, Hierarchy};

/// Directories that are listed at once.
const AT_ONCE: usize = 16;

/// How deep chunks may lie below their array (`c/0/0/0…`).
const DEPTH: usize = 34;

/// The most directories that are listed for one array: sizes of more than that stay unknown.
const DIRECTORIES: usize = 2_000;

/// Bytes and files of each array, where its directories could all be listed.
pub(super) type Sizes = BTreeMap<String, Option<(u64, u64)>>;

/// Adds up what is stored of each array.
pub(super) async fn sizes(store: &dyn Store, hierarchy: &Hierarchy) -> Result<Sizes, StoreError> {
    let sizes: Vec<(String, Option<(u64, u64)>)> =
        futures::stream::iter(hierarchy.arrays.keys().cloned().map(|path| async move {
            let size = below(store, &path).await?;
            Ok::<_, StoreError>((path, size))
        }))
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(sizes.into_iter().collect())
}

/// Fills dimensions and variables.
pub(super) async fn fill(
    store: &dyn Store,
    hierarchy: &Hierarchy,
    classes: &BTreeMap<String, Class>,
    sizes: &Sizes,
    dataset: &mut Dataset,
) -> Result<(), StoreError> {
    let mut total = (0, 0);
    let mut complete = true;
    for (path, array) in &hierarchy.arrays {
        let class = classes.get(path).copied().unwrap_or_default();
        let stored = sizes.get(path).copied().flatten();
        match stored {
            Some((bytes, files)) => total = (total.0 + bytes, total.1 + files),
            None => complete = false,
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
                total = (total.0 + entry.size_bytes.unwrap_or(0), total.1 + 1);
            }
        }
    }
    dataset.size_bytes = total.0;
    dataset.file_count = complete.then_some(total.1);
    Ok(())
}

/// Dimensions and variables without sizes.
pub(super) fn outline(hierarchy: &Hierarchy, classes: &BTreeMap<String, Class>, dataset: &mut Dataset) {
    for (path, array) in &hierarchy.arrays {
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
            .filter_map(|part| {
                crate::number::parse_f64(part.trim().trim_end_matches(|c: char| c.is_alphabetic()))
            })
            .collect(),
        Some(value) => number(value).into_iter().collect(),
        None => Vec::new(),
    };
    numbers.into_iter().zip(meanings.split_whitespace().map(clean)).take(256).collect()
}
