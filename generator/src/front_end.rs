//! The front end's scripts and modules: carried by the program, or from `--assets DIR`.
//!
//! `cargo xtask web` leaves them in a folder, each named by its hash, with a `manifest.json` that maps
//! `search.js` to `search-0123456789.js`. A program that was compiled with `PINFOLD_WEB_DIST` set to that
//! folder carries them. Without them a site is complete but for search and explorer.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue::{FrontEnd, SiteFile};

mod carried {
    include!(concat!(env!("OUT_DIR"), "/front_end.rs"));
}

/// One file; the largest module is well below 1 MB.
const MAX_FILE_BYTES: u64 = 32 << 20;
/// How many there may be.
const MAX_FILES: usize = 500;

/// The files and where pages find the two modules that they load.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// What pages load.
    pub front_end: FrontEnd,
    /// All files, below `assets/`.
    pub files: Vec<SiteFile>,
}

/// Why a folder is no front end.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest is not one.
    #[error("{} is not a manifest of the front end: {reason}", path.display())]
    Manifest {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Assets {
    /// The front end that the program carries, or none.
    ///
    /// # Errors
    /// When what it carries is not a front end: a fault of its build.
    pub fn carried() -> Result<Self, AssetsError> {
        let files = carried::FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        Self::from_files(Path::new("the program's own front end"), files.collect())
    }

    /// The front end of a folder.
    ///
    /// # Errors
    /// When a file cannot be read or there is no manifest.
    pub fn from_folder(folder: &Path) -> Result<Self, AssetsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| AssetsError::Unreadable { path, source }
        };
        let mut files = BTreeMap::new();
        for item in fs::read_dir(folder).map_err(unreadable(folder))? {
            let item = item.map_err(unreadable(folder))?;
            let (path, name) = (item.path(), item.file_name());
            let Some(name) = name.to_str().filter(|_| path.is_file()) else { continue };
            let length = item.metadata().map_err(unreadable(&path))?.len();
            if length > MAX_FILE_BYTES || files.len() >= MAX_FILES {
                let reason =
                    format!("{name} is larger than {MAX_FILE_BYTES} bytes, or there are too many files");
                return Err(AssetsError::Manifest { path: folder.to_owned(), reason });
            }
            files.insert(name.to_owned(), fs::read(&path).map_err(unreadable(&path))?);
        }
        Self::from_files(&folder.join("manifest.json"), files)
    }

    fn from_files(manifest: &Path, mut files: BTreeMap<String, Vec<u8>>) -> Result<Self, AssetsError> {
        if files.is_empty() {
            return Ok(Self::default());
        }
        let fault = |reason: String| AssetsError::Manifest { path: manifest.to_owned(), reason };
        let text =
            files.remove("manifest.json").ok_or_else(|| fault("there is no manifest.json".to_owned()))?;
        let names: BTreeMap<String, String> =
            serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))?;
        for name in names.values() {
            if !files.contains_key(name) {
                return Err(fault(format!("it names {name}, which is not there")));
            }
        }
        let path = |name: &str| names.get(name).map(|file| format!("assets/{file}"));
        Ok(Self {
            front_end: FrontEnd {
                search: path("search.js"),
                search_wasm: path("search.wasm"),
                explorer: path("explorer.js"),
                ..FrontEnd::default()
            },
            files: files
                .into_iter()
                .map(|(name, bytes)| SiteFile { path: format!("assets/{name}"), bytes })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert!(Assets::from_folder(&folder.path().join("none")).is_err());
        write("search-01.js", "1");
        let error = Assets::from_folder(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("there is no manifest.json"), "{error}");
        write("manifest.json", r#"{"search.js": "search-01.js"}"#);
        let assets = Assets::from_folder(folder.path()).unwrap();
        assert_eq!(assets.front_end.search.as_deref(), Some("assets/search-01.js"));
        assert_eq!((assets.front_end.explorer, assets.files.len()), (None, 1));
        write("manifest.json", r#"{"search.js": "search-02.js"}"#);
        assert!(Assets::from_folder(folder.path()).is_err());
    }
}
