//! A dataset whose metadata are as hostile as they can be, in every output: inert, readable, valid.
//!
//! What programs of others say of the same files is in `tests/judges/`.

use std::collections::BTreeMap;
use std::process::Command;

use pinfold::catalogue::{Catalogue, ContentPage, Entry, Quicklook, SiteFile};
use pinfold::render::{CSP, Renderer};
use pinfold_core::finding::{Finding, Severity};
use pinfold_core::model::{
    Affiliation, Dataset, Dates, DoiRef, Extent, FileEntry, Funding, License, Person, PinRef, Reference,
    Role, SCHEMA, TimeRange, Variable, Version, Vertical,
};

const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'`{{7*7}}{% raw %}</title></textarea>]]>--><!--&#x202e;\u{202e}gnp.exe\u{0}\u{1b}[31m\u{feff}\u{fffe}🦄\u{e9}";
const CID: &str = "bafybeicn7i3soqdgr7dwnrwytgq4zxy7a5jpkizrvhm5mv6bgjd32wm3q4";

fn evil(n: usize) -> String {
    format!("{EVIL} {n}")
}

/// All fields filled with what hurts.
fn hostile() -> Dataset {
    let urls = [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://a\" onclick=x",
        "http://[::1",
        "https://good.example/a?b=1&c=<d>",
        "//e",
    ];
    let mut dimensions: BTreeMap<String, u64> = (0..500).map(|n| (evil(n), u64::MAX - n as u64)).collect();
    dimensions.insert("empty".to_owned(), 0);
    Dataset {
        schema: SCHEMA.to_owned(),
        cid: CID.to_owned(),
        uuid: "6ba7b810-9dad-51d1-80b4-00c04fd430c8".to_owned(),
        series: "6ba7b810-9dad-51d1-80b4-00c04fd430c8".to_owned(),
        pins: (0..300)
            .map(|n| PinRef {
                cid: CID.to_owned(),
                name: Some(evil(n)),
                path: format!("../../{EVIL}/{n}"),
                tags: vec![evil(n)],
                created: Some("20240-01-01".to_owned()),
                current: true,
            })
            .collect(),
        title: Some(format!("{EVIL} {}", "long title ".repeat(10_000))),
        summary: Some(format!(
            "# {EVIL}\n\n[x](javascript:alert(1)) ![y](https://tracker.example/p.png)\n\n<svg onload=alert(1)>\n\n{}\n\n{}",
            "> ".repeat(3000),
            "*a ".repeat(30_000)
        )),
        people: (0..5000)
            .map(|n| Person {
                name: evil(n),
                given_name: Some(evil(n)),
                family_name: Some(evil(n)),
                organization: n % 7 == 0,
                orcid: Some(if n % 2 == 0 {
                    evil(n)
                } else {
                    "https://orcid.org/0000-0002-1825-0097".to_owned()
                }),
                ror: Some(evil(n)),
                email: Some(format!("a{n}@b.example\"><script>")),
                affiliations: vec![Affiliation { name: evil(n), ror: Some(evil(n)) }; 20],
                roles: vec!["creator".to_owned(), "contact".to_owned(), evil(n)],
            })
            .collect(),
        license: Some(License {
            spdx: Some(evil(1)),
            name: Some(evil(2)),
            url: Some("javascript:alert(3)".to_owned()),
            text: evil(3),
        }),
        keywords: (0..5000).map(evil).collect(),
        references: (0..3000)
            .map(|n| Reference {
                text: format!("{EVIL} {}", urls[n % urls.len()]),
                url: Some(urls[n % urls.len()].to_owned()),
                doi: Some(if n % 2 == 0 { evil(n) } else { format!("10.1000/{n}") }),
                relation: evil(n),
            })
            .collect(),
        platform: Some(evil(0)),
        platforms: (0..2000).map(evil).collect(),
        project: Some(evil(0)),
        projects: (0..2000).map(evil).collect(),
        instruments: (0..2000).map(evil).collect(),
        institution: Some(evil(0)),
        processing_level: Some(evil(0)),
        feature_type: Some(evil(0)),
        source: Some(evil(0)),
        lineage: (0..2000).map(evil).collect(),
        acknowledgement: Some(EVIL.repeat(500)),
        funding: (0..500)
            .map(|n| Funding {
                funder: evil(n),
                identifier: Some(evil(n)),
                award: Some(evil(n)),
                award_title: Some(evil(n)),
                award_url: Some(evil(n)),
            })
            .collect(),
        product_version: Some(evil(0)),
        dates: Dates {
            created: Some("20240-13-45".to_owned()),
            modified: Some(EVIL.to_owned()),
            issued: Some("2024-02-30".to_owned()),
        },
        dimensions,
        variables: (0..10_000)
            .map(|n| Variable {
                name: evil(n),
                dimensions: vec![evil(n); 30],
                shape: vec![u64::MAX, 0, 3],
                chunk_shape: vec![0; 3],
                dtype: EVIL.repeat(20),
                units: Some(format!("m s-1 {EVIL}")),
                standard_name: Some(evil(n)),
                long_name: Some(EVIL.repeat(20)),
                codec: Some(evil(n)),
                unsupported: Some(evil(n)),
                stored_bytes: Some(u64::MAX),
                logical_bytes: Some(u64::MAX),
                role: [Role::Data, Role::Dimension, Role::Ancillary, Role::Coordinate][n % 4],
                axis: Some(evil(n)),
                flags: (0..20).map(|f| (f64::from(f), evil(n))).collect(),
                ..Variable::default()
            })
            .collect(),
        extent: Extent {
            time: Some(TimeRange { start: "20240-08-09T00:00:00Z".to_owned(), end: EVIL.to_owned() }),
            bbox: Some([-999.0, 95.0, f64::INFINITY, -91.0]),
            vertical: Some(Vertical {
                min: f64::NEG_INFINITY,
                max: f64::NAN,
                units: EVIL.to_owned(),
                positive: Some(EVIL.to_owned()),
            }),
            geometry: Some(
                serde_json::json!({ "type": "Polygon", "coordinates": [[[1e308, -1e308], [EVIL, 0]]] }),
            ),
            found: BTreeMap::from([("time".to_owned(), evil(1)), ("bbox".to_owned(), evil(2))]),
            declared: None,
        },
        size_bytes: u64::MAX,
        file_count: Some(u64::MAX),
        format: format!("Zarr {EVIL}"),
        files: (0..5000)
            .map(|n| FileEntry { path: format!("../{EVIL}{n}"), size_bytes: u64::MAX, media_type: evil(n) })
            .collect(),
        versions: (0..1000)
            .map(|n| Version {
                cid: if n == 5 { CID.to_owned() } else { evil(n) },
                date: Some(evil(n)),
                name: Some(evil(n)),
                changes: vec![evil(n); 50],
                current: n == 0,
            })
            .collect(),
        doi: Some(DoiRef { id: format!("10.1234/{EVIL}"), state: "registered".to_owned() }),
        publication_year: None,
        findings: (0..3000).map(|n| Finding::new(Severity::Error, &evil(n), evil(n)).hint(evil(n))).collect(),
        ..Dataset::default()
    }
}

/// Nothing but what cannot be absent.
fn empty() -> Dataset {
    Dataset {
        schema: SCHEMA.to_owned(),
        cid: "bafybeidnothing3soqdgr7dwnrwytgq4zxy7a5jpkizrvhm5mv6bgjd32a".to_owned(),
        ..Dataset::default()
    }
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.site.title = EVIL.to_owned();
    catalogue.site.description = EVIL.to_owned();
    catalogue.site.publisher.name = EVIL.to_owned();
    catalogue.site.publisher.url = Some("javascript:alert(4)".to_owned());
    catalogue.site.url = Some("https://data.example.org/repo".to_owned());
    catalogue.site.language = Some(EVIL.to_owned());
    catalogue.site.source = Some("javascript:alert(5)".to_owned());
    catalogue.site.gateways = vec!["javascript:alert(6)".to_owned(), "https://gateway.example".to_owned()];
    catalogue.pages = vec![
        ContentPage {
            path: "about".to_owned(),
            markdown: format!(
                "---\ntitle: '{}'\nnav: 1\n---\n{EVIL}\n\n## {EVIL}\n\n[a](javascript:1) [b](../x) [c](//evil.example)\n",
                "T"
            ),
        },
        ContentPage { path: "../../etc/passwd".to_owned(), markdown: "x".to_owned() },
        ContentPage { path: "ds/evil".to_owned(), markdown: "x".to_owned() },
    ];
    let look =
        Quicklook { file: "../../evil.svg".to_owned(), svg: "<svg/>".to_owned(), ..Quicklook::default() };
    catalogue.entries = vec![
        Entry { dataset: hostile(), quicklooks: vec![look], meta_car: vec![1, 2, 3], ..Entry::default() },
        Entry { dataset: empty(), ..Entry::default() },
    ];
    let mut old = empty();
    old.cid = "bafybeidold1233soqdgr7dwnrwytgq4zxy7a5jpkizrvhm5mv6bgjd32a".to_owned();
    old.title = Some("Withdrawn and embargoed".to_owned());
    old.withdrawn =
        Some(pinfold_core::model::Withdrawn { date: "2026-05-04".to_owned(), reason: Some(EVIL.to_owned()) });
    old.embargo = Some("2027-01-01".to_owned());
    catalogue.entries.push(Entry { dataset: old, meta_car: vec![1], ..Entry::default() });
    catalogue.entries.sort_by(|a, b| a.dataset.cid.cmp(&b.dataset.cid));
    catalogue
}

fn all_files(catalogue: &Catalogue) -> Vec<SiteFile> {
    let renderer = Renderer::new(catalogue);
    let mut files: Vec<SiteFile> = catalogue.entries.iter().flat_map(|e| renderer.dataset_files(e)).collect();
    files.extend(renderer.site_files());
    files
}

fn text(file: &SiteFile) -> &str {
    std::str::from_utf8(&file.bytes).expect("text")
}

#[test]
fn paths_stay_inside_and_are_unique() {
    let files = all_files(&catalogue());
    let mut seen = std::collections::BTreeSet::new();
    for file in &files {
        assert!(
            !file.path.starts_with('/')
                && !file.path.split('/').any(|p| p.is_empty() || p == "." || p == ".."),
            "{}",
            file.path
        );
        assert!(
            file.path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-()".contains(&b)),
            "{}",
            file.path
        );
        assert!(seen.insert(&file.path), "twice: {}", file.path);
    }
    assert!(!files.iter().any(|f| f.path.contains("evil.svg") || f.path.starts_with("ds/evil")));
}

#[test]
fn pages_are_inert_and_of_sane_size() {
    let mut pages = 0;
    for file in all_files(&catalogue()).iter().filter(|f| f.path.ends_with(".html")) {
        let html = text(file);
        pages += 1;
        assert!(html.len() < 400_000, "{} has {} bytes", file.path, html.len());
        // In JSON-LD a quote is escaped by JSON; what ends the element is looked for below.
        let outside: String = html
            .split("<script type=\"application/ld+json\">")
            .enumerate()
            .map(|(i, p)| if i == 0 { p } else { p.split_once("</script>").map_or(p, |(_, p)| p) })
            .collect();
        for bad in [
            "<script>alert",
            "<img src=x",
            "<svg onload",
            "href=\"javascript:",
            "href=\"data:",
            "\u{202e}",
            "\u{0}",
            "\u{1b}",
            "\u{fffe}",
            "&#x202e;<",
            "\" onclick",
            "src=\"http",
        ] {
            assert!(!outside.contains(bad), "{} holds {bad:?}", file.path);
        }
        // The only scripts: ours by address, and JSON-LD in which nothing can end the element.
        for script in html.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').expect("closes");
            let body = rest.split("</script>").next().expect("splits");
            if tag.contains("application/ld+json") {
                assert!(!body.contains('<'), "{}", file.path);
                serde_json::from_str::<serde_json::Value>(body).expect("JSON-LD is JSON");
            } else {
                assert!(tag.contains("src=\"") && body.is_empty(), "{}: {tag}", file.path);
            }
        }
        assert!(!html.contains(" style=\""), "{}", file.path);
        if !html.contains("http-equiv=\"refresh\"") && file.path != "404.html" {
            assert!(html.contains(CSP), "{}", file.path);
        }
        assert!(html.contains("<h1"), "{}", file.path);
    }
    assert!(pages > 10);
}

#[test]
fn records_are_well_formed() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../assets/schema/record-1.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    let (mut json, mut xml) = (0, 0);
    for file in &all_files(&catalogue()) {
        if file.path.ends_with("json") || file.path.ends_with("jsonld") {
            json += 1;
            let value: serde_json::Value =
                serde_json::from_slice(&file.bytes).unwrap_or_else(|e| panic!("{}: {e}", file.path));
            if file.path.ends_with("datacite.json") {
                let a = &value["data"]["attributes"];
                assert!(
                    !a["creators"].as_array().expect("list").is_empty()
                        && !a["titles"][0]["title"].as_str().expect("text").is_empty()
                );
                assert!(a.get("geoLocations").is_none(), "out of range is not passed on");
            }
            if !file.path.ends_with("record.json") {
                assert!(
                    !text(file).contains(":\"javascript:")
                        && !text(file).contains("[\"javascript:")
                        && !text(file).contains('\u{202e}'),
                    "{}",
                    file.path
                );
                assert!(file.bytes.len() < 500_000, "{} has {}", file.path, file.bytes.len());
            }
        }
        if file.path.ends_with(".xml") {
            xml += 1;
            let mut reader = quick_xml::Reader::from_str(text(file));
            loop {
                match reader.read_event().unwrap_or_else(|e| panic!("{}: {e}", file.path)) {
                    quick_xml::events::Event::Eof => break,
                    quick_xml::events::Event::DocType(_) | quick_xml::events::Event::PI(_) => {
                        panic!("{}", file.path)
                    }
                    _ => {}
                }
            }
            assert!(!text(file).chars().any(|c| (c < ' ' && c != '\n') || c == '\u{fffe}'), "{}", file.path);
        }
    }
    assert!(json > 10 && xml >= 5, "{json} {xml}");
    // A dataset with nothing unusual in it fulfils the published schema; so does record.json of one with everything.
    let mut plain = hostile();
    plain.versions.truncate(0);
    plain.extent.vertical = None;
    plain.extent.bbox = None;
    plain.people.truncate(2);
    plain.people[0].orcid = None;
    plain.people.iter_mut().for_each(|p| {
        p.ror = None;
        p.affiliations.clear();
    });
    plain.variables.truncate(2);
    plain.variables.iter_mut().for_each(|v| v.axis = None);
    let value = serde_json::to_value(&plain).expect("serialises");
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .take(5)
        .map(|e| format!("{}: {e}", e.instance_path()).chars().take(200).collect())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut wrong = value;
    wrong["cid"] = serde_json::json!("Qm");
    assert!(!validator.is_valid(&wrong), "the schema can fail");
}

#[test]
fn e_mail_addresses_stay_out_unless_the_site_wants_them() {
    let mut catalogue = Catalogue::default();
    let person = Person {
        name: "Ada".to_owned(),
        email: Some("ada@example.org".to_owned()),
        roles: vec!["creator".to_owned(), "contact".to_owned()],
        ..Person::default()
    };
    catalogue.entries =
        vec![Entry { dataset: Dataset { people: vec![person], ..empty() }, ..Entry::default() }];
    let holds = |c: &Catalogue| {
        all_files(c).iter().filter(|f| String::from_utf8_lossy(&f.bytes).contains("ada@example.org")).count()
    };
    assert_eq!(holds(&catalogue), 0);
    catalogue.site.publish_email = true;
    assert_eq!(holds(&catalogue), 2, "the page and record.json");
}

#[test]
fn what_is_withdrawn_or_under_embargo_offers_no_data() {
    let files = all_files(&catalogue());
    let of = |name: &str| {
        files.iter().find(|f| {
            f.path == format!("ds/bafybeidold1233soqdgr7dwnrwytgq4zxy7a5jpkizrvhm5mv6bgjd32a/{name}")
        })
    };
    let html = text(of("index.html").expect("a page"));
    assert!(html.contains("This dataset was withdrawn") && html.contains("not presented yet"));
    assert!(!html.contains("gateway.example") && !html.contains("meta.car") && of("meta.car").is_none());
    let datacite = text(of("datacite.json").expect("a record"));
    assert!(
        datacite.contains(r#""dateType":"Available""#)
            && datacite.contains(r#""dateType":"Withdrawn""#)
            && !datacite.contains("contentUrl")
    );
}

#[test]
fn a_title_stays_one_escaped_line_in_llms_txt() {
    let files = all_files(&catalogue());
    let llms = text(files.iter().find(|f| f.path == "llms.txt").expect("the file"));
    let lines: Vec<&str> = llms.lines().skip_while(|line| *line != "## Datasets").skip(2).collect();
    let datasets: Vec<&&str> = lines.iter().take_while(|line| !line.is_empty()).collect();
    assert!(!datasets.is_empty());
    for line in datasets {
        let (title, rest) = line.strip_prefix("- [").and_then(|line| line.split_once("](")).expect(line);
        assert!(!title.replace("\\<", "").contains('<'), "{line}");
        assert!(rest.contains("ds/baf") && line.chars().count() < 700, "{line}");
    }
}

#[test]
fn datacite_xml_is_valid_by_its_schema() {
    let xsd = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/schemas/datacite-4.7/metadata.xsd");
    let known =
        std::fs::exists(xsd).unwrap_or(false) && Command::new("xmllint").arg("--version").output().is_ok();
    if !known {
        eprintln!(
            "SKIPPED: datacite_xml_is_valid_by_its_schema needs xmllint and ../shared/schemas/datacite-4.7"
        );
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut count = 0;
    for file in all_files(&catalogue()).iter().filter(|f| f.path.ends_with("datacite.xml")) {
        let path = folder.path().join(format!("{count}.xml"));
        std::fs::write(&path, &file.bytes).expect("writes");
        let run = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema", xsd])
            .arg(&path)
            .output()
            .expect("runs");
        assert!(
            run.status.success(),
            "{}: {}",
            file.path,
            String::from_utf8_lossy(&run.stderr).chars().take(2000).collect::<String>()
        );
        count += 1;
    }
    assert_eq!(count, 3);
}
