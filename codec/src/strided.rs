//! Copies between arrays of any strides: chunks into selections, transposed chunks into C order.

/// One side of a copy: where it begins and how far it is from one element to the next, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Byte of the first element.
    pub offset: usize,
    /// Bytes from one index to the next, for each dimension.
    pub strides: Vec<usize>,
}

/// Copies `shape` elements of `item_bytes` from `source` to `target`.
///
/// # Panics
/// When a layout has another number of dimensions than `shape`, or leads out of its slice.
pub fn copy(
    source: &[u8],
    from: &Layout,
    target: &mut [u8],
    to: &Layout,
    shape: &[usize],
    item_bytes: usize,
) {
    if item_bytes > 0 {
        rows(from, to, shape, item_bytes, &mut |row, from, to| {
            row.copy(&source[from..], &mut target[to..], item_bytes)
        });
    }
}

/// Copies `shape` numbers from `source` to `target`; the layouts count numbers, not bytes.
///
/// # Panics
/// As [`copy`].
pub fn copy_numbers(source: &[f64], from: &Layout, target: &mut [f64], to: &Layout, shape: &[usize]) {
    rows(from, to, shape, 1, &mut |row, from, to| {
        if row.from == 1 && row.to == 1 {
            target[to..to + row.count].copy_from_slice(&source[from..from + row.count]);
        } else {
            for at in 0..row.count {
                target[to + at * row.to] = source[from + at * row.from];
            }
        }
    });
}

/// Calls `visit` with each row and where it begins on both sides; a single item of `item` is a row too.
fn rows(from: &Layout, to: &Layout, shape: &[usize], item: usize, visit: &mut dyn FnMut(&Row, usize, usize)) {
    assert!(from.strides.len() == shape.len() && to.strides.len() == shape.len(), "dimensions differ");
    if shape.contains(&0) {
        return;
    }
    let (from, to, shape) = merge(from, to, shape);
    let Some(outer_dimensions) = shape.len().checked_sub(1) else {
        return visit(&Row { count: 1, from: item, to: item }, from.offset, to.offset);
    };
    let row = Row {
        count: shape[outer_dimensions],
        from: from.strides[outer_dimensions],
        to: to.strides[outer_dimensions],
    };
    let mut index = vec![0; outer_dimensions];
    let (mut source_at, mut target_at) = (from.offset, to.offset);
    loop {
        visit(&row, source_at, target_at);
        let mut dimension = outer_dimensions;
        loop {
            if dimension == 0 {
                return;
            }
            dimension -= 1;
            index[dimension] += 1;
            if index[dimension] < shape[dimension] {
                source_at += from.strides[dimension];
                target_at += to.strides[dimension];
                break;
            }
            index[dimension] = 0;
            source_at -= from.strides[dimension] * (shape[dimension] - 1);
            target_at -= to.strides[dimension] * (shape[dimension] - 1);
        }
    }
}

/// Drops dimensions of length 1 and joins those that are contiguous on both sides, so that rows are long.
fn merge(from: &Layout, to: &Layout, shape: &[usize]) -> (Layout, Layout, Vec<usize>) {
    let mut merged_from = Layout { offset: from.offset, strides: Vec::new() };
    let mut merged_to = Layout { offset: to.offset, strides: Vec::new() };
    let mut merged_shape: Vec<usize> = Vec::new();
    for ((&length, &source), &target) in shape.iter().zip(&from.strides).zip(&to.strides) {
        if length == 1 {
            continue;
        }
        if let (Some(count), Some(outer_from), Some(outer_to)) =
            (merged_shape.last_mut(), merged_from.strides.last_mut(), merged_to.strides.last_mut())
            && *outer_from == source * length
            && *outer_to == target * length
        {
            *count *= length;
            (*outer_from, *outer_to) = (source, target);
        } else {
            merged_shape.push(length);
            merged_from.strides.push(source);
            merged_to.strides.push(target);
        }
    }
    (merged_from, merged_to, merged_shape)
}

/// The innermost dimension.
struct Row {
    count: usize,
    from: usize,
    to: usize,
}

impl Row {
    fn copy(&self, source: &[u8], target: &mut [u8], item_bytes: usize) {
        if self.from == item_bytes && self.to == item_bytes {
            let bytes = self.count * item_bytes;
            target[..bytes].copy_from_slice(&source[..bytes]);
            return;
        }
        match item_bytes {
            1 => self.items::<1>(source, target),
            2 => self.items::<2>(source, target),
            4 => self.items::<4>(source, target),
            8 => self.items::<8>(source, target),
            bytes => {
                for at in 0..self.count {
                    target[at * self.to..][..bytes].copy_from_slice(&source[at * self.from..][..bytes]);
                }
            }
        }
    }

    fn items<const N: usize>(&self, source: &[u8], target: &mut [u8]) {
        for at in 0..self.count {
            let item: [u8; N] = source[at * self.from..][..N].try_into().expect("N bytes");
            target[at * self.to..][..N].copy_from_slice(&item);
        }
    }
}

/// Fills `target` with `pattern`, over and over.
pub fn fill(target: &mut [u8], pattern: &[u8]) {
    if pattern.iter().all(|byte| *byte == 0) {
        target.fill(0);
        return;
    }
    // Doubling what is there keeps copies long.
    let mut done = pattern.len().min(target.len());
    target[..done].copy_from_slice(&pattern[..done]);
    while done < target.len() {
        let step = done.min(target.len() - done);
        target.copy_within(..step, done);
        done += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_block_lands_in_place() {
        // Columns first: element (row, column) of a 3 × 4 array is at 3 * column + row.
        let source: Vec<u8> = (0..24).collect();
        let from = Layout { offset: 2, strides: vec![2, 6] };
        let to = Layout { offset: 1, strides: vec![8, 2] };
        let mut target = vec![0; 20];
        copy(&source, &from, &mut target, &to, &[2, 3], 2);
        let expected = [0, 2, 3, 8, 9, 14, 15, 0, 0, 4, 5, 10, 11, 16, 17, 0, 0, 0, 0, 0];
        assert_eq!(target, expected);
    }

    #[test]
    fn scalars_and_nothing() {
        let none = Layout { offset: 1, strides: vec![] };
        let mut target = [0; 3];
        copy(&[7, 8, 9], &none, &mut target, &none, &[], 2);
        assert_eq!(target, [0, 8, 9]);
        let empty = Layout { offset: 9, strides: vec![1] };
        copy(&[], &empty, &mut target, &empty, &[0], 2);
        assert_eq!(target, [0, 8, 9]);
    }

    #[test]
    fn filling_repeats_the_pattern() {
        let mut target = [9; 8];
        fill(&mut target, &[1, 2, 3]);
        assert_eq!(target, [1, 2, 3, 1, 2, 3, 1, 2]);
        fill(&mut target, &[0, 0]);
        assert_eq!(target, [0; 8]);
    }
}
