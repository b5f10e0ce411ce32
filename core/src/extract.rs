//! From a dataset's files to its record: [`extract`].
//!
//! Reads metadata, listings and as much of the coordinates as the extent needs, and fills a
//! [`Dataset`] without what the catalogue knows (pins, versions, DOI). Attribute conventions: ACDD 1.3,
//! CF 1.11. What is not understood stays in `attributes`; what is wrong becomes a finding.
//!
//! Rooms: [`people`] (who), licence and references, [`ids`] (ORCID, ROR, DOI), [`terms`] (lists, dates), `variables` (arrays and their
//! sizes), [`extent`] (when and where), [`track`] (simplified geometry), [`folder`] (datasets that are not Zarr).

pub mod extent;
mod feature;
pub mod folder;
pub mod ids;
mod license;
pub mod people;
mod references;
pub mod terms;
mod text;
pub mod track;
pub(crate) mod variables;

pub(crate) use variables::flags;

use serde_json::{Map, Value};

use crate::block::Limits;
use crate::cf::units::Unit;
use crate::cid::Cid;
use crate::finding::{Finding, Severity};
use crate::model::{Dataset, Role, SCHEMA};
use crate::store::{Store, StoreError};
use crate::zarr::{Format, Hierarchy, ZarrError};

/// Changes whenever the same blocks would give another record: part of the key of cached records.
pub const VERSION: u32 = 5;

/// Reads YAML for folder datasets; core itself has no YAML parser.
pub type ReadYaml<'a> = &'a (dyn Fn(&[u8]) -> Result<Value, String> + Send + Sync);

/// Longer titles do not fit any list.
const TITLE_CHARS: usize = 300;

/// Why there is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is Zarr, but cannot be read.
    #[error(transparent)]
    Zarr(ZarrError),
    /// `dataset_meta.yaml` cannot be read.
    #[error("dataset_meta.yaml: {reason}")]
    Yaml {
        /// What is wrong with it.
        reason: String,
    },
    /// Neither Zarr nor a folder with `dataset_meta.yaml`.
    #[error("neither Zarr metadata nor dataset_meta.yaml is there")]
    NotADataset,
}

impl From<ZarrError> for ExtractError {
    fn from(error: ZarrError) -> Self {
        match error {
            ZarrError::Store(error) => Self::Store(error),
            ZarrError::NotZarr { .. } => Self::NotADataset,
            other => Self::Zarr(other),
        }
    }
}

/// The UUID of a dataset: version 5 in the URL namespace of `ipfs://<CIDv1 base32>`.
#[must_use]
pub fn uuid(cid: Cid) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("ipfs://{cid}").as_bytes()).to_string()
}

/// An empty record of `cid`.
#[must_use]
pub fn bare(cid: Cid) -> Dataset {
    let uuid = uuid(cid);
    Dataset {
        schema: SCHEMA.to_owned(),
        cid: cid.to_string(),
        series: uuid.clone(),
        uuid,
        ..Dataset::default()
    }
}

/// Reads the dataset at the root of `store`.
///
/// # Errors
/// [`ExtractError`] when there is no dataset or its root cannot be read. Faults of single arrays are findings.
pub async fn extract(
    store: &dyn Store,
    cid: Cid,
    yaml: ReadYaml<'_>,
    limits: &Limits,
) -> Result<Dataset, ExtractError> {
    let mut dataset = bare(cid);
    match Hierarchy::open(store, limits).await.map_err(ExtractError::from) {
        Ok(hierarchy) => zarr(store, &hierarchy, limits, &mut dataset).await?,
        Err(ExtractError::NotADataset) => folder::read(store, yaml, &mut dataset).await?,
        Err(error) => return Err(error),
    }
    report_missing(&mut dataset);
    Ok(dataset)
}

/// What a picture needs of the record, from the metadata alone: title, feature type, dimensions, variables.
/// Nothing is read, and people, licence and references stay out: the page would pay for their rules.
#[must_use]
pub fn outline(hierarchy: &Hierarchy, cid: Cid) -> Dataset {
    let mut dataset = Dataset { schema: SCHEMA.to_owned(), cid: cid.to_string(), ..Dataset::default() };
    if let Some(root) = hierarchy.root() {
        dataset.title = title(&root.attributes);
        dataset.feature_type = feature_type(&root.attributes);
    }
    variables::outline(hierarchy, &crate::cf::coords::classify(hierarchy), &mut dataset);
    dataset
}

async fn zarr(
    store: &dyn Store,
    hierarchy: &Hierarchy,
    limits: &Limits,
    dataset: &mut Dataset,
) -> Result<(), ExtractError> {
    dataset.format = match hierarchy.format {
        Format::V2 => "Zarr v2".to_owned(),
        Format::V3 => "Zarr v3".to_owned(),
    };
    if let Some(root) = hierarchy.root() {
        attributes(&root.attributes, dataset);
    }
    for problem in &hierarchy.problems {
        let finding = Finding::new(Severity::Error, "array-unreadable", problem.error.to_string())
            .variable(&problem.path)
            .hint("Write this array's metadata again; the others are not affected.");
        dataset.findings.push(finding);
    }
    if !hierarchy.consolidated {
        dataset.findings.push(
            Finding::new(Severity::Note, "metadata-not-consolidated", "the metadata are not consolidated").hint(
                "zarr.consolidate_metadata(path) writes all metadata into one file, so that opening takes one request.",
            ),
        );
    }
    report_bare_numbers(store, dataset).await?;
    let classes = crate::cf::coords::classify(hierarchy);
    let claims = match store.is_far() {
        true => Some(variables::claims(store, hierarchy, false).await?),
        false => None,
    };
    let plan = extent::reach::plan(hierarchy, &classes, claims.as_ref());
    // At the same time: neither waits for what the other asks for.
    let sizes = variables::sizes(store, hierarchy);
    let (sizes, coordinates) = futures::join!(sizes, extent::coordinates(store, plan, limits));
    variables::fill(store, hierarchy, &classes, &sizes?, dataset).await?;
    extent::fill(coordinates, hierarchy, &classes, dataset)?;
    feature::infer(&classes, dataset);
    Ok(())
}

/// `NaN` without quotes in the metadata that everybody reads first: Python writes it, browsers refuse it.
async fn report_bare_numbers(store: &dyn Store, dataset: &mut Dataset) -> Result<(), ExtractError> {
    for file in ["zarr.json", ".zmetadata", ".zattrs"] {
        let Some(text) = store.get(file).await? else { continue };
        // What is in one of them is in those that follow.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        // What else is wrong with it has been said already.
        let is_strict = serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
        if !is_strict && crate::zarr::json::parse(text, u32::MAX).is_ok() {
            dataset.findings.push(
                Finding::new(
                    Severity::Note,
                    "json-nan",
                    format!("{file} holds NaN or Infinity without quotes, which is no JSON"),
                )
                .hint(
                    "Leave such attributes out, or write them as text: only Python reads them as they are.",
                ),
            );
        }
        return Ok(());
    }
    Ok(())
}

/// Text without control characters (other than newline and tab) and without space around it.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().trim().to_owned()
}

/// An attribute as text: strings as they are, numbers and truth values written out, lists by commas.
pub(crate) fn text_of(attributes: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match attributes.get(name)? {
        Value::String(text) => clean(text),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(Value::as_str).map(clean).collect();
            texts.join(", ")
        }
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn first_of(attributes: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text_of(attributes, name))
}

fn title(attributes: &Map<String, Value>) -> Option<String> {
    first_of(attributes, &["title", "Title"]).map(|title| title.replace(['\n', '\t'], " "))
}

fn feature_type(attributes: &Map<String, Value>) -> Option<String> {
    first_of(attributes, &["featureType", "cdm_data_type"])
}

/// Fills the record from global attributes.
pub(crate) fn attributes(attributes: &Map<String, Value>, dataset: &mut Dataset) {
    let mut oddities = text::Oddities::default();
    let attributes = &text::clean_attributes(attributes, &mut oddities);
    oddities.report(None, &mut dataset.findings);
    dataset.title = title(attributes);
    dataset.summary = first_of(attributes, &["summary", "abstract", "description", "comment"]);
    dataset.platform = first_of(attributes, &["platform", "platform_name", "platform_id"]);
    dataset.platforms = terms::places(terms::list(dataset.platform.as_deref().unwrap_or_default()));
    dataset.project = first_of(attributes, &["project", "campaign", "mission", "campaign_id"]);
    dataset.projects = terms::list(dataset.project.as_deref().unwrap_or_default());
    dataset.instruments =
        terms::list(&first_of(attributes, &["instrument", "instruments", "sensor"]).unwrap_or_default());
    dataset.institution = first_of(attributes, &["institution", "institute"]);
    dataset.processing_level =
        first_of(attributes, &["processing_level", "proc_level", "data_level", "product_id"]);
    dataset.feature_type = feature_type(attributes);
    dataset.source = first_of(attributes, &["source"]);
    dataset.acknowledgement = first_of(attributes, &["acknowledgement", "acknowledgment"]);
    dataset.product_version = first_of(attributes, &["product_version", "version"]);
    dataset.keywords = terms::list(&first_of(attributes, &["keywords"]).unwrap_or_default());
    dataset.lineage = ["history", "lineage", "processing"]
        .iter()
        .filter_map(|name| text_of(attributes, name))
        .flat_map(|text| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        })
        .take(500)
        .collect();
    dataset.people = people::read(attributes, &mut dataset.findings);
    dataset.license =
        first_of(attributes, &["license", "licence", "rights"]).map(|text| license::license(&text));
    dataset.references = references::references(attributes);
    dataset.dates = terms::dates(attributes);
    dataset.funding = terms::funding(attributes);
    dataset.extent.declared = extent::declared(attributes, &mut dataset.findings).map(Box::new);
    dataset.attributes = attributes.clone();
}

/// Findings about what every catalogue wants and is not there.
fn report_missing(dataset: &mut Dataset) {
    let mut missing =
        |absent: bool, severity: Severity, code: &str, attribute: &str, message: &str, hint: &str| {
            if absent {
                dataset.findings.push(Finding::new(severity, code, message).attribute(attribute).hint(hint));
            }
        };
    let no_orcid = dataset.people.iter().all(|person| person.orcid.is_none());
    let somebody = dataset.people.iter().any(|person| !person.organization);
    missing(
        dataset.title.is_none(),
        Severity::Error,
        "title-missing",
        "title",
        "there is no title",
        "Set the global attribute `title`; DataCite demands one.",
    );
    missing(
        !dataset.people.iter().any(|person| person.roles.iter().any(|role| role == "creator")),
        Severity::Error,
        "creator-missing",
        "creator_name",
        "no creator is named",
        "Set the global attribute `creator_name`; DataCite demands one.",
    );
    missing(
        dataset.license.is_none(),
        Severity::Warning,
        "license-missing",
        "license",
        "no licence is given",
        "Set `license`, for example to CC-BY-4.0; without one nobody may use the data.",
    );
    missing(
        dataset.summary.is_none(),
        Severity::Warning,
        "summary-missing",
        "summary",
        "there is no summary",
        "Set `summary`: a paragraph that says what was measured, how, and what it is good for.",
    );
    missing(
        dataset.keywords.is_empty(),
        Severity::Note,
        "keywords-missing",
        "keywords",
        "no keywords are given",
        "Set `keywords`, separated by commas.",
    );
    missing(
        somebody && no_orcid,
        Severity::Note,
        "orcid-missing",
        "creator_orcid",
        "no ORCID is given",
        "Set `creator_orcid`, one for each name in `creator_name`, separated by commas.",
    );
    report_written(dataset);
}

/// Findings about what is there, but not as it should be.
fn report_written(dataset: &mut Dataset) {
    if dataset.title.as_ref().is_some_and(|title| title.chars().count() > TITLE_CHARS) {
        let finding = Finding::new(
            Severity::Warning,
            "title-long",
            format!("the title has more than {TITLE_CHARS} characters"),
        );
        dataset
            .findings
            .push(finding.attribute("title").hint("Keep the title short; the rest belongs in `summary`."));
    }
    for (names, date) in
        terms::DATES.iter().zip([&dataset.dates.created, &dataset.dates.modified, &dataset.dates.issued])
    {
        let written = names.iter().find_map(|name| Some((name, text_of(&dataset.attributes, name)?)));
        if let (None, Some((name, text))) = (date, written) {
            let text: String = text.chars().take(60).collect();
            let finding =
                Finding::new(Severity::Note, "date-unreadable", format!("`{text}` is no date of ISO 8601"));
            dataset
                .findings
                .push(finding.attribute(*name).hint("Write dates as 2024-08-11 or 2024-08-11T14:17:01Z."));
        }
    }
    let bare: Vec<&str> = dataset
        .variables
        .iter()
        .filter(|v| {
            v.role == Role::Data
                && v.units.is_none()
                && v.flags.is_empty()
                && !v.attributes.contains_key("units")
        })
        // Integers are counts and identifiers more often than not, scalars settings.
        .filter(|v| v.dtype.starts_with("float") && !v.shape.is_empty())
        .map(|v| v.name.as_str())
        .collect();
    if let [first, rest @ ..] = bare.as_slice() {
        let more = if rest.is_empty() {
            "has".to_owned()
        } else {
            format!("and {} more variables have", rest.len())
        };
        let finding = Finding::new(Severity::Note, "units-missing", format!("{first} {more} no units"));
        let finding =
            finding.variable(*first).hint("Set `units` of every measured variable, \"1\" where it has none.");
        dataset.findings.push(finding);
    }
    // What UDUNITS does not know, nothing can convert. Times have their own finding.
    let strange: Vec<(&str, &str)> = dataset
        .variables
        .iter()
        .filter_map(|v| Some((v.name.as_str(), v.units.as_deref()?)))
        .filter(|(_, units)| !units.contains(" since ") && Unit::parse(units).is_none())
        .collect();
    if let [(first, units), rest @ ..] = strange.as_slice() {
        let units: String = units.chars().take(40).collect();
        let more = if rest.is_empty() {
            String::new()
        } else {
            format!(", nor those of {} more variables", rest.len())
        };
        let finding = Finding::new(
            Severity::Note,
            "units-unknown",
            format!("`{units}` of {first} is no unit that programs know{more}"),
        );
        let hint = "Write units as UDUNITS does: `m s-1`, `degree`, `1` for pure numbers.";
        dataset.findings.push(finding.variable(*first).attribute("units").hint(hint));
    }
}

#[cfg(test)]
mod tests;
