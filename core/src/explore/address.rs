//! What a visitor enters as a gateway: [`judge_gateway`].
//!
//! Browsers let a page that came over https ask plain http of its own computer only (mixed content,
//! <https://w3c.github.io/webappsec-mixed-content/>); over http it may ask every address. Not supported: addresses with a
//! user name, a query or a fragment, which no gateway has.

use crate::gateways::Kind;
use crate::letters::lowered;

/// Why an address cannot be asked from a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub enum AddressError {
    /// It is no address of a server.
    NoAddress,
    /// The page may not ask plain http.
    PlainHttp,
}

impl AddressError {
    /// In words for the visitor.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAddress => "An address such as https://gateway.example is needed.",
            Self::PlainHttp => {
                "This page came over https: browsers let it ask plain http on this computer only. Open it over http, or give the gateway https."
            }
        }
    }
}

/// Whether this host is the visitor's own computer.
fn is_local(host: &str) -> bool {
    let is_number = |byte: u8| byte == b'.' || byte.is_ascii_digit();
    host == "[::1]" || host == "localhost" || host.starts_with("127.") && host.bytes().all(is_number)
}

/// What kind of gateway an entered address is, with the address as it is asked: without slashes at its end, as it has
/// `/ipfs/…` behind it. `page` is the page's own scheme, `https:` or `http:`.
///
/// # Errors
/// [`AddressError`].
pub fn judge_gateway(entered: &str, page: &str) -> Result<(String, Kind), AddressError> {
    let address = entered.trim().trim_end_matches('/');
    let lower = lowered(address);
    let (is_https, rest) = match lower.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, lower.strip_prefix("http://").ok_or(AddressError::NoAddress)?),
    };
    let server = rest.split('/').next().unwrap_or_default();
    // A port has only digits; the colons within brackets are those of an IPv6 address.
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (server, "80"),
    };
    let is_odd = |byte: u8| byte <= b' ' || matches!(byte, b'?' | b'#' | b'@' | b'\\');
    if host.is_empty()
        || (host.contains(':') && !host.starts_with('['))
        || rest.bytes().any(is_odd)
        || port.is_empty()
        || !port.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(AddressError::NoAddress);
    }
    let kind = match (is_https, is_local(host)) {
        (false, true) => Kind::Local,
        (false, false) if page != "http:" => return Err(AddressError::PlainHttp),
        _ => Kind::Added,
    };
    Ok((address.to_owned(), kind))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn judged(page: &str, all: &[&str]) -> String {
        let line = |entered: &&str| match judge_gateway(entered, page) {
            Ok((address, kind)) => format!("{kind:?} {address}\n"),
            Err(error) => format!("{error:?} {entered}\n"),
        };
        all.iter().map(line).collect()
    }

    #[test]
    fn https_is_asked_from_every_page() {
        let all = [
            " https://gateway.example/ ",
            "HTTPS://Gateway.example:8443/ipns//",
            "https://[2001:db8::1]:8443",
        ];
        let wanted = expect![[r#"
            Added https://gateway.example
            Added HTTPS://Gateway.example:8443/ipns
            Added https://[2001:db8::1]:8443
        "#]];
        wanted.assert_eq(&judged("https:", &all));
        wanted.assert_eq(&judged("http:", &all));
    }

    #[test]
    fn a_plain_http_gateway_works_on_http_pages_only() {
        let all = [
            "http://192.168.1.7:8080",
            "http://raspberry.local",
            "http://127.gateway.example",
            "http://127.0.0.1.example",
        ];
        expect![[r#"
            PlainHttp http://192.168.1.7:8080
            PlainHttp http://raspberry.local
            PlainHttp http://127.gateway.example
            PlainHttp http://127.0.0.1.example
        "#]]
        .assert_eq(&judged("https:", &all));
        expect![[r#"
            Added http://192.168.1.7:8080
            Added http://raspberry.local
            Added http://127.gateway.example
            Added http://127.0.0.1.example
        "#]]
        .assert_eq(&judged("http:", &all));
        expect!["This page came over https: browsers let it ask plain http on this computer only. Open it over http, or give the gateway https."]
            .assert_eq(&AddressError::PlainHttp.to_string());
    }

    #[test]
    fn the_own_computer_is_asked_from_every_page() {
        let all =
            ["http://127.0.0.1:8080/", "http://127.1.2.3", "http://localhost:8080", "http://[::1]:8080"];
        let wanted = expect![[r#"
            Local http://127.0.0.1:8080
            Local http://127.1.2.3
            Local http://localhost:8080
            Local http://[::1]:8080
        "#]];
        wanted.assert_eq(&judged("https:", &all));
        wanted.assert_eq(&judged("http:", &all));
    }

    #[test]
    fn what_is_no_address_is_not_asked() {
        let all = [
            "",
            "gateway.example",
            "ftp://gateway.example",
            "https://",
            "https:///ipfs",
            "https://:8080",
            "https://gateway.example:port",
            "https://gateway.example:",
            "https://a:b:c",
            "https://me:secret@gateway.example",
            "https://gateway.example?format=raw",
            "https://gateway.example/#top",
            "https://gate way.example",
            "https://gateway.example\\@elsewhere.example",
        ];
        for entered in all {
            assert_eq!(judge_gateway(entered, "http:"), Err(AddressError::NoAddress), "{entered}");
        }
    }
}
