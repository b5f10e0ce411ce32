//! [`Desk`]: a folder in which the real program runs.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder and what the last command in it said.
pub(crate) struct Desk {
    folder: std::sync::Arc<tempfile::TempDir>,
    last: Option<Output>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: std::sync::Arc::new(tempfile::tempdir().unwrap()), last: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// A small Zarr v2 group with one array `x`; without a title where that is empty.
    pub(crate) fn zarr(self, name: &str, title: &str, length: usize) -> Self {
        let mut attributes = serde_json::json!({"summary": "Made for a test.", "creator_name": "Ada Example", "license": "CC-BY-4.0"});
        if !title.is_empty() {
            attributes["title"] = title.into();
        }
        let array = serde_json::json!({
            "zarr_format": 2, "shape": [length], "chunks": [length], "dtype": "<f4",
            "compressor": null, "fill_value": null, "filters": null, "order": "C",
        });
        let dimensions = serde_json::json!({"_ARRAY_DIMENSIONS": ["x"], "units": "m"});
        let chunk = "\0\0\0\0".repeat(length);
        self.file(&format!("{name}/.zgroup"), r#"{"zarr_format": 2}"#)
            .file(&format!("{name}/.zattrs"), &attributes.to_string())
            .file(&format!("{name}/x/.zarray"), &array.to_string())
            .file(&format!("{name}/x/.zattrs"), &dimensions.to_string())
            .file(&format!("{name}/x/0"), &chunk)
            .file(&format!("{name}/copy-of-0"), &chunk)
    }

    /// Runs the program in the folder.
    pub(crate) fn pinfold(&self, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pinfold"));
        command.args(arguments).env("PINFOLD_CACHE", std::env::temp_dir().join("pinfold-publish-tests"));
        self.run(command)
    }

    /// Runs any command in the folder.
    pub(crate) fn run(&self, mut command: Command) -> Self {
        let output = command.current_dir(self.folder.path()).output().unwrap();
        Self { folder: std::sync::Arc::clone(&self.folder), last: Some(output) }
    }

    fn last(&self) -> &Output {
        self.last.as_ref().expect("a command ran")
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.last().stdout.clone()).unwrap()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.last().stderr.clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn check_code(&self, code: i32) {
        assert_eq!(
            self.last().status.code(),
            Some(code),
            "stdout: {}\nstderr: {}",
            self.stdout(),
            self.stderr()
        );
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names in the folder, sorted, with those that begin with a dot.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}
