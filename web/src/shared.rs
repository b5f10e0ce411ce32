//! What the programs in the page have in common: HTML as text, small helpers over the DOM.

pub(crate) mod dom;
pub(crate) mod html;
