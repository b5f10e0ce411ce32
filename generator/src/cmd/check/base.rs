//! `pinfold check --base REV`: the catalogue's files as they are at a revision of git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::cmd::CatalogueArgs;
use crate::dois::Dois;
use crate::pinlist::Pinlist;

/// What the catalogue was.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) pinlist: Pinlist,
    /// The DOIs of then: one that a change takes out counts still.
    pub(super) dois: Dois,
}

/// Reads the pinlist and dois.yaml at `revision`. A file that was not there then is an empty one.
pub(super) fn load(args: &CatalogueArgs, revision: &str) -> anyhow::Result<Base> {
    if revision.starts_with('-') {
        bail!("--base {revision}: a revision does not begin with `-`");
    }
    let file = args.pinlist.display().to_string();
    let text = show(&args.pinlist, revision)?.unwrap_or_default();
    let pinlist = Pinlist::parse(&format!("{file} at {revision}"), &text)?;
    let mut dois = Dois::default();
    for name in ["dois.yaml", "dois.yml", "dois.json"] {
        let path = args.content.join(name);
        if let Some(text) = show(&path, revision)? {
            dois = Dois::parse(&path.display().to_string(), &text, &mut Vec::new())?;
            break;
        }
    }
    Ok(Base { pinlist, dois })
}

/// Whether a file of the content folder is another one than at `revision`.
pub(super) fn differs(file: &str, text: &str, revision: &str) -> bool {
    show(Path::new(file), revision).ok().flatten().as_deref() != Some(text)
}

/// A file at a revision; `None` where it was not there then.
fn show(path: &Path, revision: &str) -> anyhow::Result<Option<String>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let git = |arguments: &[&str]| {
        Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(arguments)
            .output()
            .context("--base needs the command `git`; install it, or leave --base out")
    };
    let exists =
        git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    if !exists.status.success() {
        bail!(
            "--base {revision}: {} is in no git repository that has this revision; fetch it first (`git fetch origin {revision}`)",
            folder.display()
        );
    }
    let shown = git(&["show", "--end-of-options", &format!("{revision}:./{name}")])?;
    if !shown.status.success() {
        return Ok(None);
    }
    String::from_utf8(shown.stdout)
        .map(Some)
        .with_context(|| format!("{} at {revision} is not text", path.display()))
}
