//! [`FAMILIES`]: every code of a finding, with severity, meaning, hint and example, for `check`, the pages and
//! the documentation. A code never changes its meaning.

mod extraction;
mod fair;
mod pinlist;

use super::Severity;

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Stable, kebab case.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// What to do about it, in one line.
    pub hint: &'static str,
    /// A line of Python, of YAML or of a command that does it; may be empty.
    pub example: &'static str,
}

impl Code {
    const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }
}

/// Codes about one thing.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// What they are about, as a heading.
    pub title: &'static str,
    /// The codes, sorted.
    pub codes: &'static [Code],
}

/// All codes.
pub const FAMILIES: &[Family] = &[
    Family { title: "What a dataset says and holds", codes: extraction::CODES },
    Family { title: "FAIR: ACDD, CF, DataCite and Zarr", codes: fair::CODES },
    Family { title: "The list of pins, the tree and the configuration", codes: pinlist::CODES },
];

/// The kind of that code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Code> {
    FAMILIES.iter().flat_map(|family| family.codes).find(|known| known.code == code)
}

const fn code(code: &'static str, severity: Severity, meaning: &'static str, hint: &'static str) -> Code {
    Code { code, severity, meaning, hint, example: "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_told_in_sentences() {
        let all = || FAMILIES.iter().flat_map(|family| family.codes);
        for family in FAMILIES {
            assert!(family.codes.is_sorted_by(|a, b| a.code < b.code), "{}", family.title);
        }
        for kind in all() {
            assert_eq!(all().filter(|other| other.code == kind.code).count(), 1, "{}", kind.code);
            assert!(kind.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", kind.code);
            assert!(kind.meaning.ends_with('.') && kind.hint.ends_with('.'), "{}", kind.code);
            assert_eq!(find(kind.code), Some(kind));
        }
        assert_eq!(find("nonsense"), None);
    }

    #[test]
    fn extraction_gives_no_code_that_is_not_here() {
        let sources = [
            include_str!("../extract.rs"),
            include_str!("../extract/extent.rs"),
            include_str!("../extract/extent/declared.rs"),
            include_str!("../extract/text.rs"),
            include_str!("../extract/folder.rs"),
            include_str!("../extract/people.rs"),
            include_str!("../extract/variables.rs"),
        ];
        let mut seen = 0;
        for part in sources.iter().flat_map(|source| source.split("Severity::").skip(1)) {
            let severity: String = part.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
            let Some(code) = part.split('"').nth(1).filter(|code| code.contains('-') && !code.contains(' '))
            else {
                continue;
            };
            let kind = find(code).unwrap_or_else(|| panic!("{code} is not in the table"));
            assert_eq!(format!("{:?}", kind.severity), severity, "{code}");
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
    }
}
