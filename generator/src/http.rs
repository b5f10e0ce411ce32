//! What all HTTP clients of the program share: one way to make a client, to say why a request failed, and
//! to wait before the next attempt.
//!
//! Entry points: [`client`], [`reason`], [`pause`]. No cookies, no referrer; TLS by rustls with ring.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use reqwest::{ClientBuilder, Response};

/// A client's builder with what is true of all of them.
pub(crate) fn client(connect_timeout: Duration, read_timeout: Duration) -> ClientBuilder {
    // Fails when a provider was chosen already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("pinfold/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(connect_timeout)
        .read_timeout(read_timeout)
        .referer(false)
        .tcp_nodelay(true)
}

/// Why a request failed, as its innermost cause says it: without the address, which the caller names.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        reason = inner.to_string();
        cause = inner.source();
    }
    reason
}

/// The seconds of `Retry-After`. A date in it is not read.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Waits before attempt `attempt + 1`: `base`, doubled each time, plus up to as much again at random; longer
/// when the server asked for it, never longer than `most`.
pub(crate) async fn pause(attempt: u32, base: Duration, retry_after: Option<Duration>, most: Duration) {
    let base = base * 2u32.saturating_pow(attempt.saturating_sub(1));
    // A new `RandomState` has new keys: randomness enough for jitter.
    let random = RandomState::new().build_hasher().finish() % 1000;
    let pause = base + base * random as u32 / 1000;
    tokio::time::sleep(retry_after.unwrap_or(pause).max(pause).min(most)).await;
}

/// A server that answers as `router` says, on a port of its own until the runtime ends.
#[cfg(test)]
pub(crate) async fn stand_in(router: axum::Router) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
