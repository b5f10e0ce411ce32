//! `pinfold-core`: blocks that prove themselves, Zarr, CF, the record model, search and plots.
//!
//! No filesystem, network, clock or DOM: the same code runs in the generator and in the browser.
//! The modules are in order; later ones use earlier ones, never the other way round.

pub mod ledger;

pub mod maybe_send;

pub mod together;

pub mod sorted;

pub mod parts;

pub mod letters;

mod number;

mod base;

pub mod cid;

pub mod block;

mod permits;

pub mod gateways;

pub mod car;

pub mod fetch;

pub mod store;

pub mod unixfs;

pub mod zarr;

pub mod cf;

pub mod finding;

pub mod model;

pub mod extract;

pub mod search;

pub mod plot;

pub mod view;

pub mod ahead;

pub mod explore;
