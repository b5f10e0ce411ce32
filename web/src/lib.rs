//! The front end: two WASM modules from one crate. Feature `search` is the app on the catalogue page,
//! feature `explorer` the data explorer on landing pages with its Web Worker.
//!
//! Components hold no logic: what can be tested without a DOM is in `pinfold-core`.

#[cfg(feature = "explorer")]
pub mod transport;
