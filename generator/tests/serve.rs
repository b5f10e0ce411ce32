//! `pinfold serve` over HTTP: what the site and the gateway answer, header by header, and what they refuse.
//!
//! The blocks of CARs are judged against Kubo in `tests/interop`; here it is the protocol.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[allow(dead_code, reason = "shared with the tests of builds")]
#[path = "site/blocks.rs"]
mod blocks;

use std::fs;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use blocks::Blocks;
use pinfold::serve::{Served, router};
use pinfold_core::block::{Limits, MemoryBlocks};
use pinfold_core::car::CarReader;
use pinfold_core::cid::Cid;
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::Unixfs;
use tower::ServiceExt;

const ABSENT: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";

/// A site of a few files, and a directory of blocks.
struct Bench {
    folder: tempfile::TempDir,
    unixfs: Arc<Unixfs>,
    root: Cid,
    file: Cid,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        for (path, content) in [
            ("index.html", "<!doctype html>home"),
            ("404.html", "<!doctype html>nothing here"),
            ("ds/x/index.html", "<!doctype html>x"),
            ("ds/x/linkset.json", "{}"),
            ("ds/x/record.json", "{}"),
            ("ds/x/citation.bib", "@misc{x}"),
            ("ds/x/schema.jsonld", "{}"),
            ("assets/app-0123.wasm", "\0asm"),
            ("feed.xml", "<feed/>"),
            ("sub/a b ü.txt", "0123456789"),
            ("empty/.keep", ""),
            (".pinfold", "secret"),
            (".well-known/void", "v"),
        ] {
            fs::create_dir_all(site.join(path).parent().unwrap()).unwrap();
            fs::write(site.join(path), content).unwrap();
        }
        fs::write(folder.path().join("outside.txt"), "outside").unwrap();
        let mut list = Blocks::default();
        let file = list.file("0123456789");
        let page = list.file("<script>alert(1)</script>");
        let hostile = list.directory(&[("<img src=x onerror=alert(1)>.txt", file)]);
        let web = list.directory(&[("index.html", page)]);
        let root =
            list.directory(&[("data.txt", file), ("hostile", hostile), ("page.html", page), ("web", web)]);
        let (memory, _) = MemoryBlocks::from_car("test", list.car(), &Limits::default()).unwrap();
        let fetcher = Arc::new(Fetcher::new(vec![Arc::new(memory)], FetchOptions::default()));
        let unixfs = Arc::new(Unixfs::new(fetcher, Limits::default()));
        Self { folder, unixfs, root: root.cid, file: file.cid }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let site = Some(self.folder.path().join("site"));
        let served = Served { site, local: Arc::clone(&self.unixfs), unixfs: Arc::clone(&self.unixfs) };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router(served).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, 1 << 20).await.unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    /// A path below the root, with `{root}` and `{file}` filled in.
    fn path(&self, text: &str) -> String {
        text.replace("{root}", &self.root.to_string()).replace("{file}", &self.file.to_string())
    }
}

#[tokio::test]
async fn files_of_the_site_have_their_media_types_and_caching() {
    let bench = Bench::new();
    for (path, kind, cache) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/ds/x/", "text/html; charset=utf-8", "no-cache"),
        ("/ds/x/linkset.json", "application/linkset+json", "no-cache"),
        ("/ds/x/record.json", "application/json", "no-cache"),
        ("/ds/x/schema.jsonld", "application/ld+json", "no-cache"),
        ("/ds/x/citation.bib", "application/x-bibtex", "no-cache"),
        ("/feed.xml", "application/xml", "no-cache"),
        ("/assets/app-0123.wasm", "application/wasm", "public, max-age=31536000, immutable"),
        ("/sub/a%20b%20%C3%BC.txt", "text/plain; charset=utf-8", "no-cache"),
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (kind, cache), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let head = bench.ask("HEAD", path, &[]).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(head.header("content-length"), answer.body.len().to_string(), "{path}");
        let etag = answer.header("etag");
        for known in [etag.to_owned(), format!("\"other\", W/{etag}"), "*".to_owned()] {
            let again = bench.ask("GET", path, &[("if-none-match", &known)]).await;
            assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path} {known}");
            assert_eq!(again.header("etag"), etag);
        }
        assert_eq!(bench.ask("GET", path, &[("if-none-match", "\"other\"")]).await.status, 200);
    }
}

#[tokio::test]
async fn an_etag_follows_the_content() {
    let bench = Bench::new();
    let before = bench.get("/").await.header("etag").to_owned();
    fs::write(bench.folder.path().join("site/index.html"), "<!doctype html>another home").unwrap();
    assert_ne!(bench.get("/").await.header("etag"), before);
}

#[tokio::test]
async fn what_is_not_there_shows_the_page_for_it() {
    let bench = Bench::new();
    for path in ["/nothing", "/ds/nothing/", "/empty/", "/ds", "/.pinfold", "/%2Epinfold", "/%ff"] {
        let answer = bench.get(path).await;
        if path == "/ds" {
            // A folder without a page of its own.
            assert_eq!(answer.status, 404);
            continue;
        }
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(&answer.body[..], b"<!doctype html>nothing here", "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    assert_eq!(bench.ask("HEAD", "/nothing", &[]).await.body.len(), 0);
    assert_eq!(&bench.get("/.well-known/void").await.body[..], b"v");
}

#[tokio::test]
async fn nothing_outside_of_the_site_is_served() {
    let bench = Bench::new();
    for path in [
        "/../outside.txt",
        "/ds/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/ds/%2e%2e%2f%2e%2e%2foutside.txt",
        "/..%5coutside.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/ds/x/index.html%00.txt",
        "/C:%5Cx",
    ] {
        let answer = bench.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.windows(7).any(|part| part == b"outside"), "{path}");
    }
}

#[tokio::test]
async fn folders_forward_to_their_slash_relatively() {
    let bench = Bench::new();
    let answer = bench.get("/ds/x?q=1").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::MOVED_PERMANENTLY, "./x/?q=1"));
    let answer = bench.get(&bench.path("/ipfs/{root}/web")).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::MOVED_PERMANENTLY, "./web/"));
}

#[tokio::test]
async fn ranges_of_files_here_and_there() {
    let bench = Bench::new();
    for path in ["/sub/a%20b%20%C3%BC.txt".to_owned(), bench.path("/ipfs/{root}/data.txt")] {
        for (range, status, body, content) in [
            ("bytes=2-4", 206, "234", "bytes 2-4/10"),
            ("bytes=7-", 206, "789", "bytes 7-9/10"),
            ("bytes=-3", 206, "789", "bytes 7-9/10"),
            ("bytes=8-99", 206, "89", "bytes 8-9/10"),
            ("bytes=0-0", 206, "0", "bytes 0-0/10"),
            ("bytes=10-", 416, "", "bytes */10"),
            ("bytes=5-4", 200, "0123456789", ""),
            ("bytes=0-1,4-5", 200, "0123456789", ""),
            ("lines=1-2", 200, "0123456789", ""),
        ] {
            let answer = bench.ask("GET", &path, &[("range", range)]).await;
            assert_eq!(answer.status, status, "{path} {range}");
            assert_eq!(answer.header("content-range"), content, "{path} {range}");
            if status != 416 {
                assert_eq!(&answer.body[..], body.as_bytes(), "{path} {range}");
            }
        }
        let etag = bench.get(&path).await.header("etag").to_owned();
        let same = bench.ask("GET", &path, &[("range", "bytes=0-1"), ("if-range", &etag)]).await;
        let other = bench.ask("GET", &path, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
        assert_eq!((same.status, other.status), (StatusCode::PARTIAL_CONTENT, StatusCode::OK), "{path}");
    }
}

#[tokio::test]
async fn blocks_and_archives_as_a_trustless_gateway_sends_them() {
    let bench = Bench::new();
    let raw = "application/vnd.ipld.raw";
    let by_query = bench.get(&bench.path("/ipfs/{file}?format=raw")).await;
    let by_accept = bench.ask("GET", &bench.path("/ipfs/{file}"), &[("accept", raw)]).await;
    for answer in [&by_query, &by_accept] {
        assert_eq!((answer.status, &answer.body[..]), (StatusCode::OK, &b"0123456789"[..]));
        assert_eq!(answer.header("content-type"), raw);
        assert_eq!(answer.header("cache-control"), "public, max-age=29030400, immutable");
        assert_eq!(answer.header("x-ipfs-path"), bench.path("/ipfs/{file}"));
        assert_eq!(answer.header("x-ipfs-roots"), bench.file.to_string());
        assert_eq!(answer.header("content-security-policy"), "sandbox");
        assert!(answer.header("content-disposition").starts_with("attachment; filename="));
    }
    // `format` beats `Accept`.
    let both = bench.ask("GET", &bench.path("/ipfs/{file}?format=car"), &[("accept", raw)]).await;
    assert_eq!(both.header("content-type"), "application/vnd.ipld.car; version=1; order=dfs; dups=n");
    let mut tags = vec![by_query.header("etag").to_owned()];
    for query in [
        "format=car",
        "format=car&dag-scope=block",
        "format=car&dag-scope=entity",
        "format=car&dag-scope=entity&entity-bytes=0:3",
        "format=car&car-dups=y",
    ] {
        let path = bench.path("/ipfs/{root}/data.txt?") + query;
        let answer = bench.get(&path).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(answer.header("content-type").contains("order=dfs"), "{query}");
        let mut reader = CarReader::new(Limits::default());
        reader.push(answer.body.clone());
        let mut count = 0;
        while let Some(block) = reader.next_block().unwrap() {
            assert!([bench.root, bench.file].contains(&block.cid()), "{query}");
            count += 1;
        }
        assert_eq!(count, 2, "{query}");
        let etag = answer.header("etag").to_owned();
        assert!(!tags.contains(&etag), "{query}: {etag}");
        assert_eq!(bench.ask("GET", &path, &[("if-none-match", &etag)]).await.status, 304, "{query}");
        let head = bench.ask("HEAD", &path, &[]).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        tags.push(etag);
    }
}

#[tokio::test]
async fn wrong_questions_are_told_from_missing_answers() {
    let bench = Bench::new();
    for (path, status) in [
        ("/ipfs/", 400),
        ("/ipfs/nonsense", 400),
        ("/ipfs/{root}/%ff", 400),
        ("/ipfs/{root}/data%2ftxt", 400),
        ("/ipfs/{root}?format=nonsense", 400),
        ("/ipfs/{root}?format=tar", 406),
        ("/ipfs/{root}/data.txt?format=dag-json", 406),
        ("/ipfs/{root}?format=car&dag-scope=nonsense", 400),
        ("/ipfs/{root}?format=car&entity-bytes=9:3", 400),
        ("/ipfs/{root}?format=car&entity-bytes=a:b", 400),
        ("/ipfs/{root}?format=car&car-version=2", 400),
        ("/ipfs/{root}?format=car&car-order=bfs", 400),
        ("/ipfs/{root}?format=car&car-dups=maybe", 400),
        ("/ipfs/{root}/not-there", 404),
        ("/ipfs/{root}/data.txt/below?format=raw", 404),
        ("/ipfs/ABSENT?format=raw", 404),
        ("/ipfs/ABSENT?format=car", 404),
        ("/ipns/example.org", 404),
    ] {
        let answer = bench.get(&bench.path(path).replace("ABSENT", ABSENT)).await;
        assert_eq!(answer.status, status, "{path}: {:?}", answer.body);
        if status == 404 && path.starts_with("/ipfs") {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
    let path = format!("/ipfs/{ABSENT}?format=raw");
    assert_eq!(bench.ask("GET", &path, &[("cache-control", "only-if-cached")]).await.status, 412);
    let path = bench.path("/ipfs/{root}/data.txt");
    assert_eq!(bench.ask("GET", &path, &[("accept", "application/vnd.ipld.dag-cbor")]).await.status, 406);
    let path = bench.path("/ipfs/{root}/page.html");
    assert_eq!(bench.ask("GET", &path, &[("service-worker", "script")]).await.status, 400);
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = bench.ask(method, "/", &[]).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, OPTIONS")
        );
    }
    let path = bench.path("/ipfs/{root}");
    let preflight = bench.ask("OPTIONS", &path, &[("origin", "https://else.example")]).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-headers").contains("Range"));
    assert!(preflight.header("access-control-expose-headers").contains("X-Ipfs-Roots"));
}

#[tokio::test]
async fn a_directory_is_known_by_its_own_name() {
    let bench = Bench::new();
    for (path, media) in
        [("/ipfs/{root}/web/", "text/html"), ("/ipfs/{root}/hostile/", "text/html; charset=utf-8")]
    {
        let path = bench.path(path);
        let answer = bench.get(&path).await;
        assert!(answer.header("content-type").starts_with(media), "{path}");
        assert_eq!(answer.header("x-ipfs-path"), path);
        let roots = answer.header("x-ipfs-roots").to_owned();
        let directory = roots.rsplit(',').next().unwrap();
        assert!(answer.header("etag").contains(directory), "{path} {}", answer.header("etag"));
        for known in
            [answer.header("etag"), &format!("W/\"{directory}\""), &format!("\"x\", \"{directory}\"")]
        {
            assert_eq!(
                bench.ask("GET", &path, &[("if-none-match", known)]).await.status,
                304,
                "{path} {known}"
            );
        }
    }
    let blank =
        bench.get(&bench.path("/ipfs/{root}/hostile/%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E.txt")).await;
    let plain = bench.path("/ipfs/{root}/hostile/<img src=x onerror=alert(1)>.txt");
    assert_eq!((blank.status, blank.header("x-ipfs-path")), (StatusCode::OK, plain.as_str()));
}

#[tokio::test]
async fn html_of_a_dataset_is_sandboxed_and_names_are_escaped() {
    let bench = Bench::new();
    for path in ["/ipfs/{root}/page.html", "/ipfs/{root}/web/", "/ipfs/{root}/", "/ipfs/{root}/hostile/"] {
        let answer = bench.get(&bench.path(path)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-security-policy"), "sandbox", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let listing = bench.get(&bench.path("/ipfs/{root}/hostile/")).await;
    let text = String::from_utf8(listing.body.to_vec()).unwrap();
    assert!(!text.contains("<img") && text.contains("&lt;img"), "{text}");
    let name = bench.get(&bench.path("/ipfs/{file}?format=raw&filename=a%22%0d%0aSet-Cookie:x.bin")).await;
    assert_eq!(name.headers.get("set-cookie"), None);
    assert!(!name.header("content-disposition").contains('\n'));
}
