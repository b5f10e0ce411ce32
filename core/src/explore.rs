//! What the explorer shows, without a DOM: the view as a link, the code that opens it elsewhere, and the
//! forms in which a selection is taken along.
//!
//! A view is named by array indices (`isel` in xarray), so that the link, the chunks that are fetched and
//! the line of Python speak of exactly the same selection.

pub mod address;
pub mod export;
pub mod session;
pub mod snippets;
pub mod taking;
pub mod view_state;
pub mod zip;

pub use view_state::{Indices, Kind, Mode, ViewState};
