//! [`KuboError`]: what is wrong, at which node, and what to do.

use super::{AUTHORIZATION, DEFAULT_API};

/// Why the node did not do what it was asked for.
#[derive(Debug, Clone, thiserror::Error)]
pub enum KuboError {
    /// The address cannot be used.
    #[error("`{address}` is not the address of a Kubo RPC API: {reason}; write it as {DEFAULT_API}")]
    Address {
        /// As given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error(
        "no Kubo answers at {address}: {reason}; start it with `ipfs daemon`, or give the address of its RPC API"
    )]
    Unreachable {
        /// Whose.
        address: String,
        /// Why.
        reason: String,
    },
    /// It answers, but not to us.
    #[error(
        "{address} refused `{command}` ({status}): it is not the RPC API of a Kubo node, or it wants \
         credentials; set {AUTHORIZATION} to `Bearer …` or `Basic …`"
    )]
    Refused {
        /// Whose.
        address: String,
        /// What was asked.
        command: String,
        /// The status.
        status: u16,
    },
    /// The node says that it could not.
    #[error("Kubo at {address} could not do `{command}`: {message}")]
    Failed {
        /// Whose.
        address: String,
        /// What was asked.
        command: String,
        /// Its words.
        message: String,
    },
    /// The connection ended before the answer did.
    #[error(
        "Kubo at {address} went away during `{command}`: {reason}; what it stored stays stored: start it \
         again and repeat the command, which carries on"
    )]
    BrokenOff {
        /// Whose.
        address: String,
        /// What was asked.
        command: String,
        /// What was seen.
        reason: String,
    },
    /// What was to be sent could not be read.
    #[error("the blocks for Kubo at {address} cannot be read: {reason}")]
    Input {
        /// Whose.
        address: String,
        /// Why.
        reason: String,
    },
}
