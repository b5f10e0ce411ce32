//! What [`super::Index::search`] is asked and what it answers.

use super::doc::Facet;
use super::mark::{Mark, Marked, Matched};
use super::query::{Filters, Query};

/// Values of a facet that are counted and named; the search box finds the others.
pub const FACET_VALUES: usize = 200;

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best match first; without words by title.
    #[default]
    Relevance,
    /// Latest data first.
    NewestData,
    /// Latest publication first.
    NewestPublication,
    /// By title.
    Title,
}

impl Sort {
    /// All, as they are offered.
    pub const ALL: [Self; 4] = [Self::Relevance, Self::NewestData, Self::NewestPublication, Self::Title];

    /// What it is called in an address and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::NewestData => "newest-data",
            Self::NewestPublication => "newest-publication",
            Self::Title => "title",
        }
    }

    /// The order of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }
}

/// A search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// What for.
    pub query: Query,
    /// Order.
    pub sort: Sort,
    /// Hits to skip.
    pub offset: usize,
    /// Hits to describe; with none, `Answer::docs` are in no order.
    pub limit: usize,
    /// Describes no more hits than these of the `limit` that is ordered, so that a page can show first what is seen.
    pub described: Option<usize>,
    /// Does not wait for the details of hits: those that are not loaded show no reasons yet.
    pub brief: bool,
}

/// The hits and all that follows them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Datasets that match.
    pub total: usize,
    /// Datasets in the index.
    pub of: usize,
    /// Datasets that would match without facets, time and box.
    pub without_filters: usize,
    /// No dataset has all words: these have some.
    pub partial: bool,
    /// All hits in order, by number.
    pub docs: Vec<u32>,
    /// The hits that were asked for.
    pub hits: Vec<Hit>,
    /// The words of the query and how many datasets have each.
    pub words: Vec<Word>,
    /// Nearest spellings.
    pub corrections: Vec<Correction>,
    /// What facets and histogram are counted of.
    pub(super) basis: Basis,
}

impl Answer {
    /// What is counted of it, so that another program with the same index can count: all datasets that match by
    /// words, the filters that each dataset of the index fails as bits (none where nothing is filtered), and the
    /// filters.
    #[must_use]
    pub fn basis(&self) -> (&[u32], &[u16], &Filters) {
        (&self.basis.docs, &self.basis.fails, &self.basis.filters)
    }

    /// An answer that can be counted, of [`Answer::basis`]; what is not among `of` datasets is left out.
    #[must_use]
    pub fn of_basis(of: usize, mut docs: Vec<u32>, fails: Vec<u16>, filters: Filters) -> Self {
        docs.retain(|doc| (*doc as usize) < of);
        Self { of, basis: Basis { docs, fails, filters }, ..Self::default() }
    }
}

/// All that matches by words, and which filters it fails: see [`super::Index::facet_counts`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Basis {
    /// In order of their numbers.
    pub(super) docs: Vec<u32>,
    /// For every dataset of the index, the filters that it fails as bits; empty when there is no filter.
    pub(super) fails: Vec<u16>,
    pub(super) filters: Filters,
}

impl Basis {
    pub(super) fn fails(&self, doc: u32) -> u16 {
        self.fails.get(doc as usize).copied().unwrap_or(0)
    }
}

/// A hit; its record is `Index::record(doc)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its number in the index.
    pub doc: u32,
    /// How well it fits; comparable within one answer.
    pub score: f32,
    /// Words of the title that matched.
    pub title: Vec<Mark>,
    /// Where else it matched.
    pub matched: Vec<Matched>,
    /// Matching variables that are not named in `matched`.
    pub more_variables: usize,
    /// The matching part of the summary.
    pub snippet: Option<Marked>,
    /// Words that it does not have, in a partial answer.
    pub missing: Vec<String>,
    /// Its details were not there: `matched` and `snippet` lack what they would say.
    pub brief: bool,
}

/// A facet's values, chosen ones first, then by count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCounts {
    /// Which.
    pub facet: Facet,
    /// Its first [`FACET_VALUES`] values, those without hits included.
    pub values: Vec<FacetCount>,
    /// How many values it has.
    pub n_values: usize,
}

/// A facet's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// As it is written most often.
    pub value: String,
    /// Hits that have it, or would if it were chosen.
    pub count: usize,
    /// Datasets that have it.
    pub of: usize,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As typed.
    pub text: String,
    /// Datasets that have it.
    pub datasets: usize,
    /// Whether it may be missing.
    pub soft: bool,
}

/// A word and what may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// As typed.
    pub typed: String,
    /// A word of the catalogue.
    pub meant: String,
    /// Datasets that have it.
    pub datasets: usize,
}
