//! What changed from one version of a dataset to the next, in words: [`changes`].

use std::collections::{BTreeMap, BTreeSet};

use pinfold_core::model::{Dataset, Variable};

/// Names in one sentence.
const MAX_NAMES: usize = 6;

/// Differences that a reader of the landing page cares for, the weightiest first; "same metadata" when
/// none of them shows.
pub(super) fn changes(before: &Dataset, after: &Dataset) -> Vec<String> {
    let mut words = Vec::new();
    if before.title != after.title {
        words.push(format!("title was “{}”", before.title.as_deref().unwrap_or("(none)")));
    }
    let old: BTreeMap<&str, &Variable> = by_name(before);
    let new: BTreeMap<&str, &Variable> = by_name(after);
    let only = |of: &BTreeMap<&str, &Variable>, without: &BTreeMap<&str, &Variable>| -> Vec<String> {
        of.keys().filter(|name| !without.contains_key(*name)).map(|name| (*name).to_owned()).collect()
    };
    tell(&mut words, "new variables", &only(&new, &old));
    tell(&mut words, "removed variables", &only(&old, &new));
    let both = || new.iter().filter_map(|(name, new)| Some((*name, *old.get(name)?, *new)));
    let differ = |what: fn(&Variable) -> Option<&str>| -> Vec<String> {
        both().filter(|(_, old, new)| what(old) != what(new)).map(|(name, ..)| name.to_owned()).collect()
    };
    tell(&mut words, "other units of", &differ(|variable| variable.units.as_deref()));
    tell(&mut words, "other types of", &differ(|variable| Some(&variable.dtype)));
    let dimensions: BTreeSet<&String> = before.dimensions.keys().chain(after.dimensions.keys()).collect();
    let lengths: Vec<String> = dimensions
        .into_iter()
        .filter_map(|name| match (before.dimensions.get(name), after.dimensions.get(name)) {
            (Some(old), Some(new)) if old != new => Some(format!("{name} {old} → {new}")),
            _ => None,
        })
        .collect();
    tell(&mut words, "lengths", &lengths);
    if before.extent.time != after.extent.time && before.extent.time.is_some() && after.extent.time.is_some()
    {
        words.push("other time coverage".to_owned());
    }
    if before.size_bytes != after.size_bytes && before.size_bytes > 0 && after.size_bytes > 0 {
        let (old, new) = (before.size_bytes as f64, after.size_bytes as f64);
        let percent = (new / old - 1.0) * 100.0;
        if percent.abs() >= 1.0 {
            let word = if percent > 0.0 { "larger" } else { "smaller" };
            words.push(format!("{:.0} % {word}", percent.abs()));
        }
    }
    let names: BTreeSet<&String> = before.attributes.keys().chain(after.attributes.keys()).collect();
    let attributes: Vec<String> = names
        .into_iter()
        .filter(|name| {
            name.as_str() != "title" && before.attributes.get(*name) != after.attributes.get(*name)
        })
        .cloned()
        .collect();
    tell(&mut words, "attributes", &attributes);
    if words.is_empty() {
        words.push("the same metadata; values or their storage changed".to_owned());
    }
    words
}

fn by_name(dataset: &Dataset) -> BTreeMap<&str, &Variable> {
    dataset.variables.iter().map(|variable| (variable.name.as_str(), variable)).collect()
}

fn tell(words: &mut Vec<String>, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let more = names.len().saturating_sub(MAX_NAMES);
    let shown: Vec<String> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| name.chars().take(80).filter(|c| !c.is_control()).collect())
        .collect();
    let end = if more > 0 { format!(" and {more} more") } else { String::new() };
    words.push(format!("{what}: {}{end}", shown.join(", ")));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_a_reader_cares_for() {
        let variable = |name: &str, units: &str| Variable {
            name: name.into(),
            units: Some(units.into()),
            ..Variable::default()
        };
        let mut before = Dataset { title: Some("A".into()), size_bytes: 100, ..Dataset::default() };
        before.variables = vec![variable("ta", "K"), variable("p", "Pa")];
        before.dimensions = BTreeMap::from([("time".into(), 10), ("x".into(), 1)]);
        before.attributes.insert("history".into(), "a".into());
        let mut after = before.clone();
        assert_eq!(changes(&before, &after), ["the same metadata; values or their storage changed"]);
        after.title = Some("B".into());
        after.variables = vec![variable("ta", "degC"), variable("q", "1")];
        after.dimensions.insert("time".into(), 12);
        after.size_bytes = 150;
        after.attributes.insert("history".into(), "b".into());
        expect![[r#"
            title was “A”
            new variables: q
            removed variables: p
            other units of: ta
            lengths: time 10 → 12
            50 % larger
            attributes: history"#]]
        .assert_eq(&changes(&before, &after).join("\n"));
    }
}
