//! Numbers about what is drawn: [`Session::statistics`].

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
            let mut add = |quantity: &Quantity, values: &mut dyn Iterator<Item = f64>| {
                if !out.iter().any(|known| known.variable == quantity.name) {
                    out.push(statistics(quantity, values));
                }
            };
            match &*one.data {
                PlotData::Series { y, .. } => y.iter().for_each(|q| add(q, &mut q.values.iter().copied())),
                PlotData::Profile { values, .. } => {
                    values.iter().for_each(|q| add(q, &mut q.values.iter().copied()))
                }
                PlotData::Scatter { x, y } => {
                    [x, y].into_iter().for_each(|q| add(q, &mut q.values.iter().copied()))
                }
                PlotData::Curtain(field) | PlotData::Grid(field) => {
                    add(&field.quantity, &mut field.values.iter().map(|value| f64::from(*value)));
                }
                PlotData::Track { value, .. } => {
                    if let Some(q) = value {
                        add(q, &mut q.values.iter().copied());
                    }
                }
                PlotData::Histogram(q) => add(q, &mut q.values.iter().copied()),
            }
        }
        out
    }
}

fn statistics(quantity: &Quantity, values: &mut dyn Iterator<Item = f64>) -> Statistics {
    let (mut count, mut missing, mut others) = (0u64, 0u64, 0u64);
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut meanings: Vec<(f64, u64)> = quantity.flags.iter().map(|(value, _)| (*value, 0)).collect();
    // Welford's running mean and squared deviation: no loss of digits for large offsets such as times.
    let (mut mean, mut squares) = (0.0, 0.0);
    for value in values {
        if !value.is_finite() {
            missing += 1;
            continue;
        }
        count += 1;
        min = min.min(value);
        max = max.max(value);
        let delta = value - mean;
        mean += delta / count as f64;
        squares += delta * (value - mean);
        if !meanings.is_empty() {
            match meanings.iter_mut().find(|(flag, _)| *flag == value) {
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
        meanings,
    }
}
