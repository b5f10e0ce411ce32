//! When each pin was listed first, from the pinlist's git history: [`first_listed`].
//!
//! Runs `git log`, which nothing else here does. The date is that of the commit, in UTC, that added a line
//! with the pin's `cid` first; CIDv0 and CIDv1 of the same block count as the same pin. Moved lines and
//! later commits change nothing. Not followed: lists that were renamed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pinfold_core::cid::Cid;

/// Why there are no dates.
#[derive(Debug, thiserror::Error)]
pub enum DatesError {
    /// Git cannot be run.
    #[error("git cannot be run: {0}")]
    Git(std::io::Error),
    /// The list is not in a repository, or git has another complaint.
    #[error("git cannot tell the history of {file}: {said}")]
    History {
        /// The list.
        file: String,
        /// What git says.
        said: String,
    },
    /// Older commits are missing, so that all dates would be too late.
    #[error("the history is cut off (a shallow clone); run `git fetch --unshallow` first")]
    Shallow,
}

/// The day on which every pin that was ever in `pinlist` came into it.
///
/// # Errors
/// When there is no history or it is cut off.
pub fn first_listed(pinlist: &Path) -> Result<BTreeMap<Cid, Date>, DatesError> {
    let folder = pinlist.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let history = |said: &[u8]| DatesError::History {
        file: pinlist.display().to_string(),
        said: String::from_utf8_lossy(said).lines().next().unwrap_or("nothing").to_owned(),
    };
    let name = pinlist.file_name().ok_or_else(|| history(b"it has no name"))?;
    let git = || {
        let mut git = Command::new("git");
        // A program that the repository's configuration names must not run, and no words may be translated.
        git.arg("-C")
            .arg(folder)
            .args(["-c", "core.fsmonitor=false"])
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        git
    };
    let shallow = git().args(["rev-parse", "--is-shallow-repository"]).output().map_err(DatesError::Git)?;
    if !shallow.status.success() {
        return Err(history(&shallow.stderr));
    }
    if shallow.stdout.starts_with(b"true") {
        return Err(DatesError::Shallow);
    }
    let mut child = git()
        .args([
            "log",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--unified=0",
            "--patch",
            "--format=commit %ct",
            "--",
        ])
        .arg(name)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(DatesError::Git)?;
    let mut earliest: BTreeMap<Cid, i64> = BTreeMap::new();
    if let Some(stdout) = child.stdout.take() {
        read_log(BufReader::new(stdout), &mut earliest).map_err(DatesError::Git)?;
    }
    let output = child.wait_with_output().map_err(DatesError::Git)?;
    if !output.status.success() {
        return Err(history(&output.stderr));
    }
    let day = |seconds| Timestamp::from_second(seconds).ok().map(|time| time.to_zoned(TimeZone::UTC).date());
    Ok(earliest.into_iter().filter_map(|(cid, seconds)| Some((cid, day(seconds)?))).collect())
}

fn read_log(log: impl BufRead, earliest: &mut BTreeMap<Cid, i64>) -> std::io::Result<()> {
    let mut seconds: Option<i64> = None;
    for line in log.split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if let Some(time) = line.strip_prefix("commit ") {
            seconds = time.trim().parse().ok();
        } else if let (Some(seconds), Some(added)) = (seconds, line.strip_prefix('+')) {
            for cid in cids_of(added) {
                let first = earliest.entry(cid).or_insert(seconds);
                *first = seconds.min(*first);
            }
        }
    }
    Ok(())
}

/// The CIDs behind `cid:` in a line of a pinlist.
fn cids_of(line: &str) -> impl Iterator<Item = Cid> {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    line.match_indices("cid").filter_map(move |(at, key)| {
        if line[..at].ends_with(is_part) || line[..at].contains('#') {
            return None;
        }
        let rest = line[at + key.len()..].trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?;
        let rest = rest.trim_start().trim_start_matches(['"', '\'']);
        let rest = rest.strip_prefix("ipfs://").or_else(|| rest.strip_prefix("/ipfs/")).unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_counts() {
        let log = b"commit 300\n\ndiff --git a/p b/p\n--- a/p\n+++ b/p\n@@ -0,0 +1 @@\n+- cid: bafkqaaa\n-- cid: bafkqabtimvwgy3yk\n\
            commit 200\n@@\n+- {name: x, \"cid\": \"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG\"}\n+    prev: bafkqabtimvwgy3yk\n+# cid: bafkqabtimvwgy3yk\n\
            commit 100\n@@\n+  cid: bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34 # x\n+- cid: bafkqaaa\n+ mycid: bafkqabtimvwgy3yk\n+- cid: [\xff\n";
        let mut earliest = BTreeMap::new();
        read_log(&log[..], &mut earliest).unwrap();
        let expected = BTreeMap::from([
            ("bafkqaaa".parse().unwrap(), 100),
            ("bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34".parse().unwrap(), 100),
        ]);
        assert_eq!(earliest, expected);
    }
}
