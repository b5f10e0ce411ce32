//! [`Gateway`]: a trustless HTTP gateway.
//!
//! Specification: <https://specs.ipfs.tech/http-gateways/trustless-gateway/>. Single blocks are asked for
//! as `?format=raw`, DAGs as CAR; a gateway that answers CARs with an error is asked for blocks only from
//! then on. No credentials, no referrer, no cookies. What comes is capped while it streams and verified by
//! the `Fetcher`. Its 404 means that the block is not there, never that it does not exist.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use pinfold_core::block::{BlockSource, DagScope, EntityBytes, FetchError, Limits, RawBlock, Want};
use pinfold_core::car::CarReader;
use pinfold_core::cid::Cid;
use pinfold_core::maybe_send::BoxStream;
use reqwest::{Client, Response, StatusCode};

use super::SourceError;
use crate::http;

/// How patient to be with a gateway.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Between two pieces of an answer, and until its first one.
    pub read_timeout: Duration,
    /// How often a request is made that fails in a way that may pass.
    pub attempts: u32,
    /// Before the second attempt; doubled each time, plus up to as much again at random.
    pub pause: Duration,
    /// Requests under way at once within one `fetch`.
    pub in_flight: usize,
    /// Limits on what is read.
    pub limits: Limits,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            attempts: 3,
            pause: Duration::from_millis(200),
            in_flight: 16,
            limits: Limits::default(),
        }
    }
}

/// No gateway's `Retry-After` is obeyed for longer.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// A gateway as a source.
#[derive(Debug)]
pub struct Gateway {
    address: String,
    client: Client,
    options: GatewayOptions,
    sends_no_cars: AtomicBool,
}

impl Gateway {
    /// The gateway at `address` (`https://ipfs.example`). Contacts nobody yet.
    ///
    /// # Errors
    /// When no HTTP client can be made, for example because the system's certificates cannot be read.
    pub fn new(address: &str, options: GatewayOptions) -> Result<Self, SourceError> {
        let client = http::client(options.connect_timeout, options.read_timeout)
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()
            .map_err(|error| SourceError::Unknown { text: address.to_owned(), reason: error.to_string() })?;
        let address = address.trim_end_matches('/').to_owned();
        Ok(Self { address, client, options, sends_no_cars: AtomicBool::new(false) })
    }

    async fn block(&self, cid: Cid) -> Result<RawBlock, FetchError> {
        let url = format!("{}/ipfs/{cid}?format=raw", self.address);
        let mut attempt = 1;
        loop {
            let (error, retry_after) = match self.try_block(&url, cid).await {
                Ok(bytes) => return Ok(RawBlock::new(cid, bytes)),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing(error, retry_after)) => (error, retry_after),
            };
            if attempt >= self.options.attempts {
                return Err(error);
            }
            http::pause(attempt, self.options.pause, retry_after, MAX_PAUSE).await;
            attempt += 1;
        }
    }

    async fn try_block(&self, url: &str, cid: Cid) -> Result<Bytes, Failure> {
        let response = self.send(url, "application/vnd.ipld.raw", cid).await?;
        let limit = self.options.limits.block_bytes;
        let too_large =
            || Failure::Final(self.malformed(format!("block {cid} is larger than {limit} bytes")));
        let announced = response.content_length();
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut parts = response.bytes_stream();
        let mut bytes = BytesMut::new();
        while let Some(part) = parts.try_next().await.map_err(|error| self.broken(&error))? {
            if (bytes.len() + part.len()) as u64 > limit {
                return Err(too_large());
            }
            if bytes.is_empty() && announced == Some(part.len() as u64) {
                return Ok(part);
            }
            if bytes.is_empty() {
                bytes.reserve(announced.unwrap_or(0) as usize);
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes.freeze())
    }

    /// Sends a request and sorts the statuses that are not an answer.
    async fn send(&self, url: &str, accept: &str, cid: Cid) -> Result<Response, Failure> {
        let request = self.client.get(url).header("accept", accept);
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = http::retry_after(&response);
        let unreachable = || FetchError::Unreachable {
            origin: self.address.clone(),
            reason: format!("it answered {status} for {cid}"),
        };
        Err(match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Failure::Final(FetchError::NotHere { origin: self.address.clone(), cid })
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Failure::Passing(unreachable(), retry_after),
            _ => Failure::Final(unreachable()),
        })
    }

    fn broken(&self, error: &reqwest::Error) -> Failure {
        let reason = http::reason(error);
        let error = FetchError::Unreachable { origin: self.address.clone(), reason };
        Failure::Passing(error, None)
    }

    fn malformed(&self, reason: String) -> FetchError {
        FetchError::Malformed { origin: self.address.clone(), reason }
    }

    async fn dag(&self, url: String, root: Cid) -> Result<Option<Response>, FetchError> {
        let accept = "application/vnd.ipld.car; version=1; order=dfs; dups=n";
        let mut attempt = 1;
        loop {
            match self.send(&url, accept, root).await {
                Ok(response) => {
                    let is_car = response.headers().get("content-type").is_some_and(|value| {
                        value.to_str().is_ok_and(|value| value.starts_with("application/vnd.ipld.car"))
                    });
                    if is_car {
                        return Ok(Some(response));
                    }
                    self.sends_no_cars.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(Failure::Final(error @ FetchError::NotHere { .. })) => return Err(error),
                Err(Failure::Final(_)) => {
                    // 400, 406, 501, …: it does not do CARs. The blocks are asked for one by one.
                    self.sends_no_cars.store(true, Ordering::Relaxed);
                    return Ok(None);
                }
                Err(Failure::Passing(error, _)) if attempt >= self.options.attempts => return Err(error),
                Err(Failure::Passing(_, retry_after)) => {
                    http::pause(attempt, self.options.pause, retry_after, MAX_PAUSE).await
                }
            }
            attempt += 1;
        }
    }

    fn car_stream(&self, response: Response) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        let parts = response.bytes_stream();
        let reader = CarReader::new(self.options.limits.clone());
        let state = (parts.boxed(), reader, false);
        stream::try_unfold(state, move |(mut parts, mut reader, mut ended)| async move {
            loop {
                match reader.next_section() {
                    Ok(Some(section)) => {
                        let block = RawBlock::new(section.cid, section.bytes);
                        return Ok(Some((block, (parts, reader, ended))));
                    }
                    Ok(None) if ended => return Ok(None),
                    Ok(None) => {}
                    Err(error) => return Err(self.malformed(error.to_string())),
                }
                match parts.next().await {
                    Some(Ok(part)) => reader.push(part),
                    Some(Err(error)) => return Err(self.broken(&error).into_error()),
                    None => {
                        reader.end();
                        ended = true;
                    }
                }
            }
        })
        .boxed()
    }
}

enum Failure {
    /// Asking again would not help.
    Final(FetchError),
    /// It may pass; perhaps the gateway said when.
    Passing(FetchError, Option<Duration>),
}

impl Failure {
    fn into_error(self) -> FetchError {
        match self {
            Self::Final(error) | Self::Passing(error, _) => error,
        }
    }
}

impl BlockSource for Gateway {
    fn name(&self) -> &str {
        &self.address
    }

    fn fetch(&self, want: Want) -> BoxStream<'_, Result<RawBlock, FetchError>> {
        match want {
            Want::Blocks(cids) => {
                let in_flight = self.options.in_flight.max(1);
                stream::iter(cids).map(|cid| self.block(cid)).buffer_unordered(in_flight).boxed()
            }
            Want::Dag { root, path, scope, entity_bytes } => {
                if self.sends_no_cars.load(Ordering::Relaxed) {
                    return stream::empty().boxed();
                }
                let url = dag_url(&self.address, root, &path, scope, entity_bytes);
                stream::once(self.dag(url, root))
                    .map_ok(|response| match response {
                        Some(response) => self.car_stream(response),
                        None => stream::empty().boxed(),
                    })
                    .try_flatten()
                    .boxed()
            }
        }
    }
}

fn dag_url(
    address: &str,
    root: Cid,
    path: &[String],
    scope: DagScope,
    entity_bytes: Option<EntityBytes>,
) -> String {
    let mut url = format!("{address}/ipfs/{root}");
    for name in path {
        url.push('/');
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                url.push(byte.into());
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    let scope = match scope {
        DagScope::Block => "block",
        DagScope::Entity => "entity",
        DagScope::All => "all",
    };
    url.push_str(&format!("?format=car&dag-scope={scope}"));
    if let Some(EntityBytes { from, to }) = entity_bytes {
        let to = to.map_or_else(|| "*".to_owned(), |to| to.to_string());
        url.push_str(&format!("&entity-bytes={from}:{to}"));
    }
    url
}
