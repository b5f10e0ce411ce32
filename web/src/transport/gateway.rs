//! A trustless HTTP gateway: [`HttpGateway`].
//!
//! Specification: <https://specs.ipfs.tech/http-gateways/trustless-gateway/>. Requests carry no
//! credentials, no referrer and no header that would need a preflight. What comes back is unverified.
//! Blocks come one by one, or as an archive (CAR) of the DAG that is asked for.

use futures::StreamExt;
use pinfold_core::block::{BlockSource, DagScope, EntityBytes, FetchError, Limits, RawBlock, Want};
use pinfold_core::car::{CarError, CarReader};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::{BoxFuture, BoxStream};
use pinfold_core::together;

use super::receiver::{Answer, Piece, Refused};

/// What a block may weigh: 2 MiB is what gateways promise.
const BLOCK_BYTES: usize = 2 << 20;

/// Requests under way at once for one `Want`.
const AT_ONCE: usize = 16;

/// An HTTP gateway by its address, without a slash at the end.
#[derive(Debug, Clone)]
pub struct HttpGateway {
    address: String,
}

/// An archive on its way.
struct Archive {
    answer: Answer,
    car: CarReader,
    received_bytes: u64,
    /// Where in the archive the block of the last section begins, how long it is, and its digest.
    hashed: Option<(u64, usize, [u8; 32])>,
    ended: bool,
}

/// Why an archive has no next block.
enum ArchiveError {
    Refused(Refused),
    Unreadable(CarError),
}

impl Archive {
    fn ask(url: &str) -> Self {
        let car = CarReader::new(Limits::default());
        Self { answer: Answer::archive(url), car, received_bytes: 0, hashed: None, ended: false }
    }

    async fn next_block(&mut self) -> Result<Option<RawBlock>, ArchiveError> {
        loop {
            if let Some(section) = self.car.next_section().map_err(ArchiveError::Unreadable)? {
                // A digest counts for the very bytes that it was computed over.
                let sha2_256 = self.hashed.take().and_then(|(offset_bytes, length, sha2_256)| {
                    (offset_bytes == section.body_offset_bytes && length == section.bytes.len())
                        .then_some(sha2_256)
                });
                return Ok(Some(RawBlock { cid: section.cid, bytes: section.bytes, sha2_256 }));
            }
            if self.ended {
                return Ok(None);
            }
            match self.answer.next_piece().await.map_err(ArchiveError::Refused)? {
                Some(Piece { bytes, hashed }) => {
                    self.received_bytes += bytes.len() as u64;
                    let end = self.received_bytes;
                    self.hashed = hashed.map(|(length, sha2_256)| (end - length as u64, length, sha2_256));
                    self.car.push(bytes);
                }
                None => {
                    self.car.end();
                    self.ended = true;
                }
            }
        }
    }
}

impl HttpGateway {
    /// A gateway at `address` (`https://…`, slashes at the end are dropped).
    #[must_use]
    pub fn new(address: &str) -> Self {
        Self { address: address.trim().trim_end_matches('/').to_owned() }
    }

    /// Whether a gateway answers there: asks for the empty identity block, which every gateway has.
    ///
    /// # Errors
    /// What the browser or the gateway said.
    pub async fn probe(&self) -> Result<(), FetchError> {
        let empty: Cid = "bafkqaaa".parse().map_err(|error| self.unreachable(&format!("{error}")))?;
        let block = self.block(empty).await?;
        if block.bytes.is_empty() {
            Ok(())
        } else {
            // A server that answers everything with its start page is no gateway.
            Err(self.malformed("it is a web server, but no IPFS gateway".to_owned()))
        }
    }

    fn unreachable(&self, reason: &str) -> FetchError {
        FetchError::Unreachable { origin: self.address.clone(), reason: reason.to_owned() }
    }

    fn malformed(&self, reason: String) -> FetchError {
        FetchError::Malformed { origin: self.address.clone(), reason }
    }

    /// Why there is no answer for `cid`, or only a part of one.
    fn refused(&self, refused: &Refused, cid: Cid) -> FetchError {
        match refused.status() {
            // The browser does not tell CORS from a dead host on purpose.
            0 => self.unreachable("no connection, or it does not allow other sites to read from it (CORS)"),
            200 => self.unreachable("the connection broke off in the middle of its answer"),
            404 | 410 | 412 => FetchError::NotHere { origin: self.address.clone(), cid },
            // It does not know the question, now or later.
            status @ (400 | 405 | 406 | 415 | 501) => self.malformed(format!("{status} {}", refused.text())),
            status => self.unreachable(&format!("it answered {status} {}", refused.text())),
        }
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let answer = Answer::block(&format!("{}/ipfs/{cid}?format=raw", self.address));
        let piece = answer.next_piece().await.map_err(|refused| self.refused(&refused, cid))?;
        let Piece { bytes, hashed } = piece.unwrap_or_default();
        if bytes.len() > BLOCK_BYTES {
            return Err(self.malformed(format!("a block of more than {BLOCK_BYTES} bytes")));
        }
        let sha2_256 = hashed.filter(|(length, _)| *length == bytes.len()).map(|(_, sha2_256)| sha2_256);
        Ok(RawBlock { cid, bytes, sha2_256 })
    }

    /// Starts an archive.
    fn archive(
        &self,
        root: Cid,
        path: &[String],
        scope: DagScope,
        entity_bytes: Option<EntityBytes>,
    ) -> Archive {
        let mut url = format!("{}/ipfs/{root}", self.address);
        for name in path {
            url.push('/');
            url.push_str(&String::from(js_sys::encode_uri_component(name)));
        }
        url.push_str(match scope {
            DagScope::Block => "?format=car&dag-scope=block",
            DagScope::Entity => "?format=car&dag-scope=entity",
            DagScope::All => "?format=car&dag-scope=all",
        });
        if let Some(EntityBytes { from, to }) = entity_bytes {
            let to = to.map_or_else(|| "*".to_owned(), |to| to.to_string());
            url.push_str(&format!("&entity-bytes={from}:{to}"));
        }
        Archive::ask(&url)
    }

    /// Why an archive of `root` has no next block.
    fn broken(&self, root: Cid, error: ArchiveError) -> FetchError {
        match error {
            ArchiveError::Refused(refused) => self.refused(&refused, root),
            ArchiveError::Unreadable(error) => {
                self.malformed(format!("an archive that cannot be read: {error}"))
            }
        }
    }
}

impl BlockSource for HttpGateway {
    fn name(&self) -> &str {
        &self.address
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        match want {
            Want::Blocks(cids) => {
                let asking =
                    futures::stream::iter(cids).map(|cid| -> BoxFuture<'_, _> { Box::pin(self.block(cid)) });
                Box::pin(together::as_they_come(asking, AT_ONCE))
            }
            Want::Dag { root, path, scope, entity_bytes } => {
                let archive = self.archive(root, &path, scope, entity_bytes);
                Box::pin(futures::stream::unfold(Some(archive), move |archive| async move {
                    let mut archive = archive?;
                    match archive.next_block().await {
                        Ok(Some(block)) => Some((Ok(block), Some(archive))),
                        Ok(None) => None,
                        Err(error) => Some((Err(self.broken(root, error)), None)),
                    }
                }))
            }
        }
    }
}
