//! Identifiers in text: ORCID, ROR, DOI, addresses. Checksums are verified.

/// An identifier in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Byte where it begins.
    pub start: usize,
    /// Byte after its end.
    pub end: usize,
    /// In canonical form.
    pub id: String,
}

/// The first ORCID of a text as `https://orcid.org/…`.
///
/// # Errors
/// The error carries what looks like one but has a wrong checksum (ISO 7064 11-2).
pub fn orcid(text: &str) -> Option<Result<Found, Found>> {
    let bytes = text.as_bytes();
    let at = (0..bytes.len().saturating_sub(18)).find(|at| {
        let window = &bytes[*at..at + 19];
        window.iter().enumerate().all(|(place, byte)| match place {
            4 | 9 | 14 => *byte == b'-',
            18 => byte.is_ascii_digit() || matches!(byte, b'X' | b'x'),
            _ => byte.is_ascii_digit(),
        })
    })?;
    let id = text[at..at + 19].to_ascii_uppercase();
    let mut total = 0u32;
    for byte in id.bytes().take(18).filter(u8::is_ascii_digit) {
        total = (total + u32::from(byte - b'0')) * 2;
    }
    let check = (12 - total % 11) % 11;
    let last = id.as_bytes()[18];
    let is_right = if check == 10 { last == b'X' } else { last == b'0' + check as u8 };
    // The address in front belongs to it.
    let before = text[..at].trim_end_matches('/');
    let before = before.strip_suffix("orcid.org").map_or(at, |rest| {
        let rest = rest.strip_suffix("www.").unwrap_or(rest);
        rest.strip_suffix("https://").or(rest.strip_suffix("http://")).unwrap_or(rest).len()
    });
    let found = Found { start: before, end: at + 19, id: format!("https://orcid.org/{id}") };
    Some(if is_right { Ok(found) } else { Err(found) })
}

/// A ROR as `https://ror.org/…`, where the text is one or an address of one; checksum (ISO 7064 97-10) verified.
#[must_use]
pub fn ror(text: &str) -> Option<String> {
    let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let id = lower.rsplit('/').next()?;
    if id.len() != 9 || !id.starts_with('0') || !id.is_ascii() {
        return None;
    }
    if lower.len() > id.len() && !lower.trim_end_matches(id).ends_with("ror.org/") {
        return None;
    }
    let mut number = 0u64;
    for byte in id.as_bytes()[1..7].iter() {
        // Crockford's base 32.
        let digit = b"0123456789abcdefghjkmnpqrstvwxyz".iter().position(|known| known == byte)?;
        number = number * 32 + digit as u64;
    }
    let check: u64 = id[7..].parse().ok()?;
    (98 - number * 100 % 97 == check).then(|| format!("https://ror.org/{id}"))
}

/// All DOIs and addresses of a text, in order, not overlapping.
#[must_use]
pub fn links(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let link = if rest.starts_with("http://") || rest.starts_with("https://") {
            url_end(rest).map(|length| (length, rest[..length].to_owned()))
        } else if rest.starts_with("10.") && (at == 0 || !is_word(bytes[at - 1])) {
            doi_end(rest).map(|length| (length, rest[..length].to_ascii_lowercase()))
        } else {
            None
        };
        match link {
            Some((length, id)) => {
                found.push(Found { start: at, end: at + length, id });
                at += length;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.'
}

/// The DOI of an address at doi.org, or of a text that is a DOI with or without `doi:` in front.
#[must_use]
pub fn doi(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let rest = ["https://", "http://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
    let rest = match rest {
        Some(rest) => {
            ["doi.org/", "dx.doi.org/", "www.doi.org/"].iter().find_map(|host| rest.strip_prefix(host))?
        }
        None => lower.strip_prefix("doi:").unwrap_or(&lower).trim_start(),
    };
    let length = doi_end(rest)?;
    (length == rest.len()).then(|| rest.to_owned())
}

/// The longest address that servers take; a DOI is never so long.
const LINK_BYTES: usize = 2048;

/// Bytes up to what cannot be part of an address or a DOI; `None` where that is too far.
fn link_end(rest: &str) -> Option<usize> {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"'`,;{}|\\^".contains(c);
    let end = rest
        .char_indices()
        .take_while(|(at, c)| *at <= LINK_BYTES && !ends(*c))
        .map(|(at, c)| at + c.len_utf8())
        .last();
    let end = end.unwrap_or(0);
    (end <= LINK_BYTES).then(|| trim_end(&rest[..end]))
}

fn url_end(rest: &str) -> Option<usize> {
    // More than a scheme.
    link_end(rest).filter(|end| *end > "https://".len())
}

fn doi_end(rest: &str) -> Option<usize> {
    let slash = rest.as_bytes().iter().take(20).position(|byte| *byte == b'/')?;
    let registrant = rest.get(3..slash)?;
    if registrant.len() < 4 || !registrant.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    link_end(rest).filter(|end| *end > slash + 1)
}

/// Without the punctuation of the sentence around it, and without a closing parenthesis that opens nowhere.
fn trim_end(text: &str) -> usize {
    let mut open = text.matches('(').count();
    let mut closed = text.matches(')').count();
    let mut end = text.len();
    while let Some(last) = text[..end].chars().next_back() {
        match last {
            '.' | ':' | '!' | '?' | ']' | '*' => {}
            ')' if closed > open => closed -= 1,
            '(' => open -= 1,
            _ => break,
        }
        end -= last.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orcids() {
        let id = |text| orcid(text).map(|found| found.map(|found| found.id).map_err(|found| found.id));
        let carberry = "https://orcid.org/0000-0002-1825-0097".to_owned();
        assert_eq!(id("0000-0002-1825-0097"), Some(Ok(carberry.clone())));
        assert_eq!(id("Josiah Carberry (https://orcid.org/0000-0002-1825-0097)"), Some(Ok(carberry.clone())));
        assert_eq!(
            id("http://www.orcid.org/0000-0002-1694-233x"),
            Some(Ok("https://orcid.org/0000-0002-1694-233X".to_owned()))
        );
        assert!(matches!(id("0000-0002-1825-0098"), Some(Err(_))));
        assert_eq!(id("0000-0002-1825"), None);
        assert_eq!(id("ü0000-0002-1825-0097ü"), Some(Ok(carberry)));
        let found = orcid("A https://orcid.org/0000-0002-1825-0097 B").unwrap().unwrap();
        assert_eq!((found.start, found.end), (2, 39));
    }

    #[test]
    fn rors() {
        for id in ["04bwf3e34", "https://ror.org/00f54p054", "ror.org/05dxps055/"] {
            assert!(ror(id).is_some_and(|ror| ror.starts_with("https://ror.org/0")), "{id}");
        }
        for text in ["04bwf3e35", "https://example.org/04bwf3e34", "", "ror.org", "0ü8f3e34"] {
            assert_eq!(ror(text), None, "{text}");
        }
    }

    #[test]
    fn dois_and_addresses() {
        let ids = |text| links(text).into_iter().map(|found| found.id).collect::<Vec<_>>();
        assert_eq!(
            ids("10.5194/amt-12-1815-2019, 10.5194/essd-13-5545-2021"),
            ["10.5194/amt-12-1815-2019", "10.5194/essd-13-5545-2021"]
        );
        assert_eq!(
            ids("(see https://a.org/x_(y)). DOI: 10.1175/MWR-D-12-00116.1, PyDSD: https://b.org/p"),
            ["https://a.org/x_(y)", "10.1175/mwr-d-12-00116.1", "https://b.org/p"]
        );
        assert_eq!(ids("110.5194/x 10.51/x 10.5194/ https:// javascript:alert(1)"), Vec::<String>::new());
        assert_eq!(doi("http://dx.doi.org/10.25326/747").as_deref(), Some("10.25326/747"));
        assert_eq!(doi("doi: 10.5439/1871014").as_deref(), Some("10.5439/1871014"));
        assert_eq!(doi("https://example.org/10.5439/1871014"), None);
        assert_eq!(doi("Lu et al. 10.5439/1"), None);
        // Long hostile text takes linear time.
        assert_eq!(links(&"10.".repeat(100_000)).len(), 0);
        assert_eq!(links(&"https://".repeat(20_000)).len(), 1);
    }
}
