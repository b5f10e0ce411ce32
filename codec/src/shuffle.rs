//! Byte shuffle (blosc, numcodecs `shuffle`) and bit shuffle (blosc), undone.
//!
//! Shuffled bytes lie in planes: first byte of every element, then second byte of every element, …
//! Bit-shuffled ones lie in rows of bits: for byte 0 of the elements bit 0 of all, bit 1 of all, …

/// Undoes the byte shuffle of elements of `type_bytes`. Bytes beyond the last whole element were not
/// shuffled. `shuffled` and `output` have the same length.
///
/// # Panics
/// When the lengths differ or `type_bytes` is 0.
pub fn unshuffle(shuffled: &[u8], output: &mut [u8], type_bytes: usize) {
    let elements = shuffled.len() / type_bytes;
    let whole = elements * type_bytes;
    let (planes, rest) = shuffled.split_at(whole);
    let (output, output_rest) = output.split_at_mut(whole);
    output_rest.copy_from_slice(rest);
    if elements == 0 {
        return;
    }
    match type_bytes {
        1 => output.copy_from_slice(planes),
        2 => interleave(planes, output, zip_2),
        4 => interleave(planes, output, zip_4),
        8 => interleave(planes, output, zip_8),
        _ => {
            // In tiles of elements that stay in the first cache.
            let tile_elements = (8192 / type_bytes).max(1);
            for (tile, output) in output.chunks_mut(tile_elements * type_bytes).enumerate() {
                let first = tile * tile_elements;
                for (byte, plane) in planes.chunks_exact(elements).enumerate() {
                    let source = plane[first..].iter();
                    for (element, value) in output.chunks_exact_mut(type_bytes).zip(source) {
                        element[byte] = *value;
                    }
                }
            }
        }
    }
}

/// Interleaves `N` planes; `output` is `N` times as long as each. `zip` turns eight bytes of each plane into eight
/// elements: a browser has no instructions for sixteen bytes at a time everywhere, so words are taken for eight.
#[inline(always)]
fn interleave<const N: usize>(planes: &[u8], output: &mut [u8], zip: impl Fn([u64; N]) -> [u64; N]) {
    let elements = planes.len() / N;
    let planes: [&[u8]; N] = std::array::from_fn(|byte| &planes[byte * elements..(byte + 1) * elements]);
    let words = planes.map(|plane| plane.as_chunks::<8>().0);
    let (output, _) = output.as_chunks_mut::<N>();
    let (tiles, rest) = output.as_chunks_mut::<8>();
    for (at, tile) in tiles.iter_mut().enumerate() {
        let zipped = zip(words.map(|words| words.get(at).map_or(0, |word| u64::from_le_bytes(*word))));
        for (target, word) in tile.as_flattened_mut().as_chunks_mut::<8>().0.iter_mut().zip(zipped) {
            *target = word.to_le_bytes();
        }
    }
    let first = elements - rest.len();
    for (at, element) in rest.iter_mut().enumerate() {
        *element = std::array::from_fn(|byte| planes[byte][first + at]);
    }
}

/// Swaps the parts of `a` and `b` that lie `shift` bits apart: what `mask` selects of `b` goes to `a`.
#[inline(always)]
fn swap(a: &mut u64, b: &mut u64, shift: u32, mask: u64) {
    let other = (*a >> shift ^ *b) & mask;
    *b ^= other;
    *a ^= other << shift;
}

const BYTES: u64 = 0x00ff_00ff_00ff_00ff;
const PAIRS: u64 = 0x0000_ffff_0000_ffff;
const HALVES: u64 = 0x0000_0000_ffff_ffff;

#[inline(always)]
fn zip_2([mut a, mut b]: [u64; 2]) -> [u64; 2] {
    // Elements 0 2 4 6 and 1 3 5 7, then 0 1 4 5 and 2 3 6 7.
    swap(&mut a, &mut b, 8, BYTES);
    swap(&mut a, &mut b, 16, PAIRS);
    swap(&mut a, &mut b, 32, HALVES);
    [a, b]
}

#[inline(always)]
fn zip_4([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    swap(&mut a, &mut b, 8, BYTES);
    swap(&mut c, &mut d, 8, BYTES);
    swap(&mut a, &mut c, 16, PAIRS);
    swap(&mut b, &mut d, 16, PAIRS);
    // Elements 0 4, 1 5, 2 6, 3 7.
    swap(&mut a, &mut b, 32, HALVES);
    swap(&mut c, &mut d, 32, HALVES);
    [a, c, b, d]
}

/// Transposes 8 × 8 bytes.
#[inline(always)]
fn zip_8(mut rows: [u64; 8]) -> [u64; 8] {
    for (shift, mask) in [(8, BYTES), (16, PAIRS), (32, HALVES)] {
        let apart = shift as usize / 8;
        for at in (0..8).filter(|at| at & apart == 0) {
            let (low, high) = rows.split_at_mut(at + apart);
            swap(&mut low[at], &mut high[0], shift, mask);
        }
    }
    rows
}

/// Undoes the bit shuffle of c-blosc 1. It leaves buffers alone whose number of elements is not a
/// multiple of 8. `scratch` is grown as needed and can be used again.
///
/// # Panics
/// When the lengths of `shuffled` and `output` differ or `type_bytes` is 0.
pub fn bit_unshuffle(shuffled: &[u8], output: &mut [u8], type_bytes: usize, scratch: &mut Vec<u8>) {
    let elements = shuffled.len() / type_bytes;
    if elements == 0 || !elements.is_multiple_of(8) {
        output.copy_from_slice(shuffled);
        return;
    }
    let whole = elements * type_bytes;
    if type_bytes == 1 {
        let (output, rest) = output.split_at_mut(whole);
        bits_to_bytes(&shuffled[..whole], output, elements);
        rest.copy_from_slice(&shuffled[whole..]);
        return;
    }
    scratch.resize(shuffled.len(), 0);
    bits_to_bytes(&shuffled[..whole], &mut scratch[..whole], elements);
    scratch[whole..].copy_from_slice(&shuffled[whole..]);
    unshuffle(scratch, output, type_bytes);
}

/// Turns rows of bits into planes of bytes: each plane of `elements` bytes comes from 8 rows.
fn bits_to_bytes(rows: &[u8], planes: &mut [u8], elements: usize) {
    for (rows, plane) in rows.chunks_exact(elements).zip(planes.chunks_exact_mut(elements)) {
        plane_of_bits(rows, plane);
    }
}

#[inline(never)]
fn plane_of_bits(rows: &[u8], plane: &mut [u8]) {
    let row_bytes = rows.len() / 8;
    let rows: [&[u8]; 8] = std::array::from_fn(|bit| &rows[bit * row_bytes..(bit + 1) * row_bytes]);
    let words = rows.map(|row| row.as_chunks::<8>().0);
    let (tiles, rest) = plane.as_chunks_mut::<64>();
    for (at, tile) in tiles.iter_mut().enumerate() {
        let columns = zip_8(words.map(|words| words.get(at).map_or(0, |word| u64::from_le_bytes(*word))));
        for (bytes, column) in tile.as_chunks_mut::<8>().0.iter_mut().zip(columns) {
            *bytes = transpose(column).to_le_bytes();
        }
    }
    let first = row_bytes - rest.len() / 8;
    for (at, bytes) in rest.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let column = u64::from_le_bytes(std::array::from_fn(|bit| rows[bit][first + at]));
        *bytes = transpose(column).to_le_bytes();
    }
}

/// Transposes 8 × 8 bits (Hacker's Delight, 7-3): bit `i` of byte `k` becomes bit `k` of byte `i`.
#[inline(always)]
fn transpose(mut x: u64) -> u64 {
    let mut swap = (x ^ (x >> 7)) & 0x00aa_00aa_00aa_00aa;
    x ^= swap ^ (swap << 7);
    swap = (x ^ (x >> 14)) & 0x0000_cccc_0000_cccc;
    x ^= swap ^ (swap << 14);
    swap = (x ^ (x >> 28)) & 0x0000_0000_f0f0_f0f0;
    x ^ swap ^ (swap << 28)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(count: usize) -> Vec<u8> {
        let mut state = 1u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(count)
        .collect()
    }

    #[test]
    fn unshuffle_is_the_definition() {
        for type_bytes in [1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 255] {
            for length in [0, 1, type_bytes, 33 * type_bytes + type_bytes - 1, 9001] {
                let original = bytes(length);
                let elements = length / type_bytes;
                let mut shuffled = original.clone();
                for element in 0..elements {
                    for byte in 0..type_bytes {
                        shuffled[byte * elements + element] = original[element * type_bytes + byte];
                    }
                }
                let mut output = vec![0; length];
                unshuffle(&shuffled, &mut output, type_bytes);
                assert!(output == original, "{type_bytes} bytes, length {length}");
            }
        }
    }

    #[test]
    fn bit_unshuffle_is_the_definition() {
        for type_bytes in [1, 2, 3, 4, 8, 16] {
            for elements in [0, 7, 8, 9, 64, 1000] {
                let original = bytes(elements * type_bytes + type_bytes - 1);
                let mut shuffled = original.clone();
                if elements % 8 == 0 {
                    shuffled[..elements * type_bytes].fill(0);
                    for element in 0..elements {
                        for bit in 0..type_bytes * 8 {
                            let value = original[element * type_bytes + bit / 8] >> (bit % 8) & 1;
                            shuffled[bit * elements / 8 + element / 8] |= value << (element % 8);
                        }
                    }
                }
                let mut output = vec![0; original.len()];
                bit_unshuffle(&shuffled, &mut output, type_bytes, &mut Vec::new());
                assert!(output == original, "{type_bytes} bytes, {elements} elements");
            }
        }
    }
}
