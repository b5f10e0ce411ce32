//! One call of the RPC API: its request, its answer as JSON, bytes or lines, and what is no answer.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use reqwest::header::AUTHORIZATION as HEADER;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::{Kubo, KuboError, MAX_LINE_BYTES};
use crate::http;

impl Kubo {
    pub(super) fn request(&self, command: &str, query: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/api/v0/{command}", url.path().trim_end_matches('/')));
        url.query_pairs_mut().extend_pairs(query);
        let request = self.client.post(url);
        match &self.authorization {
            Some(value) => request.header(HEADER, value.clone()),
            None => request,
        }
    }

    /// Sends a request and sorts what is no answer to it.
    pub(super) async fn answer(
        &self,
        command: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<Response, KuboError> {
        let response = request.send().await.map_err(|error| {
            let (address, reason) = (self.address.clone(), http::reason(&error));
            if error.is_connect() {
                return KuboError::Unreachable { address, reason };
            }
            KuboError::BrokenOff { address, command: command.to_owned(), reason }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = self.body(command, response, MAX_LINE_BYTES).await.unwrap_or_default();
        let said = serde_json::from_slice::<Value>(&body).ok();
        let message = said.as_ref().and_then(|said| said["Message"].as_str());
        Err(match message {
            Some(message) if status == StatusCode::INTERNAL_SERVER_ERROR => self.failed(command, message),
            _ => KuboError::Refused {
                address: self.address.clone(),
                command: command.to_owned(),
                status: status.as_u16(),
            },
        })
    }

    /// A request whose answer is one JSON value.
    pub(super) async fn value(&self, command: &str, query: &[(&str, &str)]) -> Result<Value, KuboError> {
        let response = self.answer(command, self.request(command, query)).await?;
        let body = self.body(command, response, MAX_LINE_BYTES).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|_| KuboError::Refused {
            address: self.address.clone(),
            command: command.to_owned(),
            status: 200,
        })
    }

    pub(super) async fn body(
        &self,
        command: &str,
        response: Response,
        limit: usize,
    ) -> Result<Bytes, KuboError> {
        let mut parts = response.bytes_stream();
        let mut body = BytesMut::new();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| self.broken_off(command, &error))?;
            if body.len() + part.len() > limit {
                return Err(self.failed(command, &format!("its answer is longer than {limit} bytes")));
            }
            body.extend_from_slice(&part);
        }
        Ok(body.freeze())
    }

    /// Gives the lines of a streamed answer to `each`. A line with an error ends it.
    pub(super) async fn lines(
        &self,
        command: &str,
        response: Response,
        mut each: impl FnMut(&Value) -> Result<(), KuboError> + Send,
    ) -> Result<(), KuboError> {
        let mut parts = response.bytes_stream();
        let mut rest = BytesMut::new();
        loop {
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1);
                self.line(command, &line, &mut each)?;
            }
            if rest.len() > MAX_LINE_BYTES {
                return Err(self.failed(command, "a line of its answer is too long"));
            }
            match parts.next().await {
                Some(Ok(part)) => rest.extend_from_slice(&part),
                Some(Err(error)) => return Err(self.broken_off(command, &error)),
                None => return self.line(command, &rest, &mut each),
            }
        }
    }

    pub(super) fn line(
        &self,
        command: &str,
        line: &[u8],
        each: &mut (impl FnMut(&Value) -> Result<(), KuboError> + Send),
    ) -> Result<(), KuboError> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(line)
            .map_err(|_| self.failed(command, "its answer is not the JSON that was expected"))?;
        if let (Some(message), Some("error")) = (value["Message"].as_str(), value["Type"].as_str()) {
            return Err(self.failed(command, message));
        }
        each(&value)
    }

    pub(super) fn failed(&self, command: &str, message: &str) -> KuboError {
        // What a node says goes to terminals and logs.
        let message = crate::report::one_line(message);
        KuboError::Failed { address: self.address.clone(), command: command.to_owned(), message }
    }

    pub(super) fn broken_off(&self, command: &str, error: &reqwest::Error) -> KuboError {
        let reason = http::reason(error);
        KuboError::BrokenOff { address: self.address.clone(), command: command.to_owned(), reason }
    }
}
