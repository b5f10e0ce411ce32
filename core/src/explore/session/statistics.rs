//! Numbers about what is drawn: [`Session::statistics`].

use pinfold_codec::values::{Moments, moments};

use super::Session;
use crate::plot::{PlotData, Quantity, QuantityKind, text, time_axis};

/// Numbers about one variable of the view.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// Its name.
    pub variable: String,
    /// Its units, typeset as text.
    pub units: String,
    /// Values that are there.
    pub count: u64,
    /// Values that are missing.
    pub missing: u64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of the population.
    pub std: f64,
    /// Whether the values are seconds since 1970.
    pub is_time: bool,
    /// In words, where they are not of every value of the selection: `every 4th value`.
    pub thinned: Option<String>,
    /// Of flags: how often each meaning occurs, in the order of the flags; what has no meaning comes last.
    pub meanings: Vec<(String, u64)>,
}

impl Statistics {
    /// A number of it as text.
    #[must_use]
    pub fn text(&self, value: f64) -> String {
        if !value.is_finite() {
            String::new()
        } else if self.is_time {
            time_axis::date_time(value)
        } else {
            text::significant(value, 6)
        }
    }
}

impl Session {
    /// Statistics of every quantity that is drawn.
    #[must_use]
    pub fn statistics(&self) -> Vec<Statistics> {
        let mut out: Vec<Statistics> = Vec::new();
        for one in &self.drawn {
            let mut add = |quantity: &Quantity, values: &[f64]| {
                if !out.iter().any(|known| known.variable == quantity.name) {
                    let known = one.scene.moments.iter().find(|(name, _)| *name == quantity.name);
                    let moments = known.map_or_else(|| moments(values), |(_, moments)| *moments);
                    out.push(statistics(quantity, values, moments, &one.held.thinned));
                }
            };
            match &*one.data {
                PlotData::Series { y: all, .. } | PlotData::Profile { values: all, .. } => {
                    all.iter().for_each(|quantity| add(quantity, &quantity.values));
                }
                PlotData::Scatter { x, y } => [x, y].into_iter().for_each(|one| add(one, &one.values)),
                PlotData::Curtain(field) | PlotData::Grid(field) => {
                    let values: Vec<f64> = field.values.iter().map(|value| f64::from(*value)).collect();
                    add(&field.quantity, &values);
                }
                PlotData::Track { value, .. } => value.iter().for_each(|one| add(one, &one.values)),
                PlotData::Histogram(quantity) => add(quantity, &quantity.values),
            }
        }
        out
    }
}

fn statistics(quantity: &Quantity, values: &[f64], moments: Moments, thinned: &Option<String>) -> Statistics {
    let Moments { count, missing, min, max, mean, squares } = moments;
    let mut meanings: Vec<(f64, u64)> = quantity.flags.iter().map(|(value, _)| (*value, 0)).collect();
    let mut others = 0u64;
    if !meanings.is_empty() {
        for value in values.iter().filter(|value| value.is_finite()) {
            match meanings.iter_mut().find(|(flag, _)| flag == value) {
                Some((_, times)) => *times += 1,
                None => others += 1,
            }
        }
    }
    let there = |value: f64| if count == 0 { f64::NAN } else { value };
    // A mean of flags means nothing.
    let number = |value: f64| if quantity.flags.is_empty() { there(value) } else { f64::NAN };
    let named = quantity.flags.iter().zip(meanings);
    let mut meanings: Vec<(String, u64)> =
        named.map(|((_, name), (_, times))| (name.replace('_', " "), times)).collect();
    if others > 0 {
        meanings.push(("without a meaning".to_owned(), others));
    }
    Statistics {
        variable: quantity.name.clone(),
        units: text::unit_text(&quantity.units),
        count,
        missing,
        min: there(min),
        max: there(max),
        mean: number(mean),
        std: number((squares / count.max(1) as f64).sqrt()),
        is_time: quantity.kind == QuantityKind::Time,
        thinned: thinned.clone(),
        meanings,
    }
}
