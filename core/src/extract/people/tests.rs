use expect_test::{Expect, expect};

use super::*;

fn check(attributes: serde_json::Value, expected: Expect) {
    let mut findings = Vec::new();
    let people = read(attributes.as_object().unwrap(), &mut findings);
    let mut lines: Vec<String> = people
        .into_iter()
        .map(|p| {
            let split = p.family_name.map_or_else(String::new, |family| {
                format!(" = {} / {family}", p.given_name.unwrap_or_default())
            });
            let kind = if p.organization { " (org)" } else { "" };
            let more: Vec<String> = [p.orcid, p.ror, p.email]
                .into_iter()
                .flatten()
                .chain(
                    p.affiliations
                        .into_iter()
                        .map(|a| format!("@{} {}", a.name, a.ror.unwrap_or_default()).trim().to_owned()),
                )
                .collect();
            format!("{}{kind}{split} {:?} {}", p.name, p.roles, more.join(" ")).trim().to_owned()
        })
        .collect();
    lines.extend(findings.into_iter().map(|finding| format!("! {}: {}", finding.code, finding.message)));
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn lists_by_position() {
    check(
        serde_json::json!({"creator_name": "Helene Gloeckner, Theresa Mieslinger, Nina Robbins", "creator_email": "helene.gloeckner@mpimet.mpg.de, theresa.mieslinger@mpimet.mpg.de, nina.robbins@mpimet.mpg.de"}),
        expect![[r#"
            Helene Gloeckner = Helene / Gloeckner ["creator"] helene.gloeckner@mpimet.mpg.de
            Theresa Mieslinger = Theresa / Mieslinger ["creator"] theresa.mieslinger@mpimet.mpg.de
            Nina Robbins = Nina / Robbins ["creator"] nina.robbins@mpimet.mpg.de"#]],
    );
    check(
        serde_json::json!({"creator_name": "Daniel Klocke, Marcus Dengler, Robert Kopte", "creator_email": "mdengler@geomar.de, robert.kopte@ifg.uni-kiel.de"}),
        expect![[r#"
            Daniel Klocke = Daniel / Klocke ["creator"]
            Marcus Dengler = Marcus / Dengler ["creator"]
            Robert Kopte = Robert / Kopte ["creator"] robert.kopte@ifg.uni-kiel.de
            ! people-lists-differ: `creator_name` has 3 names, `creator_email` 2 addresses: they were matched by name where possible"#]],
    );
}

#[test]
fn organisations_and_persons() {
    check(
        serde_json::json!({"creator_name": "ARM User Facility", "creator_email": "adc@arm.gov", "publisher_name": "DLR", "publisher_url": "https://ror.org/04bwf3e34"}),
        expect![[r#"
            ARM User Facility (org) ["creator"] adc@arm.gov
            DLR (org) ["publisher"] https://ror.org/04bwf3e34"#]],
    );
    check(
        serde_json::json!({"creator_name": "Traitement Avancé des Données"}),
        expect![[r#"Traitement Avancé des Données (org) ["creator"]"#]],
    );
    check(
        serde_json::json!({"creator_name": "National Oceanic and Atmospheric Administration", "contributor_name": "A. Giez and M. Zöger, Ludwig van der Rohe", "contributor_role": "DataCollector; Editor; ProjectLeader"}),
        expect![[r#"
            National Oceanic and Atmospheric Administration (org) ["creator"]
            A. Giez = A. / Giez ["DataCollector"]
            M. Zöger = M. / Zöger ["Editor"]
            Ludwig van der Rohe = Ludwig / van der Rohe ["ProjectLeader"]"#]],
    );
    check(
        serde_json::json!({"creator_name": "Max Planck Institute for Meteorology, Hamburg"}),
        expect![[r#"Max Planck Institute for Meteorology, Hamburg (org) ["creator"]"#]],
    );
}

#[test]
fn family_first_and_what_is_beside_a_name() {
    check(
        serde_json::json!({"creator_name": "Glöckner, Helene, Bell, Michael M.", "creator_institution": "MPI-M; CSU"}),
        expect![[r#"
            Helene Glöckner = Helene / Glöckner ["creator"] @MPI-M
            Michael M. Bell = Michael M. / Bell ["creator"] @CSU"#]],
    );
    check(
        serde_json::json!({"creator_name": "Josiah Carberry (https://orcid.org/0000-0002-1825-0097); \"Roe, Rick\" <rick@example.org>; Jane Doe (MPI-M)", "contributor_name": "Jane Doe", "creator_orcid": "x; y; 0000-0002-1825-0098"}),
        expect![[r#"
            Josiah Carberry = Josiah / Carberry ["creator"] https://orcid.org/0000-0002-1825-0097
            Rick Roe = Rick / Roe ["creator"] rick@example.org
            Jane Doe = Jane / Doe ["creator", "contributor"] @MPI-M
            ! orcid-malformed: https://orcid.org/0000-0002-1825-0098 is not an ORCID: its check digit is wrong"#]],
    );
    check(
        serde_json::json!({"creator_name": "Kevin Wolf", "institution": "Leipzig University", "institution_ror": "https://ror.org/04bwf3e34"}),
        expect![[r#"Kevin Wolf = Kevin / Wolf ["creator"] @Leipzig University https://ror.org/04bwf3e34"#]],
    );
}

#[test]
fn empty_places_count() {
    check(
        serde_json::json!({
            "creator_name": "Jane van der Doe, \"Institute of Clouds, Bonn\", Carberry",
            "creator_email": "jane@example.org, , c@example.org",
            "creator_orcid": "https://orcid.org/0000-0002-1825-0097,,0000-0002-1825-0098",
            "contributor_name": "Jane van der Doe; John Roe",
            "contributor_role": "DataCollector; Editor",
        }),
        expect![[r#"
            Jane van der Doe = Jane / van der Doe ["creator", "DataCollector"] https://orcid.org/0000-0002-1825-0097 jane@example.org
            Institute of Clouds, Bonn (org) ["creator"]
            Carberry ["creator"] c@example.org
            John Roe = John / Roe ["Editor"]
            ! orcid-malformed: https://orcid.org/0000-0002-1825-0098 is not an ORCID: its check digit is wrong"#]],
    );
    check(
        serde_json::json!({"creator_name": "Klocke, Daniel"}),
        expect![[r#"Daniel Klocke = Daniel / Klocke ["creator"]"#]],
    );
    check(
        serde_json::json!({"creator_name": "Klocke, D., Dengler, M."}),
        expect![[r#"
        D. Klocke = D. / Klocke ["creator"]
        M. Dengler = M. / Dengler ["creator"]"#]],
    );
    check(
        serde_json::json!({"creator_name": "UoS", "contributor_name": "DeHart"}),
        expect![[r#"
        UoS (org) ["creator"]
        DeHart ["contributor"]"#]],
    );
    check(
        serde_json::json!({"creator_name": ["Jane Doe", 7, "Roe, Rick"], "creator_email": "jane.doe@a.org"}),
        expect![[r#"
            Jane Doe = Jane / Doe ["creator"] jane.doe@a.org
            Rick Roe = Rick / Roe ["creator"]"#]],
    );
    check(serde_json::json!({"creator_email": "jane.doe@a.org"}), expect![""]);
}

#[test]
fn five_thousand_authors_take_no_time() {
    let names: Vec<String> = (0..5000).map(|at| format!("Jane{at} Doe{at}")).collect();
    let attributes = serde_json::json!({"creator_name": names.join(", "), "creator_email": "a@b.c"});
    let mut findings = Vec::new();
    assert_eq!(read(attributes.as_object().unwrap(), &mut findings).len(), 5000);
    assert_eq!(
        read(serde_json::json!({"creator_name": "(".repeat(100_000)}).as_object().unwrap(), &mut findings)
            .len(),
        1
    );
}
