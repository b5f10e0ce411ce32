//! Codes of the rules about metadata that others can use: ACDD, CF, DataCite, Zarr.

use super::{Code, code};
use crate::finding::Severity;

/// Sorted.
pub(super) const CODES: &[Code] = &[
    code(
        "acdd-recommended",
        Severity::Note,
        "Attributes that ACDD 1.3 recommends are missing. What the catalogue computes or supplies itself (id, extents, publisher) is not asked for.",
        "Set those that apply to the dataset.",
    )
    .example("ds.attrs[\"source\"] = \"radiosonde Vaisala RS41\""),
    code(
        "acdd-suggested",
        Severity::Note,
        "Attributes that ACDD 1.3 suggests are missing.",
        "Set those that help a stranger to understand the dataset.",
    )
    .example("ds.attrs[\"instrument\"] = \"Vaisala RS41-SGP\""),
    code(
        "ancillary-unresolved",
        Severity::Warning,
        "`ancillary_variables`, `cell_measures` or `grid_mapping` names a variable that is not there, so that programs cannot find it.",
        "Add the variable, or take its name out of the attribute.",
    )
    .example("ds[\"ta\"].attrs[\"ancillary_variables\"] = \"ta_qc\""),
    code(
        "axis-invalid",
        Severity::Warning,
        "`axis` is none of the four letters of CF.",
        "Write X, Y, Z or T, or leave it out.",
    )
    .example("ds[\"time\"].attrs[\"axis\"] = \"T\""),
    code(
        "axis-units",
        Severity::Warning,
        "A latitude or longitude has units by which programs do not know it.",
        "Write degrees_north and degrees_east.",
    )
    .example("ds[\"lat\"].attrs[\"units\"] = \"degrees_north\""),
    code(
        "bounds-unresolved",
        Severity::Warning,
        "`bounds` or `climatology` names a variable that is not there or does not have one dimension more than its coordinate.",
        "Add the boundary variable with the coordinate's dimensions and one of length 2 (or 4).",
    )
    .example("ds[\"time_bnds\"] = ((\"time\", \"nv\"), bounds)"),
    code(
        "calendar-unknown",
        Severity::Warning,
        "The calendar of a time is none of CF's, so its dates cannot be told.",
        "Write standard, proleptic_gregorian, noleap, all_leap, 360_day or julian.",
    )
    .example("ds[\"time\"].encoding[\"calendar\"] = \"proleptic_gregorian\""),
    code(
        "cell-measures-malformed",
        Severity::Warning,
        "`cell_measures` is not of the form `area: name` or `volume: name`, so that programs find no areas to weigh with.",
        "Write the measure, a colon, and the variable that holds it.",
    )
    .example("ds[\"ta\"].attrs[\"cell_measures\"] = \"area: cell_area\""),
    code(
        "cell-methods-malformed",
        Severity::Warning,
        "`cell_methods` cannot be read by CF's grammar (`name: method (comment)`), so that nobody can tell a mean from an instant.",
        "Name a dimension, a coordinate or `area`, then one of CF's methods (point, mean, sum, maximum, …).",
    )
    .example("ds[\"pr\"].attrs[\"cell_methods\"] = \"time: mean (interval: 10 s) area: mean\""),
    code(
        "chunks-many",
        Severity::Warning,
        "An array lies in more than 100,000 files: copying, pinning and verifying it takes long.",
        "Choose larger chunks, or shards of Zarr v3.",
    )
    .example("ds.to_zarr(\"my.zarr\", encoding={\"ta\": {\"chunks\": (3600, 100)}})"),
    code(
        "chunks-over-blocks",
        Severity::Note,
        "A stored chunk fills several blocks of 1 MiB: whoever wants one value fetches all of them, in one round trip more.",
        "Choose chunks of up to 1 MiB as stored, unless the array is only ever read whole.",
    )
    .example("ds.to_zarr(\"my.zarr\", encoding={\"ta\": {\"chunks\": (3600, 50)}})"),
    code(
        "chunks-small",
        Severity::Warning,
        "The chunks of an array are so small that requests cost more than the data.",
        "Choose chunks of some 100 kB to 1 MiB as stored, or shards of Zarr v3.",
    )
    .example("ds.to_zarr(\"my.zarr\", encoding={\"time\": {\"chunks\": (86400,)}})"),
    code(
        "codec-exotic",
        Severity::Note,
        "A codec is not among those that every reader of Zarr has.",
        "Prefer blosc, zstd or gzip.",
    )
    .example("encoding={\"ta\": {\"compressor\": zarr.Blosc(cname=\"zstd\")}}"),
    code(
        "conventions-missing",
        Severity::Warning,
        "`Conventions` does not say by which conventions the metadata are written.",
        "Set the global attribute `Conventions`.",
    )
    .example("ds.attrs[\"Conventions\"] = \"CF-1.11, ACDD-1.3\""),
    code(
        "coordinates-unresolved",
        Severity::Warning,
        "`coordinates` names a variable that is not there.",
        "Take the name out, or add the variable.",
    )
    .example("ds[\"ta\"].encoding[\"coordinates\"] = \"lat lon\""),
    code(
        "datacite-recommended",
        Severity::Note,
        "Parts that DataCite recommends for a DOI are missing, by which others find the dataset.",
        "Set the attributes that are named.",
    )
    .example("ds.attrs[\"references\"] = \"https://doi.org/10.5194/essd-13-1759-2021\""),
    code(
        "feature-type-ids",
        Severity::Note,
        "`featureType` is set, but no variable says with `cf_role` which profile, trajectory or station a value belongs to.",
        "Set `cf_role` of the variable that names the features.",
    )
    .example("ds[\"sonde_id\"].attrs[\"cf_role\"] = \"profile_id\""),
    code(
        "feature-type-unknown",
        Severity::Warning,
        "`featureType` is none of CF's.",
        "Write point, timeSeries, trajectory, profile, timeSeriesProfile or trajectoryProfile.",
    )
    .example("ds.attrs[\"featureType\"] = \"trajectory\""),
    code(
        "flags-differ",
        Severity::Warning,
        "`flag_meanings` and `flag_values` (or `flag_masks`) do not have the same length.",
        "Give one word (with underscores) for every value.",
    )
    .example("ds[\"qc\"].attrs.update(flag_values=[0, 1], flag_meanings=\"good bad\")"),
    code(
        "license-not-spdx",
        Severity::Warning,
        "The licence is given in words that no program understands.",
        "Name it by its SPDX identifier or its address.",
    )
    .example("ds.attrs[\"license\"] = \"CC-BY-4.0\""),
    code(
        "name-invalid",
        Severity::Note,
        "A variable has a name that CF does not allow: a letter first, then letters, digits and underscores.",
        "Rename it; what it should be called for people belongs in `long_name`.",
    )
    .example("ds = ds.rename({\"T (K)\": \"ta\"})"),
    code(
        "names-missing",
        Severity::Note,
        "Variables have neither a `standard_name` nor a `long_name`: nobody but the author knows what they are.",
        "Set one of them, better both.",
    )
    .example("ds[\"ta\"].attrs[\"standard_name\"] = \"air_temperature\""),
    code(
        "positive-missing",
        Severity::Note,
        "A vertical coordinate does not say which way is up.",
        "Set `positive` to up or down.",
    )
    .example("ds[\"z\"].attrs[\"positive\"] = \"up\""),
    code(
        "references-missing",
        Severity::Note,
        "Nothing says where the data are described: no paper, report or related dataset.",
        "Set `references`, best with DOIs.",
    )
    .example("ds.attrs[\"references\"] = \"https://doi.org/10.5194/essd-13-1759-2021\""),
    code(
        "standard-name-alias",
        Severity::Note,
        "A standard name was replaced by another one in the CF table.",
        "Use the name of today.",
    ),
    code(
        "standard-name-unknown",
        Severity::Warning,
        "A `standard_name` is not in the CF table; programs cannot compare the variable with others.",
        "Take a name of the CF table, or leave it out and write `long_name`.",
    )
    .example("ds[\"ta\"].attrs[\"standard_name\"] = \"air_temperature\""),
    code(
        "time-units-unreadable",
        Severity::Warning,
        "The units of a time cannot be read.",
        "Write `seconds since 1970-01-01` or the like.",
    )
    .example("ds[\"time\"].encoding[\"units\"] = \"seconds since 1970-01-01\""),
    code(
        "units-of-standard-name",
        Severity::Warning,
        "Units cannot be converted into those that the CF table has for the standard name: one of the two is wrong.",
        "Correct the units or the standard name.",
    )
    .example("ds[\"ta\"].attrs.update(standard_name=\"air_temperature\", units=\"K\")"),
];
