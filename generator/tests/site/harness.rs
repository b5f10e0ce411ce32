//! [`BuildTest`]: a catalogue in a folder of its own, built by the real program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::Expect;

/// The program that is tested.
pub(crate) const PINFOLD: &str = env!("CARGO_BIN_EXE_pinfold");

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Test data that is not part of the repository; says that the test is skipped where it is missing.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = repository().join("../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// A catalogue and what its last command said.
pub(crate) struct BuildTest {
    folder: tempfile::TempDir,
    sources: Vec<String>,
    more: Vec<String>,
    last: Option<Output>,
}

impl BuildTest {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sources: Vec::new(), more: Vec::new(), last: None }
    }

    /// The pinlist and the content of a folder of the repository; `""` is the demo at its root.
    pub(crate) fn from_dir(path: &str) -> Self {
        let test = Self::new();
        let from = repository().join(path);
        fs::copy(from.join("pinlist.yaml"), test.path("pinlist.yaml")).unwrap();
        copy(&from.join("content"), &test.path("content"));
        test
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in the folder.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Adds a source: a file of the folder, or any address or path.
    pub(crate) fn source(mut self, source: impl AsRef<Path>) -> Self {
        self.sources.push(source.as_ref().display().to_string());
        self
    }

    /// Adds arguments to every `build`.
    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.more.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Removes what [`Self::with`] added.
    pub(crate) fn plain(mut self) -> Self {
        self.more.clear();
        self
    }

    /// The command, not yet started: in the folder, with the sources, a fixed time and a cache of its own.
    pub(crate) fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(PINFOLD);
        command.current_dir(self.folder.path()).arg(name);
        for source in &self.sources {
            command.args(["--source", source]);
        }
        command.args(arguments);
        command.env_clear().env("SOURCE_DATE_EPOCH", "1790000000").env("PINFOLD_CACHE", self.path("cache"));
        command
    }

    /// Runs a command.
    pub(crate) fn run(mut self, name: &str, arguments: &[&str]) -> Self {
        self.last = Some(self.command(name, arguments).output().unwrap());
        self
    }

    /// Builds to `dist`.
    pub(crate) fn build(self) -> Self {
        let more = self.more.clone();
        let arguments: Vec<&str> = more.iter().map(String::as_str).collect();
        self.run("build", &arguments)
    }

    fn last(&self) -> &Output {
        self.last.as_ref().expect("a command ran")
    }

    pub(crate) fn stdout(&self) -> String {
        self.without_folder(&self.last().stdout)
    }

    pub(crate) fn stderr(&self) -> String {
        self.without_folder(&self.last().stderr)
    }

    fn without_folder(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec()).expect("messages are UTF-8");
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// How the last command ended.
    pub(crate) fn check_code(self, code: i32) -> Self {
        let actual = self.last().status.code();
        assert_eq!(actual, Some(code), "stdout: {}\nstderr: {}", self.stdout(), self.stderr());
        self
    }

    pub(crate) fn check_stderr(self, expected: Expect) -> Self {
        expected.assert_eq(&self.stderr());
        self
    }

    pub(crate) fn check_stdout(self, expected: Expect) -> Self {
        expected.assert_eq(&self.stdout());
        self
    }

    /// What the last command said holds this.
    pub(crate) fn check_says(self, words: &str) -> Self {
        let said = self.stdout() + &self.stderr();
        assert!(said.contains(words), "`{words}` is not in: {said}");
        self
    }

    /// What is inside `<main>` of a page.
    pub(crate) fn check_main_file(self, path: &str, expected: Expect) -> Self {
        let html = fs::read_to_string(self.path("dist").join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let (_, rest) = html.split_once("<main").expect("every page has a main part");
        let (_, rest) = rest.split_once('>').unwrap();
        let (main, _) = rest.split_once("</main>").expect("it ends");
        expected.assert_eq(main.trim());
        self
    }

    /// The record of a dataset.
    pub(crate) fn record(&self, cid: impl std::fmt::Display) -> serde_json::Value {
        let path = self.path("dist").join(format!("ds/{cid}/record.json"));
        serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            .unwrap()
    }

    /// The datasets that have a page, sorted.
    pub(crate) fn datasets(&self) -> Vec<String> {
        let Ok(items) = fs::read_dir(self.path("dist/ds")) else { return Vec::new() };
        let mut names: Vec<String> =
            items.map(|item| item.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All files of a folder.
    pub(crate) fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(name);
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for item in fs::read_dir(&folder).into_iter().flatten() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().display().to_string();
                    files.insert(name, fs::read(path).unwrap());
                }
            }
        }
        files
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let path = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}
