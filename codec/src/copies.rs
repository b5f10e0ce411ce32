//! Matches of LZ77: bytes that repeat what was decoded before, copied by words. A browser's own copy is a call, which
//! costs more than most matches.

/// Copies are made so many bytes at a time, where there is room for more than was asked for.
pub(crate) const STEP: usize = 16;
/// Longer ones that do not overlap are cheaper by the library's copy, which is a call in a browser.
const LONG: usize = 32;

/// A period of 1 to 7 bytes times this is repeated in a word …
const REPEAT: [u64; 8] = [
    0,
    0x0101_0101_0101_0101,
    0x0001_0001_0001_0001,
    0x0001_0000_0100_0001,
    0x0000_0001_0000_0001,
    0x0000_0100_0000_0001,
    0x0001_0000_0000_0001,
    0x0100_0000_0000_0001,
];
/// … which moves on by so many bytes.
const PERIODS: [u8; 8] = [8, 8, 8, 6, 8, 5, 6, 7];

/// Repeats what begins at `from` in `at..end`, as it comes about: the two may overlap. Bytes after `end` may be
/// overwritten. `None` where `end` is beyond the last.
///
/// Each decoder has its own, for a call from one part of the program to another is a slow one.
#[inline(always)]
pub(crate) fn repeat(bytes: &mut [u8], mut from: usize, mut at: usize, end: usize) -> Option<()> {
    if end > bytes.len() {
        return None;
    }
    let offset = at - from;
    if offset >= end - at && end - at > LONG {
        bytes.copy_within(from..from + (end - at), at);
        return Some(());
    }
    // Steps write beyond the end; where there is no room for it, the last bytes are copied one by one.
    let fast = end.min(bytes.len().saturating_sub(STEP));
    if offset < 8 {
        let word = bytes.get(from..).and_then(<[u8]>::first_chunk::<8>);
        let period = word.map_or(0, |word| u64::from_le_bytes(*word)) & ((1 << (offset * 8)) - 1);
        let word = period.wrapping_mul(REPEAT[offset]).to_le_bytes();
        while at < fast
            && let Some(target) = bytes.get_mut(at..at + 8)
        {
            target.copy_from_slice(&word);
            at += usize::from(PERIODS[offset]);
        }
        from = at - offset;
    } else {
        while at < fast && twice(bytes, from, at) {
            at += STEP;
            from += STEP;
        }
    }
    while at < end {
        bytes[at] = bytes[from];
        at += 1;
        from += 1;
    }
    Some(())
}

/// Copies [`STEP`] bytes to `at` from eight or more before it; whether there is room for them.
#[inline(always)]
pub(crate) fn twice(bytes: &mut [u8], from: usize, at: usize) -> bool {
    let Some(window) = bytes.get_mut(from..at + STEP) else { return false };
    word(window, 0, at - from);
    word(window, 8, at - from + 8);
    true
}

/// Copies eight bytes, which are all within.
#[inline(always)]
fn word(bytes: &mut [u8], from: usize, to: usize) {
    if let Some(source) = bytes.get(from..from + 8)
        && let Ok(source) = <[u8; 8]>::try_from(source)
        && let Some(target) = bytes.get_mut(to..to + 8)
    {
        target.copy_from_slice(&source);
    }
}

#[cfg(test)]
mod tests {
    use super::repeat;

    #[test]
    fn repeats_are_byte_by_byte() {
        for offset in 1..40 {
            for length in (0..70).chain([100, 257]) {
                for room in [0, 1, 7, 15, 16, 17, 40] {
                    let before: Vec<u8> = (0..offset as u8 + 3).map(|at| at.wrapping_mul(37) ^ 5).collect();
                    let at = before.len();
                    let mut expected = before.clone();
                    (0..length).for_each(|_| expected.push(expected[expected.len() - offset]));
                    let mut bytes = before;
                    bytes.resize(at + length + room, 0xee);
                    assert_eq!(repeat(&mut bytes, at - offset, at, at + length), Some(()));
                    assert!(bytes[..at + length] == expected, "{offset} {length} {room}");
                    assert_eq!(repeat(&mut bytes, at - offset, at, at + length + room + 1), None);
                }
            }
        }
    }
}
