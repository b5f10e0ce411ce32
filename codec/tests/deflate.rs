//! Our inflate against `miniz_oxide`: what it writes at every level, and what it makes of damage.

mod seeded;

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, GzBuilder, Status};
use pinfold_codec::deflate::{decode_gzip, decode_zlib};
use pinfold_codec::{DecodeError, Expect, blosc};
use seeded::Seeded;

fn encode(content: &[u8], level: u32) -> Vec<u8> {
    let mut stream = Vec::with_capacity(content.len() * 9 / 8 + 2000);
    let status = Compress::new(Compression::new(level), true)
        .compress_vec(content, &mut stream, FlushCompress::Finish)
        .expect("it has a finish");
    assert_eq!(status, Status::StreamEnd);
    stream
}

/// What the library makes of it with room for `capacity` bytes: the content and how many bytes are behind.
fn reference(stream: &[u8], capacity: usize) -> Option<(Vec<u8>, usize)> {
    let mut content = vec![0; capacity];
    let mut decoder = Decompress::new(true);
    // All at once: only then does it refuse what begins before the start.
    let status = decoder.decompress(stream, &mut content, FlushDecompress::Finish).ok()?;
    content.truncate(decoder.total_out() as usize);
    (status == Status::StreamEnd).then(|| (content, stream.len() - decoder.total_in() as usize))
}

/// What a chunk may hold: nothing, noise, numbers, texts, repeats of every short period, more than one block of each.
fn contents() -> Vec<(String, Vec<u8>)> {
    let mut random = Seeded(7);
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for length in [0, 1, 2, 3, 5, 17, 63, 300, 1023, 4096, 65_535, 65_536, 131_073, 400_000] {
        all.push((format!("zeros {length}"), vec![0; length]));
        all.push((format!("noise {length}"), (0..length).map(|_| random.next() as u8).collect()));
        all.push((format!("few {length}"), (0..length).map(|_| (random.next() % 5) as u8 * 3).collect()));
        // Frequencies that fall steeply: codes of 15 bits.
        let steep = (0..length).map(|_| (random.next() | 1 << 30).trailing_zeros() as u8 * 7);
        all.push((format!("steep {length}"), steep.collect()));
        let times =
            (0..length.div_ceil(8)).flat_map(|at| (1_700_000_000_i64 + at as i64 * 3600).to_le_bytes());
        all.push((format!("times {length}"), times.take(length).collect()));
        let floats = (0..length.div_ceil(4)).flat_map(|at| ((at as f32 / 50.0).sin() * 20.0).to_le_bytes());
        all.push((format!("floats {length}"), floats.take(length).collect()));
        let text = b"the quick brown fox jumps over the lazy dog; ".iter().copied().cycle();
        let text = text.enumerate().map(|(at, byte)| if at % 97 == 0 { (at / 97) as u8 } else { byte });
        all.push((format!("text {length}"), text.take(length).collect()));
    }
    for period in 1..40 {
        let unit: Vec<u8> = (0..period).map(|_| random.next() as u8).collect();
        all.push((format!("period {period}"), unit.iter().copied().cycle().take(3000).collect()));
    }
    all
}

#[test]
fn decodes_what_is_written_at_every_level() {
    for (name, content) in contents() {
        for level in 0..=9 {
            let stream = encode(&content, level);
            let length = content.len();
            for expect in
                [Expect::Exact(length), Expect::AtMost(length), Expect::AtMost(length * 3 + 100_000)]
            {
                let decoded =
                    decode_zlib(&stream, expect).unwrap_or_else(|error| panic!("{name}, {level}: {error}"));
                assert!(decoded == content, "{name}, {level}, {expect:?}");
            }
            if length > 0 {
                for expect in [Expect::Exact(length - 1), Expect::AtMost(length - 1)] {
                    let error = Err(DecodeError::TooLarge { limit: length - 1 });
                    assert_eq!(decode_zlib(&stream, expect), error, "{name}, {level}");
                }
            }
            assert_eq!(
                decode_zlib(&stream, Expect::Exact(length + 1)),
                Err(DecodeError::WrongSize { expected: length + 1, actual: length })
            );
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    for (name, content) in contents().iter().filter(|(_, content)| content.len() <= 4096) {
        for level in [0, 1, 6, 9] {
            let mut stream = encode(content, level);
            for length in 0..stream.len() {
                assert_eq!(
                    decode_zlib(&stream[..length], Expect::Exact(content.len())),
                    Err(DecodeError::Truncated { format: "zlib", actual_bytes: length }),
                    "{name}, {level}"
                );
            }
            stream.push(0);
            assert!(matches!(
                decode_zlib(&stream, Expect::Exact(content.len())),
                Err(DecodeError::Invalid { .. })
            ));
        }
    }
}

/// Both accept the same streams, and make the same of them.
fn same(stream: &[u8], capacity: usize) -> bool {
    let expected = reference(stream, capacity);
    let ours = decode_zlib(stream, Expect::AtMost(capacity));
    match &expected {
        Some((content, 0)) => assert!(ours.as_ref() == Ok(content), "{stream:02x?}"),
        _ => assert!(ours.is_err(), "{stream:02x?}"),
    }
    expected.is_some()
}

/// With the checksum that the content has, so that what is damaged before it is what decides.
fn with_checksum(mut stream: Vec<u8>, capacity: usize) -> Vec<u8> {
    let mut content = vec![0; capacity];
    let mut decoder = Decompress::new(false);
    if let Ok(Status::StreamEnd) = decoder.decompress(&stream[2..], &mut content, FlushDecompress::Finish) {
        let (mut low, mut high) = (1u32, 0u32);
        for byte in &content[..decoder.total_out() as usize] {
            low = (low + u32::from(*byte)) % 65_521;
            high = (high + low) % 65_521;
        }
        stream.truncate(decoder.total_in() as usize + 2);
        stream.extend((high << 16 | low).to_be_bytes());
    }
    stream
}

#[test]
fn accepts_what_miniz_accepts() {
    let mut random = Seeded(11);
    let contents: Vec<_> = contents().into_iter().filter(|(_, content)| content.len() <= 4096).collect();
    let (mut accepted, rounds) = (0, 60_000);
    for _ in 0..rounds {
        let (_, content) = &contents[random.below(contents.len())];
        let level = [0, 1, 4, 6, 9][random.below(5)];
        let mut stream = encode(content, level);
        for _ in 0..=random.below(3) {
            // Where codes are described more often than elsewhere.
            let near = if random.below(2) == 0 { stream.len() } else { stream.len().min(80) };
            let at = random.below(near);
            match random.below(4) {
                0 => stream[at] = random.next() as u8,
                1 => stream[at] ^= 1 << random.below(8),
                2 => drop(stream.remove(at)),
                _ => stream.insert(at, random.next() as u8),
            }
        }
        if stream.len() > 2 {
            accepted += u32::from(same(&with_checksum(stream, 20_000), 20_000));
        }
    }
    assert!((rounds / 20..rounds).contains(&accepted), "{accepted}");
}

#[test]
fn noise_as_a_block() {
    let mut random = Seeded(5);
    let mut accepted = 0;
    for _ in 0..60_000 {
        let mut stream = vec![0x78, 0x9c];
        stream.extend((0..3 + random.below(120)).map(|_| random.next() as u8));
        // The last block, of each kind.
        stream[2] = stream[2] & !7 | [1, 3, 5][random.below(3)];
        accepted += u32::from(same(&with_checksum(stream, 30_000), 30_000));
    }
    assert!(accepted > 500, "{accepted}");
}

/// Bits, lowest first; codes highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    fn put(mut self, value: u32, count: u32) -> Self {
        for bit in 0..count {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().expect("one was pushed") |= ((value >> bit & 1) as u8) << (self.count % 8);
            self.count += 1;
        }
        self
    }

    fn code(self, code: u32, count: u32) -> Self {
        self.put(code.reverse_bits() >> (32 - count), count)
    }

    /// A dynamic block whose codes have these lengths, each described by a code of four bits.
    fn dynamic(self, literals: &[u32], distances: &[u32]) -> Self {
        let bits = self.put(5, 3).put(literals.len() as u32 - 257, 5).put(distances.len() as u32 - 1, 5);
        // 0 to 15 are coded by four bits, repeats not at all.
        let bits = (0..19).fold(bits.put(15, 4), |bits, at| bits.put(if at < 3 { 0 } else { 4 }, 3));
        literals.iter().chain(distances).fold(bits, |bits, length| bits.code(*length, 4))
    }

    fn zlib(self) -> Vec<u8> {
        let mut stream = vec![0x78, 0x9c];
        stream.extend(self.bytes);
        with_checksum(stream, 1000)
    }
}

#[test]
fn incomplete_codes() {
    let only = |symbols: &[(usize, u32)], count: usize| {
        let mut lengths = vec![0; count];
        symbols.iter().for_each(|(symbol, length)| lengths[*symbol] = *length);
        lengths
    };
    let decode = |stream: Vec<u8>| {
        same(&stream, 1000);
        decode_zlib(&stream, Expect::AtMost(1000)).ok()
    };
    // `a`, the end, a match of three bytes: one distance, of one bit.
    let literals = only(&[(97, 1), (256, 2), (257, 2)], 258);
    let begin = |literals: &[u32], distances: &[u32]| Bits::default().dynamic(literals, distances);
    let one = begin(&literals, &[1]).code(0, 1).code(3, 2).code(0, 1).code(2, 2);
    assert_eq!(decode(one.zlib()).as_deref(), Some(&b"aaaa"[..]));
    // The other bit means nothing; nor do two bits for one distance.
    assert_eq!(decode(begin(&literals, &[1]).code(0, 1).code(3, 2).code(1, 1).code(2, 2).zlib()), None);
    assert_eq!(decode(begin(&literals, &[2]).code(0, 1).code(3, 2).code(0, 2).code(2, 2).zlib()), None);
    // No distance at all, as long as none is needed.
    assert_eq!(decode(begin(&literals, &[0]).code(0, 1).code(2, 2).zlib()).as_deref(), Some(&b"a"[..]));
    assert_eq!(decode(begin(&literals, &[0]).code(0, 1).code(3, 2).put(0, 8).zlib()), None);
    // Nothing but the end.
    assert_eq!(decode(begin(&only(&[(256, 1)], 257), &[0]).put(0, 1).zlib()).as_deref(), Some(&b""[..]));
    // Literals: too few codes, then too many; distances: too many.
    assert_eq!(decode(begin(&only(&[(97, 2), (256, 2)], 257), &[1]).put(0, 30).zlib()), None);
    assert_eq!(decode(begin(&only(&[(97, 1), (98, 1), (256, 1)], 257), &[1]).put(0, 30).zlib()), None);
    assert_eq!(decode(begin(&literals, &[1, 1, 1]).code(0, 1).code(2, 2).zlib()), None);
    // A distance before the start, also behind enough bytes for the quick loop.
    assert_eq!(decode(begin(&literals, &[0, 1]).code(0, 1).code(3, 2).code(0, 1).code(2, 2).zlib()), None);
    let far = |count: usize| {
        let bits = (0..count).fold(begin(&literals, &only(&[(10, 1)], 11)), |bits, _| bits.code(0, 1));
        // 33 and what 4 bits say.
        (0..200).fold(bits.code(3, 2).code(0, 1).put(7, 4), |bits, _| bits.code(0, 1)).code(2, 2).zlib()
    };
    assert_eq!(decode(far(40)).map(|content| content.len()), Some(243));
    assert_eq!(decode(far(39)), None);
}

#[test]
fn headers_and_trailers_of_zlib() {
    let stream = encode(b"chunk", 6);
    for at in [0, 1, stream.len() - 4, stream.len() - 1] {
        for bit in 0..8 {
            let mut damaged = stream.clone();
            damaged[at] ^= 1 << bit;
            assert!(matches!(decode_zlib(&damaged, Expect::Exact(5)), Err(DecodeError::Invalid { .. })));
        }
    }
    for header in 0..=u16::MAX {
        let mut other = stream.clone();
        other[..2].copy_from_slice(&header.to_be_bytes());
        same(&other, 1000);
    }
}

#[test]
fn members_of_gzip() {
    let member = |content: &[u8], builder: GzBuilder| {
        let mut encoder: GzEncoder<Vec<u8>> = builder.write(Vec::new(), Compression::new(6));
        encoder.write_all(content).expect("memory does not fail");
        encoder.finish().expect("memory does not fail")
    };
    let big: Vec<u8> = (0..300_000u32).flat_map(|at| (at / 7).to_le_bytes()).collect();
    let members = [
        member(b"one ", GzBuilder::new()),
        member(b"", GzBuilder::new().filename("empty")),
        member(&big, GzBuilder::new().filename("a").comment("b").extra(vec![1, 2, 3])),
    ];
    let mut with_header_crc = member(b" end", GzBuilder::new());
    with_header_crc[3] |= 2;
    let mut crc = Crc::new();
    crc.update(&with_header_crc[..10]);
    let crc = (crc.sum() as u16).to_le_bytes();
    with_header_crc.splice(10..10, crc);
    let stream = [members.concat(), with_header_crc].concat();
    let content = [&b"one "[..], &big, b" end"].concat();
    for expect in [Expect::Exact(content.len()), Expect::AtMost(content.len()), Expect::AtMost(9 << 20)] {
        assert!(decode_gzip(&stream, expect).as_ref() == Ok(&content), "{expect:?}");
    }
    let limit = content.len() - 1;
    assert_eq!(decode_gzip(&stream, Expect::AtMost(limit)), Err(DecodeError::TooLarge { limit }));
    // Where a member ends, the stream may.
    let ends = [members[0].len(), members[..2].concat().len(), members.concat().len()];
    for length in (0..200).chain(stream.len() - 200..stream.len()) {
        let decoded = decode_gzip(&stream[..length], Expect::AtMost(9 << 20));
        if !ends.contains(&length) {
            let error = DecodeError::Truncated { format: "gzip", actual_bytes: length };
            assert_eq!(decoded.map(|content| content.len()), Err(error));
        }
    }
    for at in members[0].len() - 8..members[0].len() {
        let mut damaged = stream.clone();
        damaged[at] ^= 1;
        assert!(matches!(decode_gzip(&damaged, Expect::AtMost(9 << 20)), Err(DecodeError::Invalid { .. })));
    }
    // A match does not begin in the member before.
    let second = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0][..],
        &Bits::default().put(3, 3).code(1, 7).code(0, 5).put(0, 32).bytes,
    ];
    let error = decode_gzip(&[&members[0], second[0], second[1]].concat(), Expect::AtMost(100));
    assert!(matches!(error, Err(DecodeError::Invalid { .. })), "{error:?}");
}

#[test]
fn blocks_of_blosc() {
    let content: Vec<u8> = (0..20_000u32).flat_map(|at| (at / 3).to_le_bytes()).collect();
    let stream = encode(&content, 5);
    let buffer = |stream: &[u8], length: usize| {
        let mut buffer = vec![2, 1, 0x70, 1];
        let sizes = [length, length, 24 + stream.len(), 20, stream.len()];
        buffer.extend(sizes.iter().flat_map(|size| (*size as u32).to_le_bytes()));
        buffer.extend(stream);
        buffer
    };
    let decode = |stream: &[u8], length: usize| blosc::decode(&buffer(stream, length), Expect::Exact(length));
    assert!(decode(&stream, content.len()).as_ref() == Ok(&content));
    assert!(decode(&[&stream[..], &[1]].concat(), content.len()).as_ref() == Ok(&content));
    assert!(matches!(decode(&stream, content.len() + 1), Err(DecodeError::WrongSize { .. })));
    assert!(matches!(decode(&stream, content.len() - 1), Err(DecodeError::TooLarge { .. })));
    let cut = decode(&stream[..stream.len() - 1], content.len());
    assert!(matches!(cut, Err(DecodeError::Truncated { .. })));
}
