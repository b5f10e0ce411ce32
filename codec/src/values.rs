//! Millions of values at once: missing ones marked, scaled, their range and moments.

use std::borrow::Cow;

/// Long loops are cut into calls of so many values: a browser runs a function in its quick and slow translation until it
/// is called the next time, and a loop over millions of values would end before that.
pub(crate) const PIECE: usize = 1 << 14;

/// Makes every value that is one of `marks` NaN.
pub fn mask(values: &mut [f64], marks: &[f64]) {
    #[inline(never)]
    fn two(values: &mut [f64], [one, other]: [f64; 2]) {
        for value in values {
            *value = if *value == one || *value == other { f64::NAN } else { *value };
        }
    }
    for marks in marks.chunks(2) {
        let both = [marks[0], *marks.last().unwrap_or(&marks[0])];
        values.chunks_mut(PIECE).for_each(|piece| two(piece, both));
    }
}

/// Multiplies every value, then adds to it.
pub fn scale(values: &mut [f64], factor: f64, summand: f64) {
    #[inline(never)]
    fn piece(values: &mut [f64], factor: f64, summand: f64) {
        for value in values {
            *value = *value * factor + summand;
        }
    }
    values.chunks_mut(PIECE).for_each(|values| piece(values, factor, summand));
}

/// Smallest and largest finite value; `None` where there is none.
#[must_use]
pub fn range(values: &[f64]) -> Option<(f64, f64)> {
    let join = |all: (f64, f64), one: (f64, f64)| (all.0.min(one.0), all.1.max(one.1));
    let (low, high) = values.chunks(PIECE).map(range_of).fold((f64::INFINITY, f64::NEG_INFINITY), join);
    (low <= high).then_some((low, high))
}

#[inline(never)]
fn range_of(values: &[f64]) -> (f64, f64) {
    finite(values).map_or((f64::INFINITY, f64::NEG_INFINITY), |(_, Extent { low, high, .. })| (low, high))
}

/// The finite ones of some values, and their extent; `None` where there is none.
fn finite(values: &[f64]) -> Option<(Cow<'_, [f64]>, Extent)> {
    let about = values.iter().copied().find(|value| value.is_finite())?;
    let all = extent(values, about);
    if all.all_finite {
        return Some((values.into(), all));
    }
    let there: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let all = extent(&there, about);
    Some((there.into(), all))
}

/// Smallest and largest of some values, and whether all are finite: where one is not, the two mean nothing.
pub(crate) struct Extent {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) all_finite: bool,
}

/// The extent of `values` and `about`.
#[inline(never)]
pub(crate) fn extent(values: &[f64], about: f64) -> Extent {
    // Four at a time, so that no comparison waits for the one before. Nothing times a value is 0, or NaN for good.
    let (mut lows, mut highs, mut nothing) = ([about; 4], [about; 4], [0.0; 4]);
    let mut add = |lane: usize, value: f64| {
        if value < lows[lane] {
            lows[lane] = value;
        }
        if value > highs[lane] {
            highs[lane] = value;
        }
        nothing[lane] += value * 0.0;
    };
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        (0..4).for_each(|lane| add(lane, four[lane]));
    }
    rest.iter().enumerate().for_each(|(lane, value)| add(lane, *value));
    Extent {
        low: lows.into_iter().fold(about, f64::min),
        high: highs.into_iter().fold(about, f64::max),
        all_finite: nothing.iter().sum::<f64>() == 0.0,
    }
}

/// Count, range and moments of the finite values of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// Finite values.
    pub count: u64,
    /// Others.
    pub missing: u64,
    /// Smallest; infinite where there is none.
    pub min: f64,
    /// Largest; infinite where there is none.
    pub max: f64,
    /// Mean; 0 where there is none.
    pub mean: f64,
    /// Sum of the squared deviations from the mean.
    pub squares: f64,
}

/// In pieces, each about its own first value, joined as Chan, Golub and LeVeque do: no digits are lost for large
/// offsets such as times, and no value costs a division.
#[must_use]
pub fn moments(values: &[f64]) -> Moments {
    let mut all = Moments { min: f64::INFINITY, max: f64::NEG_INFINITY, ..Moments::default() };
    values.chunks(PIECE).for_each(|piece| all.add(piece));
    all
}

impl Moments {
    #[inline(never)]
    fn add(&mut self, piece: &[f64]) {
        let Some((there, all)) = finite(piece) else {
            self.missing += piece.len() as u64;
            return;
        };
        self.missing += (piece.len() - there.len()) as u64;
        self.join(&there, all);
    }

    /// Adds finite values, at least one.
    #[inline(never)]
    fn join(&mut self, values: &[f64], Extent { low, high, .. }: Extent) {
        let about = values[0];
        // Four at a time, so that no sum waits for the one before.
        let (mut sums, mut squares) = ([0.0; 4], [0.0; 4]);
        let mut add = |lane: usize, value: f64| {
            let deviation = value - about;
            sums[lane] += deviation;
            squares[lane] += deviation * deviation;
        };
        let (fours, rest) = values.as_chunks::<4>();
        for four in fours {
            (0..4).for_each(|lane| add(lane, four[lane]));
        }
        rest.iter().enumerate().for_each(|(lane, value)| add(lane, *value));
        let count = values.len() as u64;
        let (sum, squares) = (sums.iter().sum::<f64>(), squares.iter().sum::<f64>());
        self.min = self.min.min(low);
        self.max = self.max.max(high);
        let (before, here) = (self.count as f64, count as f64);
        let mean = about + sum / here;
        let squares = (squares - sum * sum / here).max(0.0);
        let apart = mean - self.mean;
        self.count += count;
        let joined = self.count as f64;
        self.mean += apart * here / joined;
        self.squares += squares + apart * apart * before * here / joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_in_any_number_are_missing() {
        let all = [1.0, 2.0, 3.0, 4.0, f64::NAN];
        for (marks, left) in [(&[][..], 4), (&[2.0], 3), (&[2.0, 9.0], 3), (&[1.0, 2.0, 4.0], 1)] {
            let mut values = all;
            mask(&mut values, marks);
            assert_eq!(values.iter().filter(|value| value.is_finite()).count(), left, "{marks:?}");
        }
    }

    #[test]
    fn nothing_has_no_range() {
        assert_eq!(range(&[f64::NAN, f64::INFINITY]), None);
        assert_eq!(range(&[]), None);
    }

    #[test]
    fn range_and_moments_are_of_the_finite_values() {
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        for length in (0..40).chain([PIECE - 1, PIECE + 3]) {
            for every in [0, 1, 2, 7] {
                let value = |at: usize| {
                    if every > 0 && at.is_multiple_of(every) {
                        strange[at % 3]
                    } else {
                        ((at * 7919) % 1009) as f64 - 400.0
                    }
                };
                let values: Vec<f64> = (0..length).map(value).collect();
                let there: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
                let low = there.iter().copied().fold(f64::INFINITY, f64::min);
                let high = there.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(range(&values), (!there.is_empty()).then_some((low, high)), "{length} {every}");
                let found = moments(&values);
                assert_eq!((found.min, found.max), (low, high), "{length} {every}");
                assert_eq!(
                    (found.count as usize, found.missing as usize),
                    (there.len(), length - there.len())
                );
                let mean = there.iter().sum::<f64>() / there.len().max(1) as f64;
                let squares: f64 = there.iter().map(|value| (value - mean) * (value - mean)).sum();
                assert!((found.mean - mean).abs() < 1e-9, "{length} {every}");
                assert!((found.squares - squares).abs() <= squares * 1e-9, "{length} {every}");
            }
        }
    }

    #[test]
    fn moments_of_large_offsets_keep_their_digits() {
        let mut values: Vec<f64> = (0..10_000).map(|at| 1.7e9 + f64::from(at % 7)).collect();
        values[3] = f64::NAN;
        values[9_999] = f64::INFINITY;
        let found = moments(&values);
        assert_eq!((found.count, found.missing, found.min, found.max), (9_998, 2, 1.7e9, 1.7e9 + 6.0));
        let there: Vec<f64> =
            values.iter().filter(|value| value.is_finite()).map(|value| value - 1.7e9).collect();
        let mean = there.iter().sum::<f64>() / there.len() as f64;
        let squares: f64 = there.iter().map(|value| (value - mean) * (value - mean)).sum();
        assert!((found.mean - 1.7e9 - mean).abs() < 1e-6 && (found.squares / squares - 1.0).abs() < 1e-9);
        assert_eq!(moments(&[f64::NAN; 5]).missing, 5);
        assert_eq!(moments(&[]).count, 0);
    }
}
