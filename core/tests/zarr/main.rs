//! Zarr against stores written by zarr-python (`tests/fixtures/zarr/make.py`), and against hostile ones.

mod archive;
mod fixtures;
mod fuzz;
mod hostile;
mod partial;
