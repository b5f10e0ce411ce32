//! Datasets that are not Zarr: a folder with `dataset_meta.yaml` (`attributes`, `extent`) and files.

use serde_json::Value;

use super::{ExtractError, ReadYaml};
use crate::cf::time::normalise;
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, FileEntry, TimeRange};
use crate::store::{EntryKind, Store};
use crate::zarr::json::number;

use super::track;

/// The file that makes a folder a dataset.
pub const META: &str = "dataset_meta.yaml";

/// The most files that a record lists.
const FILES: usize = 10_000;

/// Reads the folder.
pub(super) async fn read(
    store: &dyn Store,
    yaml: ReadYaml<'_>,
    dataset: &mut Dataset,
) -> Result<(), ExtractError> {
    let Some(bytes) = store.get(META).await? else { return Err(ExtractError::NotADataset) };
    let meta = yaml(&bytes).map_err(|reason| ExtractError::Yaml { reason })?;
    dataset.format = "folder".to_owned();
    if let Some(Value::Object(attributes)) = meta.get("attributes") {
        super::attributes(attributes, dataset);
    }
    let extent = meta.get("extent");
    if let Some([start, end]) = extent.and_then(|extent| extent.get("temporal")).and_then(pair)
        && let (Some(start), Some(end)) = (normalise(&start), normalise(&end))
    {
        dataset.extent.time = Some(TimeRange { start, end });
        dataset.extent.found.insert("time".to_owned(), format!("declared in {META}"));
    }
    let numbers: Option<Vec<f64>> = extent
        .and_then(|extent| extent.get("spatial"))
        .and_then(Value::as_array)
        .map(|values| values.iter().filter_map(number).collect());
    match numbers.as_deref() {
        Some(&[west, south, east, north])
            if south <= north && (-90.0..=90.0).contains(&south) && north <= 90.0 =>
        {
            let bbox = [track::wrap(west), south, track::wrap(east), north];
            dataset.extent.bbox = Some(bbox);
            dataset.extent.geometry = if west == east && south == north {
                track::points(&[west], &[south], 1)
            } else {
                Some(track::polygon(bbox))
            };
            for what in ["bbox", "geometry"] {
                dataset.extent.found.insert(what.to_owned(), format!("declared in {META}"));
            }
        }
        Some(other) => dataset.findings.push(
            Finding::new(Severity::Warning, "extent-malformed", format!("`spatial` in {META} is {other:?}"))
                .hint("Write [west, south, east, north] in degrees, south below north."),
        ),
        None => {}
    }
    list(store, dataset).await
}

fn pair(value: &Value) -> Option<[String; 2]> {
    let text =
        |value: &Value| value.as_str().map(str::to_owned).or_else(|| Some(value.as_i64()?.to_string()));
    match value.as_array()?.as_slice() {
        [start, end] => Some([text(start)?, text(end)?]),
        _ => None,
    }
}

async fn list(store: &dyn Store, dataset: &mut Dataset) -> Result<(), ExtractError> {
    let mut waiting = vec![(String::new(), 0)];
    while let Some((path, depth)) = waiting.pop() {
        if depth > 32 || dataset.files.len() >= FILES {
            dataset.findings.push(Finding::new(
                Severity::Note,
                "files-not-listed",
                format!("only the first {} files are listed", dataset.files.len()),
            ));
            break;
        }
        for entry in store.list(&path).await?.unwrap_or_default() {
            let child = if path.is_empty() { entry.name } else { format!("{path}/{}", entry.name) };
            let size = match entry.kind {
                Some(EntryKind::Directory) => None,
                _ => match entry.size_bytes {
                    Some(size) => Some(size),
                    None => store.size(&child).await?,
                },
            };
            match size {
                Some(size_bytes) => {
                    let media_type = media_type(&child).to_owned();
                    dataset.files.push(FileEntry { path: child, size_bytes, media_type });
                }
                None => waiting.push((child, depth + 1)),
            }
        }
    }
    dataset.files.sort_by(|a, b| a.path.cmp(&b.path));
    dataset.size_bytes = dataset.files.iter().map(|file| file.size_bytes).sum();
    dataset.file_count = Some(dataset.files.len() as u64);
    Ok(())
}

/// The media type that a file's name promises.
#[must_use]
pub fn media_type(path: &str) -> &'static str {
    let ending =
        path.rsplit('/').next().unwrap_or_default().rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "txt" | "md" | "rst" | "log" | "na" | "ames" | "dat" => "text/plain",
        "csv" => "text/csv",
        "tsv" | "tab" => "text/tab-separated-values",
        "json" | "geojson" => "application/json",
        "yaml" | "yml" => "application/yaml",
        "xml" => "application/xml",
        "html" | "htm" => "text/html",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "nc" | "nc4" | "cdf" => "application/netcdf",
        "h5" | "hdf5" | "hdf" => "application/x-hdf5",
        "grib" | "grb" | "grib2" => "application/x-grib",
        "parquet" => "application/vnd.apache.parquet",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "tar" => "application/x-tar",
        "py" => "text/x-python",
        "ipynb" => "application/x-ipynb+json",
        _ => "application/octet-stream",
    }
}
