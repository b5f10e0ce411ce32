//! Units: how they are set in type, and the few conversions that extents need.
//!
//! [`Unit`] reads units as UDUNITS does and converts; [`typeset`] splits `kg m-2 s**-1` into bases and powers
//! and leaves alone what it does not understand; [`to_metres`] and [`is_pressure`] know what vertical coordinates
//! are measured in, however they are spelled.

use crate::letters;

mod parse;

pub use parse::Unit;

/// A part of a typeset unit: the base and its power, if it is not one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `m`, `kg`, `°N`.
    pub base: String,
    /// `-2`; `None` is 1.
    pub power: Option<i32>,
}

/// The unit as bases with powers; one part with the text as written when it is not of that form.
#[must_use]
pub fn typeset(units: &str) -> Vec<Part> {
    let units = units.trim();
    if units.is_empty() || units.contains(" since ") || units.len() > 60 {
        return vec![Part { base: units.to_owned(), power: None }];
    }
    factors(units).unwrap_or_else(|| vec![Part { base: units.to_owned(), power: None }])
}

/// The factors of a product of powers; `None` for anything else.
fn factors(units: &str) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for (at, factor) in units.split('/').enumerate() {
        let sign = if at > 0 { -1 } else { 1 };
        for word in factor.split([' ', '.', '*', '·']).filter(|word| !word.is_empty()) {
            let word = word.trim_start_matches('^');
            let letters: usize = word
                .chars()
                .take_while(|c| letters::is_letter(*c) || "%°_#".contains(*c))
                .map(char::len_utf8)
                .sum();
            let (base, power) = word.split_at(letters);
            let power = power.trim_start_matches('^');
            if !base.is_empty() {
                let power = sign * if power.is_empty() { 1 } else { power.parse::<i32>().ok()? };
                parts.push(Part { base: set_base(base).to_owned(), power: (power != 1).then_some(power) });
            } else if let Some(exponent) = power.strip_prefix("1e").or_else(|| power.strip_prefix("10^")) {
                parts.push(Part { base: "10".to_owned(), power: Some(sign * exponent.parse::<i32>().ok()?) });
            } else {
                // `m**-2` was split at the stars: the power belongs to the part before.
                match (power.parse::<i32>().ok()?, parts.last_mut()) {
                    (power, Some(Part { power: before @ None, .. })) => *before = Some(power * sign),
                    (1, None) => {}
                    _ => return None,
                }
            }
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// A base as it is written in print.
fn set_base(base: &str) -> &str {
    match base {
        _ if is_latitude(base) => "°N",
        _ if is_longitude(base) => "°E",
        "degree" | "degrees" | "deg" | "angular_degree" => "°",
        "degC" | "deg_C" | "degree_C" | "degrees_C" | "Celsius" | "celsius" | "degree_Celsius"
        | "degrees_Celsius" | "degree_celsius" | "degrees_celsius" => "°C",
        "kelvin" | "Kelvin" => "K",
        "percent" => "%",
        "micron" | "microns" | "um" => "µm",
        other => other,
    }
}

/// Whether this is a unit of latitude by CF.
#[must_use]
pub fn is_latitude(units: &str) -> bool {
    matches!(
        units.trim().to_ascii_lowercase().as_str(),
        "degrees_north" | "degree_north" | "degree_n" | "degrees_n" | "degreen" | "degreesn"
    )
}

/// Whether this is a unit of longitude by CF.
#[must_use]
pub fn is_longitude(units: &str) -> bool {
    matches!(
        units.trim().to_ascii_lowercase().as_str(),
        "degrees_east" | "degree_east" | "degree_e" | "degrees_e" | "degreee" | "degreese"
    )
}

/// Metres of one unit of length.
#[must_use]
pub fn to_metres(units: &str) -> Option<f64> {
    let lower = units.trim().to_ascii_lowercase();
    Some(match lower.split_whitespace().next().unwrap_or_default() {
        "m" | "meter" | "meters" | "metre" | "metres" => 1.0,
        "km" | "kilometer" | "kilometers" | "kilometre" | "kilometres" => 1000.0,
        "cm" => 0.01,
        "ft" | "feet" => 0.3048,
        _ => return None,
    })
}

/// Whether this is a pressure.
#[must_use]
pub fn is_pressure(units: &str) -> bool {
    matches!(
        units.trim(),
        "Pa" | "hPa"
            | "kPa"
            | "mbar"
            | "mb"
            | "bar"
            | "dbar"
            | "millibar"
            | "pascal"
            | "hectopascal"
            | "decibar"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(units: &str, expected: &str) {
        let text: Vec<String> = typeset(units)
            .into_iter()
            .map(|part| part.power.map_or(part.base.clone(), |power| format!("{}^{power}", part.base)))
            .collect();
        assert_eq!(text.join(" "), expected, "{units}");
    }

    #[test]
    fn units_of_real_data() {
        check("m s-1", "m s^-1");
        check("m/s", "m s^-1");
        check("m/sec^2", "m sec^-2");
        check("kg m**-2", "kg m^-2");
        check("W m^-2", "W m^-2");
        check("kg.kg-1", "kg kg^-1");
        check("degrees_north", "°N");
        check("degC", "°C");
        check("1", "1");
        check("1e-3", "10^-3");
        check("1e-3 kg", "10^-3 kg");
        check("10^3/m3", "10^3 m^-3");
        check("degC km-1", "°C km^-1");
        check("um", "µm");
        check("<script>", "<script>");
        check("%", "%");
        check("dBZ", "dBZ");
        check("meters above Mean Sea Level", "meters above Mean Sea Level");
        check("1/cm3", "cm^-3");
        check("days since 2000-01-01", "days since 2000-01-01");
        check("m s-1-", "m s-1-");
        check("", "");
    }
}
