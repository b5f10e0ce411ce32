//! Our Zstandard decoder against the C library: what it writes at every level, and what strangers make of that.

mod seeded;

use std::collections::BTreeSet;

use pinfold_codec::zstd::decode;
use pinfold_codec::{DecodeError, Expect};
use seeded::Seeded;
use zstd::zstd_safe::{self, CCtx, CParameter, DCtx};

/// How a frame is written.
#[derive(Debug, Clone, Copy)]
struct Options {
    level: i32,
    checksum: bool,
    content_size: bool,
}

const PLAIN: Options = Options { level: 3, checksum: false, content_size: true };

fn encode(content: &[u8], options: Options) -> Vec<u8> {
    let mut context = CCtx::create();
    for parameter in [
        CParameter::CompressionLevel(options.level),
        CParameter::ChecksumFlag(options.checksum),
        CParameter::ContentSizeFlag(options.content_size),
    ] {
        context.set_parameter(parameter).expect("a known parameter");
    }
    let mut frame = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
    context.compress2(&mut frame, content).expect("room for the worst");
    frame
}

/// What the C library makes of it.
fn reference(frames: &[u8], capacity: usize) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(capacity);
    DCtx::create().decompress(&mut content, frames).ok().map(|_| content)
}

/// What a chunk may hold: nothing, noise, numbers, texts, repeats of every short period, more than one block of each.
fn contents() -> Vec<(String, Vec<u8>)> {
    let mut random = Seeded(7);
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for length in [0, 1, 2, 3, 5, 17, 63, 300, 1023, 4096, 131_072, 131_073, 400_000] {
        all.push((format!("zeros {length}"), vec![0; length]));
        all.push((format!("noise {length}"), (0..length).map(|_| random.next() as u8).collect()));
        // Few symbols: Huffman codes without matches worth the name.
        all.push((
            format!("skewed {length}"),
            (0..length).map(|_| (random.next() & random.next()) as u8 & 31).collect(),
        ));
        let mut walk = 280.0f32;
        let floats = (0..length / 4).flat_map(|_| {
            walk += (random.below(200) as f32 - 100.0) / 5000.0;
            ((walk * 100.0).round() / 100.0).to_le_bytes()
        });
        all.push((format!("floats {length}"), floats.collect()));
        let mut sum = 0i16;
        let integers = (0..length / 2).flat_map(|_| {
            sum = sum.wrapping_add(random.below(61) as i16 - 30);
            sum.to_le_bytes()
        });
        all.push((format!("integers {length}"), integers.collect()));
    }
    for period in 1..=40 {
        let mut content: Vec<u8> = (0..period).map(|_| random.next() as u8).collect();
        for _ in 0..8 {
            let run = random.below(500);
            for _ in 0..run {
                content.push(content[content.len() - period]);
            }
            content.push(random.next() as u8);
        }
        all.push((format!("period {period}"), content));
    }
    let words: Vec<Vec<u8>> =
        (0..300).map(|_| (0..1 + random.below(9)).map(|_| b'a' + random.below(26) as u8).collect()).collect();
    let text: Vec<u8> =
        (0..120_000).flat_map(|_| [&words[random.below(17) * random.below(17)][..], b" "].concat()).collect();
    all.push(("text".into(), text));
    all
}

fn check(content: &[u8], frames: &[u8], what: &str) {
    let exact = decode(frames, Expect::Exact(content.len()));
    assert!(exact.as_deref() == Ok(content), "{what}: {:?}", exact.map(|found| found.len()));
    for limit in [content.len(), content.len() + 1, content.len() + (1 << 20)] {
        let at_most = decode(frames, Expect::AtMost(limit));
        assert!(
            at_most.as_deref() == Ok(content),
            "{what}, at most {limit}: {:?}",
            at_most.map(|found| found.len())
        );
    }
    if let Some(less) = content.len().checked_sub(1) {
        assert!(decode(frames, Expect::Exact(less)).is_err(), "{what}: one byte less");
        assert_eq!(
            decode(frames, Expect::AtMost(less)),
            Err(DecodeError::TooLarge { limit: less }),
            "{what}"
        );
    }
    assert!(decode(frames, Expect::Exact(content.len() + 1)).is_err(), "{what}: one byte more");
}

#[test]
fn every_level_comes_back() {
    for (name, content) in contents() {
        for level in [-7, 1, 2, 3, 5, 7, 9, 13, 16, 19, 22] {
            let options = Options { level, checksum: level % 2 == 0, content_size: level % 3 != 0 };
            check(&content, &encode(&content, options), &format!("{name}, {options:?}"));
        }
    }
}

#[test]
fn frames_follow_each_other_and_others_are_passed_over() {
    let parts: Vec<Vec<u8>> = contents().into_iter().map(|(_, content)| content).take(30).collect();
    let mut frames = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at % 3 == 0 {
            frames.extend((0x184d_2a50 + at as u32 % 16).to_le_bytes());
            frames.extend((at as u32 * 7).to_le_bytes());
            frames.resize(frames.len() + at * 7, 0xee);
        }
        let options = Options { level: at as i32 % 12 + 1, checksum: at % 2 == 1, content_size: at % 5 != 0 };
        frames.extend(encode(part, options));
    }
    let content = parts.concat();
    check(&content, &frames, "thirty frames");
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    assert_eq!(decode(&skipped, Expect::Exact(0)), Ok(vec![]));
    assert!(decode(&skipped[..10], Expect::Exact(0)).is_err());
}

#[test]
fn what_is_cut_off_is_an_error_at_every_byte() {
    for (name, content) in contents().into_iter().filter(|(_, content)| content.len() <= 4096) {
        let frame = encode(&content, Options { checksum: true, ..PLAIN });
        for end in 0..frame.len() {
            for expect in [Expect::Exact(content.len()), Expect::AtMost(content.len())] {
                assert!(decode(&frame[..end], expect).is_err(), "{name}: {end} of {}", frame.len());
            }
        }
    }
}

#[test]
fn damage_is_found_or_decodes_as_the_c_library_has_it() {
    let mut random = Seeded(42);
    let mut verdicts = BTreeSet::new();
    for (name, content) in
        contents().into_iter().filter(|(_, content)| (1..=131_073).contains(&content.len()))
    {
        for options in
            [PLAIN, Options { level: 19, ..PLAIN }, Options { level: 1, content_size: false, ..PLAIN }]
        {
            let frame = encode(&content, options);
            for _ in 0..60 {
                let mut damaged = frame.clone();
                for _ in 0..=random.below(3) {
                    // Headers and tables are in the beginning.
                    let end = if random.below(2) == 0 { damaged.len().min(80) } else { damaged.len() };
                    damaged[random.below(end)] ^= 1 << random.below(8);
                }
                let ours = decode(&damaged, Expect::AtMost(1 << 20));
                let theirs = reference(&damaged, 1 << 20);
                if let (Ok(ours), Some(theirs)) = (&ours, &theirs) {
                    assert!(ours == theirs, "{name}, {options:?}");
                }
                verdicts.insert((ours.is_ok(), theirs.is_some()));
                let exact = decode(&damaged, Expect::Exact(content.len()));
                assert!(exact.is_err() || exact == ours, "{name}, {options:?}");
            }
        }
    }
    // Where there is no checksum some damage cannot be found; what the C library refuses is refused.
    assert!(verdicts.contains(&(true, true)) && !verdicts.contains(&(true, false)), "{verdicts:?}");
}

#[test]
fn a_checksum_finds_what_nothing_else_does() {
    let content: Vec<u8> = (0..50_000u32).map(|at| (at * at / 77) as u8).collect();
    let frame = encode(&content, Options { checksum: true, ..PLAIN });
    let mut random = Seeded(1);
    for _ in 0..2000 {
        let mut damaged = frame.clone();
        damaged[random.below(frame.len())] ^= 1 << random.below(8);
        // A window that is described as a larger one changes nothing.
        if let Ok(found) = decode(&damaged, Expect::Exact(content.len())) {
            assert!(found == content);
        }
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let content = vec![7; 3000];
    let frame = encode(&content, Options { checksum: true, ..PLAIN });
    let says = |frame: &[u8], expect: Expect| decode(frame, expect).unwrap_err().to_string();
    let exact = Expect::Exact(3000);
    assert_eq!(says(&[], exact), "zstd: cut off after 0 bytes");
    assert_eq!(
        says(&frame[..frame.len() - 1], exact),
        format!("zstd: cut off after {} bytes", frame.len() - 1)
    );
    assert_eq!(says(b"nonsense", exact), "zstd: it does not begin like a frame");
    assert_eq!(says(&[&frame[..], b"more"].concat(), exact), "zstd: it does not begin like a frame");
    assert_eq!(says(&frame, Expect::Exact(2999)), "decodes to 3000 bytes, 2999 expected");
    assert_eq!(says(&frame, Expect::Exact(3001)), "decodes to 3000 bytes, 3001 expected");
    assert_eq!(says(&frame, Expect::AtMost(100)), "decodes to more than 100 bytes");
    let changed = |at: usize, byte: u8| {
        let mut frame = frame.clone();
        frame[at] = byte;
        frame
    };
    assert_eq!(
        says(&changed(frame.len() - 1, !frame[frame.len() - 1]), exact),
        "zstd: the content's checksum is another one"
    );
    assert_eq!(says(&changed(4, frame[4] | 8), exact), "zstd: a frame's header that cannot be read");
    // A window of 1 GiB for 3000 bytes; the content size goes unsaid.
    let unsized_frame = encode(&content, Options { content_size: false, ..PLAIN });
    let mut wide = unsized_frame.clone();
    wide[5] = 20 << 3;
    assert_eq!(says(&wide, exact), "zstd: its window is larger than what is decoded");
    assert_eq!(says(&unsized_frame, Expect::Exact(2999)), "decodes to more than 2999 bytes");
    // A dictionary's number of one byte, 9.
    let mut named = unsized_frame.clone();
    named[4] |= 1;
    named.insert(6, 9);
    assert_eq!(says(&named, exact), "zstd: a dictionary is not supported");
    // A block of the kind that is reserved.
    let mut reserved = unsized_frame;
    reserved[6] |= 6;
    assert_eq!(says(&reserved, exact), "zstd: a block that cannot be decoded");
}

#[test]
fn bombs_stop_at_the_limit() {
    let mut frame = encode(&vec![0; 64 << 20], Options { content_size: false, ..PLAIN });
    assert!(frame.len() < 10_000);
    frame.extend(frame.clone());
    assert_eq!(decode(&frame, Expect::AtMost(1 << 20)), Err(DecodeError::TooLarge { limit: 1 << 20 }));
    assert_eq!(decode(&frame, Expect::Exact(1 << 20)), Err(DecodeError::TooLarge { limit: 1 << 20 }));
}
