//! `pinfold build`: from the pinlist to a site.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use pinfold_core::finding::{Finding, Severity};
use pinfold_core::search::{Layout, Synonyms};

use crate::build::{BuildError, Cancel, Staging, Written, write_site};
use crate::catalogue::Catalogue;
use crate::cmd::session::{self, CacheArgs, Files, Session};
use crate::cmd::{CatalogueArgs, Interrupted, Outcome, SourceArgs};
use crate::front_end::Assets;
use crate::gather::cache::DEFAULT_LIMIT_BYTES;
use crate::gather::{Gathered, Inputs};
use crate::report;
use crate::search_index;
use crate::timings::{self, phase};

/// How often damaged cache entries are read again before it is the disk that is to blame.
const ATTEMPTS: usize = 3;
/// GitHub Pages takes sites of up to 1 GB; from here on a maintainer should look for another place.
const LARGE_SITE_BYTES: u64 = 800_000_000;

#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    sources: SourceArgs,
    /// The folder of the site; it is replaced as a whole when everything is done
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// The time that decides embargoes [default: SOURCE_DATE_EPOCH, else now]
    #[arg(long, value_name = "TIME")]
    build_time: Option<String>,
    /// An earlier build, whose pages stay where blocks cannot be reached
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// Errors and datasets that cannot be read make the exit code 1, and the old site stays
    #[arg(long)]
    strict: bool,
    /// The front end's files (target/web-dist) instead of those that the program carries
    #[arg(long, value_name = "DIR")]
    assets: Option<PathBuf>,
    /// Splits the search index as that of a large catalogue is, for tests
    #[arg(long, hide = true)]
    split_index: bool,
    /// Tells how long each phase took
    #[arg(long)]
    timings: bool,
    #[command(flatten)]
    cache: CacheArgs,
}

impl BuildArgs {
    fn layout(&self) -> Layout {
        if !self.split_index {
            return Layout::default();
        }
        Layout {
            inline_bytes: 0,
            shared_column_bytes: 0,
            shard_bytes: 2000,
            shard_records: 2,
            shard_details: 2,
        }
    }
}

pub(super) fn run(args: &BuildArgs) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let build_time = session::build_time(args.build_time.as_deref())?;
    let assets = match &args.assets {
        Some(folder) => Assets::from_folder(folder)?,
        None => Assets::carried()?,
    };
    let opening = phase("open");
    let files = Files::load(&args.catalogue)?;
    let staging = Staging::open(&args.out).map_err(|error| explain(error, args))?;
    let session = Session::open(files, &args.sources, &args.cache, build_time)?;
    let synonyms = synonyms(args)?;
    let runtime = session::runtime()?;
    let cancel = Arc::new(Cancel::default());
    watch(&runtime, &cancel);
    drop(opening);

    let mut attempt = 0;
    let (mut gathered, written) = loop {
        let mut gathered = gather(&runtime, &session, args, &cancel)?;
        gathered.catalogue.front_end = assets.front_end.clone();
        session.fetcher.forget_blocks();
        let index = |catalogue: &Catalogue| Some(search_index::write(catalogue, &synonyms, args.layout()));
        let (catalogue, cache) = (&gathered.catalogue, &session.cache);
        let written = write_site(catalogue, &assets.files, index, cache, &staging, &cancel, true)
            .map_err(|error| explain(error, args))?;
        attempt += 1;
        if written.damaged.is_empty() {
            break (gathered, written);
        }
        // The damaged entries are gone from the cache: this time they come from blocks.
        if attempt == ATTEMPTS {
            anyhow::bail!(
                "{} entries of the cache are damaged again and again; try --no-cache",
                written.damaged.len()
            );
        }
    };
    let reporting = phase("report");
    let mut findings = session::take_findings(&mut gathered, &session.files.pinlist);
    findings.extend(about_the_site(args, &gathered, &written));
    let counts = report::Counts::of(&findings);
    findings.retain(|finding| finding.severity > Severity::Note);
    if !findings.is_empty() {
        eprint!("{}", report::text(&findings, &session.files.texts));
    }
    drop(findings);
    if session.cache.damaged() > 0 {
        eprintln!("{} damaged entries of the cache were made again", session.cache.damaged());
    }
    if args.strict && (counts.errors > 0 || gathered.failed > 0) {
        eprintln!("not published, as --strict wants it: {counts}; {} is as it was", args.out.display());
        return Ok(Outcome::Findings);
    }
    drop(reporting);
    let publishing = phase("publish");
    staging.publish().map_err(|error| explain(error, args))?;
    drop(publishing);
    let pruning = phase("prune the cache");
    if let Err(error) = session.cache.prune(DEFAULT_LIMIT_BYTES) {
        eprintln!("warning: the cache cannot be cleared up: {error}");
    }
    drop(pruning);
    for line in session::source_lines(&session.fetcher) {
        println!("{line}");
    }
    println!("{}", summary(args, &gathered, &written, began));
    if args.timings {
        print!("{}", timings::table());
    }
    // The process ends: nobody needs ten thousand records taken apart one by one.
    std::mem::forget(gathered);
    Ok(Outcome::Done)
}

/// The table of `content/synonyms.yaml`, else the one that comes with the program.
fn synonyms(args: &BuildArgs) -> anyhow::Result<Synonyms> {
    let path = args.catalogue.content.join("synonyms.yaml");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => search_index::SYNONYMS.to_owned(),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    };
    search_index::read_synonyms(&text).with_context(|| format!("{} cannot be used", path.display()))
}

fn gather(
    runtime: &tokio::runtime::Runtime,
    session: &Session,
    args: &BuildArgs,
    cancel: &Cancel,
) -> anyhow::Result<Gathered> {
    let inputs = Inputs { brief: true, ..session.inputs(args.previous.as_deref()) };
    runtime.block_on(async {
        tokio::select! {
            gathered = session.gather_with(&inputs) => Ok(gathered),
            () = until(cancel) => Err(Interrupted.into()),
        }
    })
}

async fn until(cancel: &Cancel) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Ctrl-C and SIGTERM end the build between two datasets; the second one at once.
fn watch(runtime: &tokio::runtime::Runtime, cancel: &Arc<Cancel>) {
    let cancel = Arc::clone(cancel);
    runtime.spawn(async move {
        loop {
            super::stop_signal().await;
            if cancel.is_cancelled() {
                std::process::exit(130);
            }
            eprintln!("stopping; the old site stays (again: at once)");
            cancel.cancel();
        }
    });
}

/// Says what to do about an error.
fn explain(error: BuildError, args: &BuildArgs) -> anyhow::Error {
    let out = args.out.display();
    match &error {
        BuildError::Cancelled => Interrupted.into(),
        BuildError::NotOurs { .. } => anyhow::Error::from(error)
            .context(format!("{out} would be replaced; name another folder with --out, or empty it")),
        BuildError::NotAFolder { .. } => anyhow::Error::from(error).context("name another folder with --out"),
        BuildError::Busy { .. } => anyhow::Error::from(error).context("wait until the other build is done"),
        BuildError::Unfinished { .. } => {
            anyhow::Error::from(error).context("mend what is wrong with the disk, then build again")
        }
        BuildError::Write { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            anyhow::Error::from(error).context(format!("the disk is full; {out} is as it was before"))
        }
        BuildError::Write { .. } | BuildError::Path { .. } => {
            anyhow::Error::from(error).context(format!("{out} is as it was before"))
        }
    }
}

fn about_the_site(args: &BuildArgs, gathered: &Gathered, written: &Written) -> Vec<Finding> {
    let mut findings = Vec::new();
    if args.strict && gathered.catalogue.site.url.is_none() {
        findings.push(
            Finding::new(
                Severity::Error,
                "site-url-missing",
                "site.yaml has no `url`, which DOIs, sitemap and feed need",
            )
            .hint("add `url: https://…/`, the address at which the site will be"),
        );
    }
    if !written.dropped.is_empty() {
        let shown: Vec<&str> = written.dropped.iter().take(5).map(String::as_str).collect();
        let message = format!(
            "{} datasets had a page in {} and have none now: {}{}",
            written.dropped.len(),
            args.out.display(),
            shown.join(", "),
            if written.dropped.len() > 5 { ", …" } else { "" }
        );
        let hint =
            "what was published stays: build with `--previous` and the old site, and put the pins back";
        findings.push(Finding::new(Severity::Warning, "page-dropped", message).hint(hint));
    }
    findings.extend(site_large(written.bytes, ""));
    findings
}

/// The warning about a site that GitHub Pages will soon not take any more.
pub(super) fn site_large(bytes: u64, about: &str) -> Option<Finding> {
    let message = format!("the site has {about}{} MB; GitHub Pages takes 1 GB", bytes / 1_000_000);
    let finding = Finding::new(Severity::Warning, "site-large", message);
    (bytes > LARGE_SITE_BYTES).then(|| finding.hint("serve it from another place, or from IPFS"))
}

fn summary(args: &BuildArgs, gathered: &Gathered, written: &Written, began: Instant) -> String {
    let mut text = format!(
        "{}: {} datasets ({} read, {} from the cache; {} pages made, {} taken over), {:.1} MB, {:.2} s",
        args.out.display(),
        gathered.catalogue.entries.len(),
        gathered.read,
        gathered.catalogue.entries.len().saturating_sub(gathered.read),
        written.rendered,
        written.taken_over,
        written.bytes as f64 / 1e6,
        began.elapsed().as_secs_f64()
    );
    if gathered.failed > 0 {
        text += &format!("; {} datasets could not be read", gathered.failed);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_times() {
        let of = |text: &str| session::build_time(Some(text)).map(|time| time.to_string());
        assert_eq!(of("2026-11-20").unwrap(), "2026-11-20T00:00:00Z");
        assert_eq!(of("2026-11-20T12:30:00+01:00").unwrap(), "2026-11-20T11:30:00Z");
        assert_eq!(of("0").unwrap(), "1970-01-01T00:00:00Z");
        assert!(of("tomorrow").is_err());
    }

    #[test]
    fn a_site_near_a_gigabyte_is_warned_of() {
        assert!(site_large(LARGE_SITE_BYTES, "").is_none());
        let finding = site_large(950_000_000, "about ").unwrap();
        assert_eq!(
            (finding.code.as_str(), finding.message.as_str()),
            ("site-large", "the site has about 950 MB; GitHub Pages takes 1 GB")
        );
    }
}
