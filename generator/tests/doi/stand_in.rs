//! [`StandIn`]: a registry with DataCite's documented rules, on a port of its own.
//!
//! After <https://support.datacite.org/docs/api-create-dois> and the API's reference: states and events, 401 without
//! or with wrong credentials, 403 for other prefixes, 404 for what is not there and for drafts of others, 422 for a
//! DOI that is taken and for public ones that lack what is mandatory, 429 with `Retry-After`. Answers are
//! changed as DataCite changes them: lower-case DOIs, derived types, empty lists, names in place of objects
//! unless these were asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

pub(crate) const USER: &str = "PIN.FOLD";
pub(crate) const PASSWORD: &str = "quite-secret-7";
const PREFIX: &str = "10.5072";

#[derive(Default)]
pub(crate) struct Inner {
    /// State and attributes by DOI.
    pub(crate) dois: BTreeMap<String, (String, Value)>,
    /// `METHOD DOI event` of each write that was let through to the rules.
    pub(crate) writes: Vec<String>,
    /// Every body that came.
    pub(crate) bodies: Vec<Value>,
    /// From this write on everything is answered by 500.
    pub(crate) fails_after: Option<usize>,
    /// The next so many requests are answered by 429.
    pub(crate) too_many: usize,
    /// The next so many POSTs are done and answered by 502.
    pub(crate) lost_answers: usize,
    /// When requests came.
    pub(crate) times: Vec<std::time::Instant>,
}

#[derive(Clone)]
pub(crate) struct StandIn {
    inner: Arc<Mutex<Inner>>,
    address: SocketAddr,
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let (send, receive) = std::sync::mpsc::channel();
        let shared = Arc::clone(&inner);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let router = Router::new()
                    .route("/dois", post(write_one))
                    .route("/dois/{*doi}", get(read_one).put(write_one))
                    .with_state(shared);
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { inner, address: receive.recv().unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap())
    }

    pub(crate) fn state(&self, doi: &str) -> Option<String> {
        self.with(|inner| inner.dois.get(&doi.to_lowercase()).map(|(state, _)| state.clone()))
    }

    pub(crate) fn attributes(&self, doi: &str) -> Value {
        self.with(|inner| inner.dois[&doi.to_lowercase()].1.clone())
    }

    /// The writes since the last time.
    pub(crate) fn take_writes(&self) -> Vec<String> {
        self.with(|inner| std::mem::take(&mut inner.writes))
    }
}

type Shared = State<Arc<Mutex<Inner>>>;

fn refuse(status: StatusCode, source: Option<&str>, title: &str) -> Response {
    let mut error = json!({"status": status.as_u16().to_string(), "title": title});
    if let Some(source) = source {
        error["source"] = json!(source);
    }
    (status, json!({"errors": [error]}).to_string()).into_response()
}

fn is_authorized(headers: &HeaderMap) -> bool {
    let expected = data_encoding::BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes());
    headers
        .get("authorization")
        .is_some_and(|value| value.as_bytes() == format!("Basic {expected}").as_bytes())
}

/// 429 and 500, when it is their turn.
fn bad_day(inner: &mut Inner) -> Option<Response> {
    inner.times.push(std::time::Instant::now());
    if inner.too_many > 0 {
        inner.too_many -= 1;
        let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, None, "Too many requests");
        response.headers_mut().insert("retry-after", "1".parse().unwrap());
        return Some(response);
    }
    inner
        .fails_after
        .is_some_and(|count| inner.writes.len() >= count)
        .then(|| (StatusCode::INTERNAL_SERVER_ERROR, "<html>oops</html>").into_response())
}

async fn read_one(
    State(shared): Shared,
    Path(doi): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let mut inner = shared.lock().unwrap();
    if let Some(response) = bad_day(&mut inner) {
        return response;
    }
    let is_authorized = is_authorized(&headers);
    if headers.contains_key("authorization") && !is_authorized {
        return refuse(StatusCode::UNAUTHORIZED, None, "Bad credentials.");
    }
    match inner.dois.get(&doi.to_lowercase()) {
        Some((state, attributes)) if is_authorized || state != "draft" => {
            answer(StatusCode::OK, state, attributes, query.as_deref().unwrap_or_default())
        }
        _ => refuse(StatusCode::NOT_FOUND, None, "The resource you are looking for doesn't exist."),
    }
}

async fn write_one(
    State(shared): Shared,
    path: Option<Path<String>>,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inner = shared.lock().unwrap();
    if let Some(response) = bad_day(&mut inner) {
        return response;
    }
    if !is_authorized(&headers) {
        return refuse(StatusCode::UNAUTHORIZED, None, "Bad credentials.");
    }
    if headers.get("content-type").is_none_or(|value| value != "application/vnd.api+json") {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, None, "Send application/vnd.api+json");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            None,
            "You need to provide a payload following the JSONAPI spec",
        );
    };
    inner.bodies.push(body.clone());
    if body["data"]["type"] != "dois" || !body["data"]["attributes"].is_object() {
        return refuse(
            StatusCode::BAD_REQUEST,
            None,
            "You need to provide a payload following the JSONAPI spec",
        );
    }
    let given = &body["data"]["attributes"];
    let named = path.map(|Path(doi)| doi);
    let doi =
        named.clone().or_else(|| given["doi"].as_str().map(str::to_owned)).unwrap_or_default().to_lowercase();
    let event = given["event"].as_str().unwrap_or_default();
    inner.writes.push(format!("{method} {doi} {event}").trim().to_owned());
    if doi.split('/').next() != Some(PREFIX) {
        return refuse(StatusCode::FORBIDDEN, None, "You are not authorized to access this resource.");
    }
    let old = inner.dois.get(&doi).cloned();
    let (state, mut attributes) = match (&named, old) {
        (None, Some(_)) => {
            return refuse(StatusCode::UNPROCESSABLE_ENTITY, Some("doi"), "This DOI has already been taken");
        }
        (None, None) => ("draft".to_owned(), json!({"doi": doi})),
        (Some(_), Some(old)) => old,
        (Some(_), None) => {
            return refuse(StatusCode::NOT_FOUND, None, "The resource you are looking for doesn't exist.");
        }
    };
    for (name, value) in
        given.as_object().unwrap().iter().filter(|(name, _)| !["doi", "event"].contains(&name.as_str()))
    {
        attributes[name] = value.clone();
    }
    let state = match (event, state.as_str()) {
        ("", _) => state,
        ("publish", _) => "findable".to_owned(),
        ("register", "draft") => "registered".to_owned(),
        ("hide", "findable") => "registered".to_owned(),
        // Events that lead nowhere are ignored.
        _ => state,
    };
    if state != "draft"
        && let Some((source, title)) = lacks(&attributes)
    {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, Some(source), title);
    }
    inner.dois.insert(doi.clone(), (state.clone(), attributes.clone()));
    if named.is_none() && inner.lost_answers > 0 {
        inner.lost_answers -= 1;
        return (StatusCode::BAD_GATEWAY, "lost").into_response();
    }
    let status = if named.is_none() { StatusCode::CREATED } else { StatusCode::OK };
    answer(status, &state, &attributes, query.as_deref().unwrap_or_default())
}

/// What a public DOI must have.
fn lacks(attributes: &Value) -> Option<(&'static str, &'static str)> {
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let year = attributes["publicationYear"].as_i64().unwrap_or_default();
    [
        (text(&attributes["url"]), "url", "Can't be blank"),
        (
            text(&attributes["creators"][0]["name"]),
            "creators",
            "Missing child element(s). Expected is ( creator ).",
        ),
        (
            text(&attributes["titles"][0]["title"]),
            "titles",
            "Missing child element(s). Expected is ( title ).",
        ),
        (text(&attributes["publisher"]["name"]), "publisher", "Can't be blank"),
        ((1000..=2100).contains(&year), "publicationYear", "Not a year"),
        (
            text(&attributes["types"]["resourceTypeGeneral"]),
            "types",
            "The attribute 'resourceTypeGeneral' is required",
        ),
        (
            !attributes["titles"][0]["title"].as_str().unwrap_or_default().contains("REFUSED"),
            "titles",
            "Is refused by this test",
        ),
    ]
    .into_iter()
    .find(|(is_there, ..)| !is_there)
    .map(|(_, source, title)| (source, title))
}

fn answer(status: StatusCode, state: &str, attributes: &Value, query: &str) -> Response {
    let mut shown = attributes.clone();
    shown["state"] = json!(state);
    shown["isActive"] = json!(state == "findable");
    for name in
        ["subjects", "contributors", "dates", "sizes", "formats", "rightsList", "geoLocations", "identifiers"]
    {
        if shown[name].is_null() {
            shown[name] = json!([]);
        }
    }
    if shown["types"].is_object() {
        shown["types"]["ris"] = json!("DATA");
        shown["types"]["schemaOrg"] = json!("Dataset");
    }
    for creator in shown["creators"].as_array_mut().into_iter().flatten() {
        if creator["nameIdentifiers"].is_null() {
            creator["nameIdentifiers"] = json!([]);
        }
        if creator["affiliation"].is_null() {
            creator["affiliation"] = json!([]);
        }
        for affiliation in creator["affiliation"].as_array_mut().into_iter().flatten() {
            if !query.contains("affiliation=true") {
                *affiliation = affiliation["name"].clone();
            }
        }
    }
    if !query.contains("publisher=true") {
        shown["publisher"] = shown["publisher"]["name"].clone();
    }
    for place in shown["geoLocations"].as_array_mut().into_iter().flatten() {
        for part in place.as_object_mut().into_iter().flatten().map(|(_, part)| part) {
            for number in part.as_object_mut().into_iter().flatten().map(|(_, number)| number) {
                *number = json!(number.to_string());
            }
        }
    }
    let body = json!({"data": {"id": shown["doi"], "type": "dois", "attributes": shown}});
    (status, body.to_string()).into_response()
}
