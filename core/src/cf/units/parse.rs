//! [`Unit`]: a unit as factor, offset and dimensions, out of the spellings of UDUNITS.
//!
//! Specification: <https://docs.unidata.ucar.edu/udunits/current/udunits2lib.html#Grammar>. Products, quotients,
//! powers (`m2`, `m^2`, `m**2`, `m²`), numbers (`1e-3 kg`), parentheses, prefixes, names in singular and plural.
//!
//! **Not supported**: origins other than that of °C and °F (`K @ 273.15`), logarithms but `dB`, `dBZ` and `dBm`,
//! which convert to nothing but themselves, units of the CGS system and of the kitchen.
//!
//! ```
//! use pinfold_core::cf::units::Unit;
//! let from: Unit = Unit::parse("hPa").unwrap();
//! assert_eq!(from.convert(&Unit::parse("kg m-1 s-2").unwrap(), 1013.25), Some(101_325.0));
//! ```

use crate::letters;

/// Powers of metre, kilogram, second, ampere, kelvin, mole, candela and radian.
type Dimensions = [i32; 8];

const NONE: Dimensions = [0; 8];

/// A unit: `value · factor + offset` is the value in units of the SI.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    factor: f64,
    offset: f64,
    dimensions: Dimensions,
    /// Tells logarithmic units from each other and from all others; 0 for linear ones.
    logarithm: u8,
}

/// Longer texts are prose.
const MAX_BYTES: usize = 120;

/// Parentheses within parentheses.
const MAX_DEPTH: u32 = 8;

/// Symbols, names, factor, offset, dimensions. Symbols take prefix symbols, names take prefix names.
type Row = (&'static [&'static str], &'static [&'static str], f64, f64, Dimensions);

const UNITS: &[Row] = &[
    (&["m"], &["meter", "metre"], 1.0, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["g"], &["gram", "gramme"], 1e-3, 0.0, [0, 1, 0, 0, 0, 0, 0, 0]),
    (&["s", "sec"], &["second"], 1.0, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&["A"], &["ampere"], 1.0, 0.0, [0, 0, 0, 1, 0, 0, 0, 0]),
    (
        &["K", "degK", "deg_K"],
        &["kelvin", "degree_kelvin", "degrees_kelvin"],
        1.0,
        0.0,
        [0, 0, 0, 0, 1, 0, 0, 0],
    ),
    (&["mol"], &["mole"], 1.0, 0.0, [0, 0, 0, 0, 0, 1, 0, 0]),
    (&["cd"], &["candela"], 1.0, 0.0, [0, 0, 0, 0, 0, 0, 1, 0]),
    (&["rad"], &["radian"], 1.0, 0.0, [0, 0, 0, 0, 0, 0, 0, 1]),
    (&["sr"], &["steradian"], 1.0, 0.0, [0, 0, 0, 0, 0, 0, 0, 2]),
    (&["Hz"], &["hertz"], 1.0, 0.0, [0, 0, -1, 0, 0, 0, 0, 0]),
    (&["N"], &["newton"], 1.0, 0.0, [1, 1, -2, 0, 0, 0, 0, 0]),
    (&["Pa"], &["pascal"], 1.0, 0.0, [-1, 1, -2, 0, 0, 0, 0, 0]),
    (&["bar"], &[], 1e5, 0.0, [-1, 1, -2, 0, 0, 0, 0, 0]),
    (&["mb", "mbar"], &["millibar"], 100.0, 0.0, [-1, 1, -2, 0, 0, 0, 0, 0]),
    (&["atm"], &["atmosphere"], 101_325.0, 0.0, [-1, 1, -2, 0, 0, 0, 0, 0]),
    (&["mmHg"], &[], 133.322_387_415, 0.0, [-1, 1, -2, 0, 0, 0, 0, 0]),
    (&["J"], &["joule"], 1.0, 0.0, [2, 1, -2, 0, 0, 0, 0, 0]),
    (&["W"], &["watt"], 1.0, 0.0, [2, 1, -3, 0, 0, 0, 0, 0]),
    (&["C"], &["coulomb"], 1.0, 0.0, [0, 0, 1, 1, 0, 0, 0, 0]),
    (&["V"], &["volt"], 1.0, 0.0, [2, 1, -3, -1, 0, 0, 0, 0]),
    (&["F"], &["farad"], 1.0, 0.0, [-2, -1, 4, 2, 0, 0, 0, 0]),
    (&["ohm", "Ω"], &[], 1.0, 0.0, [2, 1, -3, -2, 0, 0, 0, 0]),
    (&["S"], &["siemens"], 1.0, 0.0, [-2, -1, 3, 2, 0, 0, 0, 0]),
    (&["T"], &["tesla"], 1.0, 0.0, [0, 1, -2, -1, 0, 0, 0, 0]),
    (&["lm"], &["lumen"], 1.0, 0.0, [0, 0, 0, 0, 0, 0, 1, 2]),
    (&["lx"], &["lux"], 1.0, 0.0, [-2, 0, 0, 0, 0, 0, 1, 2]),
    (&["Bq"], &["becquerel"], 1.0, 0.0, [0, 0, -1, 0, 0, 0, 0, 0]),
    (&["l", "L"], &["liter", "litre"], 1e-3, 0.0, [3, 0, 0, 0, 0, 0, 0, 0]),
    (&["cc"], &[], 1e-6, 0.0, [3, 0, 0, 0, 0, 0, 0, 0]),
    (&["t"], &["tonne", "metric_ton"], 1000.0, 0.0, [0, 1, 0, 0, 0, 0, 0, 0]),
    (&["min"], &["minute"], 60.0, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&["h", "hr"], &["hour"], 3600.0, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&["d"], &["day"], 86_400.0, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&[], &["week"], 604_800.0, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&["yr", "a"], &["year"], 31_556_925.974_592, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&[], &["month"], 2_629_743.831_225, 0.0, [0, 0, 1, 0, 0, 0, 0, 0]),
    (&["ft"], &["foot", "feet"], 0.3048, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["in"], &["inch"], 0.0254, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["mi"], &["mile"], 1609.344, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["nmi"], &["nautical_mile"], 1852.0, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["Å"], &["angstrom"], 1e-10, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&[], &["micron"], 1e-6, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["kt", "kn", "knot_international"], &["knot"], 1852.0 / 3600.0, 0.0, [1, 0, -1, 0, 0, 0, 0, 0]),
    (&["ha"], &["hectare"], 1e4, 0.0, [2, 0, 0, 0, 0, 0, 0, 0]),
    (&["gal"], &[], 0.01, 0.0, [1, 0, -2, 0, 0, 0, 0, 0]),
    (&["gpm"], &["geopotential_meter", "geopotential_metre"], 1.0, 0.0, [1, 0, 0, 0, 0, 0, 0, 0]),
    (&["eV"], &["electronvolt"], 1.602_176_634e-19, 0.0, [2, 1, -2, 0, 0, 0, 0, 0]),
    (&["DU"], &["dobson_unit"], 4.4615e-4, 0.0, [-2, 0, 0, 0, 0, 1, 0, 0]),
    (&["M"], &["molar"], 1000.0, 0.0, [-3, 0, 0, 0, 0, 1, 0, 0]),
    (
        &["°", "deg"],
        &["degree", "arc_degree", "angular_degree"],
        std::f64::consts::PI / 180.0,
        0.0,
        [0, 0, 0, 0, 0, 0, 0, 1],
    ),
    (
        &["°C", "degC", "deg_C", "degreeC"],
        &["celsius", "degree_celsius", "degrees_celsius", "degree_c", "degrees_c"],
        1.0,
        273.15,
        [0, 0, 0, 0, 1, 0, 0, 0],
    ),
    (
        &["°F", "degF", "deg_F"],
        &["fahrenheit", "degree_fahrenheit", "degrees_fahrenheit"],
        5.0 / 9.0,
        459.67 * 5.0 / 9.0,
        [0, 0, 0, 0, 1, 0, 0, 0],
    ),
    (&["%"], &["percent"], 0.01, 0.0, NONE),
    (&["ppm", "ppmv"], &[], 1e-6, 0.0, NONE),
    (&["ppb", "ppbv"], &[], 1e-9, 0.0, NONE),
    (&["ppt", "pptv"], &[], 1e-12, 0.0, NONE),
    (&["psu", "PSU"], &[], 1e-3, 0.0, NONE),
    (&["count"], &["counts"], 1.0, 0.0, NONE),
    (&[], &["dimensionless", "level", "layer", "sigma_level"], 1.0, 0.0, NONE),
];

const PREFIXES: [(&str, &str, f64); 20] = [
    ("da", "deca", 1e1),
    ("Y", "yotta", 1e24),
    ("Z", "zetta", 1e21),
    ("E", "exa", 1e18),
    ("P", "peta", 1e15),
    ("T", "tera", 1e12),
    ("G", "giga", 1e9),
    ("M", "mega", 1e6),
    ("k", "kilo", 1e3),
    ("h", "hecto", 1e2),
    ("d", "deci", 1e-1),
    ("c", "centi", 1e-2),
    ("m", "milli", 1e-3),
    ("u", "micro", 1e-6),
    ("µ", "micro", 1e-6),
    ("μ", "micro", 1e-6),
    ("n", "nano", 1e-9),
    ("p", "pico", 1e-12),
    ("f", "femto", 1e-15),
    ("a", "atto", 1e-18),
];

/// Logarithmic units of radar and radio.
const LOGARITHMS: [&str; 6] = ["dB", "dBZ", "dBm", "dBW", "Np", "Bel"];

impl Unit {
    /// A pure number.
    pub const ONE: Self = Self { factor: 1.0, offset: 0.0, dimensions: NONE, logarithm: 0 };

    /// Reads a unit; `None` when it is none, so that nobody can convert it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return None;
        }
        if text.is_empty() {
            return Some(Self::ONE);
        }
        if super::is_latitude(text) || super::is_longitude(text) {
            return Self::parse("degree");
        }
        if let Some(at) = LOGARITHMS.iter().position(|known| *known == text) {
            return Some(Self { logarithm: at as u8 + 1, ..Self::ONE });
        }
        let mut parser = Parser { rest: text };
        let unit = parser.product(0)?;
        parser.rest.trim().is_empty().then_some(unit)
    }

    /// `value` in units of `to`; `None` where the two measure different things.
    #[must_use]
    pub fn convert(&self, to: &Self, value: f64) -> Option<f64> {
        if !self.is_comparable(to) || to.factor == 0.0 {
            return None;
        }
        let direct = self.factor / to.factor;
        Some(if self.offset == to.offset && self.factor == to.factor {
            value
        } else {
            value * direct + (self.offset - to.offset) / to.factor
        })
    }

    /// Whether the two measure the same, so that one converts to the other.
    #[must_use]
    pub fn is_comparable(&self, other: &Self) -> bool {
        // The radian counts as a pure number, as in UDUNITS.
        self.dimensions[..7] == other.dimensions[..7] && self.logarithm == other.logarithm
    }

    fn times(self, other: Self, sign: i32) -> Option<Self> {
        let mut dimensions = self.dimensions;
        for (own, power) in dimensions.iter_mut().zip(other.dimensions) {
            *own = own.checked_add(power.checked_mul(sign)?)?;
        }
        // In a product a degree is a difference: K m-1 and degC m-1 are the same.
        Some(Self { factor: self.factor * other.factor.powi(sign), offset: 0.0, dimensions, logarithm: 0 })
    }

    fn power(self, power: i32) -> Option<Self> {
        if power == 1 {
            return Some(self);
        }
        let mut dimensions = self.dimensions;
        for own in &mut dimensions {
            *own = own.checked_mul(power)?;
        }
        Some(Self { factor: self.factor.powi(power), offset: 0.0, dimensions, logarithm: 0 })
    }

    /// A unit by symbol or name, with or without prefix.
    fn named(word: &str) -> Option<Self> {
        let lower = letters::lowered(word);
        let singular = lower.strip_suffix('s').unwrap_or(&lower);
        let exact = |symbol: &str| UNITS.iter().find(|row| row.0.contains(&symbol));
        let by_name = |name: &str| UNITS.iter().find(|row| row.1.contains(&name));
        let unit = |row: &Row, factor: f64| Self {
            factor: row.2 * factor,
            offset: row.3,
            dimensions: row.4,
            logarithm: 0,
        };
        if let Some(row) = exact(word).or_else(|| by_name(&lower)).or_else(|| by_name(singular)) {
            return Some(unit(row, 1.0));
        }
        PREFIXES.iter().find_map(|(symbol, name, factor)| {
            let by_symbol = || word.strip_prefix(symbol).and_then(exact);
            let named = || {
                lower
                    .strip_prefix(name)
                    .and_then(by_name)
                    .or_else(|| singular.strip_prefix(name).and_then(by_name))
            };
            // A prefixed °C would be off by more than a factor.
            by_symbol().or_else(named).filter(|row| row.3 == 0.0).map(|row| unit(row, *factor))
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    /// Factors by spaces, dots, stars and slashes, from left to right.
    fn product(&mut self, depth: u32) -> Option<Unit> {
        let mut product = None;
        let mut sign = 1;
        loop {
            let before = self.rest;
            self.rest = self.rest.trim_start();
            let next = self.rest.chars().next();
            match next {
                None | Some(')') => break,
                Some('/') => {
                    self.rest = &self.rest[1..];
                    sign = -1;
                    product = product.or(Some(Unit::ONE));
                    continue;
                }
                Some(c @ ('.' | '*' | '·')) if product.is_some() => {
                    self.rest = &self.rest[c.len_utf8()..];
                    continue;
                }
                Some(_) => {}
            }
            let factor = self.factor(depth)?;
            product = Some(match product {
                None => factor,
                Some(so_far) => so_far.times(factor, sign)?,
            });
            sign = 1;
            if self.rest == before {
                return None;
            }
        }
        // Something must follow a slash.
        product.filter(|_| sign == 1)
    }

    fn factor(&mut self, depth: u32) -> Option<Unit> {
        if let Some(rest) = self.rest.strip_prefix('(') {
            if depth >= MAX_DEPTH {
                return None;
            }
            self.rest = rest;
            let inside = self.product(depth + 1)?;
            self.rest = self.rest.trim_start().strip_prefix(')')?;
            let power = self.power();
            return inside.power(power?);
        }
        let first = self.rest.chars().next()?;
        if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') {
            return self.number();
        }
        let letter = |c: char| letters::is_letter(c) || matches!(c, '_' | '%' | '°');
        let end = self.rest.find(|c| !letter(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return None;
        }
        self.rest = rest;
        let power = self.power()?;
        Unit::named(word)?.power(power)
    }

    /// `1000`, `1e-3`, `10^-6`.
    fn number(&mut self) -> Option<Unit> {
        let bytes = self.rest.as_bytes();
        let mut end = 0;
        while end < bytes.len() {
            let exponent = matches!(bytes[end], b'e' | b'E')
                && bytes
                    .get(end + 1)
                    .is_some_and(|next| next.is_ascii_digit() || matches!(next, b'-' | b'+'));
            let sign =
                matches!(bytes[end], b'-' | b'+') && (end == 0 || matches!(bytes[end - 1], b'e' | b'E'));
            if !(bytes[end].is_ascii_digit() || bytes[end] == b'.' || exponent || sign) {
                break;
            }
            end += 1;
        }
        let value = crate::number::parse_f64(&self.rest[..end])?;
        self.rest = &self.rest[end..];
        let unit = Unit { factor: value, ..Unit::ONE };
        let power = if self.rest.starts_with(['^', '*']) { self.power()? } else { 1 };
        unit.power(power).filter(|unit| unit.factor.is_finite() && unit.factor != 0.0)
    }

    /// The power behind a unit: `2`, `-1`, `^2`, `**-2`, `²`; 1 where there is none, `None` where it is no number.
    fn power(&mut self) -> Option<i32> {
        const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let (marked, rest) = match self.rest.strip_prefix('^').or(self.rest.strip_prefix("**")) {
            Some(rest) => (true, rest),
            None => (false, self.rest),
        };
        let mut digits = String::new();
        let mut length = 0;
        for c in rest.chars() {
            let raised = RAISED.iter().position(|digit| *digit == c);
            match (c, raised) {
                (_, Some(digit)) => digits.push_str(&digit.to_string()),
                ('0'..='9', _) => digits.push(c),
                ('-' | '+' | '⁻', _) if digits.is_empty() => digits.push(if c == '⁻' { '-' } else { c }),
                _ => break,
            }
            length += c.len_utf8();
        }
        if digits.is_empty() {
            return (!marked).then_some(1);
        }
        let power: i32 = digits.parse().ok()?;
        self.rest = &rest[length..];
        (power.abs() <= 99).then_some(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_things_in_different_spellings() {
        for (a, b) in [
            ("m s-1", "m/s"),
            ("m.s-1", "m s^-1"),
            ("m/sec^2", "m s**-2"),
            ("kg m-2", "kg/m²"),
            ("W m-2", "kg s-3"),
            ("kg m**-2", "kg.m-2"),
            ("degrees_north", "degree"),
            ("Celsius", "degC"),
            ("g kg-1", "1e-3"),
            ("meters", "metre"),
            ("1000000 m-1.kg.s-3", "1e6 W m-3"),
            ("count/(1 second)", "Hz"),
            ("um", "micron"),
            ("µm", "micrometer"),
            ("percent", "%"),
            ("W m-2 nm-1 sr-1", "W/m2/nm/sr"),
            ("hPa/hr", "hPa h-1"),
            ("1/m/sr", "sr-1 m-1"),
            ("cc/min", "cm3 min-1"),
            ("", "1"),
            ("dBZ", "dBZ"),
            ("kelvin", "K"),
            ("mm6 m-3", "mm^6/m^3"),
            ("m s⁻¹", "m s-1"),
            ("hectopascals", "mbar"),
        ] {
            let (first, second) = (Unit::parse(a), Unit::parse(b));
            let (Some(first), Some(second)) = (first, second) else {
                panic!("{a} {first:?}, {b} {second:?}")
            };
            let there = first.convert(&second, 3.0);
            assert!(there.is_some_and(|value| (value - 3.0).abs() < 1e-9), "{a} and {b}: {there:?}");
        }
    }

    #[test]
    fn conversions() {
        let check = |value: f64, from: &str, to: &str, expected: f64| {
            let found = Unit::parse(from).unwrap().convert(&Unit::parse(to).unwrap(), value).unwrap();
            assert!(
                (found - expected).abs() < 1e-9 * expected.abs().max(1.0),
                "{value} {from} = {found} {to}"
            );
        };
        check(1013.25, "hPa", "Pa", 101_325.0);
        check(20.0, "degC", "K", 293.15);
        check(300.0, "K", "Celsius", 26.85);
        check(212.0, "degF", "degC", 100.0);
        check(2.5, "km", "m", 2500.0);
        check(36.0, "km/h", "m s-1", 10.0);
        check(10.0, "kt", "m/s", 5.144_444_444_444_4);
        check(1.0, "degC m-1", "K m-1", 1.0);
        assert_eq!(Unit::parse("dBZ").unwrap().convert(&Unit::parse("1").unwrap(), 1.0), None);
        assert_eq!(Unit::parse("m").unwrap().convert(&Unit::parse("s").unwrap(), 1.0), None);
    }

    #[test]
    fn what_is_no_unit() {
        for text in [
            "meters above Mean Sea Level",
            "m MSL",
            "unitless",
            "none",
            "DEG (0 DEG - 360 DEG)",
            "code",
            "m/",
            "/",
            "m^",
            "m**",
            "(m",
            "m)",
            "m s-1-",
            "Z",
            "seconds since 2000-01-01",
            "m999",
            "0 m",
            "1e999 m",
            "((((((((((m))))))))))",
            "m2147483648",
            "\u{202e}m",
            "kdegC",
        ] {
            assert_eq!(Unit::parse(text), None, "{text}");
        }
        assert_eq!(Unit::parse(&"m ".repeat(1000)), None);
    }
}
