//! What the programs of the catalogue page have in common: the state in the URL, words, HTML as text, small helpers.

pub(crate) mod dom;
pub(crate) mod html;
pub(crate) mod state;
pub(crate) mod time;
pub(crate) mod words;
