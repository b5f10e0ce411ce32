//! Decimal numbers to floats: [`parse_f64`], the same as `str::parse::<f64>`.
//!
//! That of `std` is made for speed: its table of powers weighs 10 kB in the page, which nothing compresses. This one
//! has none. Short numbers, nearly all that metadata hold, take one multiplication; others are divided exactly.

use std::cmp::Ordering;

/// More digits than this decide nothing but which side of a tie a number is on (767 are needed at most).
const DIGITS: usize = 800;

/// A text such as `1000`, `-1.5e-3`, `.5`, `inf` or `NaN` as the nearest float, ties to even; `None` where
/// `str::parse` has an error.
#[must_use]
pub(crate) fn parse_f64(text: &str) -> Option<f64> {
    let (negative, text) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
    let value = if is("inf") || is("infinity") {
        f64::INFINITY
    } else if is("nan") {
        f64::NAN
    } else {
        let (digits, exponent) = decimal(text)?;
        nearest(digits, exponent)
    };
    Some(if negative { -value } else { value })
}

/// Digits without zeros at either end, and the power of ten that their whole number is multiplied by.
fn decimal(text: &[u8]) -> Option<(Vec<u8>, i64)> {
    let end = text.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(text.len());
    let (mantissa, power) = text.split_at(end);
    let (mut digits, mut exponent, mut after_point) = (Vec::new(), 0_i64, false);
    for byte in mantissa {
        match byte {
            b'0'..=b'9' => {
                digits.push(byte - b'0');
                exponent -= i64::from(after_point);
            }
            b'.' if !after_point => after_point = true,
            _ => return None,
        }
    }
    if digits.is_empty() {
        return None;
    }
    if let [_, power @ ..] = power {
        let (negative, power) = match power {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        if power.is_empty() {
            return None;
        }
        let mut value = 0_i64;
        for byte in power {
            if !byte.is_ascii_digit() {
                return None;
            }
            // Larger ones are as good as infinite; texts are far shorter than this many digits.
            value = (value * 10 + i64::from(byte - b'0')).min(1 << 48);
        }
        exponent += if negative { -value } else { value };
    }
    while digits.last() == Some(&0) {
        digits.pop();
        exponent += 1;
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros);
    if digits.len() > DIGITS {
        exponent += (digits.len() - DIGITS - 1) as i64;
        digits.truncate(DIGITS);
        // There was something: a tie is none any more.
        digits.push(1);
    }
    Some((digits, exponent))
}

fn nearest(digits: Vec<u8>, exponent: i64) -> f64 {
    let magnitude = digits.len() as i64 + exponent;
    if digits.is_empty() || magnitude < -330 {
        return 0.0;
    }
    if magnitude > 310 {
        return f64::INFINITY;
    }
    // Both are exact, so that their product or quotient is rounded once.
    if digits.len() <= 15 && exponent.abs() <= 22 {
        let whole = digits.iter().fold(0.0, |whole, digit| whole * 10.0 + f64::from(*digit));
        let power = (0..exponent.abs()).fold(1.0, |power, _| power * 10.0);
        return if exponent < 0 { whole / power } else { whole * power };
    }
    let (mut over, mut under) = (Big::default(), Big(vec![1]));
    digits.iter().for_each(|digit| over.times_ten_plus(*digit));
    let scaled = if exponent < 0 { &mut under } else { &mut over };
    (0..exponent.abs()).for_each(|_| scaled.times_ten_plus(0));
    quotient(over, under)
}

/// `over / under`, both above zero.
fn quotient(mut over: Big, mut under: Big) -> f64 {
    // So that the quotient has 64 or 65 bits.
    let shift = 64 - (over.bits() - under.bits());
    if shift > 0 {
        over.shift_left(shift)
    } else {
        under.shift_left(-shift)
    }
    let mut bits = 0_u128;
    under.shift_left(65);
    for at in (0..=65).rev() {
        if over.cmp(&under) != Ordering::Less {
            over.subtract(&under);
            bits |= 1 << at;
        }
        under.halve();
    }
    let n_bits = 128 - i64::from(bits.leading_zeros());
    // The power of two of the first bit, and how many bits a float of that size has.
    let power = n_bits - 1 - shift;
    let kept = (power + 1075).min(53);
    if kept < 0 {
        return 0.0;
    }
    if power > 1023 {
        return f64::INFINITY;
    }
    let dropped = n_bits - kept;
    let mut mantissa = (bits >> dropped) as u64;
    let (rest, half) = (bits & ((1 << dropped) - 1), 1_u128 << (dropped - 1));
    if rest > half || (rest == half && (over.bits() > 0 || mantissa & 1 == 1)) {
        mantissa += 1;
    }
    // A carry out of the mantissa is one into the exponent, up to infinity.
    f64::from_bits(if kept < 53 { mantissa } else { (((power + 1022) as u64) << 52) + mantissa })
}

/// A whole number, 32 bits each, lowest first, without zeros at its end.
#[derive(Default)]
struct Big(Vec<u32>);

impl Big {
    fn times_ten_plus(&mut self, digit: u8) {
        let mut carry = u64::from(digit);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * 10;
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn bits(&self) -> i64 {
        self.0.last().map_or(0, |last| self.0.len() as i64 * 32 - i64::from(last.leading_zeros()))
    }

    fn shift_left(&mut self, by: i64) {
        let (limbs, bits) = (by / 32, by % 32);
        let mut carry = 0;
        for limb in &mut self.0 {
            carry |= u64::from(*limb) << bits;
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
        self.0.splice(0..0, (0..limbs).map(|_| 0));
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.0.iter_mut().rev() {
            let odd = *limb << 31;
            *limb = *limb >> 1 | carry;
            carry = odd;
        }
        self.trim();
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Takes away a smaller or equal one.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let less = i64::from(*limb) - i64::from(other.0.get(at).copied().unwrap_or(0)) - borrow;
            *limb = less as u32;
            borrow = i64::from(less < 0);
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let (found, std) = (parse_f64(text), text.parse::<f64>().ok());
        assert_eq!(found.map(f64::to_bits), std.map(f64::to_bits), "{text}: {found:?}, std says {std:?}");
    }

    #[test]
    fn as_std_reads_it() {
        for text in [
            "0",
            "-0",
            "+0.0",
            "1",
            "1.",
            ".5",
            "-.5e1",
            "1e5",
            "1E+5",
            "1e-05",
            "0.1",
            "0.30000000000000004",
            "9007199254740993",
            "9007199254740992.5",
            "9007199254740991.5",
            "123456789012345678901234567890",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1.8e308",
            "1e309",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "2.225073858507201e-308",
            "4.9406564584124654e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "3e-324",
            "1e-400",
            "9.969209968386869e36",
            "8.98846567431158e307",
            "1e23",
            "8.5e22",
            "6.0221407600000000000000001e23",
            "0000000000000000000000000000000000001",
            "1e99999999999999999999",
            "0e99999999999999999999",
            "1e-99999999999999999999",
            "inf",
            "-Infinity",
            "nan",
            "+NaN",
            // No numbers.
            "",
            "-",
            "+",
            ".",
            "e5",
            ".e5",
            "1e",
            "1e+",
            "1.2.3",
            "1 ",
            " 1",
            "0x10",
            "1_000",
            "1e1.5",
            "--1",
            "infi",
            "１",
        ] {
            check(text);
        }
        // Exactly between two floats, and next to it, in more digits than decide.
        let half = format!("{:.1074}", f64::from_bits(1));
        for digits in
            [half.clone() + "5", half.clone() + &"0".repeat(900) + "1", half[..half.len() - 700].to_owned()]
        {
            check(&digits);
        }
        check(&("1".to_owned() + &"0".repeat(2_000)));
        check(&("0.".to_owned() + &"0".repeat(2_000) + "1e1990"));
    }

    #[test]
    fn as_std_reads_what_it_writes() {
        // xorshift64, so that the same numbers are tried each time.
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for _ in 0..3_000 {
            let value = f64::from_bits(random());
            check(&value.to_string());
            check(&format!("{value:e}"));
            // More digits than a float has, and the middle between two.
            check(&format!("{value:.25e}"));
            let next = f64::from_bits(value.to_bits() ^ 1);
            check(&format!("{:.60e}", value / 2.0 + next / 2.0));
            check(&format!("{}e{}", random() % 1_000_000, (random() % 700) as i64 - 350));
            check(&(f64::from_bits(random()) as f32).to_string());
        }
        for bits in (0..200).chain((0..200).map(|at| (1 << 52) - 100 + at)) {
            let value = f64::from_bits(bits);
            let next = f64::from_bits(bits + 1);
            check(&format!("{value:e}"));
            // Written exactly: a tie between two of the smallest.
            let (value, next) = (format!("{value:.1075}"), format!("{next:.1075}"));
            check(&middle(&value, &next));
        }
    }

    /// The exact middle of two numbers between 0 and 1 with as many digits, the last of which is 0.
    fn middle(low: &str, high: &str) -> String {
        let digits =
            |text: &str| text.bytes().skip(2).map(u32::from).map(|byte| byte - 48).collect::<Vec<_>>();
        let mut sum: Vec<u32> = digits(low).iter().zip(digits(high)).map(|(a, b)| a + b).collect();
        let mut carry = 0;
        for digit in sum.iter_mut().rev() {
            *digit += carry;
            carry = *digit / 10;
            *digit %= 10;
        }
        let mut rest = carry;
        let mut out = "0.".to_owned();
        for digit in sum {
            let two = rest * 10 + digit;
            out.push_str(&(two / 2).to_string());
            rest = two % 2;
        }
        assert_eq!(rest, 0, "the last digit is even");
        out
    }
}
