//! Identifiers in documents and queries: CID (also its beginning), DOI, UUID.

use super::codec::checksum;

/// Bits of a key: 40 of them tell a million datasets apart.
const KEY_BITS: u32 = 40;

/// A range of keys.
pub(super) type KeyRange = (u64, u64);

fn hashed(kind: &str, text: &str) -> u64 {
    // The checksum's high bits mix best.
    checksum(0, format!("{kind}:{text}").as_bytes()) >> (64 - KEY_BITS)
}

/// The digest's first bytes of a CIDv0, `Qm…` in base58. The page would pay dearly for every multibase.
fn version0_key(text: &str) -> Option<u64> {
    const DIGITS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    if text.len() != 46 || !text.starts_with("Qm") {
        return None;
    }
    let mut bytes = [0_u8; 34];
    for c in text.bytes() {
        let mut carry = DIGITS.iter().position(|digit| *digit == c)? as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
    }
    let digest = bytes.strip_prefix(&[0x12, 0x20])?.get(..5)?;
    Some(digest.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)))
}

/// `10.…/…` in lower case, without a resolver in front.
fn doi(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let text = ["https://", "http://"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(&text);
    let text = ["dx.doi.org/", "doi.org/", "doi:"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
    let (prefix, suffix) = text.trim_end_matches(['.', ',', ';', ')']).split_once('/')?;
    let number = prefix.strip_prefix("10.")?;
    let right =
        number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !suffix.is_empty();
    right.then(|| format!("{prefix}/{suffix}"))
}

fn uuid(text: &str) -> Option<String> {
    let text = text.trim_start_matches("urn:uuid:").to_ascii_lowercase();
    let right = text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    right.then_some(text)
}

/// The part of a URL or path that looks like a CID: `ipfs://bafy…/x`, `/ipfs/Qm…`, `https://…/ds/bafy…/`.
fn cid_part(text: &str) -> Option<&str> {
    text.split(['/', '#', '?', '&', '=']).find(|part| {
        (part.len() >= 8 && ["bafy", "bafk", "bafz"].iter().any(|start| part.starts_with(start)))
            || (part.len() == 46 && part.starts_with("Qm"))
    })
}

/// The keys that a CID beginning stands for: base32 of four fixed bytes, then the digest.
fn cid_prefix(text: &str) -> Option<KeyRange> {
    let (mut bits, mut value) = (0_u32, 0_u128);
    for byte in text.bytes().skip(1).take(20) {
        let digit = match byte {
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        value = value << 5 | u128::from(digit);
        bits += 5;
    }
    let known = bits.checked_sub(32).filter(|known| *known > 0)?;
    let digest = value & ((1 << known) - 1);
    Some(if known >= KEY_BITS {
        let key = (digest >> (known - KEY_BITS)) as u64;
        (key, key)
    } else {
        let low = (digest as u64) << (KEY_BITS - known);
        (low, low | ((1 << (KEY_BITS - known)) - 1))
    })
}

/// The keys of a CID or its beginning.
fn cid_keys(part: &str) -> Option<KeyRange> {
    if part.starts_with('Q') { version0_key(part).map(|key| (key, key)) } else { cid_prefix(part) }
}

/// The key of an identifier of a document.
pub(super) fn key(text: &str) -> Option<u64> {
    if let Some(key) = cid_part(text).filter(|part| *part == text).and_then(cid_keys).map(|range| range.0) {
        return Some(key);
    }
    if let Some(doi) = doi(text) {
        return Some(hashed("doi", &doi));
    }
    uuid(text).map(|uuid| hashed("uuid", &uuid))
}

/// The keys that a word of a query may mean, when it looks like an identifier.
pub(super) fn query_keys(word: &str) -> Vec<KeyRange> {
    let mut keys = Vec::new();
    if let Some(doi) = doi(word) {
        let key = hashed("doi", &doi);
        keys.push((key, key));
    }
    if let Some(uuid) = word.split('/').find_map(uuid) {
        let key = hashed("uuid", &uuid);
        keys.push((key, key));
    }
    if let Some(part) = cid_part(word) {
        keys.extend(cid_keys(part));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cid::Cid;

    const CID: &str = "bafybeigkp57oro2mx6pgbtqzajjghvhypg33btkd5sicf6zegvvptu7yda";

    #[test]
    fn a_cid_is_found_however_it_is_written() {
        let key = key(CID).unwrap();
        let v0 = CID.parse::<Cid>().unwrap().to_v0().unwrap().to_original_string();
        for text in [
            CID,
            &v0,
            &format!("ipfs://{CID}/x"),
            &format!("https://a.example/ds/{CID}/"),
            &format!("/ipfs/{v0}"),
        ] {
            assert_eq!(query_keys(text).last(), Some(&(key, key)), "{text}");
        }
        for len in 8..CID.len() {
            let keys = query_keys(&CID[..len]);
            assert!(keys.iter().any(|(low, high)| (*low..=*high).contains(&key)), "{len}");
        }
        assert!(query_keys("bafybei!").is_empty());
        assert!(query_keys("bafflegab").is_empty());
    }

    #[test]
    fn dois_and_uuids() {
        let doi = key("10.82246/abc").unwrap();
        for text in [
            "10.82246/ABC",
            "doi:10.82246/abc",
            "https://doi.org/10.82246/abc",
            "http://dx.doi.org/10.82246/abc.",
        ] {
            assert!(query_keys(text).contains(&(doi, doi)), "{text}");
        }
        let uuid = "123e4567-e89b-12d3-a456-426614174000";
        assert_eq!(
            query_keys(&format!("https://a.example/id/{uuid}/")),
            [(key(uuid).unwrap(), key(uuid).unwrap())]
        );
        for not in ["10.5", "10.1234", "0.25", "2024-08-15", "a/b"] {
            assert!(query_keys(not).is_empty(), "{not}");
        }
    }
}
