//! Fewer points that look the same. The loops are in `pinfold_codec::line`, compiled for speed.

pub use pinfold_codec::line::range;
pub(crate) use pinfold_codec::line::{line, thinned, usual_step, window};
