//! Fewer points that look the same. The loops are in `pinfold_codec::line` and `pinfold_codec::values`, compiled for speed.

pub(crate) use pinfold_codec::line::{is_steady, line, thinned, usual_step, window};
pub use pinfold_codec::values::range;
