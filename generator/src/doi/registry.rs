//! [`Registry`]: where DOIs are registered. [`DataCite`] is the real one.
//!
//! Specification: <https://support.datacite.org/docs/api>, JSON:API. Requests are made one after the other, no
//! more than [`Pace::per_second`]; 429 and what may pass is tried again with growing pauses, at most as long
//! as `Retry-After` asks for. A `POST` that was answered by an error may have succeeded: before it is made again
//! the registry is asked what it has.
//!
//! Not supported: the XML form of the API, MDS, EZ, deleting drafts.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use data_encoding::BASE64;
use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::http;
use crate::report::one_line;

mod error;

pub use error::RegistryError;

/// DataCite's production system.
pub const PRODUCTION: &str = "https://api.datacite.org";
/// DataCite's test system, whose DOIs resolve nowhere.
pub const TEST: &str = "https://api.test.datacite.org";

/// The environment variables that hold the repository's ID (both names are read) and its password.
pub const USERNAMES: [&str; 2] = ["DATACITE_USERNAME", "DATACITE_REPOSITORY_ID"];
/// See [`USERNAMES`].
pub const PASSWORD: &str = "DATACITE_PASSWORD";

/// The longest answer that is read. DataCite takes no larger records.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// No `Retry-After` is obeyed for longer: DataCite counts requests over five minutes.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// DataCite's states of a DOI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody sees it; it can still be deleted.
    Draft,
    /// It resolves, but DataCite does not list it.
    Registered,
    /// It resolves and is listed.
    Findable,
}

impl State {
    /// DataCite's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Registered => "registered",
            Self::Findable => "findable",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Registered, Self::Findable].into_iter().find(|state| state.word() == word)
    }
}

/// What moves a DOI from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Draft or registered to findable.
    Publish,
    /// Draft to registered.
    Register,
    /// Findable to registered.
    Hide,
}

impl Event {
    /// DataCite's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Register => "register",
            Self::Hide => "hide",
        }
    }
}

/// What the registry has of one DOI.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its state.
    pub state: State,
    /// Its metadata as the registry gives them.
    pub attributes: Value,
}

/// A registry of DOIs.
pub trait Registry: Send + Sync {
    /// Its address, for messages.
    fn name(&self) -> &str;
    /// What it has of a DOI. Without credentials drafts are not seen.
    fn find<'a>(&'a self, doi: &'a str) -> BoxFuture<'a, Result<Option<Known>, RegistryError>>;
    /// Makes a draft. One that was made meanwhile is as good.
    fn create<'a>(
        &'a self,
        doi: &'a str,
        attributes: &'a Value,
    ) -> BoxFuture<'a, Result<Known, RegistryError>>;
    /// Changes metadata (an object with what is to be changed) and, with an event, the state.
    fn change<'a>(
        &'a self,
        doi: &'a str,
        attributes: &'a Value,
        event: Option<Event>,
    ) -> BoxFuture<'a, Result<Known, RegistryError>>;
}

/// Name and password of a DataCite repository.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Credentials {
    /// These.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.trim().to_owned(), password: password.to_owned() }
    }

    /// Those of the environment, if both are set.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
        let username = USERNAMES.into_iter().find_map(variable)?;
        Some(Self::new(&username, variable(PASSWORD)?.trim_end_matches(['\r', '\n'])))
    }
}

/// How fast and how patient to be.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Requests in a second. DataCite's firewall allows 3,000 in five minutes from one address.
    pub per_second: f64,
    /// How often a request is made that fails in a way that may pass.
    pub attempts: u32,
    /// Before the second attempt; doubled each time, with jitter.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_second: 5.0, attempts: 5, pause: Duration::from_secs(1) }
    }
}

/// DataCite's REST API.
pub struct DataCite {
    endpoint: String,
    url: Url,
    client: reqwest::Client,
    authorization: Option<HeaderValue>,
    pace: Pace,
    /// When the next request may be made.
    next: Mutex<Instant>,
}

impl fmt::Debug for DataCite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataCite").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The address that `text` stands for: `test`, `production` or an address.
///
/// # Errors
/// When it is no address, or one over which a password would travel unprotected.
pub fn endpoint(text: &str) -> Result<Url, RegistryError> {
    let address = match text.trim() {
        "test" => TEST,
        "production" => PRODUCTION,
        other => other,
    };
    let bad = |reason: &str| RegistryError::Address { address: one_line(text), reason: reason.to_owned() };
    let url = Url::parse(address.trim_end_matches('/')).map_err(|error| bad(&error.to_string()))?;
    let host = url.host_str().unwrap_or_default();
    let is_local = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    match url.scheme() {
        "https" => {}
        "http" if is_local => {}
        "http" => return Err(bad("over http the password could be read on the way")),
        _ => return Err(bad("it does not begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RegistryError::Address {
            address: "…@…".to_owned(),
            reason: "credentials are taken from the environment only".to_owned(),
        });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has a query or a fragment"));
    }
    Ok(url)
}

impl DataCite {
    /// The registry at `address` (`test`, `production` or `https://…`). Contacts nobody yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(address: &str, credentials: Option<&Credentials>, pace: Pace) -> Result<Self, RegistryError> {
        let url = endpoint(address)?;
        let endpoint = url.as_str().trim_end_matches('/').to_owned();
        let unusable = |reason: String| RegistryError::Address { address: endpoint.clone(), reason };
        let authorization = credentials
            .map(|it| {
                let text =
                    format!("Basic {}", BASE64.encode(format!("{}:{}", it.username, it.password).as_bytes()));
                let mut value = HeaderValue::from_str(&text).map_err(|error| unusable(error.to_string()))?;
                value.set_sensitive(true);
                Ok::<_, RegistryError>(value)
            })
            .transpose()?;
        let client = http::client(Duration::from_secs(10), Duration::from_secs(60))
            // Credentials go nowhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { url, client, authorization, pace, next: Mutex::new(Instant::now()), endpoint })
    }

    /// Whether there are credentials to send.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.authorization.is_some()
    }

    fn address(&self, doi: Option<&str>) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("dois").extend(doi.into_iter().flat_map(|doi| doi.split('/')));
        }
        // Without these DataCite gives names in place of objects.
        url.set_query(Some("affiliation=true&publisher=true"));
        url
    }

    /// Waits until the next request may be made.
    async fn turn(&self) {
        let interval = Duration::from_secs_f64(1.0 / self.pace.per_second.max(0.001));
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = (*next).max(Instant::now());
            *next = at + interval;
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// One request, again and again while that may help. The status and the body of an answer that is final.
    async fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        attempts: u32,
    ) -> Result<(StatusCode, Value), RegistryError> {
        let mut attempt = 1;
        loop {
            self.turn().await;
            let mut request = self.client.request(method.clone(), url.clone());
            request = request.header("accept", "application/vnd.api+json");
            if let Some(value) = &self.authorization {
                request = request.header(AUTHORIZATION, value.clone());
            }
            if let Some(body) = body {
                request = request.header(CONTENT_TYPE, "application/vnd.api+json").body(body.to_string());
            }
            let (reason, retry_after) = match request.send().await {
                Ok(response) => {
                    let status = response.status();
                    let retry_after = http::retry_after(&response);
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        match self.body(response).await {
                            Ok(body) => return Ok((status, body)),
                            Err(Unread::Passing(reason)) => (reason, None),
                            Err(Unread::Final(error)) => return Err(error),
                        }
                    } else {
                        (format!("it answered {status}"), retry_after)
                    }
                }
                Err(error) => (http::reason(&error), None),
            };
            if attempt >= attempts {
                return Err(RegistryError::Unreachable {
                    endpoint: self.endpoint.clone(),
                    reason: one_line(&reason),
                    attempts: attempt,
                });
            }
            http::pause(attempt, self.pace.pause, retry_after, MAX_PAUSE).await;
            attempt += 1;
        }
    }

    /// The JSON of an answer.
    async fn body(&self, response: reqwest::Response) -> Result<Value, Unread> {
        let status = response.status();
        let malformed = |reason: String| {
            Unread::Final(RegistryError::Malformed { endpoint: self.endpoint.clone(), reason })
        };
        let mut parts = response.bytes_stream();
        let mut bytes = Vec::new();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| Unread::Passing(http::reason(&error)))?;
            if bytes.len() + part.len() > MAX_ANSWER_BYTES {
                return Err(malformed(format!("more than {MAX_ANSWER_BYTES} bytes")));
            }
            bytes.extend_from_slice(&part);
        }
        match serde_json::from_slice(&bytes) {
            Ok(body) => Ok(body),
            // What stands before the API (a firewall, a proxy) refuses in its own words.
            Err(_) if status.is_client_error() => Ok(Value::Null),
            Err(_) => Err(malformed(format!("{status} without JSON"))),
        }
    }

    fn error(&self, status: StatusCode, body: &Value, doi: &str) -> RegistryError {
        let endpoint = self.endpoint.clone();
        let reason = said(body).unwrap_or_else(|| status.to_string());
        match status {
            StatusCode::UNAUTHORIZED => {
                let reason = if self.has_credentials() {
                    format!(" and did not take these ({reason})")
                } else {
                    String::new()
                };
                RegistryError::Unauthorized { endpoint, reason }
            }
            StatusCode::FORBIDDEN => RegistryError::Forbidden { endpoint, doi: doi.to_owned(), reason },
            _ if status.is_redirection() => RegistryError::Malformed {
                endpoint,
                reason: format!("{status}; credentials are not sent to another address, give that one"),
            },
            _ => RegistryError::Refused { endpoint, doi: doi.to_owned(), status: status.as_u16(), reason },
        }
    }

    fn known(&self, body: &mut Value, doi: &str) -> Result<Known, RegistryError> {
        let malformed = |reason: String| RegistryError::Malformed {
            endpoint: self.endpoint.clone(),
            reason: one_line(&reason),
        };
        let attributes = body["data"]["attributes"].take();
        let state = attributes["state"].as_str().unwrap_or_default();
        let state = State::parse(state).ok_or_else(|| malformed(format!("{doi} has the state `{state}`")))?;
        let named = attributes["doi"].as_str().unwrap_or_default();
        if !named.eq_ignore_ascii_case(doi) {
            return Err(malformed(format!("asked for {doi} it answered with {named}")));
        }
        Ok(Known { state, attributes })
    }

    async fn get(&self, doi: &str) -> Result<Option<Known>, RegistryError> {
        let (status, mut body) =
            self.send(&Method::GET, &self.address(Some(doi)), None, self.pace.attempts).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            _ if status.is_success() => self.known(&mut body, doi).map(Some),
            _ => Err(self.error(status, &body, doi)),
        }
    }

    async fn post(&self, doi: &str, attributes: &Value) -> Result<Known, RegistryError> {
        let body = envelope(attributes, Some(doi), None);
        let mut attempt = 1;
        loop {
            let answer = self.send(&Method::POST, &self.address(None), Some(&body), 1).await;
            match answer {
                Ok((status, mut body)) if status.is_success() => return self.known(&mut body, doi),
                Ok((status, body)) => {
                    let is_taken = status == StatusCode::CONFLICT
                        || said(&body).is_some_and(|said| said.contains("already been taken"));
                    let there = if is_taken { self.get(doi).await? } else { None };
                    return there.ok_or_else(|| self.error(status, &body, doi));
                }
                // It may have been made nevertheless.
                Err(RegistryError::Unreachable { endpoint, reason, .. }) => {
                    if attempt >= self.pace.attempts {
                        return Err(RegistryError::Unreachable { endpoint, reason, attempts: attempt });
                    }
                    http::pause(attempt, self.pace.pause, None, MAX_PAUSE).await;
                    if let Some(known) = self.get(doi).await? {
                        return Ok(known);
                    }
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Registry for DataCite {
    fn name(&self) -> &str {
        &self.endpoint
    }

    fn find<'a>(&'a self, doi: &'a str) -> BoxFuture<'a, Result<Option<Known>, RegistryError>> {
        Box::pin(self.get(doi))
    }

    fn create<'a>(
        &'a self,
        doi: &'a str,
        attributes: &'a Value,
    ) -> BoxFuture<'a, Result<Known, RegistryError>> {
        Box::pin(self.post(doi, attributes))
    }

    fn change<'a>(
        &'a self,
        doi: &'a str,
        attributes: &'a Value,
        event: Option<Event>,
    ) -> BoxFuture<'a, Result<Known, RegistryError>> {
        Box::pin(async move {
            let body = envelope(attributes, None, event);
            let (status, mut answer) =
                self.send(&Method::PUT, &self.address(Some(doi)), Some(&body), self.pace.attempts).await?;
            if status.is_success() {
                self.known(&mut answer, doi)
            } else {
                Err(self.error(status, &answer, doi))
            }
        })
    }
}

/// Why the body of an answer is not there.
enum Unread {
    /// Asking again may help.
    Passing(String),
    /// It would not.
    Final(RegistryError),
}

/// The body of a request.
fn envelope(attributes: &Value, doi: Option<&str>, event: Option<Event>) -> Value {
    let mut attributes = attributes.clone();
    if let Some(doi) = doi {
        attributes["doi"] = json!(doi);
    }
    if let Some(event) = event {
        attributes["event"] = json!(event.word());
    }
    json!({ "data": { "type": "dois", "attributes": attributes } })
}

/// The titles of JSON:API's errors with the attributes that they belong to.
fn said(body: &Value) -> Option<String> {
    let errors = body["errors"].as_array()?;
    let texts: Vec<String> = errors
        .iter()
        .take(5)
        .filter_map(|error| {
            let title = error["title"].as_str().or_else(|| error["detail"].as_str())?;
            let source = error["source"].as_str().or_else(|| error["source"]["pointer"].as_str());
            Some(source.map_or_else(|| title.to_owned(), |source| format!("{source}: {title}")))
        })
        .collect();
    (!texts.is_empty()).then(|| one_line(&texts.join("; ")).chars().take(500).collect())
}

#[cfg(test)]
mod tests;
