//! A site that is renewed is the one that a build from nothing makes: whatever changes, no stale page survives.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[expect(dead_code, reason = "shared with other tests")]
#[path = "site/blocks.rs"]
mod blocks;
#[expect(dead_code, reason = "shared with other tests")]
#[path = "site/harness.rs"]
mod harness;

use std::fs;

use harness::{BuildTest, repository};

const TRANSIT: &str = "bafybeiho4mmj2bt2mgbqnfcnoaqdr7jz3pz64k7okee3gkgp2fqnsafg4q";

fn demo() -> BuildTest {
    BuildTest::from_dir("").source(repository().join("tests/fixtures/demo/demo.car"))
}

/// Replaces text in a file of the catalogue, which must have it.
fn edit(test: &BuildTest, file: &str, from: &str, to: &str) {
    let path = test.path(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "`{from}` is not in {file}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Builds the demo, changes something, builds over it, and builds the same from nothing. Both must be the same, at
/// least one file another than before, and so many pages made again.
fn renewed(pages: usize, change: impl Fn(BuildTest) -> BuildTest) -> BuildTest {
    let test = change_of(demo().build().check_code(0), pages, change);
    assert!(!test.path(".dist.pinfold-new").exists() && !test.path(".dist.pinfold-journal").exists());
    test
}

fn change_of(test: BuildTest, pages: usize, change: impl Fn(BuildTest) -> BuildTest) -> BuildTest {
    let before = test.tree("dist");
    let test = change(test).build().check_code(0).check_says(&format!("; {pages} pages made"));
    let more = ["--out", "fresh", "--no-cache"];
    let test = test.with(&more).build().check_code(0);
    let (renewed, fresh) = (test.tree("dist"), test.tree("fresh"));
    let differing: Vec<&String> = fresh
        .keys()
        .chain(renewed.keys())
        .filter(|path| *path != ".pinfold" && renewed.get(*path) != fresh.get(*path))
        .collect();
    assert!(differing.is_empty(), "stale: {differing:?}");
    assert!(renewed != before, "nothing changed");
    test
}

#[test]
fn a_change_of_the_site_is_on_every_page() {
    let test = renewed(9, |test| {
        edit(&test, "content/site.yaml", "title: ", "title: New ");
        test
    });
    let stale = test.tree("dist").into_iter().filter(|(path, _)| path.ends_with("index.html"));
    let stale: Vec<String> = stale
        .filter(|(path, _)| !path.starts_with("id/") && !path.starts_with("series/"))
        .filter(|(_, page)| !String::from_utf8_lossy(page).contains("New "))
        .map(|(path, _)| path)
        .collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[test]
fn an_address_of_the_site_is_in_every_forward() {
    let test = renewed(9, |test| {
        let site = fs::read_to_string(test.path("content/site.yaml")).unwrap();
        let site: String =
            site.lines().filter(|line| !line.starts_with("url:")).map(|l| format!("{l}\n")).collect();
        test.file("content/site.yaml", site + "url: https://moved.example/\n")
    });
    let forwards = test.tree("dist").into_iter().filter(|(path, _)| path.starts_with("series/"));
    let forwards: Vec<_> = forwards.collect();
    assert!(forwards.len() > 5);
    for (path, page) in forwards {
        assert!(String::from_utf8_lossy(&page).contains("https://moved.example/ds/"), "{path}");
    }
}

#[test]
fn a_doi_is_on_the_pages_of_its_dataset_and_its_versions_only() {
    renewed(1, |test| {
        edit(&test, "content/dois.yaml", "10.5072/alkyone-transit-2025", "10.5072/alkyone-other");
        test
    });
}

#[test]
fn a_pin_that_is_withdrawn_loses_its_data() {
    let test = renewed(1, |test| {
        let list = fs::read_to_string(test.path("pinlist.yaml")).unwrap();
        let (before, after) = list.split_once(TRANSIT).unwrap();
        let after = after.replacen("  meta:\n", "  meta:\n    withdrawn: 2026-09-01\n", 1);
        test.file("pinlist.yaml", format!("{before}{TRANSIT}{after}"))
    });
    assert!(!test.path("dist").join("ds").join(TRANSIT).join("meta.car").exists());
}

#[test]
fn a_pin_under_embargo_is_shown_when_its_day_comes() {
    let embargo = |test: BuildTest| {
        let list = fs::read_to_string(test.path("pinlist.yaml")).unwrap();
        let (before, after) = list.split_once(TRANSIT).unwrap();
        let after = after.replacen("  meta:\n", "  meta:\n    embargo: 2027-01-01\n", 1);
        test.file("pinlist.yaml", format!("{before}{TRANSIT}{after}"))
    };
    let test = renewed(1, embargo);
    let pictures = |test: &BuildTest| {
        let own =
            test.tree("dist").into_keys().filter(|path| path.starts_with(&format!("ds/{TRANSIT}/quicklook")));
        own.count()
    };
    assert_eq!(pictures(&test), 0);
    let test = change_of(test.plain(), 1, |test| test.with(&["--build-time", "2027-01-02"]));
    assert!(pictures(&test) > 0);
}

#[test]
fn a_new_version_marks_the_old_one_and_leads_its_series() {
    // First without the newest pin, then with it.
    let whole = fs::read_to_string(repository().join("pinlist.yaml")).unwrap();
    let older = without_newest(&whole, "bafybeibmyuuuxpo6ee4rv2f4aqznjkj3iqi7grqorlanc6lp74rqeoitcu");
    let test = demo().file("pinlist.yaml", &older).build().check_code(0);
    let before = test.datasets().len();
    let test = test.file("pinlist.yaml", &whole).build().check_code(0);
    assert!(test.datasets().len() > before);
    let test = test.with(&["--out", "fresh", "--no-cache"]).build().check_code(0);
    assert!(test.tree("dist") == test.tree("fresh"), "a page of the older version is stale");
    // And the other way round: what is gone is gone everywhere.
    let test = test.plain().file("pinlist.yaml", older).build().check_code(0);
    assert_eq!(test.datasets().len(), before);
    let _ = fs::remove_dir_all(test.path("fresh"));
    let test = test.with(&["--out", "fresh", "--no-cache"]).build().check_code(0);
    assert!(test.tree("dist") == test.tree("fresh"));
}

fn without_newest(list: &str, newest: &str) -> String {
    let (before, rest) = list.split_once(&format!("- cid: {newest}")).unwrap();
    format!("{before}{}", rest.find("\n- cid: ").map_or("", |at| &rest[at + 1..]))
}

#[test]
fn a_page_of_the_content_changes_menus_everywhere() {
    renewed(9, |test| test.file("content/news.md", "---\ntitle: News\nnav: 9\n---\n\nSomething happened.\n"));
}

#[test]
fn what_others_changed_in_the_site_is_mended() {
    let test = demo().build().check_code(0);
    let before = test.tree("dist");
    let dist = test.path("dist");
    fs::write(dist.join("index.html"), "scribbled").unwrap();
    fs::write(dist.join("stray.txt"), "not ours").unwrap();
    fs::create_dir(dist.join("ds/stray")).unwrap();
    fs::write(dist.join("ds/stray/file"), "not ours").unwrap();
    fs::remove_file(dist.join("ds").join(TRANSIT).join("record.json")).unwrap();
    fs::write(dist.join("ds").join(TRANSIT).join("extra"), "not ours").unwrap();
    fs::remove_dir_all(dist.join("assets")).unwrap();
    let test = test.build().check_code(0).check_says("; 1 pages made, 8 taken over");
    let after = test.tree("dist");
    let differing: Vec<&String> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn a_site_that_another_program_version_made_is_made_again() {
    let test = demo().build().check_code(0);
    let before = test.tree("dist");
    // Another template gives another fingerprint.
    let marker = fs::read_to_string(test.path("dist/.pinfold")).unwrap();
    let other: String = marker
        .lines()
        .map(|line| {
            let mut parts: Vec<&str> = line.split(' ').collect();
            if parts.len() > 2 {
                parts[1] = "00000000000000000000000000000000";
            }
            parts.join(" ") + "\n"
        })
        .collect();
    assert!(other != marker);
    let test = test.file("dist/.pinfold", other);
    let test = test.build().check_code(0).check_says("; 9 pages made, 0 taken over");
    assert!(test.tree("dist") == before);
}
