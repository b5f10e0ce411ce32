//! The built site: files of a folder, `index.html` for directories, `404.html` for what is not there.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Served, answer, media::media_type};

pub(super) async fn handle(served: &Served, request: &Request<()>) -> Response {
    let Some(root) = &served.site else {
        return answer::text(StatusCode::NOT_FOUND, "no site is served here, only blocks under /ipfs/");
    };
    let path = request.uri().path();
    let Some(file) = locate(root, path) else { return not_found(root, request).await };
    if file.is_dir() {
        if path.ends_with('/') {
            return send(&file.join("index.html"), root, request).await;
        }
        if file.join("index.html").is_file() {
            // Relative, so that a proxy in front may serve the site below a prefix.
            let last = path.rsplit('/').next().unwrap_or_default();
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
            answer::set(response.headers_mut(), header::LOCATION, &format!("./{last}/{query}"));
            return response;
        }
        return not_found(root, request).await;
    }
    send(&file, root, request).await
}

/// The file or folder of a path, if it can lie inside of `root` at all.
fn locate(root: &Path, path: &str) -> Option<PathBuf> {
    let names = answer::names(path)?;
    let is_plain = |name: &String| !name.starts_with('.') && !name.contains(['\\', ':']);
    // Hidden names are only what the site itself has: none but `.nojekyll` and `.well-known`.
    let is_fine = |name: &String| is_plain(name) || name == ".well-known" || name == ".nojekyll";
    names.iter().all(is_fine).then(|| names.iter().fold(root.to_owned(), |path, name| path.join(name)))
}

async fn send(file: &Path, root: &Path, request: &Request<()>) -> Response {
    let is_head = request.method() == Method::HEAD;
    let (Ok(metadata), Ok(content)) = (tokio::fs::metadata(file).await, tokio::fs::read(file).await) else {
        return not_found(root, request).await;
    };
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let etag = format!("\"{:x}-{:x}\"", modified.unwrap_or_default().as_nanos(), content.len());
    let mut response = if answer::is_known(request.headers(), &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        answer::bytes(request.headers(), is_head, &etag, content.into())
    };
    let headers = response.headers_mut();
    answer::set(headers, header::ETAG, &etag);
    let is_hashed = file.strip_prefix(root).is_ok_and(|path| path.starts_with("assets"));
    let cache = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(&name)));
    response
}

async fn not_found(root: &Path, request: &Request<()>) -> Response {
    match tokio::fs::read(root.join("404.html")).await {
        Ok(page) => {
            let body = if request.method() == Method::HEAD { Vec::new() } else { page };
            let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, html, body).into_response()
        }
        Err(_) => answer::text(StatusCode::NOT_FOUND, "not found"),
    }
}
