//! Loads parts of the program that are elsewhere ([`Part`]): [`bring`].
//!
//! How they are loaded is the page's business: its worker says so with [`load_with`] before anything is read.

use std::sync::OnceLock;

pub use pinfold_codec::parts::Part;

use crate::maybe_send::BoxFuture;

/// Loads a part; the error is in words.
pub type Load = fn(Part) -> BoxFuture<'static, Result<(), String>>;

static LOAD: OnceLock<Load> = OnceLock::new();

/// A part that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the part of the explorer that {} did not load: {reason}", part.purpose())]
pub struct PartError {
    /// Which one.
    pub part: Part,
    /// What happened.
    pub reason: String,
}

/// Says how parts are loaded that are elsewhere.
pub fn load_with(load: Load) {
    // The first one stays.
    let _ = LOAD.set(load);
}

/// Waits until `part` is here. After a failure the next call tries again.
///
/// # Errors
/// [`PartError`].
pub async fn bring(part: Part) -> Result<(), PartError> {
    if part.is_here() {
        return Ok(());
    }
    let answer = match LOAD.get() {
        Some(load) => load(part).await,
        None => Err("nobody knows where it is".to_owned()),
    };
    answer.map_err(|reason| PartError { part, reason })?;
    part.came();
    Ok(())
}
