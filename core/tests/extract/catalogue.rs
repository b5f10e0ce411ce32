//! The published catalogue: sixty records against what their publisher's own index says.

use std::collections::BTreeSet;

use futures::executor::block_on;
use pinfold_core::model::Dataset;
use pinfold_core::store::Store;
use pinfold_core::unixfs::UnixfsStore;
use serde_json::Value;

use crate::shared::{files, parse, record, tree};

/// All datasets of the tree.
fn datasets(tree: &UnixfsStore) -> Vec<(String, Dataset)> {
    let mut found = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(path) = waiting.pop() {
        let entries = block_on(tree.list(&path)).unwrap().unwrap_or_default();
        let marks = [".zgroup", ".zmetadata", "zarr.json", "dataset_meta.yaml"];
        if entries.iter().any(|entry| marks.contains(&entry.name.as_str())) {
            found.push((path.clone(), record(tree, &path)));
            continue;
        }
        for entry in entries.into_iter().filter(|entry| entry.kind.is_none()) {
            waiting.push(if path.is_empty() { entry.name } else { format!("{path}/{}", entry.name) });
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn words(value: &Value) -> BTreeSet<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|word| word.trim().to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[test]
fn every_record_agrees_with_the_publishers_index() {
    let Some([car, index]) = files(["twin.car", "orcestra-index.json"]) else { return };
    let tree = tree(car);
    let records = datasets(&tree);
    let index = parse(&index);
    let index = index.as_array().unwrap();
    let mut differences = Vec::new();
    for item in index {
        let expected = &item["properties"];
        let title = expected["title"].as_str().unwrap().trim().replace('\n', " ");
        let matching: Vec<&Dataset> = records
            .iter()
            .map(|(_, record)| record)
            .filter(|record| record.title.as_deref() == Some(title.as_str()))
            .collect();
        let names: Vec<String> = expected["contacts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|contact| contact["name"].as_str())
            .map(str::to_owned)
            .collect();
        let variables: BTreeSet<&str> = expected["cube:variables"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        // Titles repeat; the record with the most variables in common is the one.
        let in_common = |record: &&&Dataset| {
            record.variables.iter().filter(|variable| variables.contains(variable.name.as_str())).count()
        };
        let Some(record) = matching.iter().max_by_key(in_common) else {
            differences.push(format!("no record is called {title}"));
            continue;
        };
        for name in variables {
            if !record.variables.iter().any(|variable| variable.name == name) {
                differences.push(format!("{title}: variable {name} is missing"));
            }
        }
        let keywords: BTreeSet<String> = record.keywords.iter().map(|word| word.to_lowercase()).collect();
        if !words(&expected["keywords"]).is_subset(&keywords) {
            differences
                .push(format!("{title}: keywords {:?} for {:?}", record.keywords, expected["keywords"]));
        }
        if record.license.as_ref().and_then(|license| license.spdx.as_deref()) != expected["license"].as_str()
        {
            differences.push(format!("{title}: license {:?} for {}", record.license, expected["license"]));
        }
        for name in names {
            if !record.people.iter().any(|person| person.name == name || name.contains(&person.name)) {
                let people: Vec<&str> = record.people.iter().map(|person| person.name.as_str()).collect();
                differences.push(format!("{title}: {name} is not among {people:?}"));
            }
        }
        if record.platform.as_deref() != expected["platform"].as_str().map(str::trim) {
            differences.push(format!("{title}: platform {:?} for {}", record.platform, expected["platform"]));
        }
    }
    assert_eq!((records.len(), differences.join("\n").as_str()), (60, ""));
}

#[test]
fn people_of_the_catalogue() {
    let Some([car]) = files(["twin.car"]) else { return };
    let tree = tree(car);
    let mut lines = BTreeSet::new();
    for (_, record) in datasets(&tree) {
        for person in &record.people {
            let family = person.family_name.as_deref().unwrap_or("-");
            lines.insert(format!(
                "{} / {family}{}",
                person.name,
                if person.organization { " (org)" } else { "" }
            ));
        }
        for finding in &record.findings {
            if !["keywords-missing", "orcid-missing"].contains(&finding.code.as_str()) {
                lines.insert(format!("! {} {}", finding.code, finding.message));
            }
        }
    }
    let lines: Vec<String> = lines.into_iter().collect();
    expect_test::expect![[r#"
        ! summary-missing there is no summary
        ! units-missing PINGS_PER_ENSEMBLE has no units
        ! units-missing RF and 2 more variables have no units
        ! units-missing RF has no units
        ! units-missing altitude_below_aircraft and 4 more variables have no units
        ! units-missing bcc and 11 more variables have no units
        ! units-missing circle_id and 9 more variables have no units
        ! units-missing cloud_mask has no units
        ! units-missing conv_strat and 2 more variables have no units
        ! units-missing conv_strat has no units
        ! units-missing drg and 3 more variables have no units
        ! units-missing flight_id and 3 more variables have no units
        ! units-missing flight_id and 6 more variables have no units
        ! units-missing platform and 1 more variables have no units
        ! units-missing platform has no units
        ! units-missing platform_id and 2 more variables have no units
        ! units-missing radar_constant_correction_factor and 7 more variables have no units
        ! units-unknown `DEG (0 DEG - 360 DEG)` of AziAng is no unit that programs know, nor those of 1 more variables
        ! units-unknown `DSP` of HSDco is no unit that programs know, nor those of 12 more variables
        ! units-unknown `NTU` of TURB is no unit that programs know
        ! units-unknown `dB/km` of adr_c is no unit that programs know, nor those of 6 more variables
        ! units-unknown `deg+` of IRS_ATA is no unit that programs know, nor those of 1 more variables
        ! units-unknown `deg+` of IRS_ATA is no unit that programs know, nor those of 3 more variables
        ! units-unknown `none` of HID is no unit that programs know
        ! units-unknown `none` of HID_CSU is no unit that programs know, nor those of 3 more variables
        ! units-unknown `none` of SPP300_STAT1 is no unit that programs know, nor those of 10 more variables
        A. Giez / Giez
        Allison A. Wing / Wing
        Allison Wing / Wing
        Andreas Foth / Foth
        Basile Poujol / Poujol
        Brenda Dolan / Dolan
        Ch. Mallaun / Mallaun
        Christian Mallaun / Mallaun
        Clara Bayley / Bayley
        D. Pasternak / Pasternak
        Daniel Klocke / Klocke
        Delián Colón-Burgos / Colón-Burgos
        Dominika Pasternak / Pasternak
        Elena Lind / Lind
        Florian Ewald / Ewald
        Francesc Junyent / Junyent
        Franziska Koch / Koch
        Friedhelm Jansen / Jansen
        Hans Segura / Segura
        Helene Gloeckner / Gloeckner
        Ilya Serikov / Serikov
        Jakob Deutloff / Deutloff
        James Ruppert / Ruppert
        Jan Boedewadt / Boedewadt
        Janina Boemeke / Boemeke
        Jennifer DeHart / DeHart
        Jim George / George
        Jochen Horstmann / Horstmann
        Karl-Hermann Wieners / Wieners
        Kevin Wolf / Wolf
        L. Eirenschmalz / Eirenschmalz
        Lisa Eirenschmalz / Eirenschmalz
        Louise Nuijens / Nuijens
        Lukas Kluft / Kluft
        M. Zoeger / Zoeger
        Marcus Dengler / Dengler
        Marius Rixen / Rixen
        Marius Winkler / Winkler
        Martin Stelzner / Stelzner
        Mateo Lovato / Lovato
        Michael M. Bell / Bell
        Michael Schlundt / Schlundt
        Nina Robbins / Robbins
        Pawan Gupta / Gupta
        Pierre Bosser / Bosser
        Robert Kopte / Kopte
        Ruben Carrasco / Carrasco
        Sarah Kennison / Kennison
        Theresa Mieslinger / Mieslinger
        Traitement Avancé des Données / - (org)
        UoS / - (org)
        V. Chandrasekar / Chandrasekar
        V. Nenakhov / Nenakhov"#]]
    .assert_eq(&lines.join("\n"));
}
