//! What of our metadata the registry does not have as we have it. Entry point: [`differences`].
//!
//! DataCite gives back more than it was sent: empty lists, words in other vocabularies derived from the type,
//! numbers as text. None of that is a difference; what we have not and the registry has is one.

use serde_json::{Map, Value};

/// The attributes that we decide. All others of a DOI (relations that others made, counters) are left alone.
const OURS: [&str; 19] = [
    "creators",
    "titles",
    "publisher",
    "publicationYear",
    "types",
    "subjects",
    "contributors",
    "dates",
    "alternateIdentifiers",
    "relatedIdentifiers",
    "sizes",
    "formats",
    "version",
    "rightsList",
    "descriptions",
    "geoLocations",
    "fundingReferences",
    "url",
    "contentUrl",
];

/// What DataCite derives by itself or fills in.
const DERIVED: [&str; 9] = [
    "ris",
    "bibtex",
    "citeproc",
    "schemaOrg",
    "lang",
    "schemeUri",
    "classificationCode",
    "valueUri",
    "resourceTypeGeneral",
];

/// The attributes that differ, each with our value; `null` or an empty list where we have none.
#[must_use]
pub fn differences(ours: &Value, theirs: &Value) -> Map<String, Value> {
    let mut changed = Map::new();
    for name in OURS {
        let (mine, other) = (&ours[name], &theirs[name]);
        if same(mine, other) {
            continue;
        }
        let value = match (mine, other) {
            (Value::Null, Value::Array(_)) => Value::Array(Vec::new()),
            _ => mine.clone(),
        };
        changed.insert(name.to_owned(), value);
    }
    changed
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(pairs) => pairs.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        _ if is_empty(ours) && is_empty(theirs) => true,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.iter().all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
                && b.iter().all(|(key, value)| {
                    a.contains_key(key) || is_empty(value) || DERIVED.contains(&key.as_str())
                })
        }
        // Without `?publisher=true` it is a name.
        (Value::Object(object), Value::String(name)) => {
            object.get("name").is_some_and(|own| same(own, theirs)) && !name.is_empty()
        }
        (Value::String(a), Value::String(b)) => a.trim() == b.trim() || numbers(ours, theirs),
        _ => ours == theirs || numbers(ours, theirs),
    }
}

fn numbers(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    // Exactly: both came from the same decimal text. NaN is no number of DataCite's.
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(ours: Value, theirs: Value, expected: &[&str]) {
        let names: Vec<String> = differences(&ours, &theirs).keys().cloned().collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_datacite_adds_is_no_difference() {
        check(
            json!({
                "doi": "10.5072/a", "titles": [{"title": "A"}], "publicationYear": 2026,
                "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
                "geoLocations": [{"geoLocationPoint": {"pointLongitude": -60.5, "pointLatitude": 13}}],
                "creators": [{"name": "Ada"}], "publisher": {"name": "X"},
            }),
            json!({
                "doi": "10.5072/a", "titles": [{"title": "A", "lang": null}], "publicationYear": "2026",
                "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset", "ris": "DATA", "bibtex": "misc"},
                "geoLocations": [{"geoLocationPoint": {"pointLongitude": "-60.5", "pointLatitude": "13.0"}}],
                "creators": [{"name": "Ada", "affiliation": [], "nameIdentifiers": []}], "publisher": "X",
                "subjects": [], "sizes": [], "version": null, "viewCount": 12, "container": {},
            }),
            &[],
        );
    }

    #[test]
    fn what_changed_is_one() {
        let orcid = json!([{"nameIdentifier": "https://orcid.org/0000-0002-1825-0097"}]);
        check(
            json!({"titles": [{"title": "A"}], "creators": [{"name": "Ada"}], "sizes": ["1 MB"], "url": "https://a/"}),
            json!({
                "titles": [{"title": "B"}], "creators": [{"name": "Ada", "nameIdentifiers": orcid}],
                "sizes": ["1 MB", "2 files"], "url": "https://a/", "subjects": [{"subject": "x"}],
            }),
            &["creators", "titles", "subjects", "sizes"],
        );
        let changed = differences(&json!({}), &json!({"subjects": [{"subject": "x"}], "version": "1"}));
        assert_eq!(Value::Object(changed), json!({"subjects": [], "version": null}));
    }
}
