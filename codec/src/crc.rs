//! CRC-32 (ISO-HDLC, as in gzip and PNG) and CRC-32C (Castagnoli), by the libraries that use the processor's own
//! instructions. In the browser there are none, and the libraries' tables are 24 kB that do not compress: there
//! the tables are computed when they are first needed.

/// CRC-32 as gzip, PNG and numcodecs' `crc32` have it.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc32::default();
    crc.update(bytes);
    crc.sum()
}

/// [`crc32`] of bytes that come in pieces.
#[derive(Debug, Default)]
pub struct Crc32 {
    #[cfg(target_arch = "wasm32")]
    crc: u32,
    #[cfg(not(target_arch = "wasm32"))]
    crc: crc32fast::Hasher,
}

impl Crc32 {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        #[cfg(target_arch = "wasm32")]
        {
            self.crc = by_tables::crc32(self.crc, bytes);
        }
        #[cfg(not(target_arch = "wasm32"))]
        self.crc.update(bytes);
    }

    /// The checksum of all pieces so far.
    #[must_use]
    pub fn sum(&self) -> u32 {
        #[cfg(target_arch = "wasm32")]
        return self.crc;
        #[cfg(not(target_arch = "wasm32"))]
        self.crc.clone().finalize()
    }
}

/// CRC-32C as Zarr's `crc32c` has it.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "wasm32")]
    return by_tables::crc32c(0, bytes);
    #[cfg(not(target_arch = "wasm32"))]
    ::crc32c::crc32c(bytes)
}

#[cfg(any(test, target_arch = "wasm32"))]
mod by_tables {
    use std::sync::OnceLock;

    /// Eight bytes at a time: `TABLES[n][byte]` is what `byte` does to the checksum `n` bytes later.
    type Tables = [[u32; 256]; 8];

    static HDLC: OnceLock<Box<Tables>> = OnceLock::new();
    static CASTAGNOLI: OnceLock<Box<Tables>> = OnceLock::new();

    /// Goes on from the checksum `before`, 0 at first.
    pub(super) fn crc32(before: u32, bytes: &[u8]) -> u32 {
        run(HDLC.get_or_init(|| tables(0xedb8_8320)), before, bytes)
    }

    /// Goes on from the checksum `before`, 0 at first.
    pub(super) fn crc32c(before: u32, bytes: &[u8]) -> u32 {
        run(CASTAGNOLI.get_or_init(|| tables(0x82f6_3b78)), before, bytes)
    }

    /// For a polynomial with its bits reversed.
    fn tables(polynomial: u32) -> Box<Tables> {
        let mut tables = Box::new([[0; 256]; 8]);
        for byte in 0..256 {
            let mut crc = byte as u32;
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
            }
            tables[0][byte] = crc;
        }
        for later in 1..8 {
            for byte in 0..256 {
                let crc = tables[later - 1][byte];
                tables[later][byte] = crc >> 8 ^ tables[0][(crc & 0xff) as usize];
            }
        }
        tables
    }

    fn run(tables: &Tables, before: u32, bytes: &[u8]) -> u32 {
        let mut crc = !before;
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            let [a, b, c, d, e, f, g, h] = (u64::from_le_bytes(*word) ^ u64::from(crc)).to_le_bytes();
            crc = tables[7][usize::from(a)]
                ^ tables[6][usize::from(b)]
                ^ tables[5][usize::from(c)]
                ^ tables[4][usize::from(d)]
                ^ tables[3][usize::from(e)]
                ^ tables[2][usize::from(f)]
                ^ tables[1][usize::from(g)]
                ^ tables[0][usize::from(h)];
        }
        for byte in rest {
            crc = crc >> 8 ^ tables[0][usize::from(crc as u8 ^ byte)];
        }
        !crc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        // The check values of the catalogue of CRCs.
        assert_eq!((crc32(b"123456789"), crc32c(b"123456789")), (0xcbf4_3926, 0xe306_9283));
        let bytes: Vec<u8> = (0..3000u32).map(|at| (at * at / 7) as u8).collect();
        for length in (0..40).chain([63, 64, 65, 1000, 3000]) {
            let part = &bytes[bytes.len() - length..];
            let (a, b) = part.split_at(length / 3);
            assert_eq!(by_tables::crc32(by_tables::crc32(0, a), b), crc32(part), "{length}");
            assert_eq!(by_tables::crc32c(by_tables::crc32c(0, a), b), crc32c(part), "{length}");
        }
    }
}
