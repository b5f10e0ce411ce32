//! Letters and their case for what the page shows: Latin, Greek and Cyrillic.
//!
//! The tables of all of Unicode (`char::to_uppercase`, `str::to_lowercase`, `char::is_alphabetic`) are 26 kB of the
//! page's program, and more than names of variables, units and flags need. What is not covered stays as it is.

/// The capital of a letter.
#[must_use]
pub fn upper(c: char) -> char {
    match c {
        'a'..='z' => c.to_ascii_uppercase(),
        'ÿ' => 'Ÿ',
        '\u{e0}'..='\u{f6}' | '\u{f8}'..='\u{fe}' | 'α'..='ρ' | 'σ'..='ϋ' | 'а'..='я' => {
            moved(c, -0x20)
        }
        'ѐ'..='џ' => moved(c, -0x50),
        // In pairs: Latin with further marks.
        '\u{100}'..='\u{12f}' | '\u{132}'..='\u{137}' | '\u{14a}'..='\u{177}' if c as u32 % 2 == 1 => {
            moved(c, -1)
        }
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17e}' if (c as u32).is_multiple_of(2) => moved(c, -1),
        _ => c,
    }
}

/// The small letter of a capital.
#[must_use]
pub fn lower(c: char) -> char {
    match c {
        'A'..='Z' => c.to_ascii_lowercase(),
        'Ÿ' => 'ÿ',
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{de}' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => moved(c, 0x20),
        'Ѐ'..='Џ' => moved(c, 0x50),
        '\u{100}'..='\u{12f}' | '\u{132}'..='\u{137}' | '\u{14a}'..='\u{177}'
            if (c as u32).is_multiple_of(2) =>
        {
            moved(c, 1)
        }
        '\u{139}'..='\u{148}' | '\u{179}'..='\u{17e}' if c as u32 % 2 == 1 => moved(c, 1),
        _ => c,
    }
}

fn moved(c: char, by: i32) -> char {
    (c as u32).checked_add_signed(by).and_then(char::from_u32).unwrap_or(c)
}

/// All in small letters.
#[must_use]
pub fn lowered(text: &str) -> String {
    text.chars().map(lower).collect()
}

/// Whether it is a capital.
#[must_use]
pub fn is_upper(c: char) -> bool {
    lower(c) != c
}

/// Whether it is a letter of some script, rather than a sign, a space or a digit.
#[must_use]
pub fn is_letter(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphabetic(),
        'ª' | 'µ' | 'º' => true,
        '\u{80}'..='\u{bf}' | '×' | '÷' => false,
        // Of the signs that look like letters: Kelvin, Ångström and Ohm.
        '\u{2126}' | '\u{212a}' | '\u{212b}' => true,
        '\u{2000}'..='\u{2bff}'
        | '\u{3000}'..='\u{303f}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fe00}'..='\u{fe6f}' => false,
        '\u{feff}' | '\u{fff0}'..='\u{ffff}' => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_unicodes_where_it_is_covered() {
        let covered = ('\0'..='\u{17f}').chain('\u{386}'..='\u{3ce}').chain('\u{400}'..='\u{45f}');
        for c in covered {
            if lower(c) != c {
                assert_eq!(c.to_lowercase().collect::<String>(), lower(c).to_string(), "{c}");
                assert_eq!(upper(lower(c)), c);
            }
            if upper(c) != c {
                assert_eq!(c.to_uppercase().collect::<String>(), upper(c).to_string(), "{c}");
            }
        }
        assert_eq!(lowered("Ölüberwachung ΔΘ ЖУК Łódź"), "ölüberwachung δθ жук łódź");
        assert_eq!(upper('é'), 'É');
        assert!(is_upper('Å') && !is_upper('å') && !is_upper('3'));
    }

    #[test]
    fn letters_are_told_from_signs() {
        for c in "azAZéßµÅΩωж米ñªº\u{2126}".chars() {
            assert!(is_letter(c), "{c}");
            assert!(c.is_alphabetic(), "{c}");
        }
        for c in "09 _-+·×÷°²³%‰−…\u{2028}\u{202e}\u{a0}⁻√∂→①\u{feff}".chars() {
            assert!(!is_letter(c), "{c}");
        }
    }
}
