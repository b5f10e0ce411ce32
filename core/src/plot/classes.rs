//! Categories: values that stand for words (CF flags), each with a colour of its own and a legend.
//!
//! The colours are Paul Tol's scheme "muted", made for colour-blind readers:
//! <https://sronpersonalpages.nl/~pault/>. Where there are more categories than colours the rarest share a grey one.
//!
//! Not supported: combined bits of `flag_masks`; a value that is no flag by itself counts as "other".

use super::raster::Pixel;
use super::scene::{Anchor, Fill, Item, Rect, Run, Scene, Tone};
use super::text::{shortened, width_px};
use super::{Quantity, text};

const COLOURS: [[u8; 3]; 9] = [
    [0x33, 0x22, 0x88],
    [0x88, 0xcc, 0xee],
    [0xdd, 0xcc, 0x77],
    [0x11, 0x77, 0x33],
    [0xcc, 0x66, 0x77],
    [0x44, 0xaa, 0x99],
    [0x99, 0x99, 0x33],
    [0x88, 0x22, 0x55],
    [0xaa, 0x44, 0x99],
];
/// What is "clear" or "none", so that what is there stands out.
const NOTHING: [u8; 3] = [0xe3, 0xe6, 0xe5];
const OTHER: [u8; 3] = [0x9a, 0xa0, 0x9e];
/// Longest label of a legend.
const LABEL_CHARS: usize = 30;
/// Height of a line of the legend.
const ROW_PX: f32 = 24.0;
/// Legends are laid out for the larger type of narrow screens.
const TYPE_PX: f32 = 20.0;

/// A category that occurs.
#[derive(Debug, Clone, PartialEq)]
struct Class {
    value: f64,
    label: String,
    rgb: [u8; 3],
    count: u64,
}

/// The categories that occur in some values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classes {
    list: Vec<Class>,
    /// Values that are no category of their own.
    others: u64,
    missing: u64,
}

impl Classes {
    /// `None` where the quantity is no flag, or nothing but missing values is there.
    pub(super) fn of(quantity: &Quantity, values: impl Iterator<Item = f64>) -> Option<Self> {
        if quantity.flags.is_empty() {
            return None;
        }
        let mut list: Vec<Class> = quantity
            .flags
            .iter()
            .take(64)
            .map(|(value, meaning)| Class {
                value: *value,
                label: shortened(&meaning.replace('_', " "), LABEL_CHARS),
                rgb: OTHER,
                count: 0,
            })
            .collect();
        let (mut others, mut missing) = (0, 0);
        for value in values {
            match list.iter_mut().find(|class| class.value == value) {
                Some(class) => class.count += 1,
                None if value.is_finite() => others += 1,
                None => missing += 1,
            }
        }
        list.retain(|class| class.count > 0);
        if list.is_empty() && others == 0 {
            return None;
        }
        // The rarest lose their colour where there are too many; the order stays that of the flags.
        let empty = |label: &str| {
            let label = label.to_ascii_lowercase();
            label.starts_with("clear") || label == "none" || label.starts_with("no ")
        };
        let mut counts: Vec<u64> =
            list.iter().filter(|class| !empty(&class.label)).map(|class| class.count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts.get(COLOURS.len() - 1).copied().unwrap_or(0);
        let mut colours = COLOURS.iter();
        for class in &mut list {
            class.rgb = if empty(&class.label) {
                NOTHING
            } else if class.count >= least {
                colours.next().copied().unwrap_or(OTHER)
            } else {
                OTHER
            };
        }
        others += list.iter().filter(|class| class.rgb == OTHER).map(|class| class.count).sum::<u64>();
        list.retain(|class| class.rgb != OTHER);
        Some(Self { list, others, missing })
    }

    /// The index of a value's category; the one behind the last is "other".
    pub(super) fn index(&self, value: f64) -> usize {
        self.list.iter().position(|class| class.value == value).unwrap_or(self.list.len())
    }

    pub(super) fn colour(&self, index: usize) -> [u8; 3] {
        self.list.get(index).map_or(OTHER, |class| class.rgb)
    }

    /// `cloud phase liquid 12 %, ice 3 % (5 % missing)`.
    pub(super) fn words(&self, quantity: &Quantity) -> String {
        let known = self.list.iter().map(|class| class.count).sum::<u64>() + self.others;
        let share = |count: u64, of: u64| {
            let share = count as f64 / of.max(1) as f64 * 100.0;
            if share < 1.0 { "less than 1 %".to_owned() } else { format!("{share:.0} %") }
        };
        let mut parts: Vec<String> =
            self.list.iter().map(|class| format!("{} {}", class.label, share(class.count, known))).collect();
        if self.others > 0 {
            parts.push(format!("other {}", share(self.others, known)));
        }
        let missing = if self.missing > 0 {
            format!(" ({} missing)", share(self.missing, known + self.missing))
        } else {
            String::new()
        };
        format!("{} {}{missing}", quantity.label(), parts.join(", "))
    }

    fn entries(&self) -> impl Iterator<Item = (&str, [u8; 3])> {
        let other = (self.others > 0).then_some(("other", OTHER));
        self.list.iter().map(|class| (class.label.as_str(), class.rgb)).chain(other)
    }

    /// Where the entries of a legend of this width are: column and row.
    fn places(&self, width: f32) -> Vec<(f32, usize)> {
        let (mut x, mut row) = (0.0, 0);
        self.entries()
            .map(|(label, _)| {
                let wide = width_px(label, TYPE_PX) + 36.0;
                if x > 0.0 && x + wide > width {
                    (x, row) = (0.0, row + 1);
                }
                let place = (x, row);
                x += wide;
                place
            })
            .collect()
    }

    /// The height of the legend.
    pub(super) fn legend_px(&self, width: f32) -> f32 {
        self.places(width).last().map_or(0.0, |(_, row)| (*row as f32 + 1.0) * ROW_PX)
    }

    /// Swatches with their meanings, line by line from `[x, y]`.
    pub(super) fn legend(&self, scene: &mut Scene, [left, top]: [f32; 2], width: f32) {
        let places = self.places(width);
        for ((label, rgb), (x, row)) in self.entries().zip(places) {
            let (x, y) = (left + x, top + row as f32 * ROW_PX);
            let swatch = Rect { x, y: y + 4.0, width: 14.0, height: 14.0 };
            scene.items.push(Item::Rect { rect: swatch, fill: Fill::Tone(Tone::Rgb(rgb)) });
            scene.text([x + 20.0, y + 16.0], Anchor::Start, Tone::Ink2, vec![Run::plain(label)]);
        }
    }

    /// Stretches of one category as rectangles of the panel's height. `middles` are the pixels of the values.
    pub(super) fn strip(&self, middles: &[f32], values: &[f64], rect: &Rect) -> Vec<Item> {
        let mut out: Vec<(Rect, usize)> = Vec::new();
        let half = |a: usize, b: usize| (middles[b] - middles[a]) / 2.0;
        // A gap in the abscissa stays one: no stretch reaches farther than the usual step.
        let mut steps: Vec<f32> = middles.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        steps.sort_by(f32::total_cmp);
        let most = steps.get(steps.len() / 2).map_or(rect.width, |step| (step * 2.5).max(1.0));
        for (at, value) in values.iter().enumerate().take(middles.len()) {
            if !(value.is_finite() && middles[at].is_finite()) {
                continue;
            }
            let before = if at > 0 { half(at - 1, at).abs().min(most / 2.0) } else { 0.5 };
            let after =
                if at + 1 < middles.len() { half(at, at + 1).abs().min(most / 2.0) } else { before.max(0.5) };
            let (from, to) = ((middles[at] - before).max(rect.x), (middles[at] + after).min(rect.right()));
            if to <= from {
                continue;
            }
            let index = self.index(*value);
            match out.last_mut() {
                Some((last, same)) if *same == index && from - last.right() < 0.5 => last.width = to - last.x,
                // What is narrower than half a pixel is not seen beside its neighbours.
                Some((last, same)) if last.width < 0.5 && from - last.right() < 0.5 => {
                    (last.width, *same) = (to - last.x, index);
                }
                _ => {
                    let x = out.last().map_or(from, |(last, _)| from.max(last.right()));
                    out.push((Rect { x, y: rect.y, width: (to - x).max(0.0), height: rect.height }, index));
                }
            }
        }
        out.into_iter()
            .map(|(rect, index)| Item::Rect { rect, fill: Fill::Tone(Tone::Rgb(self.colour(index))) })
            .collect()
    }
}

/// The category that most cells of a pixel have; the first of equals.
pub(super) struct MostOf<'a> {
    classes: &'a Classes,
    counts: Vec<u32>,
}

impl<'a> MostOf<'a> {
    pub(super) fn new(classes: &'a Classes) -> Self {
        Self { classes, counts: vec![0; classes.list.len() + 1] }
    }
}

impl Pixel for MostOf<'_> {
    fn add(&mut self, value: f32) {
        let at = self.classes.list.iter().position(|class| class.value as f32 == value);
        self.counts[at.unwrap_or(self.classes.list.len())] += 1;
    }

    fn take(&mut self) -> Option<[u8; 3]> {
        let most = self.counts.iter().copied().max().filter(|count| *count > 0)?;
        let at = self.counts.iter().position(|count| *count == most)?;
        self.counts.fill(0);
        Some(self.classes.colour(at))
    }
}

/// The name of a quantity for a heading that has no unit.
pub(super) fn heading_run(quantity: &Quantity, limit: usize) -> Vec<Run> {
    vec![Run::bold(text::heading(&quantity.label(), limit))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase() -> Quantity {
        let flags = [(0.0, "clear_sky"), (1.0, "liquid"), (2.0, "ice"), (9.0, "unused")];
        Quantity {
            flags: flags.map(|(value, word)| (value, word.to_owned())).to_vec(),
            ..Quantity::named("phase", "1")
        }
    }

    #[test]
    fn only_what_occurs_is_in_the_legend_and_in_the_words() {
        let values = [0.0, 1.0, 1.0, 2.0, 7.0, f64::NAN];
        let classes = Classes::of(&phase(), values.into_iter()).unwrap();
        let labels: Vec<&str> = classes.entries().map(|(label, _)| label).collect();
        assert_eq!(labels, ["clear sky", "liquid", "ice", "other"]);
        assert_eq!(
            classes.words(&phase()),
            "phase clear sky 20 %, liquid 40 %, ice 20 %, other 20 % (17 % missing)"
        );
        assert_eq!(classes.colour(classes.index(0.0)), NOTHING);
        assert_ne!(classes.colour(classes.index(1.0)), classes.colour(classes.index(2.0)));
        assert_eq!(classes.colour(classes.index(7.0)), OTHER);
        assert!(Classes::of(&Quantity::named("ta", "K"), values.into_iter()).is_none());
        assert!(Classes::of(&phase(), [f64::NAN].into_iter()).is_none());
    }

    #[test]
    fn more_categories_than_colours_leave_the_rarest_without_one() {
        let quantity = Quantity {
            flags: (0..30).map(|at| (f64::from(at), format!("kind {at}"))).collect(),
            ..Quantity::named("kind", "1")
        };
        let values = (0..30).flat_map(|at| vec![f64::from(at); at as usize + 1]);
        let classes = Classes::of(&quantity, values).unwrap();
        assert_eq!(classes.list.len(), COLOURS.len());
        assert_eq!(classes.list[0].label, "kind 21");
        assert_eq!(classes.others, (1..=21).sum::<u64>());
    }

    #[test]
    fn a_strip_joins_what_is_equal_and_keeps_gaps() {
        let values = [1.0, 1.0, 2.0, f64::NAN, 2.0];
        let classes = Classes::of(&phase(), values.into_iter()).unwrap();
        let rect = Rect { x: 0.0, y: 0.0, width: 50.0, height: 10.0 };
        let strip = classes.strip(&[5.0, 15.0, 25.0, 35.0, 45.0], &values, &rect);
        let spans: Vec<(f32, f32)> = strip
            .iter()
            .map(|item| match item {
                Item::Rect { rect, .. } => (rect.x, rect.right()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(spans, [(4.5, 20.0), (20.0, 30.0), (40.0, 50.0)]);
    }
}
