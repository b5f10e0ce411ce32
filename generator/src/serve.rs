//! `pinfold serve`: the site, and a gateway under `/ipfs/` over the same block sources. Entry point: [`router`].
//!
//! The gateway is trustless (raw blocks and CARs, <https://specs.ipfs.tech/http-gateways/trustless-gateway/>)
//! and a path gateway for files and directories (<https://specs.ipfs.tech/http-gateways/path-gateway/>).
//! Blocks are verified before they are sent; bodies are streamed, so memory does not grow with a file.
//! Everything under `/ipfs/` is sandboxed: a dataset's HTML never runs in the site's origin.
//!
//! Not supported: IPNS, subdomains, DNSLink, `_redirects`, TAR, DAG-JSON and DAG-CBOR conversions, several
//! ranges in one request (answered with the whole file, as HTTP allows).

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pinfold_core::unixfs::Unixfs;
use tokio::net::TcpListener;

mod answer;
mod car;
mod gateway;
mod listing;
mod media;
mod site;

/// What is served.
pub struct Served {
    /// The folder of a built site.
    pub site: Option<PathBuf>,
    /// Reads from all sources.
    pub unixfs: Arc<Unixfs>,
    /// Reads from files and folders only: what `Cache-Control: only-if-cached` may ask.
    pub local: Arc<Unixfs>,
}

/// The site at `/`, blocks at `/ipfs/`.
pub fn router(served: Served) -> Router {
    Router::new().fallback(handle).with_state(Arc::new(served))
}

async fn handle(State(served): State<Arc<Served>>, request: Request) -> Response {
    // A body, which nothing here reads, could not be shared with another thread.
    let request = request.map(|_| ());
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => match request.uri().path().strip_prefix("/ipfs/") {
            Some(path) => gateway::handle(&served, path, &request).await,
            None => site::handle(&served, &request).await,
        },
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, OPTIONS")]).into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Range, User-Agent, X-Requested-With"),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Content-Length, Content-Range, X-Ipfs-Path, X-Ipfs-Roots, X-Chunked-Output, X-Stream-Output",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Listens at `address`, or, where that port is taken, at the next free one of the hundred after it.
/// Returns the listener and whether the port had to be changed.
///
/// # Errors
/// When none of them can be had.
pub async fn bind(address: SocketAddr) -> io::Result<(TcpListener, bool)> {
    let mut last = None;
    for step in 0..=100 {
        let Some(port) = address.port().checked_add(step) else { break };
        match TcpListener::bind(SocketAddr::new(address.ip(), port)).await {
            Ok(listener) => return Ok((listener, step > 0)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && address.port() != 0 => {
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}
