//! CF conventions: time, coordinates, and what raw numbers mean.
//!
//! [`time`] reads time units and calendars, [`coords`] says which variable is what, [`decode()`] turns raw
//! values into numbers with missing as NaN, as xarray does. Specification:
//! <https://cfconventions.org/Data/cf-conventions/cf-conventions-1.11/cf-conventions.html>.
//!
//! **Not supported**: the Julian and the mixed calendar before 1582 (read as proleptic Gregorian), geometry
//! containers, compression by gathering, cell methods.

pub mod coords;
mod decode;
pub mod time;
pub mod units;

pub use decode::{Decoded, Decoder, Meaning, decode, stored_marks, valid_range};
