//! Words and numbers as a page shows them: cleaned, limited, with units.
//!
//! Metadata is hostile: [`clean`] takes out control characters and the marks that turn the direction of
//! writing, [`limit`] cuts at a number of characters. Escaping is the template's work, not done here.

use jiff::civil::Date;
use minijinja::context;
use minijinja::value::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::Words;

/// Longest title on a page, in characters; the whole is in `record.json`.
pub(crate) const TITLE_CHARS: usize = 300;

/// Whether a character may stand in any of our outputs: no controls (XML forbids them), no marks that
/// reorder the text around them, no noncharacters.
fn is_harmless(c: char) -> bool {
    !matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{fdd0}'..='\u{fdef}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
        && (u32::from(c) & 0xfffe) != 0xfffe
}

/// One line: harmless characters, runs of white space as one blank.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(4096));
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() || c == '\u{2028}' || c == '\u{2029}' {
            blank = !out.is_empty();
        } else if c.is_ascii_graphic() || is_harmless(c) {
            if blank {
                out.push(' ');
                blank = false;
            }
            out.push(c);
        }
    }
    out
}

/// Several lines: harmless characters, line feeds kept.
pub(crate) fn clean_block(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' || c == '\u{2028}' || c == '\u{2029}' { '\n' } else { c })
        .filter(|&c| is_harmless(c) || c == '\n')
        .collect()
}

/// At most `chars` characters, cut at a word where one ends near, with an ellipsis.
pub(crate) fn limit(text: &str, chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or_default();
    let head = match head.rfind(' ') {
        Some(at) if at * 4 > end * 3 => head.get(..at).unwrap_or(head),
        _ => head,
    };
    format!("{} …", head.trim_end_matches([' ', ',', ';', '.']))
}

/// [`clean`] and [`limit`] in one: looks at no more of the text than is shown.
pub(crate) fn line(text: &str, chars: usize) -> String {
    // A character has at most four bytes; white space may shrink, so look a little further.
    let mut end = text.len().min(chars.saturating_mul(8).saturating_add(64));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = end < text.len();
    let cleaned = clean(text.get(..end).unwrap_or_default());
    if cut && cleaned.chars().count() <= chars { format!("{cleaned} …") } else { limit(&cleaned, chars) }
}

/// Decimal units: `34.2 MB`.
pub(crate) fn bytes(n: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.95 && unit < UNITS.len() - 1 {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{n} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// Groups of three parted by a narrow no-break space from 10 000 on.
pub(crate) fn number(n: u64) -> String {
    if n < 10_000 { n.to_string() } else { grouped(n, "\u{202f}") }
}

/// Groups of three with a mark between them.
pub(crate) fn grouped(n: u64, mark: &str) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push_str(mark);
        }
        out.push(c);
    }
    out
}

/// A finite number with at most `places` places and no trailing zeros.
pub(crate) fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let text = if text == "-0" { "0" } else { text };
    text.replace('-', "−")
}

/// The day of an ISO 8601 time; years outside 0 to 9999 are none.
pub(crate) fn day(iso: &str) -> Option<Date> {
    let text = iso.trim();
    let date: Date = text.get(..10)?.parse().ok()?;
    (text.len() == 10 || matches!(text.as_bytes().get(10), Some(b'T' | b' ' | b'Z'))).then_some(date)
}

fn day_words(words: Words, date: Date, year: bool) -> String {
    let months = words.t("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
    let month = months.split(' ').nth(usize::from(date.month().unsigned_abs()).saturating_sub(1));
    let day = words.fill("{} {}", &[&date.day(), &month.unwrap_or_default()]);
    if year { format!("{day} {}", date.year()) } else { day }
}

/// A moment for `<time>`: `iso` is empty where the text is not a date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) iso: String,
    pub(crate) words: String,
}

impl Moment {
    pub(crate) fn value(&self) -> Value {
        context! { iso => self.iso.as_str(), words => self.words.as_str() }
    }
}

/// Moments for a template.
pub(crate) fn values(moments: &[Moment]) -> Value {
    moments.iter().map(Moment::value).collect()
}

/// A date in words, `9 Aug 2024`; what is no date is shown as it is.
pub(crate) fn moment(iso: &str) -> Moment {
    moment_in(Words::ENGLISH, iso)
}

/// The same in the words of a language: `9. Aug. 2024`.
pub(crate) fn moment_in(words: Words, iso: &str) -> Moment {
    match day(iso) {
        Some(date) => Moment { iso: date.to_string(), words: day_words(words, date, true) },
        None => Moment { iso: String::new(), words: line(iso, 40) },
    }
}

/// `[9 Aug, 28 Sep 2024]`, or one moment where both fall on one day.
pub(crate) fn range(start: &str, end: &str) -> Vec<Moment> {
    range_in(Words::ENGLISH, start, end)
}

/// The same in the words of a language.
pub(crate) fn range_in(words: Words, start: &str, end: &str) -> Vec<Moment> {
    match (day(start), day(end)) {
        (Some(a), Some(b)) if a == b => {
            let mut only = moment_in(words, start);
            if let (Some(from), Some(to)) = (start.get(11..16), end.get(11..16))
                && from != to
                && [from, to].iter().all(|t| t.bytes().all(|b| b.is_ascii_digit() || b == b':'))
            {
                only.words = format!("{}, {from} – {to} UTC", only.words);
            }
            vec![only]
        }
        (Some(a), Some(b)) => vec![
            Moment { iso: a.to_string(), words: day_words(words, a, a.year() != b.year()) },
            Moment { iso: b.to_string(), words: day_words(words, b, true) },
        ],
        _ => {
            let (a, b) = (moment_in(words, start), moment_in(words, end));
            if a == b { vec![a] } else { vec![a, b] }
        }
    }
}

/// A box that lies on the globe: `[west, south, east, north]`, south not above north.
pub(crate) fn valid_bbox(bbox: [f64; 4]) -> Option<[f64; 4]> {
    let [w, s, e, n] = bbox;
    let on_globe = bbox.iter().all(|v| v.is_finite())
        && (-90.0..=90.0).contains(&s)
        && (-90.0..=90.0).contains(&n)
        && s <= n
        && (-180.0..=360.0).contains(&w)
        && (-180.0..=360.0).contains(&e);
    // Longitudes of 0 to 360 are turned to -180 to 180, as every standard wants them.
    let turn = |lon: f64| if lon > 180.0 { lon - 360.0 } else { lon };
    let whole = (e - w).abs() >= 359.999;
    on_globe.then(|| if whole { [-180.0, s, 180.0, n] } else { [turn(w), s, turn(e), n] })
}

fn degrees(a: f64, b: f64, positive: &str, negative: &str) -> String {
    let span = (b - a).abs();
    let places = if span >= 8.0 {
        0
    } else if span >= 0.8 {
        1
    } else {
        2
    };
    let side = |v: f64| if v < 0.0 { negative } else { positive };
    let show = |v: f64| decimal(v.abs(), places);
    if show(a) == show(b) && side(a) == side(b) {
        format!("{}°\u{a0}{}", show(a), side(a))
    } else if side(a) == side(b) {
        format!("{}–{}°\u{a0}{}", show(a), show(b), side(a))
    } else {
        format!("{}°\u{a0}{} – {}°\u{a0}{}", show(a), side(a), show(b), side(b))
    }
}

/// `3–17° N, 60–19° W`.
pub(crate) fn place(bbox: [f64; 4]) -> Option<String> {
    let [w, s, e, n] = valid_bbox(bbox)?;
    if (e - w).abs() >= 359.999 && s <= -89.0 && n >= 89.0 {
        return Some("the whole globe".to_owned());
    }
    let lon = if (e - w).abs() >= 359.999 { "all longitudes".to_owned() } else { degrees(w, e, "E", "W") };
    Some(format!("{}, {lon}", degrees(s, n, "N", "S")))
}

/// The part of a path that stands for a name: lower case, ASCII, dashes; names that leave nothing get a
/// hash. Spellings that differ in case or accents only share it (`Glöckner`, `Gloeckner`).
pub(crate) fn slug(name: &str) -> String {
    let mut out = String::new();
    let mut push = |c: char| {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if (c.is_whitespace() || c.is_ascii_punctuation() || c == '–')
            && !out.ends_with('-')
            && !out.is_empty()
        {
            out.push('-');
        }
    };
    for c in name.chars().take(200) {
        match c {
            _ if c.is_ascii() => push(c),
            'ä' | 'Ä' => "ae".chars().for_each(&mut push),
            'ö' | 'Ö' => "oe".chars().for_each(&mut push),
            'ü' | 'Ü' => "ue".chars().for_each(&mut push),
            'ß' => "ss".chars().for_each(&mut push),
            'ø' | 'Ø' => push('o'),
            'å' | 'Å' => push('a'),
            _ => std::iter::once(c).nfkd().for_each(&mut push),
        }
    }
    let out = out.trim_matches('-');
    if out.is_empty() || out.len() > 80 {
        // FNV-1a, for a stable name only; nothing depends on its strength.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
        let head: String = out.chars().take(60).collect();
        return if head.is_empty() { format!("x-{hash:016x}") } else { format!("{head}-{hash:016x}") };
    }
    out.to_owned()
}

/// A key to sort titles by: case and accents aside, numbers by value (`Level 2` before `Level 10`).
pub(crate) fn sort_key(title: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in title.nfkd().filter(|c| c.is_alphanumeric() || c.is_whitespace()).take(120) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            out.push_str(&format!("{digits:0>12}"));
            digits.clear();
        }
        out.extend(c.to_lowercase());
    }
    out.push_str(&if digits.is_empty() { String::new() } else { format!("{digits:0>12}") });
    out
}

/// `m s-1` as base and exponents, for `<sup>`: `[("m", ""), (" s", "−1")]`.
pub(crate) fn units(text: &str) -> Vec<(String, String)> {
    let parts = pinfold_core::cf::units::typeset(&line(text, 60)).into_iter().enumerate();
    parts
        .map(|(at, part)| {
            let base = if at > 0 { format!("\u{a0}{}", part.base) } else { part.base };
            (base, part.power.map(|power| power.to_string().replace('-', "−")).unwrap_or_default())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(input: impl std::fmt::Debug, expect: Expect) {
        expect.assert_eq(&format!("{input:?}"));
    }

    #[test]
    fn hostile_characters_are_taken_out() {
        check(clean("a\u{202e}b\u{0}\n\n c\u{feff}\u{fffe}"), expect![[r#""ab c""#]]);
        check(clean_block("a\r\nb\u{7}\u{2028}c"), expect![[r#""a\nb\nc""#]]);
        assert_eq!(line(&"x".repeat(100_000), 10), "xxxxxxxxxx …");
        assert_eq!(line(&" ".repeat(100_000), 10), " …");
    }

    #[test]
    fn dates_in_words() {
        check(
            range("2024-08-09T10:00:00Z", "2024-09-28T00:00:00Z")
                .iter()
                .map(|m| m.words.clone())
                .collect::<Vec<_>>(),
            expect![[r#"["9 Aug", "28 Sep 2024"]"#]],
        );
        check(
            range("2024-08-11T14:17:00Z", "2024-08-11T14:30:00Z")
                .iter()
                .map(|m| m.words.clone())
                .collect::<Vec<_>>(),
            expect![[r#"["11 Aug 2024, 14:17 – 14:30 UTC"]"#]],
        );
        check(
            range("20240-08-11T14:17:00Z", "x")
                .iter()
                .map(|m| (m.iso.clone(), m.words.clone()))
                .collect::<Vec<_>>(),
            expect![[r#"[("", "20240-08-11T14:17:00Z"), ("", "x")]"#]],
        );
    }

    #[test]
    fn places_in_words() {
        check(place([-60.0, 3.0, -19.0, 17.0]), expect![[r#"Some("3–17°\u{a0}N, 60–19°\u{a0}W")"#]]);
        check(
            place([170.0, -50.0, -170.0, 10.0]),
            expect![[r#"Some("50°\u{a0}S – 10°\u{a0}N, 170°\u{a0}E – 170°\u{a0}W")"#]],
        );
        check(place([-105.25, 40.05, -105.25, 40.05]), expect![[r#"Some("40.05°\u{a0}N, 105.25°\u{a0}W")"#]]);
        check(place([0.0, -90.0, 360.0, 90.0]), expect![[r#"Some("the whole globe")"#]]);
        check(place([-60.0, 93.0, -19.0, 170.0]), expect!["None"]);
        check(place([f64::NAN, 3.0, -19.0, 17.0]), expect!["None"]);
    }

    #[test]
    fn names_become_paths() {
        check(slug("Glöckner, Helene"), expect![[r#""gloeckner-helene""#]]);
        check(slug("Delián Colón-Burgos"), expect![[r#""delian-colon-burgos""#]]);
        check(slug("../../etc"), expect![[r#""etc""#]]);
        check(slug("🦄"), expect![[r#""x-ff9c5f3875888db2""#]]);
        assert!(slug(&"a".repeat(5000)).len() <= 80);
    }

    #[test]
    fn numbers_and_units() {
        check(
            (bytes(999), bytes(34_200_000), bytes(u64::MAX)),
            expect![[r#"("999 B", "34.2 MB", "18.4 EB")"#]],
        );
        check(number(1_234_567), expect![[r#""1\u{202f}234\u{202f}567""#]]);
        check(units("kg m-2 s^-1"), expect![[r#"[("kg", ""), ("\u{a0}m", "−2"), ("\u{a0}s", "−1")]"#]]);
        check(units("days since 2024-01-01"), expect![[r#"[("days since 2024-01-01", "")]"#]]);
        assert!(sort_key("Level 2") < sort_key("level 10"));
    }
}
