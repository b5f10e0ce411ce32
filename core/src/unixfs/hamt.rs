//! How HAMT directories place names: murmur3-x64-64, consumed from its most significant bit on.

/// The multihash code that a HAMT names.
pub(super) const MURMUR3_X64_64: u64 = 0x22;

/// The hash of an entry's name: the first half of MurmurHash3 x64 128 with seed 0.
#[must_use]
pub fn name_hash(name: &[u8]) -> u64 {
    const C1: u64 = 0x87c3_7b91_1142_53d5;
    const C2: u64 = 0x4cf5_ad43_2745_937f;
    let mix1 = |k: u64| k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2);
    let mix2 = |k: u64| k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1);
    let (mut h1, mut h2) = (0u64, 0u64);
    let (blocks, tail) = name.as_chunks::<16>();
    for block in blocks {
        h1 ^= mix1(little_endian(&block[..8]));
        h1 = h1.rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 ^= mix2(little_endian(&block[8..]));
        h2 = h2.rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    if tail.len() > 8 {
        h2 ^= mix2(little_endian(&tail[8..]));
    }
    if !tail.is_empty() {
        h1 ^= mix1(little_endian(&tail[..tail.len().min(8)]));
    }
    h1 ^= name.len() as u64;
    h2 ^= name.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    finish(h1).wrapping_add(finish(h2))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn finish(mut k: u64) -> u64 {
    k ^= k >> 33;
    k = k.wrapping_mul(0xff51_afd7_ed55_8ccd);
    k ^= k >> 33;
    k = k.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    k ^ k >> 33
}

/// The slot of `hash` at `level` (0 is the root) in nodes of 2^`bits` slots; `None` when the bits are used up.
pub(super) fn slot(hash: u64, level: u32, bits: u32) -> Option<u32> {
    let used = level.checked_mul(bits)?;
    let shift = 64u32.checked_sub(used)?.checked_sub(bits)?;
    Some((hash >> shift) as u32 & ((1 << bits) - 1))
}

/// How many hexadecimal digits number a slot.
pub(super) fn prefix_width(bits: u32) -> usize {
    bits.div_ceil(4) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of github.com/spaolacci/murmur3, `Sum64`.
    #[test]
    fn hashes_as_murmur3_does() {
        assert_eq!(name_hash(b""), 0);
        assert_eq!(name_hash(b"hello"), 0xcbd8_a7b3_41bd_9b02);
        assert_eq!(name_hash(b"The quick brown fox jumps over the lazy dog."), 0xcd99_481f_9ee9_02c9);
    }

    #[test]
    fn slots_come_from_the_front() {
        assert_eq!(slot(0xcbd8_a7b3_41bd_9b02, 0, 8), Some(0xcb));
        assert_eq!(slot(0xcbd8_a7b3_41bd_9b02, 7, 8), Some(0x02));
        assert_eq!(slot(0xcbd8_a7b3_41bd_9b02, 8, 8), None);
        assert_eq!(slot(u64::MAX, 6, 10), None);
    }
}
