//! [`Hasher`]: who computes SHA2-256.

use bytes::Bytes;
use sha2::Digest;

use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};

/// Computes SHA2-256 of a block. The browser's implementation calls `crypto.subtle.digest` (three times
/// as fast as wasm), the generator's a thread pool. An implementation that lies breaks invariant 1, so it
/// must do nothing but hash; the comparison with the CID is not its business.
pub trait Hasher: MaybeSend + MaybeSync {
    /// The SHA2-256 digest of `bytes`.
    fn sha2_256(&self, bytes: Bytes) -> BoxFuture<'_, [u8; 32]>;
}

/// SHA2-256 on the calling thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct SoftwareHasher;

impl Hasher for SoftwareHasher {
    fn sha2_256(&self, bytes: Bytes) -> BoxFuture<'_, [u8; 32]> {
        Box::pin(async move { sha2::Sha256::digest(&bytes).into() })
    }
}
