//! Codes of what is noticed while a dataset is read.

use super::{Code, code};
use crate::finding::Severity;

/// Sorted.
pub(super) const CODES: &[Code] = &[
    code(
        "array-unreadable",
        Severity::Error,
        "Metadata of a group or an array cannot be read.",
        "Write the array's metadata again; the others are not affected.",
    ),
    code(
        "array-unsupported",
        Severity::Warning,
        "An array cannot be decoded here.",
        "Use a codec and a data type that browsers can read, or leave it: Python can still open it.",
    ),
    code(
        "attribute-bidi",
        Severity::Warning,
        "An attribute holds marks that turn the direction of writing.",
        "Take the characters U+202A to U+202E and U+2066 to U+2069 out of the attribute.",
    ),
    code(
        "attribute-control",
        Severity::Warning,
        "An attribute holds control characters; they were left out.",
        "Write the attribute without control characters.",
    ),
    code(
        "bbox-differs",
        Severity::Warning,
        "The declared bounding box is not that of the positions.",
        "Correct the geospatial_* attributes, or leave them out: they are computed.",
    )
    .example("ds.attrs[\"geospatial_lat_min\"] = float(ds.lat.min())"),
    code(
        "calendar-unusual",
        Severity::Note,
        "Times are in a calendar that is not the civil one.",
        "Nothing, if it is meant: the dates are shown as that calendar has them.",
    ),
    code(
        "coordinate-unreadable",
        Severity::Warning,
        "A coordinate variable could not be read.",
        "Check that its chunks are whole and use a supported codec.",
    ),
    code(
        "creator-missing",
        Severity::Error,
        "No creator is named.",
        "Set the global attribute `creator_name`; DataCite demands one.",
    )
    .example("ds.attrs[\"creator_name\"] = \"Ada Lovelace, Charles Babbage\""),
    code(
        "date-unreadable",
        Severity::Note,
        "A date is not written as ISO 8601.",
        "Write dates as 2024-08-11 or 2024-08-11T14:17:01Z.",
    )
    .example("ds.attrs[\"date_created\"] = \"2024-08-11T14:17:01Z\""),
    code(
        "extent-malformed",
        Severity::Warning,
        "The declared extent is impossible.",
        "Write west, south, east, north in degrees, south below north.",
    ),
    code(
        "files-not-listed",
        Severity::Note,
        "Not all files of a folder are listed.",
        "Nothing: the folder itself holds all of them.",
    ),
    code(
        "json-nan",
        Severity::Note,
        "The metadata are no strict JSON: NaN or Infinity stands in them without quotes.",
        "Leave such attributes out, or write them as text.",
    )
    .example("ds[\"ta\"].attrs.pop(\"valid_max\")"),
    code(
        "keywords-missing",
        Severity::Note,
        "No keywords are given.",
        "Set `keywords`, separated by commas.",
    )
    .example("ds.attrs[\"keywords\"] = \"dropsonde, humidity, tropical Atlantic\""),
    code(
        "license-missing",
        Severity::Warning,
        "No licence is given.",
        "Set `license`, for example to CC-BY-4.0; without one nobody may use the data.",
    )
    .example("ds.attrs[\"license\"] = \"CC-BY-4.0\""),
    code(
        "metadata-not-consolidated",
        Severity::Note,
        "Opening takes a request for every array.",
        "Run zarr.consolidate_metadata(path) before adding the dataset.",
    )
    .example("zarr.consolidate_metadata(\"my.zarr\")"),
    code(
        "orcid-malformed",
        Severity::Error,
        "An ORCID has a wrong check digit.",
        "Copy it again from the person's page at orcid.org.",
    ),
    code(
        "orcid-missing",
        Severity::Note,
        "No ORCID is given.",
        "Set `creator_orcid`, in the order of `creator_name`.",
    )
    .example("ds.attrs[\"creator_orcid\"] = \"https://orcid.org/0000-0002-1825-0097\""),
    code(
        "people-lists-differ",
        Severity::Warning,
        "Lists about people do not have the same length.",
        "Give names, e-mails and identifiers in the same order and number.",
    ),
    code(
        "position-implausible",
        Severity::Warning,
        "Values of latitude or longitude are no positions; they were left out.",
        "If they mark missing values, declare them as `_FillValue` or `missing_value`.",
    )
    .example("ds[\"lat\"].encoding[\"_FillValue\"] = -9999.0"),
    code(
        "ror-malformed",
        Severity::Error,
        "A ROR has wrong check digits.",
        "Copy it again from the organisation's page at ror.org.",
    ),
    code(
        "summary-missing",
        Severity::Warning,
        "There is no summary.",
        "Set `summary`: a paragraph that says what was measured, how, and what it is good for.",
    )
    .example("ds.attrs[\"summary\"] = \"Profiles of temperature and humidity from …\""),
    code(
        "time-coverage-differs",
        Severity::Warning,
        "The declared time coverage is not that of the times.",
        "Correct time_coverage_start and time_coverage_end, or leave them out: they are computed.",
    )
    .example("ds.attrs[\"time_coverage_start\"] = str(ds.time.values[0])"),
    code(
        "time-implausible",
        Severity::Warning,
        "Times are far from any that data were taken at.",
        "Check `units` and `_FillValue` of the time coordinate.",
    )
    .example("ds[\"time\"].encoding = {\"units\": \"seconds since 1970-01-01\", \"dtype\": \"int64\"}"),
    code(
        "time-not-monotonic",
        Severity::Warning,
        "The times of an axis do not run in one direction, or some are missing or twice.",
        "Sort by time and drop what occurs twice.",
    )
    .example("ds = ds.sortby(\"time\").drop_duplicates(\"time\")"),
    code(
        "title-long",
        Severity::Warning,
        "The title is longer than a title.",
        "Keep the title below 300 characters; the rest belongs in `summary`.",
    ),
    code(
        "title-missing",
        Severity::Error,
        "There is no title.",
        "Set the global attribute `title`; DataCite demands one.",
    )
    .example("ds.attrs[\"title\"] = \"Radiosondes of R/V Example, August 2024\""),
    code(
        "units-missing",
        Severity::Note,
        "Variables have no units.",
        "Set `units` of every measured variable, \"1\" where it has none.",
    )
    .example("ds[\"ta\"].attrs[\"units\"] = \"K\""),
    code(
        "units-unknown",
        Severity::Note,
        "Units are none that UDUNITS knows.",
        "Write units as UDUNITS does: `m s-1`, `degree`, `1` for pure numbers.",
    )
    .example("ds[\"u\"].attrs[\"units\"] = \"m s-1\""),
    code(
        "vertical-implausible",
        Severity::Warning,
        "Heights look like undeclared missing values; they were left out.",
        "Declare them as `_FillValue` or `missing_value`.",
    ),
];
