//! What the attributes declare of the extent, and whether the coordinates agree.

use serde_json::{Map, Value};

use crate::cf::time::normalise;
use crate::extract::{first_of, track};
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, DeclaredExtent, TimeRange, Vertical};
use crate::zarr::json::number;

/// Degrees by which declared and computed boxes may differ without a remark.
const DEGREES_SLACK: f64 = 0.05;

/// What `time_coverage_*` and `geospatial_*` declare.
pub(in crate::extract) fn declared(
    attributes: &Map<String, Value>,
    findings: &mut Vec<Finding>,
) -> Option<DeclaredExtent> {
    let date = |names: &[&str]| first_of(attributes, names).and_then(|text| normalise(&text));
    let value = |name: &str| -> Option<f64> {
        let value = attributes.get(name)?;
        number(value).or_else(|| crate::number::parse_f64(value.as_str()?.trim()))
    };
    let time = match (date(&["time_coverage_start"]), date(&["time_coverage_end"])) {
        (Some(start), Some(end)) => Some(TimeRange { start, end }),
        _ => None,
    };
    let bbox = match ["geospatial_lon_min", "geospatial_lat_min", "geospatial_lon_max", "geospatial_lat_max"]
        .map(value)
    {
        [Some(west), Some(south), Some(east), Some(north)] => {
            if (-90.0..=90.0).contains(&south) && (-90.0..=90.0).contains(&north) && south <= north {
                Some([track::wrap(west), south, track::wrap(east), north])
            } else {
                findings.push(
                    Finding::new(
                        Severity::Warning,
                        "extent-malformed",
                        format!("geospatial_lat_min {south} and geospatial_lat_max {north} are no latitudes in order"),
                    )
                    .attribute("geospatial_lat_min")
                    .hint("Write degrees north, the smaller one as geospatial_lat_min."),
                );
                None
            }
        }
        _ => None,
    };
    let vertical = match (value("geospatial_vertical_min"), value("geospatial_vertical_max")) {
        (Some(min), Some(max)) => Some(Vertical {
            min,
            max,
            units: first_of(attributes, &["geospatial_vertical_units"]).unwrap_or_else(|| "m".to_owned()),
            positive: first_of(attributes, &["geospatial_vertical_positive"]),
        }),
        _ => None,
    };
    (time.is_some() || bbox.is_some() || vertical.is_some()).then_some(DeclaredExtent {
        time,
        bbox,
        vertical,
    })
}

/// What could not be computed is taken as declared.
pub(super) fn take(dataset: &mut Dataset) {
    let Some(declared) = dataset.extent.declared.clone() else { return };
    let extent = &mut dataset.extent;
    if extent.time.is_none() && declared.time.is_some() {
        extent.time = declared.time;
        extent.found.insert("time".to_owned(), "declared in the attributes".to_owned());
    }
    if extent.bbox.is_none()
        && let Some(bbox) = declared.bbox
    {
        extent.bbox = Some(bbox);
        extent.geometry = Some(track::polygon(bbox));
        for what in ["bbox", "geometry"] {
            extent.found.insert(what.to_owned(), "declared in the attributes".to_owned());
        }
    }
    if extent.vertical.is_none() && declared.vertical.is_some() {
        extent.vertical = declared.vertical;
        extent.found.insert("vertical".to_owned(), "declared in the attributes".to_owned());
    }
}

/// Declared against computed.
pub(super) fn compare(dataset: &mut Dataset) {
    let Some(declared) = dataset.extent.declared.clone() else { return };
    let computed = |what: &str| dataset.extent.found.get(what).is_some_and(|how| how.starts_with("computed"));
    let mut findings = Vec::new();
    if let (Some(said), Some(found), true) = (&declared.time, &dataset.extent.time, computed("time")) {
        // The day is what a reader compares; seconds differ by how bounds are counted.
        let day = |text: &str| text.split('T').next().unwrap_or_default().to_owned();
        if day(&said.start) != day(&found.start) || day(&said.end) != day(&found.end) {
            findings.push(
                Finding::new(
                    Severity::Warning,
                    "time-coverage-differs",
                    format!("declared {} to {}, the data run from {} to {}", said.start, said.end, found.start, found.end),
                )
                .attribute("time_coverage_start")
                .hint("Correct time_coverage_start and time_coverage_end, or leave them out: they are computed."),
            );
        }
    }
    if let (Some(said), Some(found), true) = (declared.bbox, dataset.extent.bbox, computed("bbox")) {
        let slack = DEGREES_SLACK.max((found[3] - found[1]).abs() * 0.02);
        // Of positions that were read in part the box may be larger.
        let in_part = dataset.extent.found.get("bbox").is_some_and(|how| how.contains(" chunks of "));
        let within = said[1] <= found[1] && said[3] >= found[3] && said[0] <= found[0] && said[2] >= found[2];
        let differs = said.iter().zip(found).any(|(said, found)| (said - found).abs() > slack);
        if differs && !(in_part && within) {
            findings.push(
                Finding::new(
                    Severity::Warning,
                    "bbox-differs",
                    format!(
                        "declared box {said:?}, the positions lie in {found:?} (west, south, east, north)"
                    ),
                )
                .attribute("geospatial_lon_min")
                .hint("Correct the geospatial_* attributes, or leave them out: they are computed."),
            );
        }
    }
    dataset.findings.extend(findings);
}
