//! The data explorer on landing pages.
//!
//! Entry points: [`start`] in the page and [`crate::worker::start`] in the worker, both called by
//! `web/js/explorer.js`. The page draws what the worker sends and keeps the view in the address; it never
//! sees a block.
//!
//! What is shown is made as text by functions without a page (`panels`, `proof`, `take`, `files`, `numbers`), put into
//! its places by `parts`; clicks come through `actions`. `slot` says when something has to be made anew.

#[cfg(target_arch = "wasm32")]
mod actions;
mod edits;
mod files;
mod fold;
#[cfg(target_arch = "wasm32")]
mod hand;
#[cfg(target_arch = "wasm32")]
mod link;
mod numbers;
mod panels;
#[cfg(target_arch = "wasm32")]
mod parts;
#[cfg(target_arch = "wasm32")]
mod patch;
#[cfg(target_arch = "wasm32")]
mod peer;
#[cfg(target_arch = "wasm32")]
mod pictures;
#[cfg(target_arch = "wasm32")]
mod program;
mod proof;
pub mod protocol;
#[cfg(target_arch = "wasm32")]
mod saving;
mod slot;
#[cfg(target_arch = "wasm32")]
mod start;
mod state;
mod take;
mod wire;

#[cfg(target_arch = "wasm32")]
pub use start::start;
