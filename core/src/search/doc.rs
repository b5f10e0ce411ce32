//! [`Doc`]: what of a record is searched and shown, and the fields and facets it falls into.

use serde_json::Value;

use super::dates::{Day, parse_span};
use super::shape::Shape;
use crate::model::{Dataset, Person};

/// Where a word can be found. The order is that of the bits in the postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The title.
    Title,
    /// Variables: name, standard name, long name.
    Variable,
    /// Keywords.
    Keyword,
    /// Platforms.
    Platform,
    /// Instruments.
    Instrument,
    /// Campaigns and projects.
    Campaign,
    /// People and organisations.
    Person,
    /// The summary.
    Summary,
    /// Names and paths of the pins.
    Name,
    /// The licence.
    License,
    /// Format and feature type.
    Format,
    /// Processing level and product version.
    Level,
    /// Units.
    Units,
    /// Years of the data.
    Year,
}

impl Field {
    /// All, in the order of their bits.
    pub const ALL: [Self; 14] = [
        Self::Title,
        Self::Variable,
        Self::Keyword,
        Self::Platform,
        Self::Instrument,
        Self::Campaign,
        Self::Person,
        Self::Summary,
        Self::Name,
        Self::License,
        Self::Format,
        Self::Level,
        Self::Units,
        Self::Year,
    ];

    /// The field's bit.
    #[must_use]
    pub const fn bit(self) -> u16 {
        1 << self as u16
    }

    /// What it is called in a query and in `matched`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Variable => "variable",
            Self::Keyword => "keyword",
            Self::Platform => "platform",
            Self::Instrument => "instrument",
            Self::Campaign => "campaign",
            Self::Person => "person",
            Self::Summary => "summary",
            Self::Name => "name",
            Self::License => "license",
            Self::Format => "format",
            Self::Level => "level",
            Self::Units => "units",
            Self::Year => "year",
        }
    }

    /// The field that a query means by `name:`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "title" => Self::Title,
            "variable" | "var" | "standard_name" | "parameter" => Self::Variable,
            "keyword" | "keywords" | "tag" => Self::Keyword,
            "platform" => Self::Platform,
            "instrument" => Self::Instrument,
            "campaign" | "project" => Self::Campaign,
            "person" | "people" | "author" | "creator" | "organisation" | "organization" | "institution" => {
                Self::Person
            }
            "summary" | "description" => Self::Summary,
            "name" | "pin" | "path" => Self::Name,
            "license" | "licence" => Self::License,
            "format" => Self::Format,
            "level" => Self::Level,
            "units" | "unit" => Self::Units,
            _ => return None,
        })
    }

    /// Weight and length normalisation of BM25F. Titles and controlled words say what a dataset is;
    /// summaries and long lists of variables mention much.
    pub(super) fn weight(self) -> (f32, f32) {
        match self {
            Self::Title => (6.0, 0.35),
            Self::Variable => (1.5, 0.35),
            Self::Keyword => (2.5, 0.2),
            Self::Platform | Self::Instrument => (2.5, 0.1),
            Self::Campaign => (2.0, 0.1),
            Self::Person => (3.0, 0.2),
            Self::Summary => (1.1, 0.5),
            Self::Name => (0.9, 0.2),
            Self::License | Self::Format | Self::Level | Self::Year => (1.0, 0.0),
            Self::Units => (0.3, 0.5),
        }
    }
}

/// What can be ticked beside the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Campaign.
    Campaign,
    /// Platform.
    Platform,
    /// Standard name of a variable.
    Variable,
    /// Person or organisation.
    Person,
    /// Processing level.
    Level,
    /// Keyword.
    Keyword,
    /// DOI: `yes` or `no`.
    Doi,
    /// Licence.
    License,
    /// Format.
    Format,
}

impl Facet {
    /// All, in the order in which they are shown and stored.
    pub const ALL: [Self; 9] = [
        Self::Campaign,
        Self::Platform,
        Self::Variable,
        Self::Person,
        Self::Level,
        Self::Keyword,
        Self::Doi,
        Self::License,
        Self::Format,
    ];

    /// What it is called in a query.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Platform => "platform",
            Self::Variable => "variable",
            Self::Person => "person",
            Self::Level => "level",
            Self::Keyword => "keyword",
            Self::Doi => "doi",
            Self::License => "license",
            Self::Format => "format",
        }
    }

    /// The facet of a field, where it has one.
    #[must_use]
    pub fn of(field: Field) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == field.name())
    }
}

/// A variable as it is searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocVariable {
    /// `name` or `group/name`.
    pub name: String,
    /// CF standard name.
    pub standard_name: String,
    /// CF long name.
    pub long_name: String,
    /// Units.
    pub units: String,
    /// Time, latitude and the like: found by a word, but no facet, since nearly every dataset has them.
    pub coordinate: bool,
}

/// One dataset for the index.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Doc {
    /// CIDv1 base32.
    pub cid: String,
    /// UUIDs and DOIs, also of references: found when they are typed in full.
    pub ids: Vec<String>,
    /// Title.
    pub title: String,
    /// Summary, plain text.
    pub summary: String,
    /// People and organisations in order, creators first.
    pub people: Vec<String>,
    /// Affiliations and institution: searched, not shown.
    pub affiliations: Vec<String>,
    /// Platforms.
    pub platforms: Vec<String>,
    /// Instruments.
    pub instruments: Vec<String>,
    /// Campaigns.
    pub campaigns: Vec<String>,
    /// Keywords.
    pub keywords: Vec<String>,
    /// Variables.
    pub variables: Vec<DocVariable>,
    /// Names and paths of its pins.
    pub names: Vec<String>,
    /// Licence, SPDX where known.
    pub license: String,
    /// Format.
    pub format: String,
    /// Feature type.
    pub feature_type: String,
    /// Processing level.
    pub level: String,
    /// Registered DOI.
    pub doi: Option<String>,
    /// Year of publication.
    pub year: Option<i32>,
    /// When it was published, as far as known.
    pub published: Option<Day>,
    /// Time coverage.
    pub time: Option<(Day, Day)>,
    /// `[west, south, east, north]` in degrees.
    pub bbox: Option<[f64; 4]>,
    /// Track, points or box for the map.
    pub shape: Shape,
    /// The day from which its data are presented, while that is to come.
    pub embargo: Option<Day>,
    /// Whether the site has a small map of it.
    pub picture: bool,
}

/// Whether the catalogue lists it: the newest version, not withdrawn. What is under embargo is listed; only its
/// data are not presented.
#[must_use]
pub fn is_listed(dataset: &Dataset) -> bool {
    let superseded = dataset.versions.iter().any(|version| version.cid == dataset.cid && !version.current);
    !superseded && dataset.withdrawn.is_none()
}

impl Doc {
    /// What is searched of a record.
    #[must_use]
    pub fn from_dataset(dataset: &Dataset) -> Self {
        let creators = dataset.creators();
        let others =
            dataset.people.iter().filter(|person| !person.roles.iter().any(|role| role == "creator"));
        let people: Vec<&Person> = creators.chain(others).collect();
        let mut affiliations: Vec<String> =
            people.iter().flat_map(|person| &person.affiliations).map(|one| one.name.clone()).collect();
        affiliations.extend(dataset.institution.clone());
        let names = people.iter().map(|person| clean(&person.name)).collect();
        let or_one = |list: &[String], one: Option<&String>| -> Vec<String> {
            if list.is_empty() {
                unique(one.into_iter().map(|text| clean(text)).collect())
            } else {
                tidy(list)
            }
        };
        let doi = dataset.doi.as_ref().filter(|doi| doi.state == "registered").map(|doi| doi.id.clone());
        let mut ids = vec![dataset.uuid.clone(), dataset.series.clone()];
        ids.extend(doi.clone());
        ids.extend(dataset.references.iter().filter_map(|reference| reference.doi.clone()));
        let declared = dataset.extent.declared.as_deref();
        let time = dataset.extent.time.as_ref().or_else(|| declared.and_then(|extent| extent.time.as_ref()));
        let bbox = dataset.extent.bbox.or_else(|| declared.and_then(|extent| extent.bbox));
        let published = dataset.dates.issued.as_deref().and_then(parse_span).map(|(day, _)| day);
        let published = published.or_else(|| {
            let created = dataset.pins.iter().filter_map(|pin| pin.created.as_deref()).min();
            created.and_then(parse_span).map(|(day, _)| day)
        });
        let year =
            dataset.publication_year.as_ref().filter(|year| year.from != "assumed").map(|year| year.year);
        Self {
            cid: dataset.cid.clone(),
            ids: unique(ids),
            title: clean(&dataset.display_title()),
            summary: clean(dataset.summary.as_deref().unwrap_or_default()),
            people: unique(names),
            affiliations: unique(affiliations),
            platforms: or_one(&dataset.platforms, dataset.platform.as_ref()),
            instruments: tidy(&dataset.instruments),
            campaigns: or_one(&dataset.projects, dataset.project.as_ref()),
            keywords: tidy(&dataset.keywords),
            variables: dataset.variables.iter().map(DocVariable::from).collect(),
            names: unique(
                dataset
                    .pins
                    .iter()
                    .flat_map(|pin| [pin.name.clone(), Some(pin.path.clone())])
                    .flatten()
                    .collect(),
            ),
            license: dataset
                .license
                .as_ref()
                .map(|license| license.spdx.clone().unwrap_or_else(|| shorten(&license.text, 60)))
                .unwrap_or_default(),
            format: dataset.format.clone(),
            feature_type: dataset.feature_type.clone().unwrap_or_default(),
            level: clean(dataset.processing_level.as_deref().unwrap_or_default()),
            doi,
            year,
            published,
            time: time.and_then(|range| Some((parse_span(&range.start)?.0, parse_span(&range.end)?.1))),
            bbox: bbox.filter(|sides| sides.iter().all(|side| side.is_finite())),
            shape: Shape::from_geojson(dataset.extent.geometry.as_ref().unwrap_or(&Value::Null), bbox),
            embargo: dataset.embargo.as_deref().and_then(|date| Some(parse_span(date)?.0)),
            picture: false,
        }
    }
}

impl From<&crate::model::Variable> for DocVariable {
    fn from(variable: &crate::model::Variable) -> Self {
        let text = |text: &Option<String>| clean(text.as_deref().unwrap_or_default());
        Self {
            name: variable.name.clone(),
            standard_name: text(&variable.standard_name),
            long_name: text(&variable.long_name),
            units: text(&variable.units),
            coordinate: !matches!(variable.role, crate::model::Role::Data | crate::model::Role::Ancillary),
        }
    }
}

/// One line: control characters and runs of white space become one space.
fn clean(text: &str) -> String {
    // Most are clean already.
    let plain = |pair: &[u8]| {
        pair[0].is_ascii_graphic() && (pair[1].is_ascii_graphic() || pair[1] == b' ')
            || pair[0] == b' ' && pair[1].is_ascii_graphic()
    };
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if ends(bytes.first()) && ends(bytes.last()) && bytes.windows(2).all(plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for part in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

pub(super) fn shorten(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => {
            let cut = text[..end].rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
            format!("{} …", text[..cut].trim_end())
        }
    }
}

fn tidy(list: &[String]) -> Vec<String> {
    unique(list.iter().map(|text| clean(text)).collect())
}

/// Without empty and repeated texts, in the same order.
fn unique(list: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    list.into_iter().filter(|text| !text.is_empty() && seen.insert(text.clone())).collect()
}
