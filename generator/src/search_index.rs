//! The `search/` folder of a site: one index for the datasets, one for the pages.

use pinfold_core::search::Synonyms;

/// Why `content/synonyms.yaml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("synonyms: {0}")]
pub struct SynonymsError(String);

/// Reads `content/synonyms.yaml`: a list of lists of words and phrases.
///
/// # Errors
/// When it is not YAML, or not a list of lists of text.
pub fn read_synonyms(yaml: &str) -> Result<Synonyms, SynonymsError> {
    serde_saphyr::from_str(yaml).map_err(|error| SynonymsError(error.to_string()))
}
