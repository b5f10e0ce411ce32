//! Zarr v2 and v3 over a [`Store`](crate::store::Store): what arrays there are, and their values.
//!
//! [`Hierarchy::open`] reads the metadata (consolidated where it is), [`Array::read`] a
//! [`Selection`] of one array as [`ArrayData`], [`Array::read_numbers`] as doubles, [`Array::plan`] says beforehand what will be read.
//! Only chunks that a selection touches are read, and of shards only byte ranges.
//!
//! Specifications: <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html>,
//! <https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html>, data types and codecs as
//! zarr-python 3.1 and numcodecs write them. Codecs are listed in [`codec`], data types in
//! [`DataType`].
//!
//! **Not supported**, but named: structured data types, chunk grids other than regular ones, storage
//! transformers, codecs that are not in the list. Such an array is listed with its shape and
//! attributes, [`Array::unsupported`] says why it cannot be read.
//!
//! **Architecture invariant.** This module sees only a `Store`. A chunk that the store does not have
//! is fill value; a chunk that cannot be reached is an error.
//!
//! ```
//! use pinfold_core::store::MemoryStore;
//! use pinfold_core::zarr::{Hierarchy, ReadOptions, Selection};
//!
//! let store = MemoryStore::from_iter([
//!     (".zgroup", r#"{"zarr_format": 2}"#.as_bytes().to_vec()),
//!     ("t/.zarray", br#"{"zarr_format": 2, "shape": [3], "chunks": [2], "dtype": "<i2", "order": "C",
//!         "compressor": null, "filters": null, "fill_value": 7}"#.to_vec()),
//!     ("t/.zattrs", br#"{"_ARRAY_DIMENSIONS": ["time"], "valid_max": Infinity}"#.to_vec()),
//!     ("t/0", vec![1, 0, 2, 0]),
//! ]);
//! futures::executor::block_on(async {
//!     let options = ReadOptions::default();
//!     let hierarchy = Hierarchy::open(&store, &options.limits).await.unwrap();
//!     let t = &hierarchy.arrays["t"];
//!     let data = t.read(&store, &Selection::all(&t.shape), &options).await.unwrap();
//!     assert_eq!(data.to_f64().unwrap(), [1.0, 2.0, 7.0]);
//! });
//! ```

mod assemble;
pub mod codec;
mod data;
mod dtype;
mod error;
mod fill;
mod hierarchy;
pub mod json;
mod meta;
mod numbers;
mod plan;
mod read;
mod selection;

pub use data::{ArrayData, Values};
pub use dtype::{DataType, TimeUnit};
pub use error::ZarrError;
pub use fill::FillValue;
pub use hierarchy::{Group, Hierarchy, Problem};
pub use meta::{Array, Format};
pub use numbers::Meanings;
pub use plan::{PlannedRead, Reads};
pub use read::ReadOptions;
pub use selection::Selection;
