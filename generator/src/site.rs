//! `content/site.yaml`: what is true of the whole site.

use serde::{Deserialize, Serialize};

/// The site's configuration. Unknown keys are findings, not errors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Site {
    /// The catalogue's name.
    pub title: String,
    /// One sentence below it.
    pub description: String,
    /// Who publishes; DataCite `publisher`.
    pub publisher: Publisher,
    /// The absolute address of the site, with a slash at the end; required under `--strict`.
    pub url: Option<String>,
    /// DOIs.
    pub doi: DoiSettings,
    /// Gateways that the pages name and the explorer asks, in this order.
    pub gateways: Vec<String>,
    /// Peers that hold the data.
    pub peers: Vec<Peer>,
    /// A delegated router (`https://…/routing/v1`) that a visitor's Helia peer may ask after consent.
    pub router: Option<String>,
    /// Which pins and paths are shown; empty: all.
    pub include: Filter,
    /// Which are left out.
    pub exclude: Filter,
    /// Publish e-mail addresses; off unless set.
    pub publish_email: bool,
    /// Language of the pages (BCP 47). With `de`, lists and search speak German; other languages have no table.
    pub language: Option<String>,
    /// Where the catalogue's source is: a repository address.
    pub source: Option<String>,
    /// Who answers questions: name and address or e-mail as the maintainers want it shown.
    pub contact: Option<String>,
}

/// The publisher of all datasets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publisher {
    /// Its name.
    pub name: String,
    /// `https://ror.org/…`.
    pub ror: Option<String>,
    /// Its home page.
    pub url: Option<String>,
}

/// How DOIs are made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DoiSettings {
    /// The prefix, `10.5072` for tests.
    pub prefix: Option<String>,
    /// The DataCite REST API; the test system by default.
    pub endpoint: Option<String>,
}

/// A peer that holds the data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// Its peer ID.
    #[serde(alias = "ID")]
    pub id: String,
    /// Its multiaddresses.
    #[serde(alias = "Addrs")]
    pub addrs: Vec<String>,
}

/// A choice of pins and paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Tags of pins.
    pub tags: Vec<String>,
    /// Globs over `path` below the pin's root (`products/HALO/**`).
    pub paths: Vec<String>,
}
