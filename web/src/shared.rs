//! What the programs in the page have in common: HTML as text, small helpers over the DOM; those of the catalogue page
//! also the state in the URL and words.

#[cfg_attr(
    not(any(feature = "search", feature = "panel")),
    expect(dead_code, reason = "the explorer needs few of them")
)]
pub(crate) mod dom;
#[cfg_attr(
    not(any(feature = "search", feature = "panel")),
    expect(dead_code, reason = "the explorer needs few of them")
)]
pub(crate) mod html;
#[cfg(any(feature = "search", feature = "panel"))]
pub(crate) mod state;
#[cfg(any(feature = "search", feature = "panel"))]
pub(crate) mod time;
#[cfg(any(feature = "search", feature = "panel"))]
pub(crate) mod words;
