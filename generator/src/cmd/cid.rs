//! `pinfold cid`: the CID that a directory or file will have, nothing else.

use std::path::{Path, PathBuf};

use clap::Args;
use pinfold_core::unixfs::Profile;

use crate::cmd::Outcome;
use crate::import::{ImportOptions, import, import_reader};
use crate::progress::Progress;

#[derive(Debug, Args)]
pub(super) struct CidArgs {
    /// A directory or file; - reads standard input
    path: PathBuf,
    /// How blocks are made: unixfs-v1-2025, unixfs-v0-2015, orcestra-v0 or orcestra-v1 (as
    /// `ipfs add --raw-leaves --chunker=size-1048576` with CIDv0 and CIDv1)
    #[arg(long, value_name = "PROFILE", default_value = "unixfs-v1-2025")]
    profile: Profile,
    /// Leave out files and directories whose names begin with a dot, as `ipfs add` does without --hidden
    #[arg(long)]
    no_hidden: bool,
    /// Print the CID in the version that the profile has (Qm… for CIDv0), as `ipfs add` does
    #[arg(long)]
    original: bool,
}

pub(super) fn run(args: &CidArgs) -> anyhow::Result<Outcome> {
    let is_stdin = args.path == Path::new("-");
    let total = if is_stdin { 0 } else { size_below(&args.path, !args.no_hidden, 0) };
    let progress = Progress::start("hashing bytes", total);
    let options = ImportOptions { profile: args.profile, hidden: !args.no_hidden, progress: &progress };
    let imported = if is_stdin {
        import_reader(&mut std::io::stdin().lock(), &options)
    } else {
        import(&args.path, &options)
    };
    drop(progress);
    let cid = imported?.cid;
    println!("{}", if args.original { cid.to_original_string() } else { cid.to_string() });
    Ok(Outcome::Done)
}

/// Bytes of the files below, for the progress bar: what cannot be read is reported by the import.
fn size_below(path: &Path, hidden: bool, depth: usize) -> u64 {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    if depth > 256 {
        return 0;
    }
    entries
        .flatten()
        .filter(|entry| hidden || !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| size_below(&entry.path(), hidden, depth + 1))
        .sum()
}
