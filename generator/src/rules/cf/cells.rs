//! What a value stands for: `cell_measures` (§7.2) and `cell_methods` (§7.3, appendix E).
//!
//! Entry points of the grammar: [`methods`], [`measures`]. Comments in parentheses are taken as they are.

use std::collections::BTreeSet;

use pinfold_core::finding::Finding;
use pinfold_core::model::Dataset;

use super::{Faults, is_standard};
use crate::rules::{report, short, text};

/// CF appendix E.
const METHODS: [&str; 17] = [
    "point",
    "sum",
    "maximum",
    "maximum_absolute_value",
    "median",
    "mid_range",
    "minimum",
    "minimum_absolute_value",
    "mean",
    "mean_absolute_value",
    "mean_of_upper_decile",
    "mode",
    "range",
    "root_mean_square",
    "standard_deviation",
    "sum_of_squares",
    "variance",
];

pub(super) fn check(dataset: &Dataset, findings: &mut Vec<Finding>) {
    let (mut wrong_methods, mut wrong_measures) = (Faults::new(), Faults::new());
    let last = |name: &'_ str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let variables: BTreeSet<String> = dataset.variables.iter().map(|variable| last(&variable.name)).collect();
    for variable in &dataset.variables {
        let name = variable.name.as_str();
        if let Some(said) = text(&variable.attributes, "cell_methods") {
            let is_known = |axis: &str| {
                axis == "area"
                    || variable.dimensions.iter().any(|dimension| dimension == axis)
                    || variables.contains(axis)
                    || is_standard(axis)
            };
            if let Err(why) = methods(said, is_known) {
                wrong_methods.push((name, format!("`cell_methods` of {name} (`{}`): {why}", short(said))));
            }
        }
        if let Some(said) = text(&variable.attributes, "cell_measures")
            && let Err(why) = measures(said)
        {
            wrong_measures.push((name, format!("`cell_measures` of {name} (`{}`): {why}", short(said))));
        }
    }
    report(findings, "cell-methods-malformed", Some("cell_methods"), &wrong_methods);
    report(findings, "cell-measures-malformed", Some("cell_measures"), &wrong_measures);
}

/// Words, and comments with their parentheses as one word each.
fn words(said: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let mut rest = said.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('(') {
            let mut depth = 0_usize;
            let close = rest.char_indices().find(|(_, c)| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            close.ok_or("a parenthesis is not closed")?.0 + 1
        } else {
            rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len())
        };
        let (word, more) = rest.split_at(end);
        words.push(word);
        rest = more.trim_start();
    }
    Ok(words)
}

/// Reads `name: [name: …] method [where type [over type]] [within|over days|years] [(comment)]`, again and again.
fn methods(said: &str, is_known: impl Fn(&str) -> bool) -> Result<(), String> {
    let words = words(said)?;
    let mut at = 0;
    while at < words.len() {
        let first = at;
        while let Some(name) = words.get(at).and_then(|word| word.strip_suffix(':')) {
            if !is_known(name) {
                let name = short(name);
                return Err(format!("`{name}` is no dimension, coordinate or standard name, and not `area`"));
            }
            at += 1;
        }
        if at == first {
            return Err(format!("`{}` stands where a name with a colon belongs", short(words[at])));
        }
        let method = words.get(at).ok_or("a name without a method at the end")?;
        if !METHODS.contains(method) {
            return Err(format!("`{}` is none of CF's methods", short(method)));
        }
        at += 1;
        while let Some(word @ ("where" | "over" | "within")) = words.get(at).copied() {
            if words.get(at + 1).is_none_or(|next| next.ends_with(':') || next.starts_with('(')) {
                return Err(format!("nothing follows `{word}`"));
            }
            at += 2;
        }
        if words.get(at).is_some_and(|word| word.starts_with('(')) {
            at += 1;
        }
    }
    Ok(())
}

/// Reads `area: name` and `volume: name`. Whether the variable is there is another rule.
fn measures(said: &str) -> Result<(), String> {
    let words: Vec<&str> = said.split_whitespace().collect();
    for pair in words.chunks(2) {
        match pair {
            ["area:" | "volume:", name] if !name.ends_with(':') => {}
            ["area:" | "volume:", ..] => return Err(format!("no variable follows `{}`", pair[0])),
            [other, ..] => return Err(format!("`{}` is neither `area:` nor `volume:`", short(other))),
            [] => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_cf_are_fine() {
        let is_known = |name: &str| ["time", "lat", "lon", "area", "t", "longitude"].contains(&name);
        for said in [
            "time: mean",
            "time: mean area: mean",
            "lat: lon: standard_deviation",
            "time: sum (interval: 10 s comment: sampled instantaneously)",
            "lat: lon: mean where land over sea",
            "area: mean where sea_ice over sea time: maximum",
            "time: minimum within years time: mean over years",
            "time: mean (interval: 1 day (noon)) lat: point",
            "longitude: mean_of_upper_decile(comment: x)",
        ] {
            assert_eq!(methods(said, is_known), Ok(()), "{said}");
        }
        for said in ["area: cell_area", "area: a volume: v", ""] {
            assert_eq!(measures(said), Ok(()), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let check = |said: &str, expected: &str| {
            let why = methods(said, |name| name == "time").unwrap_err();
            assert!(why.contains(expected), "{said}: {why}");
        };
        check("mean", "`mean` stands where a name");
        check("time mean", "`time` stands where");
        check("time:", "without a method");
        check("time: averaged", "`averaged` is none of CF's methods");
        check("height: mean", "`height` is no dimension");
        check("time: mean where", "nothing follows `where`");
        check("time: mean where (x)", "nothing follows `where`");
        check("time: mean (interval: 10 s", "not closed");
        check("time: mean hourly", "`hourly` stands where");
        for (said, expected) in [
            ("cell_area", "neither"),
            ("area:", "no variable"),
            ("area: volume: v", "no variable"),
            ("mass: m", "neither"),
        ] {
            let why = measures(said).unwrap_err();
            assert!(why.contains(expected), "{said}: {why}");
        }
    }
}
