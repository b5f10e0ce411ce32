//! Lines of millions of points as pictures need them: fewer points that look the same.
//!
//! Nothing is allocated per point. Missing values and leaps in the abscissa part the line.

mod pixels;

use pixels::Pixels;

use crate::values::{Extent, PIECE, extent};

/// So many usual steps from one value to the next are a leap, which parts the line.
const LEAP_STEPS: f64 = 4.5;

/// The usual step between neighbours: the median of at most 1,001 steps; `None` without two numbers.
pub fn usual_step(values: &[f64]) -> Option<f64> {
    let pairs = values.len().checked_sub(1).filter(|pairs| *pairs > 0)?;
    let stride = pairs.div_ceil(1001);
    let mut steps: Vec<f64> = (0..pairs)
        .step_by(stride)
        .map(|at| (values[at + 1] - values[at]).abs())
        .filter(|step| step.is_finite() && *step > 0.0)
        .collect();
    if steps.is_empty() {
        return None;
    }
    let middle = (steps.len() - 1) / 2;
    // So few are sorted at once; looking for the middle one takes more code.
    steps.sort_unstable_by(f64::total_cmp);
    Some(steps[middle])
}

/// How many elements usually lie from one valid value to the next: 1 where nothing is missing, 2 where every other is.
fn usual_distance(x: &[f64], y: &[f64]) -> usize {
    let count = x.len().min(y.len());
    let valid = |at: usize| x[at].is_finite() && y[at].is_finite();
    let stride = count.div_ceil(1001).max(1);
    let mut distances: Vec<usize> = (0..count)
        .step_by(stride)
        .filter_map(|start| {
            let first = (start..count.min(start + 64)).find(|at| valid(*at))?;
            (first + 1..count.min(first + 65)).find(|at| valid(*at)).map(|next| next - first)
        })
        .collect();
    if distances.is_empty() {
        return 1;
    }
    let middle = (distances.len() - 1) / 2;
    distances.sort_unstable();
    distances[middle]
}

/// At most four values of every `block`: first, least, greatest and last, in order. A block with missing values in it
/// also keeps one of them, so that gaps stay.
pub fn thinned(x: &[f64], y: &[f64], block: usize) -> (Vec<f64>, Vec<f64>) {
    let count = x.len().min(y.len());
    let (mut out_x, mut out_y) =
        (Vec::with_capacity(count / block * 5 + 8), Vec::with_capacity(count / block * 5 + 8));
    let mut keep = |at: usize| {
        out_x.push(x[at]);
        out_y.push(y[at]);
    };
    for start in (0..count).step_by(block) {
        let end = (start + block).min(count);
        let (mut low, mut high, mut gap) = (start, start, None);
        for at in start..end {
            if !y[at].is_finite() {
                gap = Some(at);
            } else {
                low = if y[at] < y[low] || !y[low].is_finite() { at } else { low };
                high = if y[at] > y[high] || !y[high].is_finite() { at } else { high };
            }
        }
        let mut chosen = [start, low.min(high), low.max(high), end - 1, gap.unwrap_or(start)];
        chosen.sort_unstable();
        for (index, at) in chosen.into_iter().enumerate() {
            if index == 0 || chosen[index - 1] != at {
                keep(at);
            }
        }
    }
    (out_x, out_y)
}

/// Which of ascending abscissae a window shows, with one neighbour on each side; all of others.
pub fn window(x: &[f64], window: (f64, f64)) -> std::ops::Range<usize> {
    let count = x.len();
    if count == 0 || x[0].partial_cmp(&x[count - 1]).is_none_or(std::cmp::Ordering::is_gt) {
        return 0..count;
    }
    let from = x.partition_point(|value| *value < window.0).saturating_sub(1);
    let until = (x.partition_point(|value| *value <= window.1) + 1).min(count);
    if from < until { from..until } else { 0..count }
}

/// A polyline through `x` and `y`, at most four points per pixel column, parted at missing values and at leaps.
///
/// `x` should ascend; where it does not, the line is still right but larger. `steady` is what [`is_steady`] says of `x`;
/// where it is said to be false, all is looked at anew.
pub fn line(
    x: &[f64],
    y: &[f64],
    window: (f64, f64),
    (columns, grain_px): (usize, f32),
    [x_at, y_at]: [&Mapper; 2],
    steady: bool,
) -> Vec<[f32; 2]> {
    let count = x.len().min(y.len());
    let seen = self::window(&x[..count], window);
    // Instruments that write every other row are no gap; one row missing of a full record is.
    let distance = usual_distance(&x[seen.clone()], &y[seen.clone()]);
    let leap = usual_step(x).map_or(f64::INFINITY, |step| step * LEAP_STEPS * distance as f64);
    let most_missing = distance + distance / 2;
    let pixels = Pixels::new(columns, grain_px);
    let mut pen = Pen { pixels, most_missing, leap, steady, before: f64::NAN, last: usize::MAX };
    for start in seen.clone().step_by(PIECE) {
        pen.draw(x, y, start..(start + PIECE).min(seen.end), x_at, y_at);
    }
    pen.pixels.finish()
}

/// Whether abscissae are all there, never descend and nowhere leap: [`line()`] is quicker then.
#[must_use]
pub fn is_steady(x: &[f64]) -> bool {
    #[inline(never)]
    fn piece(x: &[f64], leap: f64) -> bool {
        // Nothing that is missing compares.
        x.windows(2).fold(true, |steady, pair| steady & (pair[1] >= pair[0]) & (pair[1] - pair[0] <= leap))
    }
    let (Some(first), Some(last)) = (x.first(), x.last()) else { return false };
    let leap = usual_step(x).map_or(f64::INFINITY, |step| step * LEAP_STEPS);
    first.is_finite()
        && last.is_finite()
        && (0..x.len()).step_by(PIECE).all(|from| piece(&x[from..x.len().min(from + PIECE + 1)], leap))
}

/// How many of ascending values are below `end`, where it is not many.
fn below(values: &[f64], end: f64) -> usize {
    let mut most = 64;
    while values.get(most).is_some_and(|value| *value < end) {
        most *= 2;
    }
    values[..values.len().min(most)].partition_point(|value| *value < end)
}

/// Where the first least and the first greatest of `values` are; `None` where one is missing.
fn extremes(values: &[f64]) -> Option<(usize, usize)> {
    const BLOCK: usize = 512;
    let first = *values.first()?;
    let (mut least, mut most) = ((first, 0), (first, 0));
    for (at, block) in values.chunks(BLOCK).enumerate() {
        let Extent { low, high, all_finite } = extent(block, block[0]);
        if !all_finite {
            return None;
        }
        if low < least.0 {
            least = (low, at * BLOCK);
        }
        if high > most.0 {
            most = (high, at * BLOCK);
        }
    }
    let place =
        |(value, from): (f64, usize)| Some(from + values[from..].iter().position(|one| *one == value)?);
    Some((place(least)?, place(most)?))
}

/// What draws a line, piece by piece.
struct Pen {
    pixels: Pixels,
    most_missing: usize,
    leap: f64,
    /// Whether it is known of all abscissae what [`is_steady`] tells.
    steady: bool,
    before: f64,
    last: usize,
}

/// Points of one column: the first least and greatest, and the last. Points to be drawn in their stead.
struct Run {
    low: usize,
    high: usize,
    last: usize,
}

impl Pen {
    #[inline(never)]
    fn draw(&mut self, x: &[f64], y: &[f64], piece: std::ops::Range<usize>, x_at: &Mapper, y_at: &Mapper) {
        let mut at = piece.start;
        while at < piece.end {
            if x[at].is_finite() && y[at].is_finite() {
                let missing = self.last != usize::MAX && at - self.last > self.most_missing;
                if missing || (x[at] - self.before).abs() > self.leap {
                    self.pixels.gap();
                }
                self.push(at, x, y, x_at, y_at);
                // A logarithm knows values that have no place.
                if !y_at.log
                    && let Some(run) = self.run(&x[..piece.end], y, at, x_at)
                {
                    let (early, late) = (run.low.min(run.high), run.low.max(run.high));
                    for (point, before) in [(early, at), (late, early), (run.last, late)] {
                        if point > before {
                            self.push(point, x, y, x_at, y_at);
                        }
                    }
                    at = run.last;
                }
            }
            at += 1;
        }
    }

    fn push(&mut self, at: usize, x: &[f64], y: &[f64], x_at: &Mapper, y_at: &Mapper) {
        (self.before, self.last) = (x[at], at);
        self.pixels.push([x_at.at(x[at]), y_at.at(y[at])]);
    }

    /// What follows point `from` in its column without a gap; `None` where nothing does. No pixel is computed for it.
    fn run(&self, x: &[f64], y: &[f64], from: usize, x_at: &Mapper) -> Option<Run> {
        let end = x_at.end_of(self.pixels.column, self.pixels.grain_px)?;
        if self.steady {
            let last = from + below(&x[from + 1..], end);
            if last == from {
                return None;
            }
            if let Some((low, high)) = extremes(&y[from..=last]) {
                return Some(Run { low: from + low, high: from + high, last });
            }
        }
        let (mut before, mut at) = (x[from], from + 1);
        let (mut low, mut high) = (from, from);
        let (mut least, mut most) = (y[from], y[from]);
        let follows = |x: f64, y: f64, before: f64| {
            x >= before && x < end && x - before <= self.leap && y.abs() <= f64::MAX
        };
        for (x, y) in x.get(at..)?.iter().zip(y.get(at..)?) {
            if !follows(*x, *y, before) {
                break;
            }
            before = *x;
            if *y < least {
                (least, low) = (*y, at);
            }
            if *y > most {
                (most, high) = (*y, at);
            }
            at += 1;
        }
        (at > from + 1).then(|| Run { low, high, last: at - 1 })
    }
}

/// From values to pixels, prepared for many values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mapper {
    log: bool,
    min: f64,
    slope: f64,
    from_px: f64,
}

impl Mapper {
    /// From `values.0` at pixel `px.0` to `values.1` at pixel `px.1`, evenly or evenly in the logarithm.
    #[must_use]
    pub fn new(log: bool, values: (f64, f64), px: (f32, f32)) -> Self {
        let (min, max) = if log { (values.0.ln(), values.1.ln()) } else { values };
        Self { log, min, slope: f64::from(px.1 - px.0) / (max - min), from_px: f64::from(px.0) }
    }

    /// Where a column of pixels ends: all smaller values, from one in it on, lie in it. `None` where larger values do not
    /// lie further right, evenly.
    fn end_of(&self, column: i32, grain_px: f32) -> Option<f64> {
        if self.log || self.slope.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        // Left of the first pixel columns are counted towards it.
        let end = f64::from(column) + if column >= 0 { 1.0 } else { 0.0 };
        // A hair less, for what rounds up to the next column.
        let px = end * f64::from(grain_px) - 1e-3;
        Some((px - self.from_px) / self.slope + self.min)
    }

    /// The pixel of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> f32 {
        let value = if self.log { logarithm(value) } else { value };
        ((value - self.min) * self.slope + self.from_px) as f32
    }
}

/// Out of line, for inlined it is computed for linear scales too: 10 ns for each of millions of points.
#[inline(never)]
fn logarithm(value: f64) -> f64 {
    value.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::range;

    fn even() -> Mapper {
        Mapper::new(false, (0.0, 1.0), (0.0, 1.0))
    }

    /// A line from 0 `to` the end, in so many columns of a pixel; the abscissa 1 is at `one_px`.
    fn drawn(x: &[f64], y: &[f64], to: f64, columns: usize, one_px: f32) -> Vec<[f32; 2]> {
        let x_at = Mapper::new(false, (0.0, 1.0), (0.0, one_px));
        line(x, y, (0.0, to), (columns, 1.0), [&x_at, &even()], is_steady(x))
    }

    #[test]
    fn extremes_survive() {
        let n = 1_000_000;
        let x: Vec<f64> = (0..n).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|v| (v / 5000.0).sin()).collect();
        y[123_456] = 9.0;
        y[777_777] = -9.0;
        let points = drawn(&x, &y, f64::from(n), 500, 5e-4);
        assert!(points.len() <= 2000, "{}", points.len());
        assert!(points.iter().any(|p| p[1] == 9.0) && points.iter().any(|p| p[1] == -9.0));
        assert!(points.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
    }

    #[test]
    fn long_columns_are_as_if_every_point_was_pushed() {
        let mut state = 88_172_645_463_325_252u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for round in 0..400usize {
            let n = 1 + (random() * 3000.0) as usize;
            let mut at = -5.0;
            let x: Vec<f64> = (0..n)
                .map(|_| {
                    at += match random() {
                        _ if round % 8 == 7 => 0.0001,
                        _ if round % 4 > 1 => 0.003,
                        r if r < 0.01 => 40.0,
                        r if r < 0.02 => -3.0,
                        r => r * 0.1,
                    };
                    if random() < 0.01 && round % 4 < 2 { f64::NAN } else { at }
                })
                .collect();
            let lack = [0.02, 0.0, 0.002, 0.0][round % 4];
            let y: Vec<f64> = (0..n)
                .map(|_| if random() < lack { f64::NAN } else { (random() * 500.0).round() / 10.0 - 9.0 })
                .collect();
            let ends = (-3.0, at.max(1.0));
            let (x_at, y_at) =
                (Mapper::new(false, ends, (2.0, 300.0)), Mapper::new(false, (0.0, 40.0), (90.0, 3.0)));
            let grain = 0.5 + (round % 3) as f32;
            let found = line(&x, &y, ends, (300, grain), [&x_at, &y_at], is_steady(&x));
            // The same by the definition.
            let seen = window(&x, ends);
            let distance = usual_distance(&x[seen.clone()], &y[seen.clone()]);
            let leap = usual_step(&x).map_or(f64::INFINITY, |step| step * 4.5 * distance as f64);
            let mut pixels = Pixels::new(300, grain);
            let (mut before, mut last) = (f64::NAN, usize::MAX);
            for at in seen {
                if x[at].is_finite() && y[at].is_finite() {
                    if last != usize::MAX && at - last > distance + distance / 2
                        || (x[at] - before).abs() > leap
                    {
                        pixels.gap();
                    }
                    (before, last) = (x[at], at);
                    pixels.push([x_at.at(x[at]), y_at.at(y[at])]);
                }
            }
            let expected = pixels.finish();
            let same = found.len() == expected.len()
                && found.iter().zip(&expected).all(|(a, b)| a == b || a[0].is_nan() && b[0].is_nan());
            assert!(same, "round {round}: {found:?}\n{expected:?}");
        }
    }

    #[test]
    fn gaps_stay_gaps() {
        let x = [0.0, 1.0, 2.0, 3.0, 20.0, 21.0, 22.0];
        let y = [1.0, f64::NAN, 1.0, 2.0, 3.0, 4.0, f64::NAN];
        let points = drawn(&x, &y, 22.0, 100, 4.0);
        let gaps = points.iter().filter(|p| p[0].is_nan()).count();
        assert_eq!((points.len(), gaps), (7, 2));
    }

    #[test]
    fn every_other_row_is_a_line() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> =
            (0..40).map(|i| if i % 2 == 0 && !(10..20).contains(&i) { 1.0 } else { f64::NAN }).collect();
        let points = drawn(&x, &y, 40.0, 1000, 20.0);
        assert_eq!(points.iter().filter(|p| p[0].is_nan()).count(), 1);
    }

    #[test]
    fn thinning_keeps_extremes_and_gaps() {
        let x: Vec<f64> = (0..1000).map(f64::from).collect();
        let y: Vec<f64> =
            (0..1000).map(|i| if i == 500 { f64::NAN } else { f64::from(i * 7919 % 1000) }).collect();
        let (thin_x, thin_y) = thinned(&x, &y, 50);
        assert!(thin_x.len() <= 100 && thin_x.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(range(&thin_y), range(&y));
        assert_eq!(thin_y.iter().filter(|value| value.is_nan()).count(), 1);
        assert!(thinned(&[], &[], 8).0.is_empty());
    }

    #[test]
    fn nothing_is_nothing() {
        assert!(line(&[], &[], (0.0, 1.0), (10, 1.0), [&even(), &even()], false).is_empty());
        assert!(line(&[f64::NAN; 3], &[1.0; 3], (0.0, 1.0), (10, 1.0), [&even(), &even()], false).is_empty());
        assert_eq!(usual_step(&[1.0]), None);
    }
}
