//! [`PoolHasher`]: SHA2-256 on tokio's blocking threads, so that one reader uses several cores.

use bytes::Bytes;
use pinfold_core::block::{Hasher, SoftwareHasher};
use pinfold_core::maybe_send::BoxFuture;

/// Below this, handing a block over costs more than hashing it (64 KiB take about 40 µs).
const WORTH_A_THREAD_BYTES: usize = 64 << 10;

/// Hashes large blocks elsewhere, where a tokio runtime is around; small ones here.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoolHasher;

impl Hasher for PoolHasher {
    fn sha2_256(&self, bytes: Bytes) -> BoxFuture<'_, [u8; 32]> {
        Box::pin(async move {
            if bytes.len() >= WORTH_A_THREAD_BYTES
                && let Ok(runtime) = tokio::runtime::Handle::try_current()
            {
                let elsewhere = bytes.clone();
                let hashed = runtime
                    .spawn_blocking(move || futures::executor::block_on(SoftwareHasher.sha2_256(elsewhere)))
                    .await;
                if let Ok(digest) = hashed {
                    return digest;
                }
            }
            SoftwareHasher.sha2_256(bytes).await
        })
    }
}
