//! `pinfold verify`: every block of every current pin.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use pinfold_core::block::{FetchError, Limits};
use pinfold_core::cid::Cid;
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::Unixfs;
use serde::Serialize;

use crate::cmd::{CatalogueArgs, Outcome, SourceArgs};
use crate::content::Content;
use crate::pinlist::Pinlist;
use crate::progress::Progress;
use crate::source::{PoolHasher, open_all};
use crate::verify::{State, Verified, sample_pin, verify_pin};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// What to verify instead of the pinlist's current pins
    cids: Vec<Cid>,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    sources: SourceArgs,
    /// Look at so many random blocks of each pin instead of all
    #[arg(long, value_name = "N")]
    sample: Option<u64>,
    /// Where it is written down how far an interrupted run came; removed when everything was walked
    #[arg(long, value_name = "FILE", default_value = ".pinfold-verify")]
    state: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct PinReport {
    cid: Cid,
    name: Option<String>,
    #[serde(flatten)]
    verified: Verified,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    sampled: bool,
    pins: Vec<PinReport>,
    /// Sources that delivered wrong bytes, even where another one had the right ones.
    wrong_bytes: Vec<String>,
}

pub(super) fn run(args: &VerifyArgs) -> anyhow::Result<Outcome> {
    let content = if args.catalogue.content.is_dir() {
        Content::load(&args.catalogue.content)?
    } else {
        Content::default()
    };
    let pins = if args.cids.is_empty() {
        current_pins(args)?
    } else {
        args.cids.iter().map(|cid| (*cid, None)).collect()
    };
    let limits = Limits::default();
    let sources = open_all(&args.sources.sources, &content.site.gateways, &limits)?;
    let options = FetchOptions { hasher: Arc::new(PoolHasher), ..FetchOptions::default() };
    let fetcher = Fetcher::new(sources, options);
    let unixfs = Unixfs::new(Arc::new(fetcher.clone()), limits);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;

    let mut state = match args.sample {
        Some(_) => None,
        None => Some(State::open(&args.state).with_context(|| args.state.display().to_string())?),
    };
    if let Some(known) = state.as_ref().map(State::known).filter(|known| *known > 0) {
        eprintln!("going on after {known} blocks that {} says are right", args.state.display());
    }
    let progress = Progress::start("verifying blocks", args.sample.unwrap_or(0) * pins.len() as u64);
    let mut report = Report {
        schema: "pinfold-verify/1",
        sampled: args.sample.is_some(),
        pins: Vec::new(),
        wrong_bytes: Vec::new(),
    };
    let walked = runtime.block_on(async {
        let work = async {
            for (cid, name) in pins {
                let verified = match args.sample {
                    Some(count) => sample_pin(&unixfs, cid, count, &progress).await,
                    None => verify_pin(&unixfs, cid, &mut state, &progress).await?,
                };
                report.pins.push(PinReport { cid, name, verified });
            }
            anyhow::Ok(true)
        };
        tokio::select! {
            done = work => done,
            _ = tokio::signal::ctrl_c() => Ok(false),
        }
    })?;
    drop(progress);
    if let Some(mut state) = state {
        if walked {
            state.finish().with_context(|| args.state.display().to_string())?;
        } else {
            state.flush().with_context(|| args.state.display().to_string())?;
            eprintln!("interrupted: the same command goes on where it was ({})", args.state.display());
        }
    }
    for incident in fetcher.incidents() {
        if let error @ FetchError::Corrupt { .. } = incident.error {
            report.wrong_bytes.push(error.to_string());
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print_text(&report);
    }
    let is_bad = report.pins.iter().any(|pin| !pin.verified.bad.is_empty());
    if !walked {
        // The shell's convention for Ctrl-C.
        std::process::exit(130);
    }
    Ok(if is_bad { Outcome::Findings } else { Outcome::Done })
}

/// The newest pin of each chain, unless it was withdrawn.
fn current_pins(args: &VerifyArgs) -> anyhow::Result<Vec<(Cid, Option<String>)>> {
    let file = args.catalogue.pinlist.display().to_string();
    let text =
        std::fs::read_to_string(&args.catalogue.pinlist).with_context(|| format!("{file} cannot be read"))?;
    let list = Pinlist::parse(&file, &text)?;
    let mut heads: Vec<usize> =
        list.families().iter().flat_map(|family| family.heads.iter().copied()).collect();
    heads.sort_unstable();
    let pins = heads.into_iter().map(|index| &list.pins[index]);
    Ok(pins.filter(|pin| pin.withdrawn.is_none()).map(|pin| (pin.cid, pin.name.clone())).collect())
}

fn print_text(report: &Report) {
    for pin in &report.pins {
        let name = pin.name.clone().unwrap_or_else(|| pin.cid.short());
        let Verified { blocks, bytes, known_before, bad } = &pin.verified;
        let before = if *known_before > 0 { format!(", {known_before} known before") } else { String::new() };
        println!("{name}: {blocks} blocks right ({bytes} bytes{before}), {} bad", bad.len());
        for block in bad {
            let fault = match block.fault {
                crate::verify::Fault::Missing => "missing",
                crate::verify::Fault::Corrupt => "corrupt",
                crate::verify::Fault::Unreadable => "unreadable",
            };
            let path = if block.path.is_empty() { "(root)" } else { &block.path };
            println!("  {fault} {} of {path}: {}", block.cid, block.message);
        }
    }
    for line in &report.wrong_bytes {
        println!("{line}");
    }
}
