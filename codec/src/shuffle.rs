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
        2 => interleave::<2>(planes, output),
        4 => interleave::<4>(planes, output),
        8 => interleave::<8>(planes, output),
        16 => interleave::<16>(planes, output),
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

/// Interleaves `N` planes; `output` is `N` times as long as each.
fn interleave<const N: usize>(planes: &[u8], output: &mut [u8]) {
    const TILE: usize = 16;
    let elements = planes.len() / N;
    let planes: [&[u8]; N] = std::array::from_fn(|byte| &planes[byte * elements..(byte + 1) * elements]);
    let (output, _) = output.as_chunks_mut::<N>();
    let (tiles, rest) = output.as_chunks_mut::<TILE>();
    let mut first = 0;
    for tile in tiles {
        // Fixed sizes let the compiler keep a tile in vector registers.
        let columns: [[u8; TILE]; N] =
            std::array::from_fn(|byte| planes[byte][first..].first_chunk().copied().unwrap_or([0; TILE]));
        for (at, element) in tile.iter_mut().enumerate() {
            for byte in 0..N {
                element[byte] = columns[byte][at];
            }
        }
        first += TILE;
    }
    for (at, element) in rest.iter_mut().enumerate() {
        *element = std::array::from_fn(|byte| planes[byte][first + at]);
    }
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
    let row_bytes = elements / 8;
    for (rows, plane) in rows.chunks_exact(elements).zip(planes.chunks_exact_mut(elements)) {
        let rows: [&[u8]; 8] = std::array::from_fn(|bit| &rows[bit * row_bytes..(bit + 1) * row_bytes]);
        for (at, bytes) in plane.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *bytes = transpose(std::array::from_fn(|bit| rows[bit][at]));
        }
    }
}

/// Transposes 8 × 8 bits (Hacker's Delight, 7-3): bit `i` of byte `k` becomes bit `k` of byte `i`.
#[inline]
fn transpose(rows: [u8; 8]) -> [u8; 8] {
    let mut x = u64::from_le_bytes(rows);
    let mut swap = (x ^ (x >> 7)) & 0x00aa_00aa_00aa_00aa;
    x ^= swap ^ (swap << 7);
    swap = (x ^ (x >> 14)) & 0x0000_cccc_0000_cccc;
    x ^= swap ^ (swap << 14);
    swap = (x ^ (x >> 28)) & 0x0000_0000_f0f0_f0f0;
    x ^= swap ^ (swap << 28);
    x.to_le_bytes()
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
