//! `.pinfold` at a site's root: says that the folder is ours, and what its dataset directories are made of.
//!
//! Text: the first line is [`FIRST_LINE`], then a line for every dataset, sorted by CID:
//! `<cid> <fingerprint> <files> <bytes> [<path of a file elsewhere>…]`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::catalogue::SiteFile;

/// The file's name.
pub(super) const NAME: &str = ".pinfold";
const FIRST_LINE: &str = "pinfold-site/1";
/// 100,000 datasets have about 25 MB.
const MAX_BYTES: u64 = 256 << 20;

/// What was written for one dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) cid: String,
    pub(super) fingerprint: String,
    /// Files in `ds/<cid>/`.
    pub(super) files: usize,
    /// Bytes of all files.
    pub(super) bytes: u64,
    /// Paths of files that are not in `ds/<cid>/`.
    pub(super) elsewhere: Vec<String>,
}

/// The file's content.
#[derive(Debug, Default)]
pub(super) struct Marker {
    lines: BTreeMap<String, Line>,
}

impl Marker {
    pub(super) fn new(lines: Vec<Line>) -> Self {
        Self { lines: lines.into_iter().map(|line| (line.cid.clone(), line)).collect() }
    }

    /// Reads it; one that is not there or cannot be understood knows of no dataset.
    pub(super) fn read(site: &Path) -> Self {
        let path = site.join(NAME);
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > MAX_BYTES) {
            return Self::default();
        }
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Self::default();
        }
        Self::new(lines.filter_map(parse).collect())
    }

    pub(super) fn get(&self, cid: &str) -> Option<&Line> {
        self.lines.get(cid)
    }

    /// The datasets that `lines` do not have, sorted.
    pub(super) fn without(&self, lines: &[Line]) -> Vec<String> {
        let mut gone: BTreeMap<&str, ()> = self.lines.keys().map(|cid| (cid.as_str(), ())).collect();
        for line in lines {
            gone.remove(line.cid.as_str());
        }
        gone.into_keys().map(str::to_owned).collect()
    }

    pub(super) fn file(&self) -> SiteFile {
        let mut text = format!("{FIRST_LINE}\n");
        for line in self.lines.values() {
            text += &format!("{} {} {} {}", line.cid, line.fingerprint, line.files, line.bytes);
            for path in &line.elsewhere {
                text.push(' ');
                text += path;
            }
            text.push('\n');
        }
        SiteFile { path: NAME.to_owned(), bytes: text.into_bytes() }
    }
}

fn parse(line: &str) -> Option<Line> {
    let mut parts = line.split(' ').map(str::to_owned);
    Some(Line {
        cid: parts.next()?,
        fingerprint: parts.next()?,
        files: parts.next()?.parse().ok()?,
        bytes: parts.next()?.parse().ok()?,
        elsewhere: parts.collect(),
    })
}
