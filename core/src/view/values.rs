//! [`Decoder`]: values for pictures: `cf` decodes, here what is out of `valid_range` becomes missing and times become
//! seconds since 1970 as the axis of a picture counts them.

use pinfold_codec::values::scale;

use crate::cf::{self, Meaning, time::Calendar, time::TimeUnits};
use crate::plot::time_axis;
use crate::zarr::{Array, Meanings};

/// Seconds of a step, and at step 0. Far finer than a pixel: no need of the exact way through i128, which costs more than
/// drawing.
fn steps(units: &TimeUnits) -> (f64, f64) {
    (units.step_ns as f64 * 1e-9, units.epoch_ns as f64 * 1e-9)
}

/// Seconds since 1970 on the axis. A date of another calendar is put where the standard one has it.
fn seconds(units: &TimeUnits, value: f64) -> f64 {
    let (factor, summand) = steps(units);
    let seconds = value * factor + summand;
    if units.calendar == Calendar::Standard || !seconds.is_finite() || seconds.abs() > 3e13 {
        return seconds;
    }
    let days = (seconds / 86_400.0).floor();
    let (year, month, day) = units.calendar.date(days as i64);
    time_axis::days_of(year, month, day) as f64 * 86_400.0 + (seconds - days * 86_400.0)
}

/// How an array's elements become physical values; NaN is missing.
#[derive(Debug, Clone)]
pub struct Decoder {
    cf: cf::Decoder,
    valid: Option<(f64, f64)>,
}

impl Decoder {
    /// `None` for texts and complex numbers.
    #[must_use]
    pub fn new(array: &Array) -> Option<Self> {
        let cf = cf::Decoder::new(array)?;
        let valid = cf::valid_range(&array.attributes).filter(|_| !matches!(cf.meaning(), Meaning::Time(_)));
        Some(Self { cf, valid })
    }

    /// Whether the values are seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn is_time(&self) -> bool {
        matches!(self.cf.meaning(), Meaning::Time(_))
    }
}

impl Meanings for Decoder {
    fn apply(&self, values: &mut [f64]) {
        self.cf.apply(values);
        match self.cf.meaning() {
            Meaning::Time(units) if units.calendar == Calendar::Standard => {
                let (factor, summand) = steps(units);
                scale(values, factor, summand);
            }
            Meaning::Time(units) => values.iter_mut().for_each(|value| *value = seconds(units, *value)),
            Meaning::Number | Meaning::Duration => {}
        }
        if let Some((low, high)) = self.valid {
            for value in values {
                if *value < low || *value > high {
                    *value = f64::NAN;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_other_calendars_are_where_a_reader_looks_for_them() {
        let day = |text: &str, calendar: &str, value: f64| {
            seconds(&TimeUnits::parse(text, Some(calendar)).unwrap(), value) / 86_400.0
        };
        let march = time_axis::days_of(2024, 3, 1) as f64;
        assert_eq!(day("days since 2024-02-28", "standard", 2.0), march);
        assert_eq!(day("days since 2024-02-28", "noleap", 1.0), march);
        assert_eq!(day("days since 2024-02-28", "360_day", 3.5), march + 0.5);
        assert!(day("days since 2024-02-28", "noleap", f64::NAN).is_nan());
        assert!(day("days since 2024-02-28", "noleap", 1e300).is_finite());
    }
}
