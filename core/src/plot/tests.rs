//! What is drawn lies where the labels of the axes say that it is: places are read off a picture as a person reads them,
//! by the labels of its ticks, and compared with the values.

mod charts;
mod fields;

use super::*;

/// All items, also those that move or are cut.
fn items(scene: &Scene) -> Vec<&Item> {
    fn add<'a>(items: &'a [Item], out: &mut Vec<&'a Item>) {
        for item in items {
            match item {
                Item::Moving(items) | Item::Clip { items, .. } => add(items, out),
                other => out.push(other),
            }
        }
    }
    let mut out = Vec::new();
    add(&scene.items, &mut out);
    out
}

/// The number that a label says; degrees south and west are negative.
fn number(label: &str) -> Option<f64> {
    let sign = if label.ends_with(['S', 'W']) { -1.0 } else { 1.0 };
    let digits = label.trim_end_matches(['N', 'E', 'S', 'W', '°', ' ', '\u{a0}']);
    let digits: String =
        digits.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '−' { '-' } else { c }).collect();
    digits.parse::<f64>().ok().map(|value| value * sign)
}

/// An axis as its labels say it: (pixel, value), two at least.
struct Axis {
    ticks: Vec<(f32, f64)>,
    log: bool,
}

impl Axis {
    fn new(ticks: Vec<(f32, f64)>, log: bool) -> Self {
        assert!(ticks.len() >= 2, "an axis with {} labels: {ticks:?}", ticks.len());
        Self { ticks, log }
    }

    /// Labels below the panel, by their middles.
    fn below(scene: &Scene, panel: &Panel) -> Self {
        Self::of(
            scene,
            |text| {
                (text.anchor == Anchor::Middle && text.at[1] == panel.rect.bottom() + 18.0)
                    .then_some(text.at[0])
            },
            false,
        )
    }

    /// Labels left of the panel, by the middle of their figures.
    fn left(scene: &Scene, panel: &Panel, log: bool) -> Self {
        let is_tick = |text: &Text| text.anchor == Anchor::End && text.at[0] == panel.rect.x - 7.0;
        let within = |text: &Text| text.at[1] > panel.rect.y && text.at[1] < panel.rect.bottom() + 6.0;
        Self::of(scene, |text| (is_tick(text) && within(text)).then_some(text.at[1] - 4.5), log)
    }

    fn of(scene: &Scene, place: impl Fn(&Text) -> Option<f32>, log: bool) -> Self {
        let tick = |item: &&Item| match item {
            Item::Text(text) => {
                let label: String = text.runs.iter().map(|run| run.text.as_str()).collect();
                Some((place(text)?, number(&label)?))
            }
            _ => None,
        };
        Self::new(items(scene).iter().filter_map(tick).collect(), log)
    }

    /// The value at a pixel, by the first and the last label.
    fn value(&self, px: f32) -> f64 {
        let ((first_px, first), (last_px, last)) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        let part = f64::from((px - first_px) / (last_px - first_px));
        if self.log { first * (last / first).powf(part) } else { first + (last - first) * part }
    }

    /// Every label lies where the first and the last one say.
    fn is_straight(&self) {
        let span = self.ticks[self.ticks.len() - 1].1 - self.ticks[0].1;
        for (px, value) in &self.ticks {
            let slack = 1e-3 * if self.log { *value } else { span.abs() };
            near(self.value(*px), *value, slack);
        }
    }
}

#[track_caller]
fn near(found: f64, wanted: f64, slack: f64) {
    assert!((found - wanted).abs() <= slack, "{found} is not {wanted}");
}

fn quantity(name: &str, units: &str, values: &[f64]) -> Quantity {
    Quantity { values: values.to_vec(), ..Quantity::named(name, units) }
}

fn vertical(units: &str, positive_down: bool, values: &[f64]) -> Quantity {
    Quantity { kind: QuantityKind::Vertical, positive_down, ..quantity("level", units, values) }
}

/// The points of the line in this tone.
fn line(scene: &Scene, tone: Tone) -> Vec<[f32; 2]> {
    let found = items(scene).into_iter().find_map(|item| match item {
        Item::Line { points, tone: its, .. } if *its == tone => Some(points.clone()),
        _ => None,
    });
    found.expect("a line of data")
}
