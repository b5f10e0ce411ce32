//! Words: what of a text is searchable. One analysis for documents and queries.
//!
//! [`tokens`] cuts a text into words with their places, [`fold`] drops case and diacritics,
//! [`term`] is what stands in the dictionary: folded, transliterated (`Gloeckner` = `Glöckner`),
//! American and without plural, `-ing` and `-ed`. The rules may maim a word (`phases` and `phase` meet,
//! `series` becomes `sery`); they only have to do the same to documents and queries.
//! Not supported: other languages' inflection, words of scripts without spaces.

/// A word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Byte range in the text.
    pub(crate) start: usize,
    /// Its end.
    pub(crate) end: usize,
    /// Folded, not yet a term.
    pub(crate) word: String,
    /// Whether this joins the parts of a camel-case word that stand before it.
    pub(crate) joined: bool,
    /// Whether nothing but one `-`, `_`, `/` or `.` parts it from the word before.
    pub(crate) tight: bool,
}

/// Longest word in bytes that is kept; longer ones are cut (base64, hostile input).
pub(crate) const MAX_WORD_BYTES: usize = 64;

/// Letters of U+00C0 to U+017F without their marks; `*` stands for two letters, see [`push_folded`].
const LATIN: &[u8; 192] = b"aaaaaa*ceeeeiiiidnooooo ouuuuy**aaaaaa*ceeeeiiiidnooooo ouuuuy*y\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii**jjkkkllllllllllnnnnnnnnnoooooo**rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// Appends `c` without case and marks; nothing for combining marks.
fn push_folded(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        'Æ' | 'æ' => out.push_str("ae"),
        'Œ' | 'œ' => out.push_str("oe"),
        'ß' | 'ẞ' => out.push_str("ss"),
        'Þ' | 'þ' => out.push_str("th"),
        'Ĳ' | 'ĳ' => out.push_str("ij"),
        '\u{c0}'..='\u{17f}' => out.push(char::from(LATIN[c as usize - 0xc0])),
        '\u{218}' | '\u{219}' => out.push('s'),
        '\u{21a}' | '\u{21b}' => out.push('t'),
        '\u{300}'..='\u{36f}' => {}
        'µ' => out.push('μ'),
        '⁰' | '₀' => out.push('0'),
        '¹' | '₁' => out.push('1'),
        '²' | '₂' => out.push('2'),
        '³' | '₃' => out.push('3'),
        '⁴'..='⁹' => out.push(char::from(b'4' + (c as u32 - '⁴' as u32) as u8)),
        '₄'..='₉' => out.push(char::from(b'4' + (c as u32 - '₄' as u32) as u8)),
        _ => out.extend(c.to_lowercase()),
    }
}

/// Without case and diacritics.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_folded(c, &mut out));
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii() && (c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c)))
}

/// The words of a text, in order. A camel-case word with parts of three letters or more gives its parts
/// and then itself (`RadarConst`: `radar`, `const`, `radarconst`).
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    visit(text, |token| out.push(token));
    out
}

/// [`tokens`] without the list.
pub(crate) fn visit(text: &str, mut each: impl FnMut(Token)) {
    let mut chars = text.char_indices().peekable();
    let mut last_end = usize::MAX;
    while let Some((start, first)) = chars.next() {
        if !is_word(first) {
            continue;
        }
        let mut end = start + first.len_utf8();
        let (mut before, mut digits) = (first, first.is_ascii_digit());
        let mut cuts: [usize; 4] = [0; 4];
        let mut n_cuts = 0;
        while let Some(&(at, c)) = chars.peek() {
            if !is_word(c) {
                // Decimal numbers stay whole: 0.25, 10.82246.
                let decimal = c == '.' && digits && text[at + 1..].starts_with(|c: char| c.is_ascii_digit());
                if !decimal {
                    break;
                }
            }
            digits &= c.is_ascii_digit() || c == '.';
            if before.is_lowercase() && c.is_uppercase() && n_cuts < cuts.len() {
                cuts[n_cuts] = at;
                n_cuts += 1;
            }
            before = c;
            end = at + c.len_utf8();
            chars.next();
        }
        let tight = last_end != usize::MAX && start == last_end + 1 && {
            matches!(text.as_bytes()[last_end], b'-' | b'_' | b'/' | b'.')
        };
        last_end = end;
        let whole = &text[start..end];
        let cuts = &cuts[..n_cuts];
        let parts_ok = n_cuts > 0 && {
            let mut from = start;
            cuts.iter().chain([&end]).all(|&cut| {
                let long = cut - from >= 3;
                from = cut;
                long
            })
        };
        if parts_ok {
            let mut from = start;
            for &cut in cuts.iter().chain([&end]) {
                let tight = if from == start { tight } else { true };
                each(Token { start: from, end: cut, word: cut_word(&text[from..cut]), joined: false, tight });
                from = cut;
            }
        }
        let word = cut_word(whole);
        if !word.is_empty() {
            each(Token { start, end, word, joined: parts_ok, tight });
        }
    }
}

fn cut_word(text: &str) -> String {
    let mut word = fold(text);
    if word.len() > MAX_WORD_BYTES {
        let mut end = MAX_WORD_BYTES;
        while !word.is_char_boundary(end) {
            end -= 1;
        }
        word.truncate(end);
    }
    word
}

/// The terms of a text in their order, as they stand beside each other in a phrase: without stop words, and of camel-case
/// words their parts.
pub(crate) fn sequence(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    visit(text, |token| {
        if !token.joined && !is_stop(&token.word) {
            terms.push(term(&token.word));
        }
    });
    terms
}

/// Words that carry no meaning; they are not indexed.
pub(crate) fn is_stop(word: &str) -> bool {
    const STOP: &[&str] = &[
        "a", "an", "and", "are", "as", "at", "be", "by", "during", "for", "from", "in", "into", "is", "it",
        "its", "of", "on", "or", "s", "that", "the", "their", "this", "to", "was", "were", "which", "with",
    ];
    STOP.binary_search(&word).is_ok()
}

/// Words that people add and that nearly every dataset could carry: they count when found, and never exclude.
pub(crate) fn is_soft(term: &str) -> bool {
    matches!(
        term,
        "data"
            | "dataset"
            | "file"
            | "product"
            | "measur"
            | "measurement"
            | "observation"
            | "observ"
            | "about"
            | "all"
            | "any"
            | "find"
            | "show"
            | "available"
            | "me"
            | "zarr"
            | "netcdf"
            | "near"
            | "over"
            | "using"
            | "between"
            | "have"
            | "has"
            | "how"
            | "what"
            | "where"
            | "when"
            | "who"
    )
}

/// The word as it is compared while it is still being typed: folded and transliterated, not stemmed.
pub(crate) fn typed(word: &str) -> String {
    transliterate(word)
}

/// What stands in the dictionary for a folded word.
pub(crate) fn term(word: &str) -> String {
    let word = transliterate(word);
    if !word.is_ascii() || word.len() < 4 {
        return word;
    }
    stem(word)
}

/// `oe`, `ae`, `ue` between consonants become one vowel, so that `Gloeckner` is `Glöckner`.
fn transliterate(word: &str) -> String {
    let bytes = word.as_bytes();
    let consonant = |b: u8| b.is_ascii_lowercase() && !b"aeiou".contains(&b);
    let mut out = String::with_capacity(word.len());
    for (at, c) in word.char_indices() {
        let umlaut = c == 'e'
            && at >= 2
            && matches!(bytes[at - 1], b'a' | b'o' | b'u')
            && consonant(bytes[at - 2])
            && bytes.get(at + 1).is_some_and(|b| consonant(*b));
        // "que" and "gue" are not umlauts.
        if umlaut && !(bytes[at - 1] == b'u' && matches!(bytes[at - 2], b'q' | b'g')) {
            continue;
        }
        out.push(c);
    }
    out
}

fn has_vowel(stem: &str) -> bool {
    stem.bytes().any(|b| b"aeiouy".contains(&b))
}

fn stem(mut word: String) -> String {
    let cut = |word: &mut String, ending: usize, instead: &str| {
        word.truncate(word.len() - ending);
        word.push_str(instead);
    };
    if word.bytes().any(|b| b.is_ascii_digit()) {
        return word;
    }
    match word.as_str() {
        "gases" => return "gas".to_owned(),
        "indices" | "indexes" => return "index".to_owned(),
        "axes" => return "axis".to_owned(),
        _ => {}
    }
    // Plural.
    if word.len() > 4 && word.ends_with("ies") {
        cut(&mut word, 3, "y");
    } else if word.ends_with("yses") {
        cut(&mut word, 2, "is");
    } else if ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end)) {
        cut(&mut word, 2, "");
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        cut(&mut word, 1, "");
    }
    // British and American.
    if word.contains("sulph") {
        word = word.replace("sulph", "sulf");
    }
    match word.as_str() {
        "grey" => word = "gray".to_owned(),
        "aluminium" => word = "aluminum".to_owned(),
        "programme" => word = "program".to_owned(),
        "licence" => word = "license".to_owned(),
        _ => {}
    }
    if word.len() > 4 && word.ends_with("our") {
        cut(&mut word, 3, "or");
    } else if word.len() > 4 && (word.ends_with("tre") || word.ends_with("bre")) {
        cut(&mut word, 2, "er");
    } else if word.ends_with("logue") {
        cut(&mut word, 2, "");
    } else if word.ends_with("isation") {
        cut(&mut word, 7, "ization");
    } else if word.len() > 5 && (word.ends_with("ise") || word.ends_with("yse")) {
        cut(&mut word, 2, "ze");
    }
    // -ed and -ing.
    let strip = if word.len() >= 6 && word.ends_with("ing") {
        3
    } else if word.len() >= 6 && word.ends_with("ed") && !word.ends_with("eed") {
        2
    } else {
        0
    };
    if strip > 0 && has_vowel(&word[..word.len() - strip]) && word.len() - strip >= 3 {
        cut(&mut word, strip, "");
        let bytes = word.as_bytes();
        let (last, before) = (bytes[bytes.len() - 1], bytes[bytes.len() - 2]);
        let doubled = last == before && !b"lsz".contains(&last) && !b"aeiou".contains(&last);
        if doubled || word.ends_with("ell") {
            cut(&mut word, 1, "");
        } else if word.len() > 5 && (word.ends_with("is") || word.ends_with("ys")) {
            cut(&mut word, 1, "z");
        }
    } else if word.len() >= 6 && word.ends_with('e') {
        cut(&mut word, 1, "");
    }
    word
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn terms(text: &str) -> String {
        tokens(text).iter().map(|token| term(&token.word)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_of_the_field() {
        let check = |text: &str, want: expect_test::Expect| want.assert_eq(&terms(text));
        check("CMIP6, 2m M203 38 kHz 0.25x0.25", expect!["cmip6 2m m203 38 khz 0.25x0 25"]);
        check(
            "wind_speed Wind-Speed windSpeed LiDAR",
            expect!["wind speed wind speed wind speed windspeed lidar"],
        );
        check("CO₂ m s⁻¹ Ångström", expect!["co2 m s 1 angstrom"]);
        check("🦀 … — ''", expect![""]);
    }

    #[test]
    fn spellings_meet() {
        for group in [
            &["Glöckner", "Gloeckner", "Glockner", "GLÖCKNER", "Glo\u{308}ckner"][..],
            &["Müller", "Mueller", "Muller"],
            &["dropsonde", "dropsondes", "Dropsondes"],
            &["vapour", "vapor", "vapours"],
            &["metre", "meter", "metres", "meters"],
            &["modelling", "modeling", "modelled"],
            &["normalised", "normalized", "normalising"],
            &["analyse", "analyze", "analysed"],
            &["gridded", "gridding"],
            &["velocity", "velocities"],
            &["processing", "processed", "process", "processes"],
            &["licence", "license", "licences"],
            &["sulphate", "sulfate", "sulphates"],
            &["catalogue", "catalog"],
            &["measured", "measuring", "measure"],
        ] {
            let all: Vec<String> = group.iter().map(|word| term(&fold(word))).collect();
            assert!(all.iter().all(|one| *one == all[0]), "{group:?}: {all:?}");
        }
    }

    #[test]
    fn words_stay_apart() {
        for [a, b] in
            [["plane", "plan"], ["gas", "gauge"], ["string", "str"], ["cirrus", "cirru"], ["speed", "spe"]]
        {
            assert_ne!(term(a), term(b));
        }
    }

    #[test]
    fn any_text_is_survived() {
        let mut seed = 7_u64;
        for _ in 0..2000 {
            let text: String = (0..40)
                .map(|_| {
                    seed =
                        seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    char::from_u32((seed >> 40) as u32 % 0x3000).unwrap_or('e')
                })
                .collect();
            for token in tokens(&text) {
                assert!(text.get(token.start..token.end).is_some());
                assert!(token.word.len() <= MAX_WORD_BYTES);
                term(&token.word);
            }
        }
        assert_eq!(tokens(&"a".repeat(100_000)).len(), 1);
    }
}
