//! SHA2-256 of two messages at a time.
//!
//! A block's hash is a chain: each of its rounds waits for the one before, and a processor with instructions for
//! SHA2-256 is idle for half of it. [`sha2_256_pair`] runs two chains side by side on one core, which takes little more
//! time than one. Verified blocks are what Pinfold reads and serves, so that this is what the disk and the network are
//! measured against.
//!
//! Elsewhere (other processors, old ones) the crate `sha2` hashes one message after the other. All results are those
//! of `sha2`, which the tests compare for every length around the ends of blocks.

#[cfg(target_arch = "x86_64")]
mod x86;

use sha2::{Digest as _, Sha256};

/// The SHA2-256 digest of a message.
#[must_use]
pub fn sha2_256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// The SHA2-256 digests of two messages, in their order. As far as both reach they are hashed side by side: of a long
/// and a short one little is won.
#[must_use]
pub fn sha2_256_pair(messages: [&[u8]; 2]) -> [[u8; 32]; 2] {
    #[cfg(target_arch = "x86_64")]
    if let Some(digests) = x86::pair(messages) {
        return digests;
    }
    messages.map(sha2_256)
}

/// Whether this processor hashes two messages side by side.
#[must_use]
pub fn is_side_by_side() -> bool {
    #[cfg(target_arch = "x86_64")]
    return x86::is_there();
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize, seed: u64) -> Vec<u8> {
        let mut state = seed | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn the_standard_s_own_examples() {
        let expected = |hex: &str| -> Vec<u8> {
            (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
        };
        let abc = expected("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let two = expected("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        let found = sha2_256_pair([b"abc", b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"]);
        assert_eq!(found, [abc.as_slice(), two.as_slice()]);
    }

    #[test]
    fn pairs_of_all_lengths_are_as_one_by_one() {
        let lengths = [0, 1, 54, 55, 56, 57, 63, 64, 65, 118, 119, 120, 127, 128, 129, 1000, 4096];
        for left in lengths {
            for right in lengths {
                let (left, right) = (message(left, 3), message(right, 5));
                let expected = [sha2_256(&left), sha2_256(&right)];
                assert_eq!(sha2_256_pair([&left, &right]), expected, "{} and {}", left.len(), right.len());
            }
        }
    }

    #[test]
    fn long_ones() {
        for length in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1] {
            let (left, right) = (message(length, 7), message(1 << 20, 11));
            let expected = [sha2_256(&left), sha2_256(&right)];
            assert_eq!(sha2_256_pair([&left, &right]), expected, "{length}");
        }
    }
}
