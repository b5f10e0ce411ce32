//! What `gather` hands to everything after it: the model with the by-products that needed blocks.
//!
//! From here on a build is a pure function of [`Catalogue`].

use jiff::Timestamp;
use pinfold_core::finding::Finding;
use pinfold_core::model::Dataset;
use serde::{Deserialize, Serialize};

use crate::site::Site;

/// One dataset with what was made from its blocks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The record.
    pub dataset: Dataset,
    /// Pictures, the leading one first.
    pub quicklooks: Vec<Quicklook>,
    /// Bytes of `meta.car`; empty when it could not be made.
    #[serde(skip)]
    pub meta_car: Vec<u8>,
    /// What of it is in the cache and not in here.
    #[serde(skip)]
    pub left: Left,
}

/// What of an [`Entry`] is in the cache and not in memory, until [`load_parts`](crate::gather::load_parts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    #[default]
    Nothing,
    /// `meta.car` and pictures.
    Parts,
    /// These, the attributes, and of variables everything but names, role and units: ten thousand records have 400 MB
    /// otherwise. Pages of several datasets need none of it.
    Details {
        /// Hash of the record in the cache: stands for what is not in here.
        record: [u8; 32],
    },
}

/// A picture that was made at build time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quicklook {
    /// File name, `quicklook-1.svg`.
    pub file: String,
    /// `line`, `profile`, `curtain`, `track`, `map`, …
    pub kind: String,
    /// The variables that it shows.
    pub variables: Vec<String>,
    /// Pixels.
    pub width_px: u32,
    /// Pixels.
    pub height_px: u32,
    /// What it shows, for the line below the picture.
    pub caption: String,
    /// What is seen and the range of values, for those who cannot see it.
    pub alt: String,
    /// The picture.
    #[serde(skip)]
    pub svg: String,
}

/// Everything that a build knows.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// `site.yaml`.
    pub site: Site,
    /// All datasets that get a page (current, superseded, withdrawn, embargoed), sorted by CID.
    pub entries: Vec<Entry>,
    /// The pinlist as read, for `pins.json`: CID, name, origins, meta.
    pub pins: Vec<serde_json::Value>,
    /// The pages of `content/`, sorted by path.
    pub pages: Vec<ContentPage>,
    /// Findings that belong to no dataset.
    pub findings: Vec<Finding>,
    /// Scripts of the front end, where the build carries them.
    pub front_end: FrontEnd,
    /// Decides embargoes and assumed years, and is printed in `feed.xml`.
    pub build_time: Timestamp,
}

/// Scripts of the front end as paths below the site's root; a page without one stays as complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontEnd {
    /// The search app's module, loaded by the catalogue page.
    pub search: Option<String>,
    /// What that module loads first, so that the page can ask for it at once.
    pub search_wasm: Option<String>,
    /// The entry of the search index, see `search_index::write`.
    pub search_index: Option<String>,
    /// Which of its files a word needs, see `search_index::ahead`.
    pub search_ahead: Option<String>,
    /// The index of the content pages.
    pub search_pages: Option<String>,
    /// The land of the search's map.
    pub search_land: Option<String>,
    /// The explorer's module, loaded by landing pages.
    pub explorer: Option<String>,
}

/// A page of `content/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentPage {
    /// Path without ending: `about`, `manual/cite`.
    pub path: String,
    /// Markdown with its front matter (`title:`, `nav:`).
    pub markdown: String,
}

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    /// Path below the site's root, with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
