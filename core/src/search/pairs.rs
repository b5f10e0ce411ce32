//! Two words that stand beside each other, and the datasets in which they do: how a phrase is found in an index whose
//! texts are in many files. One part of the index holds the pairs of a range of hashes, each with its datasets:
//! hash (from the one before), length of what follows, number of datasets, the datasets (from the one before), and the
//! fields of each, or once where they are the same.

use super::codec::{Reader, Writer, checksum};
use super::format::PAIRS;

/// A dataset that has a pair, the bits of the fields in which it stands, and between them what it scores for that: nothing.
pub(super) type Holder = (u32, f32, u16);

/// What stands for two words: 48 bits, so that a catalogue with a million pairs takes one in 300 million for another.
pub(super) fn key(left: &str, right: &str) -> u64 {
    checksum(PAIRS, [left, right].join(" ").as_bytes()) >> 16
}

/// Appends a pair; `before` is the key of the one before, 0 for the first of a part.
pub(super) fn write(out: &mut Writer, before: u64, key: u64, holders: &[Holder]) {
    let same = holders.windows(2).all(|two| two[0].2 == two[1].2);
    let mut list = Writer::default();
    list.len(holders.len() << 1 | usize::from(same));
    let mut last = 0;
    for (doc, ..) in holders {
        list.varint(u64::from(doc - last));
        last = *doc;
    }
    let fields = holders.iter().map(|(_, _, fields)| u64::from(*fields));
    fields.take(if same { 1 } else { holders.len() }).for_each(|fields| list.varint(fields));
    out.varint(key - before);
    out.blob(&list.bytes);
}

/// The datasets of a pair in a part, in their order; `None` where it has no such pair or is damaged before its end.
pub(super) fn find(part: &[u8], key: u64) -> Option<Vec<Holder>> {
    let mut input = Reader::new(part);
    let mut at = 0_u64;
    while at < key {
        at = at.saturating_add(input.varint().ok()?);
        let len = input.count(1).ok()?;
        let list = input.take(len).ok()?;
        if at == key {
            return holders(Reader::new(list));
        }
    }
    None
}

fn holders(mut list: Reader) -> Option<Vec<Holder>> {
    let head = list.varint().ok()?;
    let mut out = Vec::new();
    let mut doc = 0_u32;
    // No more than the list has bytes.
    for _ in 0..head >> 1 {
        doc = doc.saturating_add(list.u32().ok()?);
        out.push((doc, 0.0, 0));
    }
    let mut fields = 0;
    for (at, one) in out.iter_mut().enumerate() {
        if at == 0 || head & 1 == 0 {
            fields = list.u32().ok()? as u16;
        }
        one.2 = fields;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(pairs: &[(u64, Vec<Holder>)]) -> Vec<u8> {
        let (mut out, mut before) = (Writer::default(), 0);
        for (key, holders) in pairs {
            write(&mut out, before, *key, holders);
            before = *key;
        }
        out.bytes
    }

    #[test]
    fn what_was_written_is_found_and_nothing_else() {
        let pairs = vec![
            (7, vec![(0, 0.0, 3), (5, 0.0, 3), (900, 0.0, 3)]),
            (8, vec![(2, 0.0, 1), (3, 0.0, 0x8001)]),
            (1 << 47, vec![(4_000_000, 0.0, 2)]),
        ];
        let bytes = part(&pairs);
        for (key, holders) in &pairs {
            assert_eq!(find(&bytes, *key).as_ref(), Some(holders));
        }
        for absent in [0, 6, 9, u64::MAX] {
            assert_eq!(find(&bytes, absent), None, "{absent}");
        }
    }

    #[test]
    fn a_part_that_was_cut_lacks_its_end() {
        let pairs = vec![(7, vec![(0, 0.0, 3), (5, 0.0, 9)]), (90, vec![(1, 0.0, 1); 3])];
        let bytes = part(&pairs);
        for end in 0..bytes.len() {
            assert_eq!(find(&bytes[..end], 90), None, "{end}");
        }
        // A count that no file can hold.
        let mut out = Writer::default();
        out.varint(7);
        let mut list = Writer::default();
        list.varint(u64::MAX);
        out.blob(&list.bytes);
        assert_eq!(find(&out.bytes, 7), None);
    }
}
