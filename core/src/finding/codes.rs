//! [`ALL`]: every code of a finding that extraction gives, with severity, meaning and hint, for `check`, the
//! pages and the documentation. Findings about the pinlist and the configuration are the generator's.

use super::Severity;

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable, kebab case.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// What to do about it, in one line.
    pub hint: &'static str,
}

/// The kind of that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    ALL.binary_search_by(|known| known.code.cmp(code)).ok().map(|at| &ALL[at])
}

const fn code(code: &'static str, severity: Severity, meaning: &'static str, hint: &'static str) -> Code {
    Code { code, severity, meaning, hint }
}

/// Every code, sorted.
pub const ALL: &[Code] = &[
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
    ),
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
    ),
    code(
        "date-unreadable",
        Severity::Note,
        "A date is not written as ISO 8601.",
        "Write dates as 2024-08-11 or 2024-08-11T14:17:01Z.",
    ),
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
        "keywords-missing",
        Severity::Note,
        "No keywords are given.",
        "Set `keywords`, separated by commas.",
    ),
    code(
        "license-missing",
        Severity::Warning,
        "No licence is given.",
        "Set `license`, for example to CC-BY-4.0; without one nobody may use the data.",
    ),
    code(
        "metadata-not-consolidated",
        Severity::Note,
        "Opening takes a request for every array.",
        "Run zarr.consolidate_metadata(path) before adding the dataset.",
    ),
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
    ),
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
    ),
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
    ),
    code(
        "time-coverage-differs",
        Severity::Warning,
        "The declared time coverage is not that of the times.",
        "Correct time_coverage_start and time_coverage_end, or leave them out: they are computed.",
    ),
    code(
        "time-implausible",
        Severity::Warning,
        "Times are far from any that data were taken at.",
        "Check `units` and `_FillValue` of the time coordinate.",
    ),
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
    ),
    code(
        "units-missing",
        Severity::Note,
        "Variables have no units.",
        "Set `units` of every measured variable, \"1\" where it has none.",
    ),
    code(
        "units-unknown",
        Severity::Note,
        "Units are none that UDUNITS knows.",
        "Write units as UDUNITS does: `m s-1`, `degree`, `1` for pure numbers.",
    ),
    code(
        "vertical-implausible",
        Severity::Warning,
        "Heights look like undeclared missing values; they were left out.",
        "Declare them as `_FillValue` or `missing_value`.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_told_in_sentences() {
        assert!(ALL.is_sorted_by(|a, b| a.code < b.code));
        for kind in ALL {
            assert!(kind.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.code);
            assert!(kind.meaning.ends_with('.') && kind.hint.ends_with('.'), "{}", kind.code);
            assert_eq!(find(kind.code), Some(kind));
        }
        assert_eq!(find("nonsense"), None);
    }

    #[test]
    fn extraction_gives_no_code_that_is_not_here() {
        let sources = [
            include_str!("../extract.rs"),
            include_str!("../extract/extent.rs"),
            include_str!("../extract/folder.rs"),
            include_str!("../extract/people.rs"),
            include_str!("../extract/variables.rs"),
        ];
        let mut seen = 0;
        for part in sources.iter().flat_map(|source| source.split("Severity::").skip(1)) {
            let severity: String = part.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
            let Some(code) = part.split('"').nth(1).filter(|code| code.contains('-') && !code.contains(' '))
            else {
                continue;
            };
            let kind = find(code).unwrap_or_else(|| panic!("{code} is not in the table"));
            assert_eq!(format!("{:?}", kind.severity), severity, "{code}");
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }
}
