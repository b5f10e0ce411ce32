//! What all answers share: ranges, conditional requests, plain errors.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What a `Range` header asks of something `size` bytes long. The end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Whole,
    Part(u64, u64),
    Unsatisfiable,
}

/// Reads `Range`, which counts only if `If-Range` names this `etag`. Several ranges mean the whole.
pub(super) fn wanted(headers: &HeaderMap, size: u64, etag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|value| value.trim() != etag) {
        return Wanted::Whole;
    }
    let Some(range) = text(header::RANGE).and_then(|value| value.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((from, to)) = range.split_once('-') else { return Wanted::Whole };
    match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to && from < size => Wanted::Part(from, to.saturating_add(1).min(size)),
        (Ok(from), Ok(to)) if from <= to => Wanted::Unsatisfiable,
        (Ok(from), Err(_)) if to.trim().is_empty() => {
            if from < size {
                Wanted::Part(from, size)
            } else {
                Wanted::Unsatisfiable
            }
        }
        (Err(_), Ok(last)) if from.trim().is_empty() => {
            if last == 0 || size == 0 {
                Wanted::Unsatisfiable
            } else {
                Wanted::Part(size.saturating_sub(last), size)
            }
        }
        _ => Wanted::Whole,
    }
}

/// Whether `If-None-Match` names `etag`.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim() == "*" || value.split(',').any(|candidate| bare(candidate) == bare(etag)))
}

/// Part or all of bytes in memory, with the statuses and headers that belong to it.
pub(super) fn bytes(request: &HeaderMap, is_head: bool, etag: &str, content: Bytes) -> Response {
    let size = content.len() as u64;
    let (status, content) = match wanted(request, size, etag) {
        Wanted::Whole => (StatusCode::OK, content),
        // Both ends are at most `content.len()`.
        Wanted::Part(from, to) => (StatusCode::PARTIAL_CONTENT, content.slice(from as usize..to as usize)),
        Wanted::Unsatisfiable => return unsatisfiable(size),
    };
    let length = content.len();
    let body = if is_head { Body::empty() } else { Body::from(content) };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let (StatusCode::PARTIAL_CONTENT, Wanted::Part(from, to)) = (status, wanted(request, size, etag)) {
        set(headers, header::CONTENT_RANGE, &format!("bytes {from}-{}/{size}", to - 1));
    }
    response
}

pub(super) fn unsatisfiable(size: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    set(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

/// Sets a header whose value was made here; a value that HTTP cannot carry is left out.
pub(super) fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A short plain text.
pub(super) fn text(status: StatusCode, message: impl Into<String>) -> Response {
    let mut message = message.into();
    message.push('\n');
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], message).into_response()
}

/// The names of a path, percent-decoded; `None` when one is not UTF-8 or holds a slash or a zero byte.
pub(super) fn names(path: &str) -> Option<Vec<String>> {
    path.split('/').filter(|name| !name.is_empty()).map(decode).collect()
}

/// Percent-decodes one name or query value.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                bytes.push((digit(high)? * 16 + digit(low)?) as u8);
                rest = tail;
            }
            (b'%', _) => return None,
            (byte, tail) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    let decoded = String::from_utf8(bytes).ok()?;
    (!decoded.contains(['/', '\0'])).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, size: u64, expected: Wanted) {
        let mut headers = HeaderMap::new();
        set(&mut headers, header::RANGE, range);
        assert_eq!(wanted(&headers, size, "\"x\""), expected, "{range}");
    }

    #[test]
    fn ranges() {
        check("bytes=0-4", 10, Wanted::Part(0, 5));
        check("bytes=5-", 10, Wanted::Part(5, 10));
        check("bytes=-3", 10, Wanted::Part(7, 10));
        check("bytes=-30", 10, Wanted::Part(0, 10));
        check("bytes=8-30", 10, Wanted::Part(8, 10));
        check("bytes=10-", 10, Wanted::Unsatisfiable);
        check("bytes=0-0", 0, Wanted::Unsatisfiable);
        check("bytes=5-3", 10, Wanted::Whole);
        check("bytes=0-1,3-4", 10, Wanted::Whole);
        check("lines=0-1", 10, Wanted::Whole);
        check("bytes=0-18446744073709551615", 10, Wanted::Part(0, 10));
    }

    #[test]
    fn percent_decoding() {
        assert_eq!(names("a%20b//c"), Some(vec!["a b".to_owned(), "c".to_owned()]));
        for bad in ["%", "%zz", "%2", "a%2fb", "%00", "%ff"] {
            assert_eq!(names(bad), None, "{bad}");
        }
    }
}
