//! The record of one dataset: [`Dataset`] is `record.json`, a public interface (`pinfold-record/1`).
//!
//! Unknown stays unknown: an absent value is `None` or empty, never a guess. Everything in here is
//! sorted or in the order of the source, so that the same dataset gives the same bytes.

mod credits;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
pub use credits::{Affiliation, Dates, Funding, License, Person, Reference};

/// The value of [`Dataset::schema`].
pub const SCHEMA: &str = "pinfold-record/1";

fn is_false(value: &bool) -> bool {
    !*value
}

/// Everything that is known of one dataset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dataset {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// CIDv1 base32 of the dataset's root.
    pub cid: String,
    /// UUIDv5(URL namespace, `ipfs://<cid>`).
    pub uuid: String,
    /// The UUID of the first version.
    pub series: String,
    /// The pins that hold the dataset, newest first.
    pub pins: Vec<PinRef>,
    /// ACDD `title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// ACDD `summary`, else `description`, else `comment` (Markdown allowed).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Creators, contributors and contacts, in order.
    pub people: Vec<Person>,
    /// The licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// ACDD `keywords`.
    pub keywords: Vec<String>,
    /// References, related datasets, software.
    pub references: Vec<Reference>,
    /// ACDD `platform` as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The same as a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// ACDD `project` (campaign) as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The same as a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// ACDD `instrument` as a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<String>,
    /// ACDD `institution`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// ACDD `processing_level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processing_level: Option<String>,
    /// CF `featureType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature_type: Option<String>,
    /// ACDD `source`: how the data were made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// CF `history`, lineage: one entry a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lineage: Vec<String>,
    /// ACDD `acknowledgement`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<String>,
    /// Funding, where given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub funding: Vec<Funding>,
    /// ACDD `product_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// Dates as declared.
    #[serde(skip_serializing_if = "Dates::is_empty")]
    pub dates: Dates,
    /// Lengths of the dimensions.
    pub dimensions: BTreeMap<String, u64>,
    /// All arrays, coordinates included; in groups `group/name`.
    pub variables: Vec<Variable>,
    /// Where and when.
    pub extent: Extent,
    /// Bytes of all files of the dataset as stored.
    pub size_bytes: u64,
    /// How many files; `None` where not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_count: Option<u64>,
    /// How `size_bytes` and the variables' `stored_bytes` were found, where they are not exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sizes_found: Option<String>,
    /// `Zarr v2`, `Zarr v3` or `folder`.
    pub format: String,
    /// For folder datasets: their files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileEntry>,
    /// All versions of the series, newest first, this one included.
    pub versions: Vec<Version>,
    /// The DOI, registered or planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<DoiRef>,
    /// The year of publication and where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publication_year: Option<PublicationYear>,
    /// Set when the dataset was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
    /// ISO date until which presentation is delayed; set only while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embargo: Option<String>,
    /// Whether this is an auxiliary dataset.
    #[serde(skip_serializing_if = "is_false")]
    pub auxiliary: bool,
    /// The global attributes as they were read.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// How well others can find, open, understand and reuse it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

impl Dataset {
    /// What to call the dataset where a name is needed: title, else the last part of the pin's path
    /// or the pin's name, else the shortened CID.
    #[must_use]
    pub fn display_title(&self) -> String {
        if let Some(title) = self.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
            return title.to_owned();
        }
        for pin in &self.pins {
            let last = pin.path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
            let name = if last.is_empty() { pin.name.as_deref().unwrap_or_default() } else { last };
            if !name.is_empty() {
                return name.to_owned();
            }
        }
        format!("Dataset {}", self.cid.get(..12).unwrap_or(&self.cid))
    }

    /// Creators, in order.
    pub fn creators(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.roles.iter().any(|role| role == "creator"))
    }
}

/// How well others can find, open, understand and reuse a dataset, with what would raise it. What the points
/// are given for is told on the page of the checks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Score {
    /// 0 to 100: the points had of those that can be had.
    pub points: u32,
    /// The same by part: findable, accessible, interoperable, reusable.
    pub parts: Vec<ScorePart>,
    /// What would raise it, the most worthwhile first.
    pub raise: Vec<Raise>,
}

/// The points of one part of a [`Score`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScorePart {
    /// `findable`, `accessible`, `interoperable`, `reusable`.
    pub name: String,
    /// Points had.
    pub points: f64,
    /// Points that can be had.
    pub of: f64,
}

/// Something that would raise a [`Score`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Raise {
    /// By how many of the 100 points.
    pub points: f64,
    /// What to do.
    pub what: String,
}

/// A pin that holds a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PinRef {
    /// The pin's CID (CIDv1 base32).
    pub cid: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The path from the pin's root to the dataset; empty when the pin is the dataset.
    pub path: String,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// `meta.created`, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Whether the pin is the newest of its chain.
    pub current: bool,
}

/// What a variable is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A one-dimensional variable named like its dimension.
    Dimension,
    /// A coordinate by `coordinates`, standard name, units or axis.
    Coordinate,
    /// Cell boundaries of another variable.
    Bounds,
    /// Flags, quality, identifiers.
    Ancillary,
    /// The measurements.
    #[default]
    Data,
}

/// One array.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variable {
    /// `name` or `group/name`.
    pub name: String,
    /// Dimension names; `dim_0`, … where the array does not name them.
    pub dimensions: Vec<String>,
    /// Lengths in the same order.
    pub shape: Vec<u64>,
    /// Chunk lengths (inner chunks for shards).
    pub chunk_shape: Vec<u64>,
    /// Shard lengths, where the array is sharded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard_shape: Option<Vec<u64>>,
    /// `float32`, `int16`, `datetime64[ns]`, `string`, `fixed-string[12]`, …
    pub dtype: String,
    /// CF `units`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// CF `standard_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard_name: Option<String>,
    /// CF `long_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub long_name: Option<String>,
    /// The codecs in words, e.g. `blosc(zstd, shuffle)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
    /// Why it cannot be decoded here, where it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    /// Bytes as stored; `None` where unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored_bytes: Option<u64>,
    /// Bytes after decoding (shape times item size); `None` for strings of variable length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logical_bytes: Option<u64>,
    /// What it is for.
    pub role: Role,
    /// `X`, `Y`, `Z` or `T`, where it is a coordinate of that axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
    /// CF `flag_values`/`flag_masks` with `flag_meanings`, as number and meaning.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<(f64, String)>,
    /// Remaining attributes as they were read.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// Where and when. Computed values lead; declared ones are kept beside them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extent {
    /// Time coverage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeRange>,
    /// `[west, south, east, north]` in degrees; west > east crosses the antimeridian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[f64; 4]>,
    /// Vertical range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<Vertical>,
    /// GeoJSON geometry: `LineString`/`MultiLineString` of a track, `MultiPoint`, `Point`, `Polygon` of a box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<serde_json::Value>,
    /// How each was found: `time`, `bbox`, `vertical`, `geometry` to a sentence.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub found: BTreeMap<String, String>,
    /// What the attributes declare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<Box<DeclaredExtent>>,
}

/// What the attributes (`time_coverage_*`, `geospatial_*`) say of the extent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeclaredExtent {
    /// Time coverage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeRange>,
    /// Bounding box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[f64; 4]>,
    /// Vertical range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<Vertical>,
}

/// A range of time in ISO 8601 UTC, inclusive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// First.
    pub start: String,
    /// Last.
    pub end: String,
}

/// A vertical range.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vertical {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Units as the coordinate has them.
    pub units: String,
    /// `up` or `down`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
}

/// A file of a folder dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path below the dataset's root.
    pub path: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Media type by name, e.g. `text/csv`.
    pub media_type: String,
}

/// One version of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Version {
    /// CIDv1 base32.
    pub cid: String,
    /// ISO date of the pin, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The pin or tree that it appeared in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What changed since the one before, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// Whether it is the newest.
    pub current: bool,
}

/// A DOI and its state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoiRef {
    /// `10.…/…`.
    pub id: String,
    /// `registered` (in dois.yaml) or `planned`.
    pub state: String,
}

/// The year of publication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicationYear {
    /// The year.
    pub year: i32,
    /// Where it comes from: `dois.yaml`, an attribute's name, `meta.created` or `assumed`.
    pub from: String,
}

/// A dataset that was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// ISO date.
    pub date: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
