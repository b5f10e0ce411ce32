//! The CF standard name table: [`find`] and [`closest`].
//!
//! The table is `generator/data/cf-standard-names.txt`, made by `cargo xtask tables` out of the published XML:
//! a line `# version`, then `name<TAB>canonical units`, then `alias<TAB>=name`, each sorted.

use std::sync::LazyLock;

/// What a standard name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// In the table, with its canonical units; empty for texts.
    Name(&'static str),
    /// Replaced by the name in here.
    Alias(&'static str),
}

struct Table {
    version: &'static str,
    /// Sorted by name.
    rows: Vec<(&'static str, Known)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = include_str!("../../data/cf-standard-names.txt");
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default().trim_start_matches(['#', ' ']);
    let mut rows: Vec<(&str, Known)> = lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, units)| (name, units.strip_prefix('=').map_or(Known::Name(units), Known::Alias)))
        .collect();
    rows.sort_unstable_by_key(|(name, _)| *name);
    Table { version, rows }
});

/// The version of the table, e.g. `CF-StandardNameTable-93`.
#[must_use]
pub fn version() -> &'static str {
    TABLE.version
}

/// How many names the table has, aliases included.
#[must_use]
pub fn count() -> usize {
    TABLE.rows.len()
}

/// What the table has under this name.
#[must_use]
pub fn find(name: &str) -> Option<Known> {
    let rows = &TABLE.rows;
    rows.binary_search_by(|(known, _)| known.cmp(&name)).ok().map(|at| rows[at].1)
}

/// Letters that may be wrong for a name to count as mistyped.
const SLIPS: usize = 3;

/// The name of the table that was probably meant.
#[must_use]
pub fn closest(name: &str) -> Option<&'static str> {
    if name.len() < 5 || name.len() > 200 || !name.is_ascii() {
        return None;
    }
    let folded = name.to_ascii_lowercase().replace([' ', '-'], "_");
    let near = |known: &&(&'static str, Known)| {
        matches!(known.1, Known::Name(_)) && known.0.len().abs_diff(folded.len()) <= SLIPS
    };
    let distances =
        TABLE.rows.iter().filter(near).filter_map(|(known, _)| Some((distance(&folded, known)?, *known)));
    distances.min().map(|(_, known)| known)
}

/// Levenshtein's distance within [`SLIPS`].
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // What is the same at both ends costs nothing.
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    if a.len().max(b.len()) > 4 * SLIPS + 12 {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
        if row.iter().min().is_none_or(|least| *least > SLIPS) {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= SLIPS)
}

#[cfg(test)]
mod tests {
    use pinfold_core::cf::units::Unit;

    use super::*;

    #[test]
    fn the_table_is_whole_and_its_units_are_units() {
        assert!(count() > 5000, "{}", count());
        assert!(version().starts_with("CF-StandardNameTable-"), "{}", version());
        assert_eq!(find("air_temperature"), Some(Known::Name("K")));
        assert_eq!(find("latitude"), Some(Known::Name("degree_north")));
        assert_eq!(find("air_temprature"), None);
        let mut odd = Vec::new();
        for (name, known) in &TABLE.rows {
            match known {
                Known::Name(units) if !units.is_empty() && Unit::parse(units).is_none() => {
                    odd.push(format!("{name} {units}"));
                }
                Known::Name(_) => {}
                Known::Alias(target) => {
                    assert!(matches!(find(target), Some(Known::Name(_))), "{name} {target}")
                }
            }
        }
        assert_eq!(odd, Vec::<String>::new());
    }

    #[test]
    fn slips_of_the_pen() {
        assert_eq!(closest("air_temprature"), Some("air_temperature"));
        assert_eq!(closest("Air Temperature"), Some("air_temperature"));
        assert_eq!(closest("relative_humidty"), Some("relative_humidity"));
        assert_eq!(closest("my_own_thing_entirely"), None);
        assert_eq!(closest(&"x".repeat(10_000)), None);
    }
}
