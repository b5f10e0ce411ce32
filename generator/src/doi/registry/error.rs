//! [`RegistryError`]: what is wrong, at which registry, and what to do.

/// Why the registry did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The address cannot be used.
    #[error("`{address}` is not a registry: {reason}; write `test`, `production` or https://…")]
    Address {
        /// As given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No credentials, or wrong ones.
    #[error(
        "{endpoint} wants credentials{reason}: set DATACITE_USERNAME (the repository's ID) and DATACITE_PASSWORD"
    )]
    Unauthorized {
        /// The registry.
        endpoint: String,
        /// What it said about those that were sent.
        reason: String,
    },
    /// The repository may not do this.
    #[error("{endpoint} forbids it for {doi}: {reason}; does the prefix belong to this repository?")]
    Forbidden {
        /// The registry.
        endpoint: String,
        /// Which DOI.
        doi: String,
        /// Its words.
        reason: String,
    },
    /// The registry does not take the metadata.
    #[error("{endpoint} refused {doi} ({status}): {reason}")]
    Refused {
        /// The registry.
        endpoint: String,
        /// Which DOI.
        doi: String,
        /// The status.
        status: u16,
        /// Its words.
        reason: String,
    },
    /// It does not answer, or only with errors of its own.
    #[error(
        "{endpoint} does not work ({reason}), after {attempts} attempts; run the command again later, it carries on"
    )]
    Unreachable {
        /// The registry.
        endpoint: String,
        /// What was seen last.
        reason: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Its answer is not DataCite's.
    #[error("{endpoint} answered something that is not DataCite's API: {reason}")]
    Malformed {
        /// The registry.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl RegistryError {
    /// Whether the next DOI would meet the same.
    #[must_use]
    pub fn concerns_all(&self) -> bool {
        !matches!(self, Self::Forbidden { .. } | Self::Refused { .. })
    }
}
