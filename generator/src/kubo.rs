//! [`Kubo`]: a running Kubo node by its RPC API, for `pinfold deploy` and `pinfold add --to`.
//!
//! Specification: <https://docs.ipfs.tech/reference/kubo/rpc/>. Everything is asked `offline`: a block that
//! the node does not have is an answer, never a search of the network (but see [`Kubo::pin_add`]). A CAR is streamed, memory does not
//! grow with it. When the node dies in the middle, what it had stored stays stored and the error says so.
//!
//! Where the API is protected (`API.Authorizations` in Kubo's configuration) the value of the `Authorization`
//! header is taken from the environment variable [`AUTHORIZATION`] and never shown.
//!
//! Not supported: MFS, names, the Pinning Service API, nodes behind a unix socket.
//!
//! ```no_run
//! # async fn example() -> Result<(), pinfold::kubo::KuboError> {
//! use pinfold::kubo::Kubo;
//! let kubo = Kubo::new("http://127.0.0.1:5001")?;
//! let car = futures::stream::iter([Ok(bytes::Bytes::from_static(b"CAR"))]);
//! kubo.import_car(car, |bytes| eprintln!("{bytes} more bytes sent")).await?;
//! kubo.pin_add("bafkqaaa".parse().expect("a CID"), "my data", |blocks| eprintln!("{blocks} pinned")).await?;
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use pinfold_core::block::{BlockSource, FetchError, Limits, RawBlock, Want};
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::BoxStream;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};

use crate::http;

mod error;
mod rpc;

pub use error::KuboError;

/// Where Kubo listens unless told otherwise.
pub const DEFAULT_API: &str = "http://127.0.0.1:5001";
/// The environment variable with the value of the `Authorization` header (`Bearer …` or `Basic …`).
pub const AUTHORIZATION: &str = "PINFOLD_KUBO_AUTHORIZATION";

/// Until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer. Storing and pinning large archives on a slow disk takes its time.
const READ_TIMEOUT: Duration = Duration::from_secs(600);
/// One line of a streamed answer, or an error. The longest are a few hundred bytes.
const MAX_LINE_BYTES: usize = 1 << 20;
/// Blocks asked for at once by [`BlockSource`].
const IN_FLIGHT: usize = 16;
/// Parts the multipart body; cannot occur at the beginning of a line of the header before it.
const BOUNDARY: &str = "pinfold-car-7f3a1c";

/// A Kubo node.
#[derive(Clone)]
pub struct Kubo {
    address: String,
    url: Url,
    client: Client,
    authorization: Option<HeaderValue>,
    limits: Limits,
}

impl fmt::Debug for Kubo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authorization = self.authorization.as_ref().map(|_| "redacted");
        f.debug_struct("Kubo")
            .field("address", &self.address)
            .field("authorization", &authorization)
            .finish_non_exhaustive()
    }
}

/// What a node counted while it took a CAR.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportStats {
    /// Blocks in the CAR.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// How full a node is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepoStat {
    /// What it holds.
    pub size_bytes: u64,
    /// From where on it collects garbage (`Datastore.StorageMax`).
    pub max_bytes: u64,
    /// Where its repository is, on its own machine.
    pub path: String,
}

impl Kubo {
    /// The node whose RPC API is at `address`: `http://127.0.0.1:5001` or `/ip4/127.0.0.1/tcp/5001`. Contacts
    /// nobody yet. Credentials come from the environment ([`AUTHORIZATION`]).
    ///
    /// # Errors
    /// When the address or the credentials cannot be used.
    pub fn new(address: &str) -> Result<Self, KuboError> {
        let given = std::env::var(AUTHORIZATION).ok().filter(|value| !value.trim().is_empty());
        Self::with_authorization(address, given.as_deref())
    }

    /// As [`Kubo::new`] with the value of the `Authorization` header.
    ///
    /// # Errors
    /// When the address or the credentials cannot be used.
    pub fn with_authorization(address: &str, authorization: Option<&str>) -> Result<Self, KuboError> {
        let bad =
            |reason: &str| KuboError::Address { address: address.to_owned(), reason: reason.to_owned() };
        let url = from_multiaddr(address.trim()).unwrap_or_else(|| address.trim().to_owned());
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        let rest = rest.ok_or_else(|| bad("it does not begin with http:// or https://"))?;
        if rest.split('/').next().is_some_and(|host| host.contains('@')) {
            return Err(KuboError::Address {
                address: "…@…".to_owned(),
                reason: format!("user names and passwords are not taken from addresses, set {AUTHORIZATION}"),
            });
        }
        if rest.contains(['?', '#']) {
            return Err(bad("it has a query or a fragment"));
        }
        let url = url.trim_end_matches('/');
        let url = url.strip_suffix("/api/v0").unwrap_or(url).trim_end_matches('/').to_owned();
        let parsed = Url::parse(&url).map_err(|error| bad(&error.to_string()))?;
        let authorization = authorization
            .map(|value| {
                let mut value = HeaderValue::from_str(value.trim())
                    .map_err(|_| bad(&format!("{AUTHORIZATION} holds characters that no header may have")))?;
                value.set_sensitive(true);
                Ok::<_, KuboError>(value)
            })
            .transpose()?;
        let client = http::client(CONNECT_TIMEOUT, READ_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| bad(&error.to_string()))?;
        Ok(Self { address: url, url: parsed, client, authorization, limits: Limits::default() })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it listens on this machine's loopback interface.
    #[must_use]
    pub fn is_local(&self) -> bool {
        matches!(self.url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"))
    }

    /// Which version it is: also a way to see whether it runs.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, KuboError> {
        let answer = self.value("version", &[]).await?;
        Ok(answer["Version"].as_str().unwrap_or("unknown").to_owned())
    }

    /// Streams a CAR into the node's block store; pins nothing. `sent` is told how many more bytes went out.
    ///
    /// # Errors
    /// When the CAR cannot be read or is damaged, or the node does not take it. Blocks that it had stored by
    /// then stay.
    pub async fn import_car<S>(
        &self,
        car: S,
        sent: impl Fn(u64) + Send + 'static,
    ) -> Result<ImportStats, KuboError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        let command = "dag/import";
        // What the input said, which the HTTP client would wrap beyond recognition.
        let input_error = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&input_error);
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blocks.car\"\r\n\
             Content-Type: application/vnd.ipld.car\r\n\r\n"
        );
        let body = stream::once(async { Ok(Bytes::from(head)) })
            .chain(car.map(move |part| {
                match &part {
                    Ok(bytes) => sent(bytes.len() as u64),
                    Err(error) => {
                        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
                    }
                }
                part
            }))
            .chain(stream::once(async { Ok(Bytes::from(format!("\r\n--{BOUNDARY}--\r\n"))) }));
        let query = [("pin-roots", "false"), ("stats", "true"), ("offline", "true")];
        let request = self
            .request(command, &query)
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(reqwest::Body::wrap_stream(body));
        let mut stats = None;
        let answer = async {
            let response = self.answer(command, request).await?;
            self.lines(command, response, |line| {
                let counted = &line["Stats"];
                if let (Some(blocks), Some(bytes)) =
                    (counted["BlockCount"].as_u64(), counted["BlockBytesCount"].as_u64())
                {
                    stats = Some(ImportStats { blocks, bytes });
                }
                Ok(())
            })
            .await
        }
        .await;
        if let Some(reason) = input_error.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(KuboError::Input { address: self.address.clone(), reason });
        }
        answer?;
        // Errors after the first line come in a trailer, which HTTP clients drop: the counts come last.
        stats.ok_or_else(|| self.failed(command, "it did not say that it stored everything"))
    }

    /// Whether the node has everything below `cid`; it walks all of it.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn has_all(&self, cid: Cid) -> Result<bool, KuboError> {
        let text = cid.to_string();
        match self.value("dag/stat", &[("arg", &text), ("progress", "false"), ("offline", "true")]).await {
            Ok(_) => Ok(true),
            Err(KuboError::Failed { message, .. }) if is_not_found(&message) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Pins what is below `cid`, all of which the node must have ([`Kubo::has_all`]): Kubo searches the network
    /// for what is missing, `offline` or not, and may never end. `progress` is told how many blocks were walked.
    ///
    /// # Errors
    /// When blocks are missing, or the node does not answer.
    pub async fn pin_add(
        &self,
        cid: Cid,
        name: &str,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<(), KuboError> {
        let command = "pin/add";
        let cid = cid.to_string();
        let query = [("arg", cid.as_str()), ("name", name), ("progress", "true"), ("offline", "true")];
        let response = self.answer(command, self.request(command, &query)).await?;
        let mut is_pinned = false;
        self.lines(command, response, |line| {
            if let Some(blocks) = line["Progress"].as_u64() {
                progress(blocks);
            }
            is_pinned |= line["Pins"].as_array().is_some_and(|pins| !pins.is_empty());
            Ok(())
        })
        .await?;
        if is_pinned {
            Ok(())
        } else {
            Err(self.failed(command, &format!("it did not say that {cid} is pinned")))
        }
    }

    /// Removes a recursive pin. One that is not there is an error.
    ///
    /// # Errors
    /// When it is not pinned, or the node does not answer.
    pub async fn pin_rm(&self, cid: Cid) -> Result<(), KuboError> {
        self.value("pin/rm", &[("arg", &cid.to_string())]).await.map(|_| ())
    }

    /// All recursive pins with their names.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn pin_ls(&self) -> Result<BTreeMap<Cid, String>, KuboError> {
        let command = "pin/ls";
        let query = [("type", "recursive"), ("names", "true"), ("stream", "true")];
        let response = self.answer(command, self.request(command, &query)).await?;
        let mut pins = BTreeMap::new();
        self.lines(command, response, |line| {
            if let Some(Ok(cid)) = line["Cid"].as_str().map(str::parse::<Cid>) {
                pins.insert(cid, line["Name"].as_str().unwrap_or_default().to_owned());
            }
            Ok(())
        })
        .await?;
        Ok(pins)
    }

    /// The length of a block that the node has; `None` where it has none.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn block_stat(&self, cid: Cid) -> Result<Option<u64>, KuboError> {
        let text = cid.to_string();
        match self.value("block/stat", &[("arg", &text), ("offline", "true")]).await {
            Ok(answer) => answer["Size"]
                .as_u64()
                .map(Some)
                .ok_or_else(|| self.failed("block/stat", "its answer has no size")),
            Err(KuboError::Failed { message, .. }) if is_not_found(&message) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A block that the node has, not verified; `None` where it has none.
    ///
    /// # Errors
    /// When the node does not answer, or the block is larger than any may be.
    pub async fn block_get(&self, cid: Cid) -> Result<Option<Bytes>, KuboError> {
        let command = "block/get";
        let text = cid.to_string();
        let request = self.request(command, &[("arg", &text), ("offline", "true")]);
        let response = match self.answer(command, request).await {
            Ok(response) => response,
            Err(KuboError::Failed { message, .. }) if is_not_found(&message) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.body(command, response, self.limits.block_bytes as usize).await.map(Some)
    }

    /// How full the node is. It counts its blocks for that, which takes seconds where there are millions.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn repo_stat(&self) -> Result<RepoStat, KuboError> {
        let answer = self.value("repo/stat", &[]).await?;
        Ok(RepoStat {
            size_bytes: answer["RepoSize"].as_u64().unwrap_or_default(),
            max_bytes: answer["StorageMax"].as_u64().unwrap_or_default(),
            path: answer["RepoPath"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

impl BlockSource for Kubo {
    fn name(&self) -> &str {
        &self.address
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let Want::Blocks(cids) = want else { return stream::empty().boxed() };
        stream::iter(cids)
            .map(async |cid| match self.block_get(cid).await {
                Ok(Some(bytes)) => Ok(RawBlock::new(cid, bytes)),
                Ok(None) => Err(FetchError::NotHere { origin: self.address.clone(), cid }),
                Err(error) => {
                    Err(FetchError::Unreachable { origin: self.address.clone(), reason: error.to_string() })
                }
            })
            .buffer_unordered(IN_FLIGHT)
            .boxed()
    }
}

/// How Kubo says that it has no such block.
fn is_not_found(message: &str) -> bool {
    message.contains("could not find") || message.contains("not found")
}

/// `/ip4/127.0.0.1/tcp/5001`, as `$IPFS_PATH/api` holds it, as an address.
fn from_multiaddr(text: &str) -> Option<String> {
    let mut parts = text.strip_prefix('/')?.split('/');
    let host = match (parts.next()?, parts.next()?) {
        ("ip4" | "dns" | "dns4" | "dns6", host) => host.to_owned(),
        ("ip6", host) => format!("[{host}]"),
        _ => return None,
    };
    let ("tcp", port) = (parts.next()?, parts.next()?) else { return None };
    match parts.next() {
        None | Some("http") => Some(format!("http://{host}:{port}")),
        Some("https") => Some(format!("https://{host}:{port}")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
