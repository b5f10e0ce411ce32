//! Zarr against stores written by zarr-python (`tests/fixtures/zarr/make.py`), and against hostile ones.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

mod archive;
mod campaign;
mod fixtures;
mod fuzz;
mod hostile;
mod partial;
