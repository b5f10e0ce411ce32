//! With the SHA extensions of x86-64: `N` messages advance by a block of 64 bytes each in one pass.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};

/// Bytes that one pass takes of a message.
const BLOCK: usize = 64;
/// The end of a message: a one bit, zeros, and its length in bits.
const LENGTH_BYTES: usize = 8;

/// FIPS 180-4, 5.3.3.
const START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// FIPS 180-4, 4.2.2, four to a pair of rounds.
#[rustfmt::skip]
const ROUNDS: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5], [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3], [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc], [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7], [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13], [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3], [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5], [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208], [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// Whether the processor has what this module needs.
pub(crate) fn is_there() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("ssse3")
}

/// The digests of two messages; `None` where the processor cannot.
#[allow(unsafe_code)]
pub(crate) fn pair(messages: [&[u8]; 2]) -> Option<[[u8; 32]; 2]> {
    if !is_there() {
        return None;
    }
    // SAFETY: `digests` asks nothing but the features of its attribute, and the processor has them.
    Some(unsafe { digests(messages) })
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn digests(messages: [&[u8]; 2]) -> [[u8; 32]; 2] {
    let mut states = [START; 2];
    let both = messages[0].len().min(messages[1].len()) / BLOCK * BLOCK;
    advance(&mut states, messages.map(|message| &message[..both]));
    let mut ends = [[0; 2 * BLOCK]; 2];
    let mut end_bytes = [0; 2];
    for (at, message) in messages.into_iter().enumerate() {
        let whole = message.len() / BLOCK * BLOCK;
        if whole > both {
            let [state] = advanced([states[at]], [&message[both..whole]]);
            states[at] = state;
        }
        let rest = &message[whole..];
        let end = &mut ends[at];
        end[..rest.len()].copy_from_slice(rest);
        end[rest.len()] = 0x80;
        end_bytes[at] = if rest.len() + 1 + LENGTH_BYTES <= BLOCK { BLOCK } else { 2 * BLOCK };
        let bits = (message.len() as u64).wrapping_mul(8);
        end[end_bytes[at] - LENGTH_BYTES..end_bytes[at]].copy_from_slice(&bits.to_be_bytes());
    }
    if end_bytes[0] == end_bytes[1] {
        advance(&mut states, [&ends[0][..end_bytes[0]], &ends[1][..end_bytes[1]]]);
    } else {
        for at in 0..2 {
            let [state] = advanced([states[at]], [&ends[at][..end_bytes[at]]]);
            states[at] = state;
        }
    }
    states.map(|state| {
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        digest
    })
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn advanced<const N: usize>(mut states: [[u32; 8]; N], messages: [&[u8]; N]) -> [[u32; 8]; N] {
    advance(&mut states, messages);
    states
}

/// Advances every state by its message; all messages are whole blocks, and of one length.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn advance<const N: usize>(states: &mut [[u32; 8]; N], messages: [&[u8]; N]) {
    // The instructions want the eight words as a, b, e, f and c, d, g, h.
    let mut abef = states.map(|[a, b, _, _, e, f, _, _]| lanes([f, e, b, a]));
    let mut cdgh = states.map(|[_, _, c, d, _, _, g, h]| lanes([h, g, d, c]));
    let mut blocks = messages.map(|message| message.as_chunks::<BLOCK>().0.iter());
    'blocks: loop {
        let mut words = [[lanes([0; 4]); 4]; N];
        for (words, blocks) in words.iter_mut().zip(&mut blocks) {
            let Some(block) = blocks.next() else { break 'blocks };
            *words = load(block);
        }
        let (abef_before, cdgh_before) = (abef, cdgh);
        for (at, round) in ROUNDS.iter().enumerate() {
            for one in 0..N {
                if at >= 4 {
                    let [_, second, third, fourth] = words[one];
                    words[one] = [second, third, fourth, next_words(words[one])];
                }
                let sum = _mm_add_epi32(words[one][at.min(3)], lanes(*round));
                cdgh[one] = _mm_sha256rnds2_epu32(cdgh[one], abef[one], sum);
                let upper = _mm_shuffle_epi32(sum, 0x0e);
                abef[one] = _mm_sha256rnds2_epu32(abef[one], cdgh[one], upper);
            }
        }
        for one in 0..N {
            abef[one] = _mm_add_epi32(abef[one], abef_before[one]);
            cdgh[one] = _mm_add_epi32(cdgh[one], cdgh_before[one]);
        }
    }
    for (state, (abef, cdgh)) in states.iter_mut().zip(abef.into_iter().zip(cdgh)) {
        let ([f, e, b, a], [h, g, d, c]) = (unpacked(abef), unpacked(cdgh));
        *state = [a, b, c, d, e, f, g, h];
    }
}

/// Four words, the first in the lowest lane.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn lanes(words: [u32; 4]) -> __m128i {
    let [a, b, c, d] = words.map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn unpacked(lanes: __m128i) -> [u32; 4] {
    [
        _mm_extract_epi32(lanes, 0),
        _mm_extract_epi32(lanes, 1),
        _mm_extract_epi32(lanes, 2),
        _mm_extract_epi32(lanes, 3),
    ]
    .map(i32::cast_unsigned)
}

/// The sixteen words of a block, which are big-endian.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn load(block: &[u8; BLOCK]) -> [__m128i; 4] {
    let turned = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let (eights, _) = block.as_chunks::<8>();
    let at = |at: usize| i64::from_le_bytes(eights[at]);
    [0, 2, 4, 6].map(|first| _mm_shuffle_epi8(_mm_set_epi64x(at(first + 1), at(first)), turned))
}

/// The next four words of the schedule, from the sixteen before them.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn next_words([first, second, third, fourth]: [__m128i; 4]) -> __m128i {
    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(first, second), _mm_alignr_epi8(fourth, third, 4));
    _mm_sha256msg2_epu32(sum, fourth)
}
