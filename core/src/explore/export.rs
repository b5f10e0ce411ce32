//! A selection as a file: [`netcdf`], [`csv`], [`json`].
//!
//! NetCDF is written in the classic 64-bit offset format (CDF-2) with the raw values and their attributes,
//! so that xarray decodes scale, fill value and time as it does for the Zarr. Specification:
//! <https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html>.
//! CSV and JSON carry decoded values: missing is empty or null, time is ISO 8601.
//!
//! **Not supported** by the format: 64-bit and unsigned integers, which become doubles (a note in
//! `pinfold_note` says so); complex numbers are left out.

mod netcdf3;
mod text;

use serde_json::{Map, Value};

pub use netcdf3::{NetcdfError, netcdf};
pub use text::{csv, json};

use crate::zarr::ArrayData;

/// One array of the selection.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its name; slashes of groups become underscores in NetCDF.
    pub name: String,
    /// Its dimensions after the selection (those at one index are gone).
    pub dimensions: Vec<String>,
    /// The values as stored.
    pub raw: ArrayData,
    /// The values as text: decoded numbers, ISO times, meanings of flags; `None` is missing.
    pub decoded: Vec<Option<Cell>>,
    /// Its attributes.
    pub attributes: Map<String, Value>,
    /// What marks a value as missing, as stored: of Zarr v2 that is no attribute, of v3 a text.
    pub marks: Vec<f64>,
}

/// A decoded value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number.
    Number(f64),
    /// Text, among it times.
    Text(String),
}

/// Where the selection comes from, for the files' heads.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The dataset's CID.
    pub cid: String,
    /// Its title.
    pub title: String,
    /// What was selected, in words or as a link's fragment.
    pub selection: String,
}

#[cfg(test)]
mod tests;
