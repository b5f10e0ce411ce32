//! Bytes as text and back: RFC 4648 (base16, base32, base64) and the bases that are no power of two (base36,
//! base58). Small on purpose: the page carries it, and the general libraries weigh ten times as much.

/// Lower-case hexadecimal digits.
pub(crate) const HEX: &[u8] = b"0123456789abcdef";
/// RFC 4648 section 6, in lower case.
pub(crate) const BASE32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
/// RFC 4648 section 4.
pub(crate) const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// RFC 4648 section 5.
pub(crate) const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Digits and lower-case letters.
pub(crate) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Bitcoin's, without `0OIl`.
pub(crate) const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// The most characters that a text in a base without whole bits may have; its reading takes their square.
const LONGEST: usize = 1024;

/// `bytes` in an alphabet of 16, 32 or 64 digits, without padding.
pub(crate) fn encode(alphabet: &[u8], bytes: &[u8]) -> String {
    let bits = alphabet.len().ilog2();
    let mask = alphabet.len() as u32 - 1;
    let mut text = String::with_capacity((bytes.len() * 8).div_ceil(bits as usize) + 2);
    let (mut held, mut count) = (0u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            text.push(char::from(alphabet[(held >> count & mask) as usize]));
        }
    }
    if count > 0 {
        text.push(char::from(alphabet[(held << (bits - count) & mask) as usize]));
    }
    text
}

/// [`BASE64`] with its padding.
pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    let mut text = encode(BASE64, bytes);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// The bytes of a text without padding; `None` for a strange character, a digit too many or bits that are left over.
pub(crate) fn decode(alphabet: &[u8], text: &str) -> Option<Vec<u8>> {
    let bits = alphabet.len().ilog2();
    let mut bytes = Vec::with_capacity(text.len() * bits as usize / 8);
    let (mut held, mut count) = (0u32, 0);
    for c in text.bytes() {
        let digit = alphabet.iter().position(|known| *known == c)?;
        held = held << bits | digit as u32;
        count += bits;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count) as u8);
        }
    }
    (count < bits && held & ((1 << count) - 1) == 0).then_some(bytes)
}

/// The bytes of a text in [`BASE64`] with its padding.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let bare = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    // Three digits hold two bytes, two digits one: what was taken off must have been needed.
    (bare.len().div_ceil(4) * 4 == text.len()).then(|| decode(BASE64, bare))?
}

/// `bytes` as one large number in an alphabet of any size; leading zero bytes become leading first digits.
pub(crate) fn encode_number(alphabet: &[u8], bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut digits: Vec<u8> = Vec::new();
    for byte in &bytes[zeros..] {
        let mut carry = usize::from(*byte);
        for digit in &mut digits {
            carry += usize::from(*digit) << 8;
            *digit = (carry % alphabet.len()) as u8;
            carry /= alphabet.len();
        }
        while carry > 0 {
            digits.push((carry % alphabet.len()) as u8);
            carry /= alphabet.len();
        }
    }
    let all = std::iter::repeat_n(0, zeros).chain(digits.into_iter().rev());
    all.map(|digit| char::from(alphabet[usize::from(digit)])).collect()
}

/// What [`encode_number`] wrote.
pub(crate) fn decode_number(alphabet: &[u8], text: &str) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let zeros = text.bytes().take_while(|c| *c == alphabet[0]).count();
    // The last byte first.
    let mut bytes: Vec<u8> = Vec::new();
    for c in text.bytes().skip(zeros) {
        let mut carry = alphabet.iter().position(|known| *known == c)?;
        for byte in &mut bytes {
            carry += usize::from(*byte) * alphabet.len();
            *byte = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(carry as u8);
            carry >>= 8;
        }
    }
    bytes.resize(bytes.len() + zeros, 0);
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of all lengths that a CID or a float may have, leading zeros among them.
    fn samples() -> impl Iterator<Item = Vec<u8>> {
        (0..70usize)
            .map(|length| (0..length).map(|at| (at * at * 37 + length * 11) as u8).collect::<Vec<u8>>())
    }

    #[test]
    fn as_the_libraries_write_it() {
        use multibase::Base;
        for bytes in samples().chain([vec![0], vec![0, 0, 7], vec![255; 40]]) {
            for (base, alphabet) in [
                (Base::Base16Lower, HEX),
                (Base::Base32Lower, BASE32),
                (Base::Base64, BASE64),
                (Base::Base64Url, BASE64_URL),
            ] {
                let text = base.encode(&bytes);
                assert_eq!(encode(alphabet, &bytes), text);
                assert_eq!(decode(alphabet, &text).as_deref(), Some(bytes.as_slice()));
            }
            for (base, alphabet) in [(Base::Base36Lower, BASE36), (Base::Base58Btc, BASE58)] {
                let text = base.encode(&bytes);
                assert_eq!(encode_number(alphabet, &bytes), text);
                assert_eq!(decode_number(alphabet, &text).as_deref(), Some(bytes.as_slice()));
            }
            let text = data_encoding::BASE64.encode(&bytes);
            assert_eq!(encode_base64(&bytes), text);
            assert_eq!(decode_base64(&text).as_deref(), Some(bytes.as_slice()));
        }
    }

    #[test]
    fn what_is_no_text_of_a_base_is_refused() {
        for text in ["A", "AB=C", "AB=", "AA=A", "====", "AAAA====", "AB==", "AAB=", "A===", "Ä==="] {
            assert_eq!(decode_base64(text), None, "{text}");
            assert!(data_encoding::BASE64.decode(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(decode(BASE32, "a"), None);
        assert_eq!(decode(BASE32, "ab"), None);
        assert_eq!(decode(HEX, "abc"), None);
        assert_eq!(decode_number(BASE58, "0"), None);
        assert_eq!(decode_number(BASE58, &"z".repeat(LONGEST + 1)), None);
    }
}
