//! Fields as bitmaps: one pass over the values, the mean of what falls into a pixel, missing stays transparent.

use super::color::{COLORS, ColorMap};
use super::decimate::usual_step;

/// Where each cell of a coordinate begins and ends, in pixels.
///
/// Edges lie midway between neighbours; where neighbours are much farther apart than usual the cell ends after half
/// a usual step, so that a gap in the coordinate shows as one.
pub(crate) fn edges(values: &[f64], to_px: impl Fn(f64) -> f32) -> Vec<[f32; 2]> {
    let count = values.len();
    let usual = usual_step(values).unwrap_or(1.0);
    let half = |from: usize, to: usize| {
        let step = values[to] - values[from];
        if step.abs() > usual * 2.5 { usual.copysign(step) / 2.0 } else { step / 2.0 }
    };
    (0..count)
        .map(|at| {
            let before = if at > 0 {
                half(at - 1, at)
            } else if count > 1 {
                half(0, 1)
            } else {
                usual / 2.0
            };
            let after = if at + 1 < count {
                half(at, at + 1)
            } else if count > 1 {
                half(count - 2, count - 1)
            } else {
                usual / 2.0
            };
            let (a, b) = (to_px(values[at] - before), to_px(values[at] + after));
            [a.min(b), a.max(b)]
        })
        .collect()
}

/// For every pixel the cells that it shows: those whose middle lies in it, else the one that covers it.
fn cells_of_pixels(edges: &[[f32; 2]], pixels: usize) -> Vec<(u32, u32)> {
    let mut found = vec![(u32::MAX, 0u32); pixels];
    for (index, [low, high]) in edges.iter().enumerate() {
        if !(low.is_finite() && high.is_finite()) {
            continue;
        }
        let middle = (low + high) / 2.0;
        if middle >= 0.0 && middle < pixels as f32 {
            let slot = &mut found[middle as usize];
            slot.0 = slot.0.min(index as u32);
            slot.1 = slot.1.max(index as u32 + 1);
        }
    }
    for (index, [low, high]) in edges.iter().enumerate() {
        if !(low.is_finite() && high.is_finite()) || *high < 0.0 || *low > pixels as f32 {
            continue;
        }
        let first = (low - 0.5).ceil().max(0.0) as usize;
        let last = (high - 0.5).floor().min(pixels as f32 - 1.0);
        if last < 0.0 {
            continue;
        }
        for slot in found.iter_mut().take(last as usize + 1).skip(first) {
            if slot.0 == u32::MAX {
                *slot = (index as u32, index as u32 + 1);
            }
        }
    }
    found
}

/// What turns a value into a colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColorScale {
    /// Which colours.
    pub map: ColorMap,
    /// Value of the first colour.
    pub min: f64,
    /// Value of the last colour.
    pub max: f64,
    /// Whether the logarithm decides.
    pub log: bool,
    /// Only every so many-th colour is used; 1 for all. Fewer colours make smaller files.
    pub coarse: u8,
}

impl ColorScale {
    /// The index of the colour of `value` (0 to 254); beyond the ends the last colour.
    #[must_use]
    pub fn index(&self, value: f64) -> usize {
        let part = if self.log {
            (value.max(f64::MIN_POSITIVE) / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        let top = (COLORS - 1) as f64;
        let index = if part.is_nan() { 0.0 } else { (part * top).round().clamp(0.0, top) };
        let coarse = usize::from(self.coarse.max(1));
        (index as usize / coarse * coarse + coarse / 2).min(COLORS - 1)
    }
}

/// Makes one colour of the values that fall into a pixel.
pub(super) trait Pixel {
    /// One finite value.
    fn add(&mut self, value: f32);
    /// The colour of what was added, if anything was; the next pixel begins.
    fn take(&mut self) -> Option<[u8; 3]>;
}

/// The colour of the mean.
pub(super) struct Mean<'a> {
    colors: &'a ColorScale,
    table: Vec<[u8; 3]>,
    sum: f64,
    count: u32,
}

impl<'a> Mean<'a> {
    pub(super) fn new(colors: &'a ColorScale) -> Self {
        Self { colors, table: colors.map.table(), sum: 0.0, count: 0 }
    }
}

impl Pixel for Mean<'_> {
    fn add(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
    }

    fn take(&mut self) -> Option<[u8; 3]> {
        let count = std::mem::take(&mut self.count);
        let sum = std::mem::take(&mut self.sum);
        (count > 0).then(|| self.table[self.colors.index(sum / f64::from(count))])
    }
}

/// A bitmap of `columns` by `rows` pixels, RGBA.
///
/// `values[y * x_edges.len() + x]`; edges in pixels of the bitmap, rows from the top.
pub(super) fn bitmap(
    values: &[f32],
    x_edges: &[[f32; 2]],
    y_edges: &[[f32; 2]],
    columns: usize,
    rows: usize,
    pixel: &mut impl Pixel,
) -> Vec<u8> {
    let x_cells = cells_of_pixels(x_edges, columns);
    let y_cells = cells_of_pixels(y_edges, rows);
    let width = x_edges.len();
    let mut rgba = vec![0u8; columns * rows * 4];
    for (row, (y_first, y_end)) in y_cells.iter().enumerate() {
        if *y_first == u32::MAX {
            continue;
        }
        // Where cells are larger than pixels, neighbours look alike.
        if row > 0 && y_cells[row - 1] == (*y_first, *y_end) {
            rgba.copy_within((row - 1) * columns * 4..row * columns * 4, row * columns * 4);
            continue;
        }
        for (column, (x_first, x_end)) in x_cells.iter().enumerate() {
            if *x_first == u32::MAX {
                continue;
            }
            if column > 0 && x_cells[column - 1] == (*x_first, *x_end) {
                let at = (row * columns + column) * 4;
                rgba.copy_within(at - 4..at, at);
                continue;
            }
            for y in *y_first as usize..*y_end as usize {
                let line = values
                    .get(y * width + *x_first as usize..y * width + *x_end as usize)
                    .unwrap_or_default();
                for value in line {
                    if value.is_finite() {
                        pixel.add(*value);
                    }
                }
            }
            if let Some(rgb) = pixel.take() {
                let at = (row * columns + column) * 4;
                rgba[at..at + 4].copy_from_slice(&[rgb[0], rgb[1], rgb[2], 255]);
            }
        }
    }
    rgba
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: ColorScale = ColorScale { map: ColorMap::Tide, min: 0.0, max: 1.0, log: false, coarse: 1 };

    #[test]
    fn gaps_in_the_coordinate_and_missing_values_are_transparent() {
        // Cells at 0.5, 1.5 and 5.5 of 6 pixels; the middle ones are a gap.
        let x = edges(&[0.5, 1.5, 5.5], |v| v as f32);
        let y = edges(&[0.5, 1.5], |v| v as f32);
        let rgba = bitmap(&[0.0, 1.0, 1.0, f32::NAN, 1.0, 1.0], &x, &y, 6, 2, &mut Mean::new(&COLOURS));
        let alpha: Vec<u8> = rgba.chunks(4).map(|p| p[3] / 255).collect();
        assert_eq!(alpha, [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1]);
        assert_eq!(&rgba[..3], &ColorMap::Tide.table()[0]);
    }

    #[test]
    fn many_cells_in_a_pixel_are_averaged() {
        let x = edges(&[0.0, 0.25, 0.5, 0.75], |v| v as f32);
        let y = edges(&[0.5], |v| v as f32);
        let rgba = bitmap(&[0.0, 1.0, f32::NAN, 0.5], &x, &y, 1, 1, &mut Mean::new(&COLOURS));
        assert_eq!(&rgba[..3], &ColorMap::Tide.table()[127]);
    }

    #[test]
    fn descending_and_unusable_coordinates() {
        let y = edges(&[3.0, 2.0, 1.0], |v| v as f32);
        assert_eq!(y, [[2.5, 3.5], [1.5, 2.5], [0.5, 1.5]]);
        let x = edges(&[f64::NAN, f64::INFINITY], |v| v as f32);
        assert!(bitmap(&[1.0; 6], &x, &y, 4, 4, &mut Mean::new(&COLOURS)).iter().all(|byte| *byte == 0));
        assert!(bitmap(&[], &[], &[], 2, 2, &mut Mean::new(&COLOURS)).iter().all(|byte| *byte == 0));
        assert_eq!(COLOURS.index(f64::NAN), 0);
    }
}
