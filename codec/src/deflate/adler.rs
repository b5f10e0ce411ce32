//! Adler-32, the checksum of zlib, by words of eight bytes.

/// The largest prime below 2^16.
const PRIME: u64 = 65_521;
/// So many bytes before sums are reduced: they stay below 2^41.
const BYTES: usize = 1 << 16;
/// Every other byte of a word, in lanes of two bytes.
const LANES: u64 = 0x00ff_00ff_00ff_00ff;

/// The checksum of bytes that come in pieces.
#[derive(Debug)]
pub(super) struct Adler32 {
    sum: u64,
    /// Of the sums after each byte.
    sums: u64,
}

impl Adler32 {
    pub(super) const fn new() -> Self {
        Self { sum: 1, sums: 0 }
    }

    /// The next piece.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        bytes.chunks(BYTES).for_each(|piece| self.piece(piece));
    }

    #[inline(never)]
    fn piece(&mut self, bytes: &[u8]) {
        let (mut sum, mut sums) = (self.sum, self.sums);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            let word = u64::from_le_bytes(*word);
            let (even, odd) = (word & LANES, word >> 8 & LANES);
            // A product's upper lane is the sum of all lanes, each times its weight: no lane overflows.
            let weighted = even.wrapping_mul(0x0008_0006_0004_0002) + odd.wrapping_mul(0x0007_0005_0003_0001);
            sums += (sum << 3) + (weighted >> 48);
            sum += (even + odd).wrapping_mul(0x0001_0001_0001_0001) >> 48;
        }
        for byte in rest {
            sum += u64::from(*byte);
            sums += sum;
        }
        (self.sum, self.sums) = (sum % PRIME, sums % PRIME);
    }

    pub(super) fn value(&self) -> u32 {
        (self.sums << 16 | self.sum) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Adler32;

    #[test]
    fn words_count_like_bytes() {
        let mut random = 7u32;
        let mut bytes: Vec<u8> = (0..200_003)
            .map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 24) as u8
            })
            .collect();
        bytes.extend([255; 150_000]);
        for length in (0..40).chain([5552, 65_535, 65_536, 65_537, bytes.len()]) {
            let part = &bytes[bytes.len() - length..];
            let (mut low, mut high) = (1u32, 0u32);
            for byte in part {
                low = (low + u32::from(*byte)) % 65_521;
                high = (high + low) % 65_521;
            }
            let mut sum = Adler32::new();
            sum.update(&part[..length / 3]);
            sum.update(&part[length / 3..]);
            assert_eq!(sum.value(), high << 16 | low, "{length}");
        }
    }
}
