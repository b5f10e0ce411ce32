use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use expect_test::{Expect, expect};

use super::*;
use crate::http::stand_in;

fn check_address(address: &str, expected: Expect) {
    let kubo = Kubo::with_authorization(address, None);
    expected.assert_eq(&kubo.map_or_else(|error| error.to_string(), |kubo| kubo.address().to_owned()));
}

#[test]
fn addresses() {
    check_address("http://127.0.0.1:5001/", expect!["http://127.0.0.1:5001"]);
    check_address("http://127.0.0.1:5001/api/v0", expect!["http://127.0.0.1:5001"]);
    check_address("/ip4/127.0.0.1/tcp/5001\n", expect!["http://127.0.0.1:5001"]);
    check_address("/ip6/::1/tcp/5001/http", expect!["http://[::1]:5001"]);
    check_address(
        "/unix/ipfs.sock",
        expect![
            "`/unix/ipfs.sock` is not the address of a Kubo RPC API: it does not begin with http:// or https://; write it as http://127.0.0.1:5001"
        ],
    );
    check_address(
        "http://",
        expect![
            "`http://` is not the address of a Kubo RPC API: empty host; write it as http://127.0.0.1:5001"
        ],
    );
    check_address(
        "http://me:secret@node.example",
        expect![
            "`…@…` is not the address of a Kubo RPC API: user names and passwords are not taken from addresses, set PINFOLD_KUBO_AUTHORIZATION; write it as http://127.0.0.1:5001"
        ],
    );
}

/// The message without the port, which changes.
fn plain(error: &KuboError, address: SocketAddr) -> String {
    error.to_string().replace(&address.to_string(), "127.0.0.1:5001")
}

#[tokio::test]
async fn nobody_answers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let kubo = Kubo::with_authorization(&format!("http://{address}"), None).unwrap();
    let error = kubo.version().await.unwrap_err();
    assert!(matches!(error, KuboError::Unreachable { .. }), "{error:?}");
    expect!["no Kubo answers at http://127.0.0.1:5001: Connection refused (os error 111); start it with `ipfs daemon`, or give the address of its RPC API"]
        .assert_eq(&plain(&error, address));
}

#[tokio::test]
async fn it_wants_credentials_and_never_shows_them() {
    let check = async |headers: HeaderMap| match headers.get("authorization").map(HeaderValue::as_bytes) {
        Some(b"Bearer hush") => (StatusCode::OK, r#"{"Version":"0.40.1"}"#),
        _ => (StatusCode::FORBIDDEN, "403 - Forbidden\n"),
    };
    let address = stand_in(Router::new().route("/api/v0/version", post(check))).await;
    let url = format!("http://{address}");
    let error = Kubo::with_authorization(&url, None).unwrap().version().await.unwrap_err();
    expect!["http://127.0.0.1:5001 refused `version` (403): it is not the RPC API of a Kubo node, or it wants credentials; set PINFOLD_KUBO_AUTHORIZATION to `Bearer …` or `Basic …`"]
        .assert_eq(&plain(&error, address));
    let kubo = Kubo::with_authorization(&url, Some("Bearer hush")).unwrap();
    assert_eq!(kubo.version().await.unwrap(), "0.40.1");
    assert!(!format!("{kubo:?}").contains("hush"));
}

#[tokio::test]
async fn it_goes_away_in_the_middle() {
    // Takes the archive, begins to answer and ends the connection inside a line.
    let take = async |_: Body| {
        let parts = [Ok(Bytes::from_static(b"{\"Stats\":{\"Blo")), Err(io::Error::other("the node died"))];
        Body::from_stream(stream::iter(parts))
    };
    let pin = async || "{\"Progress\":3}\n";
    let router = Router::new().route("/api/v0/dag/import", post(take)).route("/api/v0/pin/add", post(pin));
    let address = stand_in(router).await;
    let kubo = Kubo::with_authorization(&format!("http://{address}"), None).unwrap();
    let car = || stream::iter([Ok(Bytes::from_static(b"archive"))]);
    let error = kubo.import_car(car(), |_| {}).await.unwrap_err();
    assert!(matches!(&error, KuboError::BrokenOff { command, .. } if command == "dag/import"), "{error:?}");
    assert!(error.to_string().contains("start it again and repeat the command, which carries on"));
    // An answer that only began is not a success.
    let cid = "bafkqaaa".parse().unwrap();
    let error = kubo.pin_add(cid, "x", |_| {}).await.unwrap_err();
    expect!["Kubo at http://127.0.0.1:5001 could not do `pin/add`: it did not say that bafkqaaa is pinned"]
        .assert_eq(&plain(&error, address));
    // What cannot be read on our side is said to be ours.
    let broken = stream::iter([Ok(Bytes::from_static(b"archive")), Err(io::Error::other("disk is gone"))]);
    let error = kubo.import_car(broken, |_| {}).await.unwrap_err();
    expect!["the blocks for Kubo at http://127.0.0.1:5001 cannot be read: disk is gone"]
        .assert_eq(&plain(&error, address));
}
