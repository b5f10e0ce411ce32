//! `pinfold add`: a directory becomes a CID, an archive and an entry of the pinlist.

mod kubo;
mod tree;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use clap::Args;
use jiff::civil::Date;
use pinfold_core::block::Limits;
use pinfold_core::cid::Cid;
use pinfold_core::finding::Severity;
use pinfold_core::unixfs::{Imported, Profile};

use crate::add::{
    AddError, Archive, Wish, car_bytes, check_space, entry, look, measure, replace_file, write_car,
};
use crate::cmd::{Interrupted, Outcome, stop_signal};
use crate::import::{ImportOptions, import};
use crate::pinlist::{Pin, Pinlist, edit};
use crate::progress::Progress;
use crate::report;
use crate::source::CarFile;

/// What the help says below the options.
pub(super) const HELP: &str = "\
Findings on the dataset, its CID, an archive (with --car) and an entry at the end of the pinlist.\n\
\n\
Comments and order of the pinlist stay. Where a pin of the same name is listed, the new one replaces it\n\
(`meta.prev`). Adding the same bytes again changes nothing. Files are written whole or not at all.\n\
\n\
With --tree the dataset is placed in tree.yaml and the new HEAD is added to the pinlist. Its CID is the one\n\
that Kubo's `ipfs files cp` makes; sizes come from the previous HEAD's directories or from root blocks.\n\
\n\
Exit codes: 0 added or listed already, 1 errors found under --strict (nothing added), 2 not possible.";

#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The dataset: a directory with Zarr metadata or dataset_meta.yaml at its top
    path: PathBuf,
    /// Its name in the list [default: the dataset's title, else the directory's name]
    #[arg(long)]
    name: Option<String>,
    /// Write an archive with all blocks to this file
    #[arg(long, value_name = "FILE")]
    car: Option<PathBuf>,
    /// The pin that this one replaces [default: the newest pin of the same name]
    #[arg(long, value_name = "CID")]
    replaces: Option<Cid>,
    /// Replace nothing, even where a pin of the same name is listed
    #[arg(long, conflicts_with = "replaces")]
    new: bool,
    /// A tag; may be given several times [default: those of the pin that is replaced]
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Multiaddress of a peer that has the data; may be given several times
    #[arg(long = "origin", value_name = "ADDRESS")]
    origins: Vec<String>,
    /// The day that the pin was made [default: today, UTC]
    #[arg(long, value_name = "DATE")]
    created: Option<Date>,
    /// How blocks are made, as for `pinfold cid`
    #[arg(long, value_name = "PROFILE", default_value = "unixfs-v1-2025")]
    profile: Profile,
    /// The list of pins; one that does not exist is begun
    #[arg(long, value_name = "FILE", default_value = "pinlist.yaml")]
    pinlist: PathBuf,
    #[command(flatten)]
    tree: tree::TreeArgs,
    /// Import it into the Kubo at this address of its RPC API, and pin it there
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Add nothing while the dataset has errors
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &AddArgs) -> anyhow::Result<Outcome> {
    if !args.path.is_dir() {
        bail!("{} is not a directory", args.path.display());
    }
    // What can be refused is refused before the work begins.
    read_list(&args.pinlist)?;
    let there = args.car.as_deref().map(existing_car).transpose()?.flatten();
    let dataset = look(&args.path)?;
    print!("{}", report::text(&dataset.findings, &std::collections::BTreeMap::new()));
    std::io::stdout().flush()?;
    let has_errors = dataset.findings.iter().any(|finding| finding.severity == Severity::Error);
    if args.strict && has_errors {
        eprintln!("nothing was added: the dataset has errors (--strict)");
        return Ok(Outcome::Findings);
    }

    if let Some(address) = &args.to {
        kubo::look(address, measure(&args.path).1)?;
    }
    let (imported, archive) = import_all(args, there.is_some())?;
    let cid = imported.cid;
    if let (Some(root), Some(car)) = (there, &args.car)
        && root != cid
    {
        bail!("{} holds another dataset ({root}); name another file or move it away", car.display());
    }
    println!("{cid}");

    let text = read_list(&args.pinlist)?.unwrap_or_default();
    let file = args.pinlist.display().to_string();
    let list = Pinlist::parse(&file, &text)?;
    if let Some(path) = &args.tree.path {
        return into_tree(args, &list, &text, path, &imported, archive);
    }
    if let Some(pin) = list.pins.iter().find(|pin| pin.cid == cid) {
        println!("{file} lists it already: `{}` in line {}; the list stays as it is", pin.label(), pin.line);
        keep(archive, args.car.as_deref())?;
        send(args, &imported, &pin.label(), None)?;
        return Ok(Outcome::Done);
    }
    let wish = Wish {
        name: args.name.clone(),
        replaces: args.replaces,
        is_new: args.new,
        tags: args.tags.clone(),
        origins: args.origins.clone(),
        created: args.created.unwrap_or_else(today),
    };
    let (pin, replaced) = entry(&list, cid, &wish, dataset.title.as_deref(), &folder_name(&args.path))?;
    let changed = edit::append(&file, &text, &pin)?;
    // The list names what the node has, never what it is about to have.
    send(args, &imported, &pin.name, None)?;
    let is_kept = archive.is_some();
    keep(archive, args.car.as_deref())?;
    if let Err(error) = replace_file(&args.pinlist, &changed) {
        if let (true, Some(car)) = (is_kept, &args.car) {
            // All or nothing; that it cannot be removed is the smaller trouble.
            let _ = std::fs::remove_file(car);
        }
        return Err(error.into());
    }
    println!("{file}: added `{}`", pin.name);
    if let Some(old) = replaced {
        println!("it replaces `{}` ({})", old.label(), old.cid);
    }
    Ok(Outcome::Done)
}

/// The dataset at its place in the tree, and the tree's new HEAD at the end of the list.
fn into_tree(
    args: &AddArgs,
    list: &Pinlist,
    text: &str,
    path: &str,
    imported: &Imported,
    archive: Option<Archive>,
) -> anyhow::Result<Outcome> {
    let Some(placed) = args.tree.place(list, &args.pinlist, path, imported)? else {
        println!("the tree has it already at `{path}`; nothing is changed");
        keep(archive, args.car.as_deref())?;
        let current = args.tree.previous(list)?;
        let name = current.map(Pin::label).unwrap_or_default();
        let head = current.map(|pin| kubo::Head { cid: pin.cid, name: &name, blocks: &[] });
        send(args, imported, path, head)?;
        return Ok(Outcome::Done);
    };
    let pin = placed.pin(args.origins.clone(), args.created.unwrap_or_else(today), &args.tags);
    let changed = edit::append(&list.file, text, &pin)?;
    let (head, name) = (&placed.head, pin.name.as_str());
    send(args, imported, path, Some(kubo::Head { cid: head.root.cid, name, blocks: &head.blocks }))?;
    let is_kept = archive.is_some();
    keep(archive, args.car.as_deref())?;
    if let Err(error) = placed.write(&args.pinlist, &changed) {
        if let (true, Some(car)) = (is_kept, &args.car) {
            let _ = std::fs::remove_file(car);
        }
        return Err(error);
    }
    println!("{}: `{path}`; {}: added `{}`", placed.file.display(), list.file, pin.name);
    println!("HEAD {}", pin.cid);
    if let Some((cid, label)) = &placed.previous {
        println!("it replaces `{label}` ({cid})");
    }
    Ok(Outcome::Done)
}

/// Into the Kubo of `--to`, if there is one.
fn send(args: &AddArgs, imported: &Imported, name: &str, head: Option<kubo::Head<'_>>) -> anyhow::Result<()> {
    let Some(address) = &args.to else { return Ok(()) };
    let (path, profile, dataset) = (args.path.as_path(), args.profile, imported.cid);
    let size_bytes = imported.size_bytes;
    kubo::send(address, &kubo::Sending { path, profile, dataset, size_bytes, name, head })
}

/// What it is as blocks, and the archive where one is wanted and not there.
fn import_all(args: &AddArgs, is_there: bool) -> anyhow::Result<(Imported, Option<Archive>)> {
    let (files, size_bytes) = measure(&args.path);
    let progress = Progress::start("importing bytes", size_bytes);
    let options = ImportOptions { profile: args.profile, hidden: true, progress: &progress };
    let Some(car) = args.car.as_deref().filter(|_| !is_there) else {
        return Ok((import(&args.path, &options)?, None));
    };
    let expected_bytes = car_bytes(files, size_bytes);
    check_space(car, expected_bytes)?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    // Ends with the process; the temporary file is removed by the importer when it hears of it.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(stop_signal());
            told.store(true, Ordering::Relaxed);
        }
    });
    match write_car(&args.path, car, expected_bytes, &options, &stop) {
        Ok(archive) => Ok((archive.imported, Some(archive))),
        Err(AddError::Interrupted) => Err(Interrupted.into()),
        Err(error) => Err(error.into()),
    }
}

fn keep(archive: Option<Archive>, car: Option<&Path>) -> anyhow::Result<()> {
    if let (Some(archive), Some(car)) = (archive, car) {
        let size_bytes = archive.size_bytes;
        archive.keep(car)?;
        println!("{}: {size_bytes} bytes", car.display());
    }
    Ok(())
}

/// The root of an archive that is there already.
fn existing_car(car: &Path) -> anyhow::Result<Option<Cid>> {
    if std::fs::symlink_metadata(car).is_err() {
        return Ok(None);
    }
    let file = CarFile::open(car, &Limits::default()).with_context(|| {
        format!("{} is there already and is not an archive; it is not overwritten", car.display())
    })?;
    match file.roots() {
        [root] => Ok(Some(*root)),
        roots => {
            bail!("{} is there already and has {} roots; it is not overwritten", car.display(), roots.len())
        }
    }
}

/// The list's text, if there is one; an error when it is there and cannot be used.
fn read_list(path: &Path) -> anyhow::Result<Option<String>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("the pinlist {} cannot be read", path.display()));
        }
    };
    Pinlist::parse(&path.display().to_string(), &text)?;
    Ok(Some(text))
}

fn folder_name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_stem().map_or_else(|| "dataset".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
