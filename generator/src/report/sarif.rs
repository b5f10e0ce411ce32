//! [`sarif`]: findings in the form that code scanning services take.
//!
//! Specification: SARIF 2.1.0, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeSet;

use pinfold_core::finding::{Finding, Severity, codes};
use serde_json::{Value, json};

use super::one_line;

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// One run with the rules that were met and a result per finding. `docs` is the page of the checks. What has no line
/// of a file is a logical place: dataset, variable, attribute.
#[must_use]
pub fn sarif(findings: &[Finding], docs: Option<&str>) -> String {
    let met: Vec<&str> =
        findings.iter().map(|finding| finding.code.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let rules: Vec<Value> = met
        .iter()
        .map(|code| {
            let mut rule = json!({"id": code});
            if let Some(known) = codes::find(code) {
                rule["shortDescription"] = json!({"text": known.meaning});
                rule["help"] = json!({"text": known.hint});
                rule["defaultConfiguration"] = json!({"level": level(known.severity)});
                if let Some(docs) = docs {
                    rule["helpUri"] = json!(format!("{docs}#{code}"));
                }
            }
            rule
        })
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut text = one_line(&finding.message);
            if let Some(hint) = &finding.hint {
                text += &format!(" ({})", one_line(hint));
            }
            let mut result = json!({
                "ruleId": finding.code,
                "ruleIndex": met.binary_search(&finding.code.as_str()).unwrap_or_default(),
                "level": level(finding.severity),
                "message": {"text": text},
            });
            let at = &finding.place;
            let mut location = json!({});
            if let Some(file) = &at.file {
                let uri = file.replace('\\', "/").replace('%', "%25").replace(' ', "%20").replace('#', "%23");
                location["physicalLocation"] = json!({"artifactLocation": {"uri": uri}});
                if let Some(line) = at.line {
                    location["physicalLocation"]["region"] = json!({"startLine": line});
                    if let Some(column) = at.column {
                        location["physicalLocation"]["region"]["startColumn"] = json!(column);
                    }
                }
            }
            let names = [&at.dataset, &at.variable, &at.attribute].into_iter().flatten();
            let names: Vec<String> = names.map(|name| one_line(name)).collect();
            if !names.is_empty() {
                location["logicalLocations"] = json!([{"fullyQualifiedName": names.join("/")}]);
            }
            if location != json!({}) {
                result["locations"] = json!([location]);
            }
            result
        })
        .collect();
    let driver = json!({
        "name": "pinfold",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    });
    format!("{log:#}\n")
}

#[cfg(test)]
mod tests {
    use pinfold_core::finding::Place;

    use super::*;

    #[test]
    fn places_rules_and_levels() {
        let place =
            Place { file: Some("my list.yaml".into()), line: Some(3), column: Some(5), ..Place::default() };
        let dataset = Place { dataset: Some("bafy".into()), variable: Some("ta".into()), ..Place::default() };
        let findings = [
            Finding::new(Severity::Error, "cid-malformed", "x\u{1b} is\nnone").hint("copy it").at(place),
            Finding::new(Severity::Note, "names-missing", "ta has none").at(dataset),
            Finding::new(Severity::Warning, "names-missing", "again"),
        ];
        let log: Value = serde_json::from_str(&sarif(&findings, Some("https://d.example/checks/"))).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0]["helpUri"], "https://d.example/checks/#cid-malformed");
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        for result in results {
            let index = result["ruleIndex"].as_u64().unwrap() as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        let physical = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "my%20list.yaml");
        assert_eq!(physical["region"], json!({"startLine": 3, "startColumn": 5}));
        assert!(!results[0]["message"]["text"].as_str().unwrap().contains(['\u{1b}', '\n']));
        assert_eq!(results[1]["level"], "note");
        assert_eq!(results[1]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "bafy/ta");
        assert!(results[2].get("locations").is_none());
    }
}
