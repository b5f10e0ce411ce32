//! `pinfold doi` against a registry with DataCite's rules, with the demo catalogue.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the message")]

#[path = "doi/stand_in.rs"]
mod stand_in;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use stand_in::{PASSWORD, StandIn, USER};

/// Datasets of the demo: two that dois.yaml lists under their CID, one under another suffix, one that it
/// does not list, and one that was withdrawn.
const FIRST: &str = "bafybeib5k3fsa2g3bknxnmjhmzjdse7zekwlbx6dvugqdx66wa45h6r2qm";
const SECOND: &str = "bafybeic6qqg76227phzdmjau3wxecw2kmnvbv47qzt3sqgsfuj2u7j27eq";
const THIRD: &str = "10.5072/alkyone-transit-2025";
const WITHDRAWN: &str = "bafybeibw5nz4rdy2lv6icdp3lhzvngb2firiorqq4e6wxrn6sicsmrhrmu";

struct Campaign {
    folder: tempfile::TempDir,
    registry: StandIn,
}

impl Campaign {
    /// The demo catalogue with `dois.yaml` as it is, built.
    fn new() -> Self {
        let it = Self { folder: tempfile::tempdir().unwrap(), registry: StandIn::start() };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::create_dir(it.folder.path().join("content")).unwrap();
        for name in ["content/site.yaml", "content/dois.yaml", "pinlist.yaml"] {
            fs::copy(root.join(name), it.folder.path().join(name)).unwrap();
        }
        it.edit("content/site.yaml", |text| format!("{text}\nurl: https://data.example/\n"));
        it.build();
        it
    }

    fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.folder.path().join(name);
        fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn build(&self) {
        let car = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/demo/demo.car");
        let output = Command::new(env!("CARGO_BIN_EXE_pinfold"))
            .args(["build", "--build-time", "2026-11-20", "--source"])
            .arg(car)
            .current_dir(self.folder.path())
            .env("PINFOLD_CACHE", std::env::temp_dir().join("pinfold-doi-tests"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold"));
        command.arg("doi").args(arguments).args(["--per-second", "1000", "--attempts", "2"]);
        command.args(["--endpoint", &self.registry.url()]).current_dir(self.folder.path());
        command.env("DATACITE_USERNAME", USER).env("DATACITE_PASSWORD", PASSWORD).stdin(Stdio::null());
        command.env_remove("DATACITE_REPOSITORY_ID");
        command
    }

    /// Runs `pinfold doi …`, checks the exit code; what it said on both streams.
    #[track_caller]
    fn doi(&self, arguments: &[&str], code: i32) -> String {
        said(self.command(arguments).output().unwrap(), code)
    }

    #[track_caller]
    fn answering(&self, arguments: &[&str], answer: &str, code: i32) -> String {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap(), code)
    }

    fn sent(&self, cid: &str) -> Value {
        let body: Value = serde_json::from_str(&self.read(&format!("dist/ds/{cid}/datacite.json"))).unwrap();
        body["data"]["attributes"].clone()
    }
}

#[track_caller]
fn said(output: Output, code: i32) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(!text.contains(PASSWORD), "the password is shown: {text}");
    let encoded = data_encoding::BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes());
    assert!(!text.contains(&encoded), "the credentials are shown: {text}");
    text
}

fn doi(cid: &str) -> String {
    format!("10.5072/{cid}")
}

#[test]
fn from_nothing_to_findable_and_never_twice() {
    let it = Campaign::new();
    let text = it.doi(&["plan"], 0);
    assert!(text.contains(&format!("ready       {}", doi(FIRST))), "{text}");
    let text = it.doi(&["plan", "--registry"], 3);
    assert!(text.contains(&format!("create      {}", doi(FIRST))) && text.contains("3 create"), "{text}");
    // What is not there cannot be published.
    assert!(it.doi(&["publish", "--yes"], 1).contains("run `pinfold doi register` first"));
    assert_eq!(it.registry.take_writes(), [""; 0]);

    it.doi(&["register"], 0);
    for doi in [&doi(FIRST), &doi(SECOND), THIRD] {
        assert_eq!(it.registry.state(doi).as_deref(), Some("draft"), "{doi}");
    }
    // The registry has what stands beside the page, and that is what the judges of the site look at.
    let mut held = it.registry.attributes(&doi(FIRST));
    held["doi"] = doi(FIRST).into();
    assert_eq!(held, it.sent(FIRST));
    assert_eq!(it.registry.take_writes().len(), 3);
    assert!(it.doi(&["register"], 0).contains("nothing to register"));

    // The question names each DOI; anything but yes is no.
    let text = it.answering(&["publish"], "y\n", 1);
    assert!([&doi(FIRST), &doi(SECOND), THIRD].iter().all(|doi| text.contains(*doi)), "{text}");
    assert!(it.doi(&["publish"], 1).contains("nothing was published"), "no answer is no");
    assert_eq!(it.registry.take_writes(), [""; 0]);
    it.answering(&["publish"], "yes\n", 0);
    for doi in [&doi(FIRST), &doi(SECOND), THIRD] {
        assert_eq!(it.registry.state(doi).as_deref(), Some("findable"), "{doi}");
    }
    assert_eq!(it.registry.take_writes().len(), 3);

    // Everything is there: nothing is sent.
    assert!(it.doi(&["plan", "--registry"], 0).contains("3 up-to-date"));
    for command in [&["register"][..], &["publish", "--yes"], &["update"]] {
        it.doi(command, 0);
    }
    assert_eq!(it.registry.take_writes(), [""; 0]);
    // Listed they were already.
    assert_eq!(
        it.read("content/dois.yaml"),
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/dois.yaml")).unwrap()
    );
}

#[test]
fn what_changed_is_pushed_and_nothing_else() {
    let it = Campaign::new();
    it.doi(&["register"], 0);
    it.doi(&["publish", "--yes"], 0);
    it.edit("content/site.yaml", |text| {
        text.replace("Institute for Trade-Wind Research", "Institute of Trade Winds")
    });
    it.edit("content/site.yaml", |text| text.replace("https://data.example/", "https://moved.example/"));
    it.build();
    let text = it.doi(&["plan", "--registry"], 3);
    assert!(
        text.contains("update      10.5072/") && text.contains("publisher") && text.contains("url"),
        "{text}"
    );
    it.registry.with(|inner| inner.bodies.clear());
    it.registry.take_writes();
    it.doi(&["update", FIRST], 0);
    assert_eq!(it.registry.take_writes(), [format!("PUT {}", doi(FIRST))]);
    let body = it.registry.with(|inner| inner.bodies[0].clone());
    let mut names: Vec<&String> = body["data"]["attributes"].as_object().unwrap().keys().collect();
    names.sort();
    assert!(
        names.iter().any(|name| *name == "publisher") && !names.iter().any(|name| *name == "titles"),
        "{names:?}"
    );
    assert_eq!(it.registry.attributes(&doi(FIRST))["url"], format!("https://moved.example/ds/{FIRST}/"));
    assert_eq!(it.registry.state(&doi(FIRST)).as_deref(), Some("findable"));
    // The others are still to be pushed; then nothing is.
    it.doi(&["update"], 0);
    assert_eq!(it.registry.take_writes().len(), 2);
    it.doi(&["plan", "--registry"], 0);
}

#[test]
fn a_registry_that_fails_after_half_of_the_list() {
    let it = Campaign::new();
    it.registry.with(|inner| inner.fails_after = Some(1));
    let text = it.doi(&["register"], 1);
    assert!(text.contains("1 done, 1 failed, 1 not tried"), "{text}");
    assert!(text.contains("does not work (it answered 500") && text.contains("it carries on"), "{text}");
    let made = it.registry.with(|inner| inner.dois.len());
    assert_eq!(made, 1);
    // While it is down nothing is done, and that is said.
    let text = it.doi(&["register"], 1);
    assert!(text.contains("nothing was done"), "{text}");
    it.registry.with(|inner| inner.fails_after = None);
    it.registry.take_writes();
    let text = it.doi(&["register"], 0);
    assert!(text.contains("2 done, 0 failed, 0 not tried"), "{text}");
    assert_eq!(it.registry.take_writes().len(), 2, "the one that is there is not made again");
}

#[test]
fn answers_that_are_lost_and_days_that_are_busy() {
    let it = Campaign::new();
    // The draft is made, the answer is lost: it is not made twice.
    it.registry.with(|inner| inner.lost_answers = 1);
    it.doi(&["register"], 0);
    let writes = it.registry.take_writes();
    assert_eq!(writes.len(), 3, "{writes:?}");
    // 429: as long as it says.
    it.registry.with(|inner| {
        inner.too_many = 1;
        inner.times.clear();
    });
    it.doi(&["publish", "--yes", FIRST], 0);
    let times = it.registry.with(|inner| inner.times.clone());
    assert!(times[1].duration_since(times[0]).as_millis() >= 1000, "Retry-After was not obeyed");
}

#[test]
fn no_more_requests_than_allowed() {
    let it = Campaign::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold"));
    command.args(["doi", "plan", "--registry", "--per-second", "5", "--endpoint", &it.registry.url()]);
    command.arg(FIRST).arg(SECOND).arg(THIRD).current_dir(it.folder.path()).stdin(Stdio::null());
    command
        .env("DATACITE_REPOSITORY_ID", USER)
        .env("DATACITE_PASSWORD", PASSWORD)
        .env_remove("DATACITE_USERNAME");
    said(command.output().unwrap(), 3);
    let times = it.registry.with(|inner| inner.times.clone());
    assert_eq!(times.len(), 3);
    let between = times[2].duration_since(times[0]).as_millis();
    assert!(between >= 350, "three requests at five a second took {between} ms");
}

#[test]
fn who_may_what() {
    let it = Campaign::new();
    let mut command = it.command(&["register"]);
    command.env_remove("DATACITE_PASSWORD");
    assert!(said(command.output().unwrap(), 2).contains("set DATACITE_USERNAME"));
    let mut command = it.command(&["register"]);
    command.env("DATACITE_PASSWORD", "wrong-one");
    let text = said(command.output().unwrap(), 2);
    assert!(text.contains("did not take these (Bad credentials.)") && !text.contains("wrong-one"), "{text}");
    // Without credentials everybody can look; drafts are not seen then.
    it.doi(&["register", FIRST], 0);
    let mut command = it.command(&["plan", "--registry", FIRST]);
    command.env_remove("DATACITE_PASSWORD");
    let text = said(command.output().unwrap(), 3);
    assert!(text.contains("shows no drafts") && text.contains("create      "), "{text}");
    // A prefix of somebody else stops this DOI, not the others.
    it.edit("content/dois.yaml", |text| text.replace(THIRD, "10.99999/alkyone"));
    it.edit("content/site.yaml", |text| text.replace("prefix: \"10.5072\"", "prefix: null"));
    it.build();
    let text = it.doi(&["register"], 1);
    assert!(
        text.contains("forbids it for 10.99999/alkyone") && text.contains("1 done, 1 failed, 0 not tried"),
        "{text}"
    );
    // Over plain http a password goes to this machine only.
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold"));
    command.args(["doi", "register", "--endpoint", "http://registry.example"]).current_dir(it.folder.path());
    command.env("DATACITE_USERNAME", USER).env("DATACITE_PASSWORD", PASSWORD);
    assert!(said(command.output().unwrap(), 2).contains("could be read on the way"));
}

#[test]
fn what_the_registry_refuses_is_told_for_each() {
    let it = Campaign::new();
    it.doi(&["register"], 0);
    // The page says something that this registry does not take.
    let file = format!("dist/ds/{FIRST}/datacite.json");
    it.edit(&file, |text| {
        let mut body: Value = serde_json::from_str(&text).unwrap();
        body["data"]["attributes"]["titles"][0]["title"] = "REFUSED".into();
        body.to_string()
    });
    let text = it.doi(&["publish", "--yes"], 1);
    assert!(text.contains("refused") && text.contains("(422): titles: Is refused by this test"), "{text}");
    assert!(text.contains("2 done, 1 failed, 0 not tried"), "{text}");
    // What is mandatory is missed before anything is sent.
    it.edit(&file, |text| {
        let mut body: Value = serde_json::from_str(&text).unwrap();
        body["data"]["attributes"]["creators"] = serde_json::json!([{"name": "(:unav)"}]);
        body["data"]["attributes"]["url"] = Value::Null;
        body.to_string()
    });
    it.registry.take_writes();
    let text = it.doi(&["publish", "--yes", FIRST], 1);
    assert!(
        text.contains("no creator: the dataset needs `creator_name`")
            && text.contains("site.yaml needs `url`"),
        "{text}"
    );
    assert_eq!(it.registry.take_writes(), [""; 0]);
    let text = it.doi(&["plan"], 1);
    assert!(text.contains("to-mend"), "{text}");
}

#[test]
fn withdrawn_and_under_embargo() {
    let it = Campaign::new();
    // The second is under embargo for a month; the withdrawn one has a DOI.
    it.edit("pinlist.yaml", |text| {
        text.replace("created: 2025-11-21", "created: 2025-11-21\n    embargo: 2026-12-24")
    });
    it.edit("content/dois.yaml", |text| {
        format!("{text}{WITHDRAWN}: {{doi: {}, published: 2026}}\n", doi(WITHDRAWN))
    });
    it.edit("pinlist.yaml", |text| {
        text.replace("    withdrawn: 2026-03-15\n", "").replace("    reason: ", "    # reason: ")
    });
    it.build();
    it.doi(&["register"], 0);
    let text = it.doi(&["publish", "--yes"], 0);
    assert!(text.contains(&format!("resolve     {THIRD} (registered)")), "{text}");
    assert_eq!(it.registry.state(THIRD).as_deref(), Some("registered"));
    let dates = it.registry.attributes(THIRD)["dates"].clone();
    assert!(
        dates
            .as_array()
            .unwrap()
            .iter()
            .any(|date| date["dateType"] == "Available" && date["date"] == "2026-12-24"),
        "{dates}"
    );
    assert_eq!(it.registry.state(&doi(WITHDRAWN)).as_deref(), Some("findable"));
    it.doi(&["plan", "--registry"], 0);
    // The day comes, and the other one is withdrawn.
    it.edit("pinlist.yaml", |text| {
        text.replace("\n    embargo: 2026-12-24", "")
            .replace("    # reason: ", "    withdrawn: 2026-03-15\n    reason: ")
    });
    it.build();
    let text = it.doi(&["plan", "--registry"], 3);
    assert!(text.contains("then hide") && text.contains("then publish"), "{text}");
    it.doi(&["publish", "--yes"], 0);
    it.doi(&["update"], 0);
    assert_eq!(it.registry.state(THIRD).as_deref(), Some("findable"));
    assert_eq!(it.registry.state(&doi(WITHDRAWN)).as_deref(), Some("registered"), "it still resolves");
    let page = it.read(&format!("dist/ds/{WITHDRAWN}/index.html"));
    assert!(page.contains("This dataset was withdrawn"));
    it.doi(&["plan", "--registry"], 0);
}

#[test]
fn what_is_named_is_added_to_the_list() {
    let it = Campaign::new();
    let listed = it.read("content/dois.yaml");
    let text = it.doi(&["plan"], 0);
    let line = text.lines().find(|line| line.starts_with("unlisted")).unwrap();
    let doi = line.split_whitespace().nth(1).unwrap().to_owned();
    let cid = doi.split('/').nth(1).unwrap();
    it.doi(&["register", cid], 0);
    assert_eq!(it.registry.state(&doi).as_deref(), Some("draft"));
    assert_eq!(it.read("content/dois.yaml"), listed, "a draft is no DOI yet");
    it.doi(&["publish", "--yes", &doi], 0);
    let now = it.read("content/dois.yaml");
    assert!(now.starts_with(&listed), "what was there is changed");
    assert_eq!(now[listed.len()..], format!("{cid}:\n  doi: {doi}\n  published: 2026\n"));
    it.build();
    assert!(it.doi(&["plan", "--registry", cid], 0).contains("1 up-to-date"));
    // A list that cannot be appended to is shown what belongs into it.
    it.edit("content/dois.yaml", |_| "{}\n".to_owned());
    it.build();
    let text = it.doi(&["publish", "--yes", cid], 1);
    assert!(
        text.contains("add by hand:") && text.contains(&format!("{cid}: {{doi: {doi}, published: 2026}}")),
        "{text}"
    );
    assert!(it.doi(&["register", "10.5072/nothing"], 2).contains("is neither in dois.yaml nor a dataset"));
}
