//! Extraction against real data and what other programs see in it.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

mod campaign;
mod catalogue;
mod shared;
