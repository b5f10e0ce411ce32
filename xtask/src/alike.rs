//! Puts functions that are alike beside each other ([`order`]), where a compressor finds them cheaper: one percent of a
//! module. By name, as wasm-opt sorts them, comes close.

/// How many numbers stand for a function.
const SKETCH: usize = 48;

/// So many bytes are looked at together.
const WORD: usize = 5;

/// The smallest hashes of all words of a function, each of another hash function: the share of equal ones is about the
/// share of words that two functions have in common.
fn sketch(body: &[u8]) -> [u32; SKETCH] {
    let mut smallest = [u32::MAX; SKETCH];
    for word in body.windows(WORD.min(body.len().max(1))) {
        // FNV-1a, then a multiplication for each.
        let start = 0xcbf2_9ce4_8422_2325_u64;
        let hash = word
            .iter()
            .fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
        for (at, least) in (1_u64..).zip(&mut smallest) {
            let other = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.wrapping_add((at << 33) | (at * 2 + 1)));
            *least = (*least).min((other >> 32) as u32);
        }
    }
    smallest
}

/// The functions in an order in which each follows the one that it is most like, of those of about its size.
pub(crate) fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let sketches: Vec<_> = bodies.iter().map(|body| sketch(body)).collect();
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    left.sort_by_key(|at| bodies[*at].len());
    let mut order: Vec<usize> = left.pop().into_iter().collect();
    while let Some(last) = order.last().filter(|_| !left.is_empty()) {
        let alike = |at: usize| {
            let same = sketches[at].iter().zip(&sketches[*last]).filter(|(a, b)| a == b).count();
            same * 1000 + 999 - bodies[at].len().abs_diff(bodies[*last].len()).min(999)
        };
        // The largest first: what is like nothing is ordered by size.
        let best = (0..left.len()).rev().max_by_key(|at| (alike(left[*at]), *at));
        order.extend(best.map(|at| left.remove(at)));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stands_together() {
        let one: Vec<u8> = (0..60).collect();
        let other: Vec<u8> = (100..160).rev().collect();
        let (mut near_one, mut near_other) = (one.clone(), other.clone());
        near_one[7] = 200;
        near_other[50] = 200;
        let bodies: [&[u8]; 5] = [&one, &other, &near_one, &near_other, &[]];
        let order = order(&bodies);
        let place = |function: usize| order.iter().position(|at| *at == function).unwrap();
        assert_eq!(order.len(), 5);
        assert_eq!(place(0).abs_diff(place(2)), 1, "{order:?}");
        assert_eq!(place(1).abs_diff(place(3)), 1, "{order:?}");
    }
}
