//! [`Finding`]: what a maintainer should mend, with a stable code, a place and a hint.

pub mod codes;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that a user could want and that is not there.
    Note,
    /// The dataset is usable, but worse than it should be.
    Warning,
    /// Something is wrong or missing that a standard demands, or that makes data unreachable.
    Error,
}

/// Where a finding is. Every part is optional; lines and columns count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// A file of the catalogue, as it was given on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The pin's name or CID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// The dataset's CID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// The variable, `group/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
    /// The attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
}

/// One thing that was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable code in kebab case, e.g. `license-missing`; each has a page in the documentation.
    pub code: String,
    /// Where.
    #[serde(default)]
    pub place: Place,
    /// What is wrong, in words for a person.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// A finding without a place.
    #[must_use]
    pub fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        Self { severity, code: code.to_owned(), place: Place::default(), message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// The same, about one variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.place.variable = Some(name.into());
        self
    }

    /// The same, about one attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.place.attribute = Some(name.into());
        self
    }
}
