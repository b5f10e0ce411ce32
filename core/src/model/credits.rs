//! Who made a dataset, under which terms, from what, with whose money, and when.

use serde::{Deserialize, Serialize};

use super::is_false;

/// A person or an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The name as written, `Given Family` for persons.
    pub name: String,
    /// Given names, where they can be told from the family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Whether this is an organisation.
    #[serde(skip_serializing_if = "is_false")]
    pub organization: bool,
    /// `https://orcid.org/…`, checksum verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orcid: Option<String>,
    /// `https://ror.org/…` of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ror: Option<String>,
    /// E-mail; published only where site.yaml says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Affiliations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affiliations: Vec<Affiliation>,
    /// `creator`, `contributor`, `contact`, `publisher`, or a contributor role as written.
    pub roles: Vec<String>,
}

/// An organisation that somebody belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Affiliation {
    /// Its name.
    pub name: String,
    /// `https://ror.org/…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ror: Option<String>,
}

/// A licence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct License {
    /// SPDX identifier, where the text is one or names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spdx: Option<String>,
    /// The licence's full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the dataset says, word for word.
    pub text: String,
}

/// Something that the dataset refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// As written.
    pub text: String,
    /// An address (`https:` or `http:` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A DOI, `10.…/…` in lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// DataCite relation type, e.g. `References`, `IsDerivedFrom`.
    pub relation: String,
}

/// Money behind the dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Funding {
    /// The funder.
    pub funder: String,
    /// Who that is: a ROR or Crossref Funder ID as an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Award number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award: Option<String>,
    /// What the award is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award_title: Option<String>,
    /// Where the award is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub award_url: Option<String>,
}

/// Dates that the dataset declares, ISO 8601 as far as they could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dates {
    /// `date_created`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// `date_modified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// `date_issued`, `date_published`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
}

impl Dates {
    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
