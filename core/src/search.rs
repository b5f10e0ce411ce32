//! Search over the catalogue: one encoder, one decoder, one ranking for build, browser and terminal.
//!
//! [`build()`] turns [`Doc`]s into files; [`Index::open`] reads the first of them, the entry. A
//! [`Query`] is parsed from text, [`Index::search`] answers it or names the files that it [`Need`]s:
//! the host fetches them, gives them to [`Index::supply`] and asks again. In small catalogues the entry holds
//! all that ranked hits need; why they are hits, and facets, are a file each.
//!
//! Words are folded, stemmed and found in an `fst` dictionary, exactly, as beginnings, with typos, by
//! synonym, joined and split; postings carry fields and a weight (BM25F), see [`Field`]. Datasets that
//! have all words are hits; where there is none, those with the most telling words are offered.
//! Not supported: inflection of other languages than English, boolean OR between words. A phrase is found in the
//! texts themselves where they came with the entry, in a summary as far as results show it; in a larger catalogue by its
//! words, each beside the next in one field.
//!
//! ```
//! use pinfold_core::search::{Doc, Index, Layout, Query, Request, build};
//! let doc = Doc { cid: "bafy1".into(), title: "Wind speed on RV Meteor".into(), ..Doc::default() };
//! let files = build(&[doc], &vec![], Layout::default());
//! let index = Index::open(files[0].bytes.clone())?;
//! let request = Request { query: Query::parse("windspeed meteo", true), limit: 10, brief: true, ..Request::default() };
//! let answer = index.search(&request).expect("the entry holds what brief hits need");
//! assert_eq!(index.record(answer.hits[0].doc).unwrap().cid, "bafy1");
//! # Ok::<(), pinfold_core::search::IndexError>(())
//! ```

mod ahead;
mod answer;
mod build;
mod codec;
mod columns;
mod count;
pub mod dates;
mod doc;
mod expand;
mod format;
pub mod fuzzing;
mod ids;
mod index;
mod mark;
mod pairs;
mod query;
mod rank;
mod record;
mod shape;
mod small;
mod suggest;
mod text;
mod typo;

#[cfg(test)]
mod tests;

pub use ahead::FirstWords;
pub use answer::{Answer, Correction, FACET_VALUES, FacetCount, FacetCounts, Hit, Request, Sort, Word};
pub use build::{IndexFile, Layout, Synonyms, build, content_name};
pub use codec::{IndexError, VERSION};
pub use count::{Histogram, Outside};
pub use doc::{Doc, DocVariable, Facet, Field, is_listed};
pub use index::{Index, Need};
pub use mark::{Mark, Marked, Matched};
pub use query::{Chosen, Clause, Filters, Query, parse_bbox};
pub use record::{Details, Record, RecordVariable};
pub use shape::Shape;
pub use small::{decimal, parse_decimal};
pub use suggest::Suggestion;

/// The beginning of a text, at most `bytes` long.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
