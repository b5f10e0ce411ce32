//! Words of pictures: numbers, units with raised exponents, and what a unit is shown as.

use super::scene::Run;
use crate::cf::units::typeset;
use crate::letters;

/// A minus sign, not a hyphen.
const MINUS: &str = "\u{2212}";

/// `value` with as many decimals as `step` has, a no-break space between thousands, `−` for minus.
#[must_use]
pub fn number(value: f64, step: f64) -> String {
    if !value.is_finite() {
        return "none".to_owned();
    }
    let step = step.abs();
    if value != 0.0 && (value.abs() >= 1e7 || value.abs() < 1e-4) && (step < 1e-4 || value.abs() >= 1e7) {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = if mantissa.contains('.') {
            mantissa.trim_end_matches('0').trim_end_matches('.')
        } else {
            mantissa
        };
        return format!("{mantissa}e{exponent}").replace('-', MINUS);
    }
    let mut decimals = 0;
    let mut scaled = if step > 0.0 { step } else { 1.0 };
    while decimals < 8 && (scaled - scaled.round()).abs() > 1e-6 * scaled.max(1e-12) {
        scaled *= 10.0;
        decimals += 1;
    }
    grouped(&format!("{value:.decimals$}"))
}

/// `value` with `digits` significant digits, for sentences.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value, 1.0);
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (digits as i32 - 1 - magnitude).max(0) as usize;
    if decimals > 7 || magnitude > 9 {
        return number(value, 1e-9);
    }
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    grouped(text)
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| (MINUS, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // −0 is 0.
    let sign = if digits.chars().all(|c| c == '0' || c == '.') { "" } else { sign };
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        // Four digits stay together, years and pressures read better so.
        if index > 0 && (whole.len() - index) % 3 == 0 && whole.len() > 4 {
            out.push('\u{a0}');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// `57.5° W`, `13° N`, `180°`.
#[must_use]
pub fn degrees(value: f64, step: f64, longitude: bool) -> String {
    let value = if longitude { (value + 540.0).rem_euclid(360.0) - 180.0 } else { value };
    let side = match (longitude, value) {
        (true, v) if v.abs() > 179.9999 => return "180°".to_owned(),
        (_, v) if v.abs() < 1e-9 => "",
        (true, v) if v < 0.0 => " W",
        (true, _) => " E",
        (false, v) if v < 0.0 => " S",
        (false, _) => " N",
    };
    format!("{}°{}", number(value.abs(), step), side.replace(' ', "\u{a0}"))
}

/// A unit of CF as it is typeset: `m s-1` becomes m s with raised −1, `degC` becomes °C, `1` nothing.
#[must_use]
pub fn unit_runs(units: &str) -> Vec<Run> {
    if matches!(units.trim(), "" | "1" | "unitless" | "dimensionless" | "none") {
        return Vec::new();
    }
    // Units are short; what is longer is a sentence in the wrong attribute.
    let units: String = units.trim().chars().take(60).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut plain = String::new();
    for (at, part) in typeset(&units).into_iter().enumerate() {
        if at > 0 {
            plain.push('\u{a0}');
        }
        plain.push_str(&part.base);
        if let Some(power) = part.power {
            runs.push(Run::plain(std::mem::take(&mut plain)));
            let raised = power.to_string().replace('-', MINUS);
            runs.push(Run { text: raised, superscript: true, ..Run::default() });
        }
    }
    if !plain.is_empty() {
        runs.push(Run::plain(plain));
    }
    runs
}

/// The unit in one line of plain text, `m s⁻¹`, for sentences.
#[must_use]
pub fn unit_text(units: &str) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]);
    unit_runs(units)
        .into_iter()
        .map(|run| if run.superscript { run.text.chars().map(raised).collect() } else { run.text })
        .collect()
}

/// The unit that a reader expects for values up to `largest`, and the factor to it: Pa as hPa, kg/kg as g/kg,
/// heights of kilometres in km.
#[must_use]
pub fn shown_unit(units: &str, largest: f64, vertical: bool) -> (String, f64) {
    match units.trim() {
        "Pa" if largest >= 5000.0 => ("hPa".to_owned(), 0.01),
        "kg kg-1" | "kg/kg" | "kg kg^-1" if largest < 0.2 => ("g kg-1".to_owned(), 1000.0),
        "m" if largest >= 2500.0 && vertical => ("km".to_owned(), 0.001),
        other => {
            // `meters above Mean Sea Level` is what real producers write.
            let (first, rest) = other.split_once(' ').unwrap_or((other, ""));
            if vertical && largest >= 2500.0 && matches!(first, "meter" | "meters" | "metre" | "metres") {
                return (format!("km {rest}").trim_end().to_owned(), 0.001);
            }
            (other.to_owned(), 1.0)
        }
    }
}

/// A first capital, and no more than `limit` characters.
#[must_use]
pub fn heading(text: &str, limit: usize) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let mut chars = clean.trim().chars();
    let Some(first) = chars.next() else { return String::new() };
    // `pH` and `LWP` keep what they are.
    let second_upper = chars.clone().next().is_some_and(letters::is_upper);
    let mut out = String::from(if second_upper { first } else { letters::upper(first) });
    out.extend(chars);
    shortened(&out, limit)
}

/// At most `limit` characters, with an ellipsis where something was cut.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(limit.saturating_sub(1)).collect();
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// How wide a text of Source Sans or its like will be, roughly, in pixels.
pub(crate) fn width_px(text: &str, size_px: f32) -> f32 {
    let units: f32 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '\u{a0}' => 0.27,
            'm' | 'w' | 'M' | 'W' | '%' | '…' => 0.8,
            c if letters::is_upper(c) => 0.6,
            _ => 0.5,
        })
        .sum();
    // Generous: where Source Sans is missing, system fonts are wider.
    units * size_px * 1.22
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_typeset() {
        let check = |unit: &str, expected: &str| assert_eq!(unit_text(unit).replace('\u{a0}', " "), expected);
        check("m s-1", "m s⁻¹");
        check("kg kg-1", "kg kg⁻¹");
        check("W m^-2", "W m⁻²");
        check("W m**-2", "W m⁻²");
        check("m2 s-2", "m² s⁻²");
        check("degC", "°C");
        check("1", "");
        check("%", "%");
        check("dBZ", "dBZ");
        check("1e-3", "10⁻³");
        check("mm/h", "mm h⁻¹");
        check("<script>", "<script>");
        check("kg.m-2", "kg m⁻²");
    }

    #[test]
    fn units_that_a_reader_expects() {
        let check = |unit: &str, largest, vertical| shown_unit(unit, largest, vertical).0;
        assert_eq!(check("Pa", 101_325.0, false), "hPa");
        assert_eq!(check("m", 9000.0, true), "km");
        assert_eq!(check("m", 9000.0, false), "m");
        assert_eq!(check("meters above Mean Sea Level", 9000.0, true), "km above Mean Sea Level");
        assert_eq!(check("kg kg-1", 0.02, false), "g kg-1");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(-0.0, 0.1), "0.0");
        assert_eq!(number(1234.5, 0.5), "1234.5");
        assert_eq!(number(68_432.0, 1.0), "68\u{a0}432");
        assert_eq!(number(-2.5, 2.5), "−2.5");
        assert_eq!(number(0.000_02, 0.000_01), "2e−5");
        assert_eq!(significant(101_353.742, 4), "101\u{a0}354");
        assert_eq!(significant(0.012_34, 3), "0.0123");
        assert_eq!(degrees(-57.5, 0.5, true), "57.5°\u{a0}W");
        assert_eq!(degrees(190.0, 10.0, true), "170°\u{a0}W");
    }

    #[test]
    fn headings() {
        assert_eq!(heading("air temperature", 40), "Air temperature");
        assert_eq!(heading("pH of water", 40), "pH of water");
        assert_eq!(heading("a\u{0}b\nc", 40), "Abc");
        assert_eq!(heading(&"x".repeat(90), 10), "Xxxxxxxxx…");
    }
}
