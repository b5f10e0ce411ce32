//! [`Legend`]: the names of a panel's lines above them, in rows where they do not fit beside each other.

use super::Quantity;
use super::axes::heading_runs;
use super::scene::{Anchor, Run, Scene, Tone};
use super::text::{heading, width_px};

/// From one row to the next.
const ROW_PX: f32 = 18.0;
/// The line that stands before a name, and what is free after it.
const MARK_PX: f32 = 19.0;
const GAP_PX: f32 = 17.0;
/// Size of names.
const SIZE_PX: f32 = 13.0;

/// A line's name and its place from the left of the first row.
struct Entry {
    at: [f32; 2],
    runs: Vec<Run>,
}

/// The lines of a panel by name; the last one has the unit that all share.
pub(super) struct Legend {
    entries: Vec<Entry>,
}

impl Legend {
    /// For lines of one unit in a picture so wide.
    pub(super) fn of(lines: &[&Quantity], unit: &str, picture_px: f32) -> Self {
        let mut entries = Vec::new();
        let [mut x, mut y] = [1.0_f32, 0.0];
        for (order, line) in lines.iter().enumerate() {
            let mut runs = vec![Run::bold(heading(&line.label(), 34))];
            if order + 1 == lines.len() {
                runs.extend(heading_runs(line, unit, 40).into_iter().skip(1));
            }
            let name_px: f32 = runs.iter().map(|run| width_px(&run.text, SIZE_PX)).sum();
            if x > 1.0 && x + MARK_PX + name_px > picture_px {
                [x, y] = [1.0, y + ROW_PX];
            }
            entries.push(Entry { at: [x, y], runs });
            x += MARK_PX + name_px + GAP_PX;
        }
        Self { entries }
    }

    /// How much lower the lines are for rows after the first.
    pub(super) fn more_px(&self) -> f32 {
        self.entries.last().map_or(0.0, |entry| entry.at[1])
    }

    /// Draws it; the base line of the first row is at `top_px`.
    pub(super) fn draw(self, scene: &mut Scene, top_px: f32) {
        for (order, Entry { at: [x, y], runs }) in self.entries.into_iter().enumerate() {
            let base_px = top_px + y;
            scene.stroke([x, base_px - 4.0], [x + 14.0, base_px - 4.0], Tone::Series(order as u8), 2.0);
            scene.text([x + MARK_PX, base_px], Anchor::Start, Tone::Ink, runs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(picture_px: f32) -> Vec<[f32; 2]> {
        let line = |name: &str| Quantity { name: name.to_owned(), ..Quantity::default() };
        let lines =
            [line("air temperature at 18 m"), line("water temperature at 2 m depth"), line("dew point")];
        let lines: Vec<&Quantity> = lines.iter().collect();
        Legend::of(&lines, "degC", picture_px).entries.iter().map(|entry| entry.at).collect()
    }

    #[test]
    fn names_that_do_not_fit_stand_in_rows() {
        let rows = |picture_px| places(picture_px).iter().map(|at| at[1] / ROW_PX).collect::<Vec<_>>();
        assert_eq!(rows(900.0), [0.0, 0.0, 0.0]);
        assert_eq!(rows(430.0), [0.0, 1.0, 1.0]);
        assert_eq!(rows(366.0), [0.0, 1.0, 2.0]);
        // A single name that is too long begins at the left all the same.
        assert_eq!(rows(60.0), [0.0, 1.0, 2.0]);
        assert!(places(60.0).iter().all(|at| at[0] <= 1.0));
    }
}
