//! Small code instead of fast code, for the page: one sort, one way to write and read decimals.
//!
//! Every sort of another type is 5 kB of WebAssembly, and the standard library's floating-point texts 30.

use std::cmp::Ordering;

fn order(n: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by(|a, b| compare(*a as usize, *b as usize));
    order
}

/// Sorts, keeping the order of equals.
pub(super) fn sort<T>(list: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(list.len(), &mut |a, b| compare(&list[a], &list[b]));
    let mut old: Vec<Option<T>> = std::mem::take(list).into_iter().map(Some).collect();
    list.extend(order.into_iter().filter_map(|at| old[at as usize].take()));
}

/// A number with at most `digits` decimals, without zeros at the end.
#[must_use]
pub fn decimal(value: f64, digits: u32) -> String {
    let scale = 10_i64.pow(digits.min(9));
    let scaled = (value * scale as f64).round() as i64;
    let (whole, mut part) = ((scaled / scale).abs(), (scaled % scale).abs());
    let mut out = if scaled < 0 { "-".to_owned() } else { String::new() };
    out.push_str(&whole.to_string());
    if part > 0 {
        out.push('.');
        let mut unit = scale / 10;
        while part > 0 && unit > 0 {
            out.push(char::from(b'0' + (part / unit) as u8));
            part %= unit;
            unit /= 10;
        }
    }
    out
}

/// Reads `-12`, `.5`, `+3.25`; no exponents, at most 9 decimals count.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let right = whole.len() + part.len() > 0
        && whole.len() <= 9
        && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    if !right {
        return None;
    }
    let number = |text: &str| text.bytes().fold(0.0, |value, byte| value * 10.0 + f64::from(byte - b'0'));
    let part = &part[..part.len().min(9)];
    Some(sign * (number(whole) + number(part) / 10_f64.powi(part.len() as i32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_as_they_are_written() {
        for (value, text) in
            [(0.0, "0"), (-0.5, "-0.5"), (20.25, "20.25"), (-179.99, "-179.99"), (12.0, "12"), (0.05, "0.05")]
        {
            assert_eq!(decimal(value, 4), text);
            assert_eq!(parse_decimal(text), Some(value));
        }
        assert_eq!(decimal(1.0 / 3.0, 2), "0.33");
        for bad in ["", "-", ".", "1e5", "1.2.3", "NaN", "inf", "٣", "12345678901"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn equals_keep_their_order() {
        let mut list = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort(&mut list, |a, b| a.0.cmp(&b.0));
        assert_eq!(list, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
