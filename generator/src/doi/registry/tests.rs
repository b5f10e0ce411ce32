//! Servers that are no registry, or not the one that was named.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use expect_test::{Expect, expect};

use super::*;
use crate::http::stand_in;

const DOI: &str = "10.5072/abc";

fn registry(address: SocketAddr) -> DataCite {
    let pace = Pace { per_second: 1000.0, attempts: 2, pause: Duration::from_millis(1) };
    let credentials = Credentials::new("EXAMPLE.REPO", "hush-hush");
    DataCite::new(&format!("http://{address}"), Some(&credentials), pace).unwrap()
}

/// What `find` says to an answer.
async fn check(status: StatusCode, body: &'static str, expected: Expect) {
    let answer = move || async move { (status, body) };
    let address = stand_in(Router::new().route("/dois/{*doi}", get(answer))).await;
    let found = registry(address).find(DOI).await;
    let text = found.map_or_else(|error| error.to_string(), |known| format!("{known:?}"));
    expected.assert_eq(&text.replace(&address.to_string(), "127.0.0.1:1"));
}

#[tokio::test]
async fn answers_that_are_not_datacites() {
    check(StatusCode::NOT_FOUND, "<html>", expect!["None"]).await;
    check(
        StatusCode::OK,
        "<html>",
        expect!["http://127.0.0.1:1 answered something that is not DataCite's API: 200 OK without JSON"],
    )
    .await;
    check(
        StatusCode::OK,
        "{}",
        expect![
            "http://127.0.0.1:1 answered something that is not DataCite's API: 10.5072/abc has the state ``"
        ],
    )
    .await;
    let other = r#"{"data": {"attributes": {"state": "findable", "doi": "10.5072/other"}}}"#;
    check(StatusCode::OK, other, expect!["http://127.0.0.1:1 answered something that is not DataCite's API: asked for 10.5072/abc it answered with 10.5072/other"]).await;
    check(StatusCode::FORBIDDEN, "<html>blocked by a firewall", expect!["http://127.0.0.1:1 forbids it for 10.5072/abc: 403 Forbidden; does the prefix belong to this repository?"]).await;
    check(StatusCode::BAD_GATEWAY, "", expect!["http://127.0.0.1:1 does not work (it answered 502 Bad Gateway), after 2 attempts; run the command again later, it carries on"]).await;
    // What it says goes to terminals.
    let escape =
        "{\"errors\": [{\"title\": \"\\u001b[2Jgone\\nand more\", \"source\": {\"pointer\": \"/data\"}}]}";
    check(
        StatusCode::UNPROCESSABLE_ENTITY,
        escape,
        expect!["http://127.0.0.1:1 refused 10.5072/abc (422): /data:  [2Jgone and more"],
    )
    .await;
    // DOIs have no case.
    let same = r#"{"data": {"attributes": {"state": "draft", "doi": "10.5072/ABC"}}}"#;
    check(StatusCode::OK, same, expect![[r#"Some(Known { state: Draft, attributes: Object {"state": String("draft"), "doi": String("10.5072/ABC")} })"#]]).await;
}

#[tokio::test]
async fn credentials_go_to_nobody_else() {
    let heard = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&heard);
    let listen = move |headers: HeaderMap| {
        counter.fetch_add(usize::from(headers.contains_key("authorization")) + 1, Ordering::Relaxed);
        async { "{}" }
    };
    let elsewhere = stand_in(Router::new().route("/dois/{*doi}", get(listen))).await;
    let to = format!("http://{elsewhere}/dois/{DOI}");
    let redirect = move || async move { (StatusCode::TEMPORARY_REDIRECT, [("location", to)]) };
    let address = stand_in(Router::new().route("/dois/{*doi}", get(redirect))).await;
    let registry = registry(address);
    let error = registry.find(DOI).await.unwrap_err();
    assert!(error.to_string().contains("307 Temporary Redirect"), "{error}");
    assert_eq!(heard.load(Ordering::Relaxed), 0);
    assert!(!format!("{registry:?} {:?}", Credentials::new("A", "hush-hush")).contains("hush"));
}

#[tokio::test]
async fn an_answer_without_an_end() {
    let endless = || async {
        let parts =
            futures::stream::repeat(bytes::Bytes::from(vec![b' '; 1 << 20])).map(Ok::<_, std::io::Error>);
        axum::body::Body::from_stream(parts)
    };
    let address = stand_in(Router::new().route("/dois/{*doi}", get(endless))).await;
    let error = registry(address).find(DOI).await.unwrap_err();
    assert!(error.to_string().ends_with("more than 8388608 bytes"), "{error}");
}

#[test]
fn addresses() {
    let check = |text: &str, expected: Expect| {
        let found = endpoint(text);
        expected.assert_eq(&found.map_or_else(|error| error.to_string(), |url| url.to_string()));
    };
    check("test", expect!["https://api.test.datacite.org/"]);
    check("production", expect!["https://api.datacite.org/"]);
    check("http://127.0.0.1:80/x/", expect!["http://127.0.0.1/x"]);
    check(
        "http://registry.example",
        expect![
            "`http://registry.example` is not a registry: over http the password could be read on the way; write `test`, `production` or https://…"
        ],
    );
    check(
        "prod",
        expect![
            "`prod` is not a registry: relative URL without a base; write `test`, `production` or https://…"
        ],
    );
    check(
        "https://me:secret@x.example",
        expect![
            "`…@…` is not a registry: credentials are taken from the environment only; write `test`, `production` or https://…"
        ],
    );
    check(
        "ftp://x.example",
        expect![
            "`ftp://x.example` is not a registry: it does not begin with https://; write `test`, `production` or https://…"
        ],
    );
}
