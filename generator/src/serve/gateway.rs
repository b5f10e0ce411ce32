//! `/ipfs/<cid>[/path]`: which representation is asked for, and the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, TryStreamExt};
use pinfold_core::block::{DagScope, EntityBytes, FetchError};
use pinfold_core::cid::Cid;
use pinfold_core::unixfs::{Node, Resolution, Unixfs, UnixfsError, WalkOptions};

use super::answer::{Wanted, is_known, names, set, text, unsatisfiable, wanted};
use super::car::{CarParameters, stream_car};
use super::media::media_type;
use super::{Served, answer, listing};

/// What is behind a CID never changes: a year, as gateways agree on.
const IMMUTABLE: &str = "public, max-age=29030400, immutable";
/// A listing's looks may change.
const LISTING: &str = "public, max-age=604800, stale-while-revalidate=2678400";

/// The parameters of a query, decoded.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    fn read(query: Option<&str>) -> Self {
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    let plain = |text: &str| answer::decode(&text.replace('+', "%20"));
                    (plain(name).unwrap_or_default(), plain(value).unwrap_or_default())
                })
                .collect(),
        )
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }
}

/// A representation.
enum Format {
    Raw,
    /// With the media range that asked for it.
    Car(String),
    /// Files as they are, directories as pages.
    Plain,
}

impl Format {
    /// `format` beats `Accept`. The error is an answer: 406 for what other gateways serve, 400 for what is no format.
    fn choose(query: &Query, headers: &HeaderMap) -> Result<Self, Response> {
        let elsewhere = |format: &str| {
            let message = format!("{format} is not served; raw, car and plain files are");
            text(StatusCode::NOT_ACCEPTABLE, message)
        };
        let accepts: Vec<String> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|range| range.trim().to_owned())
            .collect();
        let car = || accepts.iter().find(|range| range.starts_with("application/vnd.ipld.car")).cloned();
        match query.get("format") {
            Some("raw") => return Ok(Self::Raw),
            Some("car") => return Ok(Self::Car(car().unwrap_or_default())),
            Some(known @ ("tar" | "json" | "cbor" | "dag-json" | "dag-cbor" | "ipns-record")) => {
                return Err(elsewhere(&format!("format `{known}`")));
            }
            Some(other) => {
                let message = format!("there is no format `{other}`; raw, car and plain files are served");
                return Err(text(StatusCode::BAD_REQUEST, message));
            }
            None => {}
        }
        for range in &accepts {
            let kind = range.split(';').next().unwrap_or_default().trim();
            match kind {
                "application/vnd.ipld.raw" => return Ok(Self::Raw),
                "application/vnd.ipld.car" => return Ok(Self::Car(range.clone())),
                "application/vnd.ipld.dag-json"
                | "application/vnd.ipld.dag-cbor"
                | "application/x-tar"
                | "application/vnd.ipfs.ipns-record" => {
                    return Err(elsewhere(kind));
                }
                _ => {}
            }
        }
        Ok(Self::Plain)
    }
}

/// What an answer is made of.
struct Asked<'a> {
    request: &'a Request<()>,
    unixfs: &'a Arc<Unixfs>,
    query: Query,
    /// The path below the root.
    names: Vec<String>,
    found: Cid,
    resolution: Resolution,
}

pub(super) async fn handle(served: &Served, path: &str, request: &Request<()>) -> Response {
    let mut response = match respond(served, path, request).await {
        Ok(response) | Err(response) => response,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    if response.status() == StatusCode::NOT_FOUND {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn respond(served: &Served, path: &str, request: &Request<()>) -> Result<Response, Response> {
    let bad = |message: String| text(StatusCode::BAD_REQUEST, message);
    let headers = request.headers();
    if headers.get("service-worker").is_some() {
        return Err(bad("service workers are not served from /ipfs/".to_owned()));
    }
    let query = Query::read(request.uri().query());
    let format = Format::choose(&query, headers)?;
    let parameters = match &format {
        Format::Car(range) => Some(CarParameters::read(&query, range).map_err(bad)?),
        _ => None,
    };
    let mut names = names(path).ok_or_else(|| {
        bad("a name in the path is not percent-encoded UTF-8, or holds an encoded slash".to_owned())
    })?;
    if names.is_empty() {
        return Err(bad("a CID belongs after /ipfs/".to_owned()));
    }
    // As it was asked for, in plain characters; one that a header cannot carry is left out.
    let end = if path.ends_with('/') { "/" } else { "" };
    let asked_path = format!("/ipfs/{}{end}", names.join("/"));
    let root: Cid = names.remove(0).parse().map_err(|error| bad(format!("invalid path: {error}")))?;

    let only_cached = headers
        .get(header::CACHE_CONTROL)
        .is_some_and(|value| value.to_str().is_ok_and(|value| value.contains("only-if-cached")));
    let unixfs = if only_cached { &served.local } else { &served.unixfs };
    let failed = |error: UnixfsError| match error {
        UnixfsError::Get(_) if only_cached => {
            text(StatusCode::PRECONDITION_FAILED, "not in the local sources")
        }
        error => failure(&error),
    };
    let resolution = unixfs.resolve(root, &names.join("/")).await.map_err(failed)?;
    let Some(found) = resolution.found else {
        let place = format!("{root} has no `{}`", names.join("/"));
        return Err(text(StatusCode::NOT_FOUND, place));
    };
    if only_cached {
        unixfs.blocks().block(found).await.map_err(|error| failed(error.into()))?;
    }
    let asked = Asked { request, unixfs, query, names, found, resolution };
    let roots: Vec<String> = asked.resolution.names.iter().map(Cid::to_string).collect();
    let mut response = match (format, parameters) {
        (Format::Raw, _) => raw(&asked).await,
        (Format::Car(_), Some(parameters)) => car(&asked, parameters).await,
        _ => plain(&asked).await,
    }?;
    let headers = response.headers_mut();
    set(headers, header::HeaderName::from_static("x-ipfs-path"), &asked_path);
    set(headers, header::HeaderName::from_static("x-ipfs-roots"), &roots.join(","));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// A root that nobody has is 404; a source that cannot be asked, or lies, is a bad gateway.
fn failure(error: &UnixfsError) -> Response {
    let status = match error {
        UnixfsError::Get(error) => {
            let is_absent =
                error.attempts.iter().all(|attempt| matches!(attempt, FetchError::NotHere { .. }));
            if is_absent { StatusCode::NOT_FOUND } else { StatusCode::BAD_GATEWAY }
        }
        UnixfsError::Codec { .. } => StatusCode::NOT_ACCEPTABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    text(status, error.to_string())
}

/// The headers of an immutable representation.
fn describe(response: &mut Response, etag: &str, media_type: &str, disposition: Option<&str>) {
    let headers = response.headers_mut();
    set(headers, header::ETAG, etag);
    set(headers, header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    if let Some(disposition) = disposition {
        set(headers, header::CONTENT_DISPOSITION, disposition);
    }
}

impl Asked<'_> {
    fn is_head(&self) -> bool {
        self.request.method() == Method::HEAD
    }

    fn not_modified(&self, etag: &str) -> Option<Response> {
        is_known(self.request.headers(), etag).then(|| {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            set(response.headers_mut(), header::ETAG, etag);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
            response
        })
    }

    /// `attachment; filename="…"`, with the name that the query asks for or `fallback`.
    fn attachment(&self, fallback: &str) -> String {
        disposition("attachment", self.query.get("filename").unwrap_or(fallback))
    }
}

fn disposition(kind: &str, name: &str) -> String {
    let is_plain = |character: char| (' '..='~').contains(&character) && !matches!(character, '"' | '\\');
    let plain: String =
        name.chars().map(|character| if is_plain(character) { character } else { '_' }).collect();
    if plain == name {
        return format!("{kind}; filename=\"{name}\"");
    }
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

async fn raw(asked: &Asked<'_>) -> Result<Response, Response> {
    let etag = format!("\"{}.raw\"", asked.found);
    if let Some(response) = asked.not_modified(&etag) {
        return Ok(response);
    }
    let block = asked.unixfs.blocks().block(asked.found).await.map_err(|error| failure(&error.into()))?;
    let mut response = answer::bytes(asked.request.headers(), asked.is_head(), &etag, block.bytes().clone());
    let attachment = asked.attachment(&format!("{}.bin", asked.found));
    describe(&mut response, &etag, "application/vnd.ipld.raw", Some(&attachment));
    Ok(response)
}

async fn car(asked: &Asked<'_>, parameters: CarParameters) -> Result<Response, Response> {
    let etag = format!(
        "W/\"{}.car.{}\"",
        asked.resolution.names.iter().map(|cid| cid.to_string()).collect::<Vec<_>>().join("-"),
        parameters.tag()
    );
    if let Some(response) = asked.not_modified(&etag) {
        return Ok(response);
    }
    // What is missing at the root is a 404, not a stream that breaks off.
    asked.unixfs.blocks().block(asked.found).await.map_err(|error| failure(&error.into()))?;
    let body = if asked.is_head() {
        Body::empty()
    } else {
        let stream = stream_car(Arc::clone(asked.unixfs), asked.resolution.clone(), asked.found, parameters);
        Body::from_stream(stream)
    };
    let mut response = body.into_response();
    let dups = if parameters.duplicates { 'y' } else { 'n' };
    let media_type = format!("application/vnd.ipld.car; version=1; order=dfs; dups={dups}");
    let root = asked.resolution.names.first().copied().unwrap_or(asked.found);
    let name = std::iter::once(root.to_string()).chain(asked.names.iter().cloned()).collect::<Vec<_>>();
    let attachment = asked.attachment(&format!("{}.car", name.join("_")));
    describe(&mut response, &etag, &media_type, Some(&attachment));
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    Ok(response)
}

async fn plain(asked: &Asked<'_>) -> Result<Response, Response> {
    let node = asked.unixfs.node(asked.found).await.map_err(|error| failure(&error))?;
    if let Node::File(file) = &*node {
        let name = asked.names.last().map_or("", String::as_str);
        return send_file(asked, asked.found, file.size_bytes, name);
    }
    let path = asked.request.uri().path();
    let index = asked.unixfs.resolve(asked.found, "index.html").await.map_err(|error| failure(&error))?;
    if !path.ends_with('/') {
        let last = path.rsplit('/').next().unwrap_or_default();
        let query = asked.request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
        set(response.headers_mut(), header::LOCATION, &format!("./{last}/{query}"));
        return Ok(response);
    }
    if let Some(index) = index.found
        && let Ok(size) = asked.unixfs.file_size(index).await
    {
        return send_file(asked, index, size, "index.html");
    }
    // Other gateways name a listing by its directory; who comes from one need not read it again.
    let etag = format!("\"DirIndex-1_CID-{}\"", asked.found);
    let known = |etag: &str| asked.not_modified(etag);
    if let Some(response) = known(&etag).or_else(|| known(&format!("\"{}\"", asked.found))) {
        return Ok(response);
    }
    let links = asked.unixfs.entries(asked.found).await.map_err(|error| failure(&error))?;
    let root = asked.resolution.names.first().copied().unwrap_or(asked.found);
    let title = format!("/ipfs/{root}/{}", asked.names.join("/"));
    let page = listing::page(&title, &links, !asked.names.is_empty());
    let mut response = answer::bytes(&HeaderMap::new(), asked.is_head(), &etag, page.into());
    describe(&mut response, &etag, "text/html; charset=utf-8", None);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(LISTING));
    Ok(response)
}

/// What was asked for names it, also where it is the `index.html` of a directory.
fn send_file(asked: &Asked<'_>, cid: Cid, size: u64, name: &str) -> Result<Response, Response> {
    let etag = format!("\"{}\"", asked.found);
    if let Some(response) = asked.not_modified(&etag) {
        return Ok(response);
    }
    let (status, from, to) = match wanted(asked.request.headers(), size, &etag) {
        Wanted::Whole => (StatusCode::OK, 0, size),
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, from, to),
        Wanted::Unsatisfiable => return Err(unsatisfiable(size)),
    };
    let body = if asked.is_head() || from == to {
        Body::empty()
    } else {
        let place = |position: u64| i64::try_from(position).map_err(|_| unsatisfiable(size));
        let range = EntityBytes { from: place(from)?, to: Some(place(to - 1)?) };
        let options = WalkOptions {
            scope: DagScope::Entity,
            entity_bytes: Some(range),
            duplicates: true,
            in_flight: 8,
            skip_leaves: None,
        };
        let parts = asked.unixfs.walk(cid, options).map(|item| match (item.block, item.problem) {
            (Err(error), _) => Err(UnixfsError::from(error)),
            (Ok(_), Some(problem)) => Err(problem),
            (Ok(_), None) => Ok(item.file_bytes),
        });
        Body::from_stream(parts.map_err(std::io::Error::other))
    };
    let mut response = (status, body).into_response();
    let filename = asked.query.get("filename");
    let disposition = match asked.query.get("download") {
        Some("true") => Some(disposition("attachment", filename.unwrap_or(name))),
        _ => filename.map(|name| disposition("inline", name)),
    };
    describe(&mut response, &etag, media_type(filename.unwrap_or(name)), disposition.as_deref());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, (to - from).into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        set(headers, header::CONTENT_RANGE, &format!("bytes {from}-{}/{size}", to - 1));
    }
    Ok(response)
}
