//! [`Scale`]: from values to pixels and back, with ticks that a person would have chosen.
//!
//! Linear, logarithmic, and time (seconds since 1970 in UTC, proleptic Gregorian calendar, no leap seconds).

use pinfold_codec::line::Mapper;

use super::text;

/// How values are spread over pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScaleKind {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in the logarithm; values of 0 and less have no place.
    Log,
    /// Evenly, with ticks of the calendar. Values are seconds since 1970-01-01T00:00:00Z.
    Time,
    /// Evenly, with ticks of degrees of longitude or latitude.
    Degrees {
        /// Whether these are longitudes (`W`, `E`) or latitudes (`S`, `N`).
        longitude: bool,
    },
}

/// A tick of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Where.
    pub value: f64,
    /// What is written beside it.
    pub label: String,
}

/// A linear, logarithmic or time scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// How.
    pub kind: ScaleKind,
    /// Value at `from_px`.
    pub min: f64,
    /// Value at `to_px`.
    pub max: f64,
    /// Pixel of `min`.
    pub from_px: f32,
    /// Pixel of `max`.
    pub to_px: f32,
}

/// A step of 1, 2, 2.5 or 5 times a power of ten that gives at most about `wanted` intervals over `span`.
#[must_use]
pub fn nice_step(span: f64, wanted: usize) -> f64 {
    let raw = span.abs() / wanted.max(1) as f64;
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powi(raw.log10().floor() as i32);
    let part = raw / power;
    let nice = [1.0, 2.0, 2.5, 5.0].into_iter().find(|step| part <= step * 1.0001).unwrap_or(10.0);
    nice * power
}

impl Scale {
    /// A scale over `[min, max]`; equal or unusable ends are widened.
    #[must_use]
    pub fn new(kind: ScaleKind, min: f64, max: f64, from_px: f32, to_px: f32) -> Self {
        let (mut min, mut max) = if min.is_finite() && max.is_finite() { (min, max) } else { (0.0, 1.0) };
        if kind == ScaleKind::Log {
            min = if min > 0.0 { min } else { f64::MIN_POSITIVE.max(max.abs() * 1e-6) };
            max = if max > 0.0 { max } else { min * 10.0 };
        }
        if min == max {
            let half = match kind {
                ScaleKind::Time => 1800.0,
                _ => (min.abs() * 0.05).max(0.5),
            };
            (min, max) =
                if kind == ScaleKind::Log { (min / 2.0, max * 2.0) } else { (min - half, max + half) };
        }
        Self { kind, min, max, from_px, to_px }
    }

    /// The same widened to whole ticks (not for time).
    #[must_use]
    pub fn nice(mut self, wanted: usize) -> Self {
        match self.kind {
            ScaleKind::Linear => {
                let step = nice_step(self.max - self.min, wanted);
                let (low, high) = (self.min.min(self.max), self.min.max(self.max));
                let (low, high) = ((low / step + 1e-6).floor() * step, (high / step - 1e-6).ceil() * step);
                (self.min, self.max) = if self.min <= self.max { (low, high) } else { (high, low) };
            }
            ScaleKind::Log => {
                let widen = |value: f64, up: bool| {
                    let power = 10f64.powi(value.log10().floor() as i32);
                    let steps = [1.0, 2.0, 5.0, 10.0];
                    let part = value / power;
                    let found = if up {
                        steps.into_iter().find(|step| *step >= part * 0.9999)
                    } else {
                        steps.into_iter().rev().find(|step| *step <= part * 1.0001)
                    };
                    found.unwrap_or(1.0) * power
                };
                let ascending = self.min <= self.max;
                (self.min, self.max) = (widen(self.min, !ascending), widen(self.max, ascending));
            }
            ScaleKind::Time | ScaleKind::Degrees { .. } => {}
        }
        self
    }

    /// The pixel of `value`.
    #[must_use]
    pub fn at(&self, value: f64) -> f32 {
        let part = if self.kind == ScaleKind::Log {
            (value / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        self.from_px + part as f32 * (self.to_px - self.from_px)
    }

    /// [`Scale::at`] for many values: without a division each.
    pub(crate) fn mapper(&self) -> Mapper {
        Mapper::new(self.kind == ScaleKind::Log, (self.min, self.max), (self.from_px, self.to_px))
    }

    /// The value at a pixel.
    #[must_use]
    pub fn invert(&self, px: f32) -> f64 {
        let part = f64::from((px - self.from_px) / (self.to_px - self.from_px));
        if self.kind == ScaleKind::Log {
            self.min * ((self.max / self.min).ln() * part).exp()
        } else {
            self.min + part * (self.max - self.min)
        }
    }

    /// Whether `value` lies within.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        let slack = (self.max - self.min).abs() * 1e-6;
        value >= self.min.min(self.max) - slack && value <= self.min.max(self.max) + slack
    }

    /// Ticks, about `wanted` of them, in ascending order of value.
    #[must_use]
    pub fn ticks(&self, wanted: usize) -> Vec<Tick> {
        let (low, high) = (self.min.min(self.max), self.min.max(self.max));
        match self.kind {
            ScaleKind::Linear => {
                let mut step = nice_step(high - low, wanted);
                // A single tick says nothing of the scale.
                if (high / step).floor() - (low / step).ceil() < 1.0 {
                    step = nice_step(high - low, wanted + 2);
                }
                even(low, high, step, text::number)
            }
            ScaleKind::Degrees { longitude } => {
                let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0];
                let raw = (high - low) / wanted.max(1) as f64;
                let step = steps.into_iter().find(|step| *step >= raw * 0.7).unwrap_or(90.0);
                even(low, high, step, |value, step| text::degrees(value, step, longitude))
            }
            ScaleKind::Log => logarithmic(low, high, wanted),
            ScaleKind::Time => super::time_axis::ticks(low, high, wanted),
        }
    }
}

fn even(low: f64, high: f64, step: f64, label: impl Fn(f64, f64) -> String) -> Vec<Tick> {
    let first = (low / step - 1e-6).ceil();
    let last = (high / step + 1e-6).floor();
    let count = (last - first + 1.0).clamp(0.0, 200.0) as usize;
    (0..count)
        .map(|index| {
            let value = (first + index as f64) * step;
            Tick { value, label: label(value, step) }
        })
        .collect()
}

fn logarithmic(low: f64, high: f64, wanted: usize) -> Vec<Tick> {
    let decades = (high / low).log10();
    let steps: &[f64] = if decades <= wanted as f64 / 3.0 {
        &[1.0, 2.0, 5.0]
    } else if decades <= wanted as f64 / 2.0 {
        &[1.0, 3.0]
    } else {
        &[1.0]
    };
    if decades < 0.5 {
        return even(low, high, nice_step(high - low, wanted), text::number);
    }
    let skip = (decades / wanted.max(1) as f64).ceil().max(1.0) as i32;
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let mut out = Vec::new();
    for power in (first..=last).step_by(skip as usize).take(200) {
        for step in steps {
            let value = step * 10f64.powi(power);
            if value >= low * 0.9999 && value <= high * 1.0001 {
                out.push(Tick { value, label: text::number(value, value) });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(scale: Scale, wanted: usize, expected: Expect) {
        let labels: Vec<String> = scale.ticks(wanted).into_iter().map(|tick| tick.label).collect();
        expected.assert_eq(&labels.join(" | "));
    }

    #[test]
    fn a_scale_has_more_than_one_tick() {
        let values = |low, high, wanted| -> Vec<f64> {
            let scale = Scale::new(ScaleKind::Linear, low, high, 0.0, 230.0);
            scale.ticks(wanted).into_iter().map(|tick| tick.value).collect()
        };
        assert_eq!(values(1.0, 48.0, 2), [20.0, 40.0]);
        assert_eq!(values(0.0, 50.0, 2), [0.0, 25.0, 50.0], "as many as were wanted where they fit");
    }

    #[test]
    fn ticks_are_round() {
        check(
            Scale::new(ScaleKind::Linear, 0.0, 1.0, 0.0, 100.0),
            5,
            expect!["0.0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0"],
        );
        check(Scale::new(ScaleKind::Linear, -13.1, 14.1, 0.0, 100.0), 5, expect!["−10 | 0 | 10"]);
        check(
            Scale::new(ScaleKind::Linear, 99_000.0, 101_500.0, 0.0, 100.0),
            4,
            expect!["99 000 | 100 000 | 101 000"],
        );
        check(Scale::new(ScaleKind::Log, 0.02, 300.0, 0.0, 100.0), 5, expect!["0.1 | 1 | 10 | 100"]);
        check(Scale::new(ScaleKind::Log, 1000.0, 200.0, 0.0, 100.0), 5, expect!["200 | 500 | 1000"]);
        check(
            Scale::new(ScaleKind::Degrees { longitude: true }, 176.0, 184.5, 0.0, 100.0),
            4,
            expect!["176° E | 178° E | 180° | 178° W | 176° W"],
        );
        check(
            Scale::new(ScaleKind::Degrees { longitude: false }, -2.0, 3.0, 0.0, 100.0),
            4,
            expect!["2° S | 1° S | 0° | 1° N | 2° N | 3° N"],
        );
    }

    #[test]
    fn unusable_ends_do_no_harm() {
        for (min, max) in
            [(f64::NAN, 1.0), (1.0, 1.0), (0.0, 0.0), (f64::NEG_INFINITY, f64::INFINITY), (1e300, -1e300)]
        {
            for kind in [ScaleKind::Linear, ScaleKind::Log, ScaleKind::Time] {
                let scale = Scale::new(kind, min, max, 0.0, 100.0);
                assert!(scale.nice(5).ticks(5).len() <= 200);
                assert!(scale.min != scale.max);
            }
        }
    }

    #[test]
    fn there_and_back() {
        for kind in [ScaleKind::Linear, ScaleKind::Log] {
            let scale = Scale::new(kind, 1000.0, 10.0, 20.0, 320.0);
            assert!((scale.invert(scale.at(300.0)) - 300.0).abs() < 0.01);
        }
    }
}
