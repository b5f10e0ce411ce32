//! Extraction against real data and what other programs see in it.

mod campaign;
mod catalogue;
mod shared;
