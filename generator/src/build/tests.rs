use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pinfold_core::extract::uuid;
use pinfold_core::model::{Dataset, SCHEMA};

use super::*;

const A: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";
const B: &str = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

fn entry(cid: &str, title: &str) -> Entry {
    let dataset = Dataset {
        schema: SCHEMA.into(),
        cid: cid.into(),
        uuid: uuid(cid.parse().unwrap()),
        series: uuid(cid.parse().unwrap()),
        title: Some(title.into()),
        ..Dataset::default()
    };
    Entry { dataset, ..Entry::default() }
}

fn catalogue(titles: &[(&str, &str)]) -> Catalogue {
    let mut entries: Vec<Entry> = titles.iter().map(|(cid, title)| entry(cid, title)).collect();
    entries.sort_by(|a, b| a.dataset.cid.cmp(&b.dataset.cid));
    Catalogue { entries, ..Catalogue::default() }
}

fn write(catalogue: &Catalogue, out: &Path) -> Result<Written, BuildError> {
    let cache = Cache::temporary().unwrap();
    let staging = Staging::open(out)?;
    let written = write_site(catalogue, &[], |_| None, &cache, &staging, &Cancel::default(), false)?;
    staging.publish()?;
    Ok(written)
}

fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn a_second_build_takes_over_what_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dist");
    let first = catalogue(&[(A, "one"), (B, "two")]);
    let written = write(&first, &out).unwrap();
    assert_eq!((written.rendered, written.taken_over), (2, 0));
    let bytes = tree(&out);
    assert!(bytes.contains_key(&format!("ds/{A}/index.html")));
    let written = write(&first, &out).unwrap();
    assert_eq!((written.rendered, written.taken_over), (0, 2));
    assert_eq!(tree(&out), bytes);

    // One changes, one goes.
    let written = write(&catalogue(&[(A, "other")]), &out).unwrap();
    assert_eq!((written.rendered, written.taken_over, written.dropped.len()), (1, 0, 1));
    // From scratch it comes out the same.
    let fresh = folder.path().join("fresh");
    write(&catalogue(&[(A, "other")]), &fresh).unwrap();
    assert_eq!(tree(&out), tree(&fresh));
    // Nothing is left beside it.
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["dist", "fresh"]);
}

#[test]
fn a_damaged_page_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dist");
    let all = catalogue(&[(A, "one"), (B, "two")]);
    write(&all, &out).unwrap();
    let bytes = tree(&out);
    fs::write(out.join(format!("ds/{A}/index.html")), "broken").unwrap();
    fs::remove_file(out.join(format!("ds/{B}/record.json"))).unwrap();
    assert_eq!(write(&all, &out).unwrap().rendered, 2);
    assert_eq!(tree(&out), bytes);
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("thesis");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("chapter-1.tex"), "years of work").unwrap();
    let error = write(&catalogue(&[]), &out).unwrap_err();
    assert!(matches!(error, BuildError::NotOurs { .. }), "{error}");
    assert!(error.to_string().ends_with("thesis is not empty and was not made by pinfold"));
    assert_eq!(tree(&out).len(), 1);
    let error = write(&catalogue(&[]), &out.join("chapter-1.tex")).unwrap_err();
    assert!(matches!(error, BuildError::NotAFolder { .. }), "{error}");
    // An empty folder is welcome, and one that is ours.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    write(&catalogue(&[]), &empty).unwrap();
    write(&catalogue(&[]), &empty).unwrap();
}

#[test]
fn interrupted_or_failed_the_old_site_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dist");
    write(&catalogue(&[(A, "one")]), &out).unwrap();
    let bytes = tree(&out);
    let cache = Cache::temporary().unwrap();

    let staging = Staging::open(&out).unwrap();
    // Two at once would mix two sites.
    assert!(matches!(Staging::open(&out), Err(BuildError::Busy { .. })));
    let cancel = Cancel::default();
    cancel.cancel();
    let result = write_site(&catalogue(&[(A, "two")]), &[], |_| None, &cache, &staging, &cancel, false);
    assert!(matches!(result, Err(BuildError::Cancelled)));
    drop(staging);
    assert_eq!(tree(&out), bytes);

    for path in ["../x", "/etc/x", "a//b", "a/./b", "", "a\\b", "a\nb"] {
        let staging = Staging::open(&out).unwrap();
        let more = [SiteFile { path: path.into(), bytes: Vec::new() }];
        let result = write_site(
            &catalogue(&[(A, "two")]),
            &more,
            |_| None,
            &cache,
            &staging,
            &Cancel::default(),
            false,
        );
        assert!(matches!(result, Err(BuildError::Path { .. })), "{path}");
    }
    // A file cannot be a folder: the first thing that fails on a disk ends the build.
    let staging = Staging::open(&out).unwrap();
    let more = [SiteFile { path: "index.html/x".into(), bytes: Vec::new() }];
    let result =
        write_site(&catalogue(&[(A, "two")]), &more, |_| None, &cache, &staging, &Cancel::default(), false);
    assert!(matches!(result, Err(BuildError::Write { .. })));
    drop(staging);
    assert_eq!(tree(&out), bytes);
}

#[test]
fn a_killed_build_is_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dist");
    write(&catalogue(&[(A, "one")]), &out).unwrap();
    let bytes = tree(&out);
    // Killed while it wrote.
    fs::create_dir(folder.path().join(".dist.pinfold-new")).unwrap();
    fs::write(folder.path().join(".dist.pinfold-new/index.html"), "half").unwrap();
    // Killed between two renames.
    fs::rename(&out, folder.path().join(".dist.pinfold-old")).unwrap();
    drop(Staging::open(&out).unwrap());
    assert_eq!(tree(&out), bytes);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
