//! The folder `content/`: [`Content::load`] reads `site.yaml`, `dois.yaml`, known peers and pages.
//!
//! Everything in it is optional. `dois.yaml` (or `dois.json`) is read by [`Dois`]; `known-peers.yaml`, in
//! ORCESTRA's form, adds to `peers` of `site.yaml`. Pages are all `*.md` files below, with front matter
//! between two lines of `---`; names that begin with `.` or `_` and `README.md` are left out.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pinfold_core::finding::{Finding, Place, Severity};

use crate::catalogue::ContentPage;
use crate::dois::Dois;
use crate::site::{Peer, Site};
use crate::yaml::{self, Node, YamlError};

mod lint;

/// One configuration file or page. A page of 4 MiB would be no page any more.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// How many pages.
const MAX_PAGES: usize = 10_000;
/// How deep folders of pages may nest.
const MAX_DEPTH: usize = 16;

/// What `content/` holds.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// `site.yaml`.
    pub site: Site,
    /// `dois.yaml`.
    pub dois: Dois,
    /// Pages, sorted by path.
    pub pages: Vec<ContentPage>,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// The YAML files by name, for reports that show a line.
    pub texts: BTreeMap<String, String>,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// A file that is there cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it must be.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// A file is too large.
    #[error("{} has {actual_bytes} bytes, more than the limit of {limit_bytes}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size.
        actual_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// More pages than anybody writes.
    #[error("{} holds more than {limit} pages or folders deeper than {depth}", path.display())]
    TooMany {
        /// Which folder.
        path: PathBuf,
        /// The limit.
        limit: usize,
        /// The limit of depth.
        depth: usize,
    },
}

impl Content {
    /// Reads the folder; one that does not exist is an empty one.
    ///
    /// # Errors
    /// When a file that is there cannot be read or is broken.
    pub fn load(folder: &Path) -> Result<Self, ContentError> {
        let mut content = Self::default();
        if let Some((file, text)) = read_first(folder, &["site.yaml", "site.yml"])? {
            content.read_site(&file, &text)?;
            content.texts.insert(file, text);
        }
        if let Some((file, text)) = read_first(folder, &["dois.yaml", "dois.yml", "dois.json"])? {
            content.dois = Dois::parse(&file, &text, &mut content.findings)?;
            content.texts.insert(file, text);
        }
        if let Some((file, text)) = read_first(folder, &["known-peers.yaml", "known-peers.yml"])? {
            let peers = parse_peers(&file, &text)?;
            content.site.peers.extend(peers);
            content.texts.insert(file, text);
        }
        if folder.is_dir() {
            collect_pages(folder, "", 0, &mut content.pages)?;
            content.pages.sort_by(|a, b| a.path.cmp(&b.path));
            lint::pages(folder, &mut content);
        }
        Ok(content)
    }

    fn read_site(&mut self, file: &str, text: &str) -> Result<(), YamlError> {
        let root = yaml::parse(file, text)?;
        if root.is_null() {
            return Ok(());
        }
        if root.map().is_none() {
            let message = format!("site.yaml is a mapping, but here is {}", root.kind());
            return Err(yaml::error_at(file, text, root.line, root.column, message, None));
        }
        self.site = typed(file, text)?;
        let known = serde_json::to_value(Site::default()).unwrap_or_default();
        self.unknown_keys(file, &root, &known, "");
        lint::settings(file, &root, &self.site, &mut self.findings);
        if let Some(url) = &mut self.site.url {
            let usable = url.starts_with("https://") || url.starts_with("http://");
            if !usable {
                let place = place_of(file, root.get("url"));
                let message = format!("`url: {url}` is not an absolute address; it is not used");
                let finding = Finding::new(Severity::Error, "site-url-malformed", message);
                self.findings.push(finding.hint("write it as https://example.org/catalogue/").at(place));
                self.site.url = None;
            } else if !url.ends_with('/') {
                url.push('/');
            }
        }
        Ok(())
    }

    fn unknown_keys(&mut self, file: &str, node: &Node, known: &serde_json::Value, prefix: &str) {
        let (Some(pairs), Some(known)) = (node.map(), known.as_object()) else { return };
        for (key, value) in pairs {
            match known.get(&key.text) {
                Some(inner) => self.unknown_keys(file, value, inner, &format!("{prefix}{}.", key.text)),
                None => {
                    let place = Place {
                        file: Some(file.to_owned()),
                        line: Some(key.line),
                        column: Some(key.column),
                        ..Place::default()
                    };
                    let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
                    let message = format!("`{prefix}{}` is not a setting", key.text);
                    let hint = format!("known here are {}", names.join(", "));
                    let finding = Finding::new(Severity::Warning, "setting-unknown", message);
                    self.findings.push(finding.hint(hint).at(place));
                }
            }
        }
    }
}

/// Reads a list of peers as ORCESTRA keeps it (`name`, `ID`, `Addrs`).
///
/// # Errors
/// When the text is not such a list.
pub fn parse_peers(file: &str, text: &str) -> Result<Vec<Peer>, YamlError> {
    yaml::parse(file, text)?;
    typed::<Option<Vec<Peer>>>(file, text).map(Option::unwrap_or_default)
}

/// Reads `text` into a type, with the same errors as [`yaml::parse`].
pub(crate) fn typed<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, YamlError> {
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    serde_saphyr::from_str_with_options(text, options).map_err(|error| yaml::from_parser(file, text, &error))
}

fn place_of(file: &str, node: Option<&Node>) -> Place {
    Place {
        file: Some(file.to_owned()),
        line: node.map(|node| node.line),
        column: node.map(|node| node.column),
        ..Place::default()
    }
}

/// The first of `names` that exists in `folder`, with its path as shown in messages.
fn read_first(folder: &Path, names: &[&str]) -> Result<Option<(String, String)>, ContentError> {
    for name in names {
        let path = folder.join(name);
        if let Some(text) = read(&path)? {
            return Ok(Some((path.display().to_string(), text)));
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Option<String>, ContentError> {
    let unreadable = |source| ContentError::Unreadable { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(meta) if meta.len() > MAX_FILE_BYTES => Err(ContentError::TooLarge {
            path: path.to_owned(),
            actual_bytes: meta.len(),
            limit_bytes: MAX_FILE_BYTES,
        }),
        Ok(_) => fs::read_to_string(path).map(Some).map_err(unreadable),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

fn collect_pages(
    folder: &Path,
    prefix: &str,
    depth: usize,
    pages: &mut Vec<ContentPage>,
) -> Result<(), ContentError> {
    let unreadable = |source| ContentError::Unreadable { path: folder.to_owned(), source };
    if depth > MAX_DEPTH || pages.len() > MAX_PAGES {
        return Err(ContentError::TooMany { path: folder.to_owned(), limit: MAX_PAGES, depth: MAX_DEPTH });
    }
    for item in fs::read_dir(folder).map_err(unreadable)? {
        let item = item.map_err(unreadable)?;
        let Ok(name) = item.file_name().into_string() else { continue };
        if name.starts_with(['.', '_']) || name == "README.md" {
            continue;
        }
        let kind = item.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            collect_pages(&item.path(), &format!("{prefix}{name}/"), depth + 1, pages)?;
        } else if let Some(stem) = name.strip_suffix(".md")
            && let Some(markdown) = read(&item.path())?
        {
            pages.push(ContentPage { path: format!("{prefix}{stem}"), markdown });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(Content::load(&folder.path().join("none")).unwrap().site, Site::default());
        fs::create_dir(folder.path().join("manual")).unwrap();
        write(
            "site.yaml",
            "title: A\nurl: https://example.org/x\ndoi: {prefix: 10.50720, prefx: a}\ncolour: red\n",
        );
        write(
            "known-peers.yaml",
            "- {name: a, ID: 12D3, Addrs: [/ip4/1.2.3.4/tcp/1]}\n- {name: b, ID: 12D4}\n",
        );
        write("about.md", "# About\n");
        write("_draft.md", "no\n");
        write("manual/cite.md", "# Cite\n");
        let content = Content::load(folder.path()).unwrap();
        assert_eq!(content.site.url.as_deref(), Some("https://example.org/x/"));
        assert_eq!(content.site.doi.prefix.as_deref(), Some("10.50720"));
        assert_eq!(content.site.peers.len(), 2);
        assert_eq!(
            content.pages.iter().map(|page| page.path.as_str()).collect::<Vec<_>>(),
            ["about", "manual/cite"]
        );
        let shown: Vec<String> = content
            .findings
            .iter()
            .map(|f| format!("{}:{} {}", f.place.line.unwrap(), f.place.column.unwrap(), f.message))
            .collect();
        expect![[r#"
            3:25 `doi.prefx` is not a setting
            4:1 `colour` is not a setting"#]]
        .assert_eq(&shown.join("\n"));
        write("site.yaml", "title: A\ngateways: https://dweb.link\n");
        let error = Content::load(folder.path()).unwrap_err().to_string();
        expect![[r#"
            content/site.yaml:2:11: expected a list here
              |
            1 | title: A
            2 | gateways: https://dweb.link
              |           ^"#]]
        .assert_eq(&error.replace(&folder.path().display().to_string(), "content"));
    }

    #[test]
    fn the_real_peers() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/orcestra-known-peers.yaml");
        let Ok(text) = fs::read_to_string(path) else {
            eprintln!("SKIPPED: {path} is not there");
            return;
        };
        let peers = parse_peers("known-peers.yaml", &text).unwrap();
        assert!(peers.len() >= 5 && peers.iter().all(|peer| peer.id.starts_with("12D3")));
        assert!(peers.iter().any(|peer| peer.name == "DKRZ" && peer.addrs.len() == 2));
    }
}
