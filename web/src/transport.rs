//! The way of blocks into the page: cache over verification over a choice of gateways or the Helia peer.
//!
//! Everything here runs in the explorer's Web Worker. What can be decided without a browser (whom to ask,
//! when to hedge, what to evict) is in `pinfold_core::gateways` and `pinfold_core::fetch`; these modules
//! only call the browser.

pub mod browser;
pub mod gateway;
pub mod idb_cache;
pub mod page_blocks;
pub mod peer;
pub mod receiver;
