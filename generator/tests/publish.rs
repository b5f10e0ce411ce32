//! `pinfold add` and `pinfold dates` as a producer and a maintainer run them.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[path = "publish/harness.rs"]
mod harness;

use std::fs;
use std::process::Command;

use harness::Desk;
use pinfold_core::block::Limits;
use pinfold_core::car::CarReader;

/// In no commit.
const NEVER: &str = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";

#[test]
fn a_dataset_becomes_an_entry_and_an_archive() {
    let list = "# ours\n- cid: bafkqaaa # first\n  name: other\n";
    let desk = Desk::new().file("pinlist.yaml", list).zarr("sea.zarr", "Sea ice", 3);
    let desk =
        desk.pinfold(&["add", "sea.zarr", "--car", "sea.car", "--tag", "ship", "--created", "2026-11-20"]);
    desk.check_code(0);
    let cid = desk.pinfold(&["cid", "sea.zarr"]).stdout().trim().to_owned();
    let expected =
        format!("{list}- cid: {cid}\n  name: Sea ice\n  meta:\n    created: 2026-11-20\n    tags: [ship]\n");
    assert_eq!(desk.read("pinlist.yaml"), expected);
    // The archive holds every block once, all of them verified, and names the root.
    let bytes = fs::read(desk.path("sea.car")).unwrap();
    let mut reader = CarReader::new(Limits::default());
    reader.push(bytes.clone());
    reader.end();
    let mut cids = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        cids.push(block.cid());
    }
    let count = cids.len();
    assert_eq!(cids.last().unwrap().to_string(), cid);
    cids.sort();
    cids.dedup();
    assert_eq!(cids.len(), count);
    assert_eq!(
        pinfold::source::CarFile::open(&desk.path("sea.car"), &Limits::default()).unwrap().roots(),
        [cid.parse().unwrap()]
    );
    // The same again: nothing changes, and it is said.
    let desk = desk.pinfold(&["add", "sea.zarr", "--car", "sea.car"]);
    desk.check_code(0);
    assert!(
        desk.stdout()
            .ends_with("pinlist.yaml lists it already: `Sea ice` in line 4; the list stays as it is\n"),
        "{}",
        desk.stdout()
    );
    assert_eq!((desk.read("pinlist.yaml"), fs::read(desk.path("sea.car")).unwrap()), (expected, bytes));
    assert_eq!(desk.files(), ["pinlist.yaml", "sea.car", "sea.zarr"]);
    // What the catalogue makes of it.
    let desk = desk.pinfold(&["inspect", &cid, "--source", "sea.car"]);
    desk.check_code(0);
    let record: serde_json::Value = serde_json::from_str(&desk.stdout()).unwrap();
    assert_eq!(record["cid"], cid);
}

#[test]
fn versions_replace_one_another_by_name() {
    let desk = Desk::new().zarr("sea.zarr", "Sea ice", 3).pinfold(&[
        "add",
        "sea.zarr",
        "--tag",
        "ship",
        "--created",
        "2026-01-01",
    ]);
    desk.check_code(0);
    let first = desk.pinfold(&["cid", "sea.zarr"]).stdout().trim().to_owned();
    let desk = desk.zarr("sea.zarr", "Sea ice", 4).pinfold(&["add", "sea.zarr", "--created", "2026-02-01"]);
    desk.check_code(0);
    assert!(desk.stdout().contains(&format!("it replaces `Sea ice` ({first})")));
    let second = desk.pinfold(&["cid", "sea.zarr"]).stdout().trim().to_owned();
    let both = format!(
        "- cid: {first}\n  name: Sea ice\n  meta:\n    created: 2026-01-01\n    tags: [ship]\n- cid: {second}\n  name: Sea ice\n  meta:\n    prev: {first}\n    created: 2026-02-01\n    tags: [ship]\n"
    );
    assert_eq!(desk.read("pinlist.yaml"), both);
    // What was replaced cannot be replaced again, and an unknown pin cannot either.
    let desk = desk.zarr("sea.zarr", "Sea ice", 5).pinfold(&["add", "sea.zarr", "--replaces", &first]);
    desk.check_code(2);
    assert!(
        desk.stderr().contains(&format!("has replaced it; use --replaces {second}")),
        "{}",
        desk.stderr()
    );
    desk.pinfold(&["add", "sea.zarr", "--replaces", "bafkqaaa"]).check_code(2);
    assert_eq!(desk.read("pinlist.yaml"), both);
    desk.pinfold(&["add", "sea.zarr", "--new"]).check_code(0);
    assert!(!desk.read("pinlist.yaml")[both.len()..].contains("prev"));
    let desk = desk.pinfold(&["check", "--files-only"]);
    desk.check_code(0);
}

#[test]
fn faults_leave_everything_as_it_was() {
    let list = "- cid: bafkqaaa\n";
    let desk =
        Desk::new().file("pinlist.yaml", list).zarr("sea.zarr", "", 3).file("notes.car", "not an archive");
    // No title is an error of the dataset.
    let desk = desk.pinfold(&["add", "sea.zarr", "--strict", "--car", "sea.car"]);
    desk.check_code(1);
    assert!(desk.stdout().contains("error[title-missing]"));
    // A file that is there and is something else.
    let desk = desk.pinfold(&["add", "sea.zarr", "--car", "notes.car"]);
    desk.check_code(2);
    assert_eq!(desk.read("notes.car"), "not an archive");
    // A folder that is not there, and a list that is none.
    desk.pinfold(&["add", "sea.zarr", "--car", "nowhere/sea.car"]).check_code(2);
    desk.pinfold(&["add", "missing.zarr"]).check_code(2);
    let desk = desk.file("broken.yaml", "- cid: [\n").pinfold(&[
        "add",
        "sea.zarr",
        "--pinlist",
        "broken.yaml",
        "--car",
        "sea.car",
    ]);
    desk.check_code(2);
    // A flow list cannot be appended to: the archive does not stay either.
    let desk = desk.file("flow.yaml", "[{cid: bafkqaaa}]\n").pinfold(&[
        "add",
        "sea.zarr",
        "--pinlist",
        "flow.yaml",
        "--car",
        "sea.car",
    ]);
    desk.check_code(2);
    // Zarr metadata that cannot be read.
    let desk = desk.file("bad.zarr/zarr.json", "{").pinfold(&["add", "bad.zarr", "--car", "sea.car"]);
    desk.check_code(2);
    assert!(desk.stderr().contains("cannot be read as a dataset"), "{}", desk.stderr());
    assert_eq!(desk.read("pinlist.yaml"), list);
    assert_eq!(
        desk.files(),
        ["bad.zarr", "broken.yaml", "flow.yaml", "notes.car", "pinlist.yaml", "sea.zarr"]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_too_small_is_seen_before_the_work() {
    let desk = Desk::new().zarr("sea.zarr", "Sea ice", 3);
    // Takes no room, but its archive would.
    let hole = fs::File::create(desk.path("sea.zarr/x/1")).unwrap();
    if let Err(error) = hole.set_len(8 << 40) {
        eprintln!("SKIPPED: this disk has no sparse files of 8 TiB: {error}");
        return;
    }
    let desk = desk.pinfold(&["add", "sea.zarr", "--car", "sea.car"]);
    desk.check_code(2);
    let said = desk.stderr();
    assert!(said.contains("sea.car needs about") && said.contains(" left; make room"), "{said}");
    assert_eq!(desk.files(), ["sea.zarr"]);
}

#[test]
fn help_says_what_it_does() {
    for (command, words) in
        [("add", "Adding the same bytes again changes nothing."), ("dates", "A second run changes nothing.")]
    {
        let desk = Desk::new().pinfold(&[command, "--help"]);
        assert!(desk.stdout().contains(words), "{}", desk.stdout());
    }
}

fn git(desk: &Desk, date: &str, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]);
    git.args(arguments).env("GIT_COMMITTER_DATE", date).env("GIT_AUTHOR_DATE", date);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    desk.run(git).check_code(0);
}

#[test]
fn dates_from_the_history_of_the_list() {
    let first = "# ours\n- cid: bafkqaaa # one\n  name: one\n";
    let desk = Desk::new().file("pinlist.yaml", first);
    git(&desk, "2024-08-01T12:00:00Z", &["init", "-q"]);
    git(&desk, "2024-08-01T12:00:00Z", &["add", "pinlist.yaml"]);
    git(&desk, "2024-08-01T12:00:00Z", &["commit", "-qm", "one"]);
    let second = format!("{first}- cid: bafkqabtimvwgy3yk\n  meta:\n    tags: [x] # t\n");
    let desk = desk.file("pinlist.yaml", &second);
    // Late in the evening west of Greenwich: the next day in UTC.
    git(&desk, "2025-02-03T22:00:00-05:00", &["commit", "-qam", "two"]);
    // Moved and changed later: the first date counts.
    let moved =
        "- cid: bafkqabtimvwgy3yk\n  meta:\n    tags: [x] # t\n# ours\n- cid: bafkqaaa # one\n  name: uno\n";
    let desk = desk.file("pinlist.yaml", moved);
    git(&desk, "2026-01-01T00:00:00Z", &["commit", "-qam", "moved"]);
    let now = format!("{moved}- cid: {NEVER}\n");
    let desk = desk.file("pinlist.yaml", &now).pinfold(&["dates", "--from-git", "--dry-run"]);
    desk.check_code(1);
    assert_eq!(desk.read("pinlist.yaml"), now);
    let desk = desk.pinfold(&["dates", "--from-git"]);
    desk.check_code(1);
    assert!(
        desk.stderr().contains("pinlist.yaml:7:") && desk.stderr().contains("is in no commit yet"),
        "{}",
        desk.stderr()
    );
    let dated = format!(
        "- cid: bafkqabtimvwgy3yk\n  meta:\n    created: 2025-02-04\n    tags: [x] # t\n# ours\n- cid: bafkqaaa # one\n  meta:\n    created: 2024-08-01\n  name: uno\n- cid: {NEVER}\n"
    );
    assert_eq!(desk.read("pinlist.yaml"), dated);
    desk.pinfold(&["dates", "--from-git"]).check_code(1);
    assert_eq!(desk.read("pinlist.yaml"), dated, "a second run changes nothing");
    // A clone without the older commits would give wrong dates.
    git(
        &desk,
        "2026-01-02T00:00:00Z",
        &["clone", "-q", "--depth", "1", &format!("file://{}", desk.path("").display()), "clone"],
    );
    let desk = desk.pinfold(&["dates", "--from-git", "--pinlist", "clone/pinlist.yaml"]);
    desk.check_code(2);
    assert!(desk.stderr().contains("git fetch --unshallow"), "{}", desk.stderr());
}

#[test]
fn dates_need_a_repository() {
    let desk = Desk::new().file("pinlist.yaml", "- cid: bafkqaaa\n").pinfold(&["dates", "--from-git"]);
    desk.check_code(2);
    assert!(desk.stderr().contains("git cannot tell the history of pinlist.yaml"), "{}", desk.stderr());
    desk.pinfold(&["dates"]).check_code(2);
}

#[test]
fn a_change_is_judged_by_what_it_does() {
    let day = "2026-11-01T12:00:00Z";
    let desk = Desk::new().zarr("old.zarr", "Sea ice", 3).zarr("other.zarr", "", 2);
    desk.pinfold(&["add", "other.zarr", "--car", "other.car", "--created", "2026-11-01"]).check_code(0);
    desk.pinfold(&["add", "old.zarr", "--car", "old.car", "--created", "2026-11-01"]).check_code(0);
    git(&desk, day, &["init", "--quiet"]);
    git(&desk, day, &["add", "pinlist.yaml"]);
    git(&desk, day, &["commit", "--quiet", "-m", "first"]);
    let before = desk.read("pinlist.yaml");

    // A new version of one of the two: the other one, with its missing title, is no matter of this change.
    let desk = desk.zarr("new.zarr", "Sea ice", 4);
    desk.pinfold(&["add", "new.zarr", "--car", "new.car", "--created", "2026-11-02"]).check_code(0);
    let cid = desk.pinfold(&["cid", "new.zarr"]).stdout().trim().to_owned();
    let old = desk.pinfold(&["cid", "old.zarr"]).stdout().trim().to_owned();
    let sources = ["--source", "other.car", "--source", "old.car", "--source", "new.car"];
    let check = |format: &str, base: &str| {
        let mut arguments = vec!["check", "--format", format];
        if !base.is_empty() {
            arguments.extend(["--base", base]);
        }
        arguments.extend(sources);
        desk.pinfold(&arguments)
    };
    let whole = check("json", "");
    whole.check_code(1);
    assert!(whole.stdout().contains("title-missing"), "{}", whole.stdout());
    let limited = check("json", "HEAD");
    limited.check_code(0);
    let report: serde_json::Value = serde_json::from_str(&limited.stdout()).unwrap();
    let change = &report["changes"][0];
    assert_eq!(report["changes"].as_array().unwrap().len(), 1);
    assert_eq!(
        (change["cid"].as_str(), change["replaces"].as_str()),
        (Some(cid.as_str()), Some(old.as_str()))
    );
    let lines = change["changes"].to_string();
    assert!(lines.contains("x shape: [3] → [4]"), "{lines}");
    assert!(change["shared_bytes"].as_u64().unwrap() > 0 && change["added_bytes"].as_u64().unwrap() > 0);
    for finding in report["findings"].as_array().unwrap() {
        assert!(finding["place"]["dataset"].as_str().unwrap().contains(&cid), "{finding}");
    }
    assert!(check("markdown", "HEAD").stdout().contains(&format!("replaces {old}")));
    check("text", "no-such-revision").check_code(2);

    // Another CID under the same name, and a pin that is gone.
    fs::write(desk.path("pinlist.yaml"), before.replace(&old, &cid)).unwrap();
    let forged = check("github", "HEAD");
    forged.check_code(1);
    let errors: Vec<String> =
        forged.stdout().lines().filter(|line| line.starts_with("::error")).map(str::to_owned).collect();
    assert!(
        matches!(errors.as_slice(), [one] if one.starts_with("::error file=pinlist.yaml,line=5,title=cid-changed::")),
        "{errors:?}"
    );
    fs::write(desk.path("pinlist.yaml"), "").unwrap();
    let gone = desk.pinfold(&["check", "--files-only", "--base", "HEAD"]);
    gone.check_code(1);
    assert_eq!(gone.stdout().matches("error[pin-removed]").count(), 2, "{}", gone.stdout());
}

#[test]
fn a_tree_is_looked_at_beside_the_pinlist() {
    let desk = Desk::new().file("pinlist.yaml", "- cid: bafkqaaa\n  name: HEAD v0\n");
    let desk = desk.file("tree.yaml", "HALO/level2: bafkqaaa\nfine: bafkqaaa\n");
    let desk = desk.pinfold(&["check", "--files-only"]);
    desk.check_code(1);
    let said = desk.stdout();
    assert!(said.contains("error[tree-name-malformed]") && said.contains("--> tree.yaml:1:1"), "{said}");
}

/// A pull request that adds what nobody provides, takes out what has a DOI and misnames a folder: each is an
/// error with its place, in every form of the report, and the exit code says so.
#[test]
fn a_pull_request_that_must_not_be_merged() {
    let day = "2026-11-01T12:00:00Z";
    let desk = Desk::new().zarr("kept.zarr", "Sea ice", 3).zarr("cited.zarr", "Waves", 4);
    for name in ["kept", "cited"] {
        let (zarr, car) = (format!("{name}.zarr"), format!("{name}.car"));
        desk.pinfold(&["add", &zarr, "--car", &car, "--created", "2026-11-01"]).check_code(0);
    }
    let cid = |name: &str| desk.pinfold(&["cid", name]).stdout().trim().to_owned();
    let (kept, cited) = (cid("kept.zarr"), cid("cited.zarr"));
    fs::create_dir(desk.path("content")).unwrap();
    fs::write(desk.path("content/site.yaml"), "title: Ours\nurl: https://data.example/\n").unwrap();
    fs::write(desk.path("content/dois.yaml"), format!("{cited}: {{doi: 10.5072/waves, published: 2026}}\n"))
        .unwrap();
    fs::write(desk.path("tree.yaml"), format!("HALO:\n  ice.zarr: {kept}\n")).unwrap();
    git(&desk, day, &["init", "--quiet"]);
    git(&desk, day, &["add", "pinlist.yaml", "tree.yaml", "content"]);
    git(&desk, day, &["commit", "--quiet", "-m", "first"]);

    let list = desk.read("pinlist.yaml");
    let at = list.find(&format!("- cid: {cited}")).unwrap();
    let (before, rest) = list.split_at(at);
    let end = rest[1..].find("- cid: ").map_or(rest.len(), |next| next + 1);
    let list = format!("{before}{}- cid: {NEVER}\n  name: Nobody has it\n", &rest[end..]);
    let line = list.lines().position(|line| line.contains(NEVER)).unwrap() + 1;
    fs::write(desk.path("pinlist.yaml"), list).unwrap();
    fs::write(desk.path("tree.yaml"), format!("HALO/level2:\n  ice.zarr: {kept}\n")).unwrap();

    let check = |format: &str| {
        let arguments =
            ["check", "--base", "HEAD", "--format", format, "--source", "kept.car", "--source", "cited.car"];
        let desk = desk.pinfold(&arguments);
        desk.check_code(1);
        desk.stdout()
    };
    let report: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let mut errors: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| {
            let place = &finding["place"];
            let (file, line) = (place["file"].as_str().unwrap_or_default(), &place["line"]);
            format!("{} {file}:{line}", finding["code"].as_str().unwrap_or_default())
        })
        .collect();
    errors.sort();
    assert_eq!(
        errors,
        [
            "doi-without-pin pinlist.yaml:1".to_owned(),
            format!("pin-unreachable pinlist.yaml:{line}"),
            "tree-name-malformed tree.yaml:1".to_owned()
        ]
    );
    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut scanned: Vec<String> = results
        .iter()
        .filter(|result| result["level"] == "error")
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let file = place["artifactLocation"]["uri"].as_str().unwrap();
            format!("{} {file}:{}", result["ruleId"].as_str().unwrap(), place["region"]["startLine"])
        })
        .collect();
    scanned.sort();
    assert_eq!(scanned, errors);
    let annotations = check("github");
    let markdown = check("markdown");
    let text = check("text");
    for error in &errors {
        let (code, place) = error.split_once(' ').unwrap();
        let (file, line) = place.split_once(':').unwrap();
        let annotation = format!("::error file={file},line={line},");
        assert!(
            annotations.lines().any(|one| one.starts_with(&annotation) && one.contains(code)),
            "{code}: {annotations}"
        );
        assert!(
            markdown.contains(&format!("https://data.example/checks/#{code}")) && markdown.contains(place),
            "{code}: {markdown}"
        );
        assert!(text.contains(&format!("error[{code}]")) && text.contains(&format!("--> {place}")), "{text}");
    }
    // How a root that nobody provides is brought.
    assert!(text.contains(NEVER) && text.contains("ipfs dag export"), "{text}");
    assert!(markdown.contains("10.5072/waves"), "{markdown}");
}
