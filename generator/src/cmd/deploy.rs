//! `pinfold deploy`: the site and the datasets into a Kubo node.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use clap::Args;
use pinfold_core::block::{BlockGet, Limits};
use pinfold_core::cid::Cid;
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::Profile;
use serde::Serialize;

use crate::add::{Archive, car_bytes, check_space as check_disk, measure, write_car};
use crate::cmd::{Outcome, SourceArgs, session, stop_signal};
use crate::content::Content;
use crate::deploy::{DeployError, Sent, SitePin, check_space, over_limit, send, site_pins, survey};
use crate::import::ImportOptions;
use crate::kubo::{DEFAULT_API, Kubo, RepoStat};
use crate::progress::Progress;
use crate::report::one_line;
use crate::source::{CarFile, open_all};

/// What the help says below the options.
pub(super) const HELP: &str = "\
The site is imported as `ipfs add` would, without files whose names begin with a dot: the same site has the\n\
same CID. Then come the pins of its pins.json. Only blocks that the node lacks are sent; a run that was\n\
interrupted, or whose node died, is simply repeated.\n\
\n\
A protected RPC API: PINFOLD_KUBO_AUTHORIZATION is the value of the Authorization header.\n\
\n\
Exit codes: 0 everything is pinned, 1 something is not and is named, 2 unusable input, 130 interrupted.";

#[derive(Debug, Args)]
pub(super) struct DeployArgs {
    /// The folder of the built site
    #[arg(long, value_name = "DIR", default_value = "dist")]
    site: PathBuf,
    /// The node's RPC API
    #[arg(long, value_name = "URL", default_value = DEFAULT_API, env = "PINFOLD_KUBO_API")]
    api: String,
    /// Also write the site as an archive
    #[arg(long, value_name = "FILE")]
    car: Option<PathBuf>,
    /// Only pack the site: contact no node
    #[arg(long)]
    no_pin: bool,
    /// Leave the datasets out
    #[arg(long)]
    site_only: bool,
    /// The name of the site's pin
    #[arg(long, value_name = "NAME", default_value = "pinfold-site")]
    name: String,
    /// When the site is pinned, remove older pins of its name
    #[arg(long)]
    replace: bool,
    /// The folder with site.yaml, for its gateways
    #[arg(long, value_name = "DIR", default_value = "content")]
    content: PathBuf,
    #[command(flatten)]
    sources: SourceArgs,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// How one root fared.
#[derive(Debug, Serialize)]
struct RootReport {
    cid: Cid,
    name: String,
    /// `pinned`, `was-pinned`, `failed`, `not-tried`.
    outcome: &'static str,
    sent: Sent,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    site: Cid,
    car_bytes: u64,
    roots: Vec<RootReport>,
}

pub(super) fn run(args: &DeployArgs) -> anyhow::Result<Outcome> {
    if !args.site.join("index.html").is_file() {
        bail!("{} is no built site; `pinfold build` makes it", args.site.display());
    }
    let pins = if args.no_pin || args.site_only { Vec::new() } else { site_pins(&args.site)? };
    let sources = if pins.is_empty() {
        Vec::new()
    } else {
        let content = Content::load(&args.content)?;
        open_all(&args.sources.sources, &content.site.gateways, &Limits::default())?
    };
    let scratch = tempfile::tempdir().context("there is no place for temporary files; set TMPDIR")?;
    let (car, cid, car_bytes) = pack(args, scratch.path())?;
    let mut report = Report { schema: "pinfold-deploy/1", site: cid, car_bytes, roots: Vec::new() };
    if args.no_pin {
        print(args, &report)?;
        return Ok(Outcome::Done);
    }
    let limits = Limits::default();
    let site_blocks = Fetcher::new(vec![Arc::new(CarFile::open(&car, &limits)?)], FetchOptions::default());
    let kubo = Kubo::new(&args.api)?;
    let job = Job {
        args,
        kubo: &kubo,
        site: (cid, Arc::new(site_blocks)),
        pins,
        datasets: Arc::new(Fetcher::new(sources, FetchOptions::default())),
    };
    let runtime = session::runtime()?;
    let is_stopped = runtime.block_on(async {
        tokio::select! {
            done = job.run(&mut report.roots) => done.map(|()| false),
            () = stop_signal() => Ok(true),
        }
    })?;
    print(args, &report)?;
    if is_stopped {
        eprintln!("interrupted: the same command carries on, what was sent stays at the node");
        // The shell's convention for Ctrl-C.
        std::process::exit(130);
    }
    let is_whole = report.roots.iter().all(|root| matches!(root.outcome, "pinned" | "was-pinned"));
    Ok(if is_whole { Outcome::Done } else { Outcome::Findings })
}

/// The site as an archive: where it is, its root and its length.
fn pack(args: &DeployArgs, scratch: &Path) -> anyhow::Result<(PathBuf, Cid, u64)> {
    let car = args.car.clone().unwrap_or_else(|| scratch.join("site.car"));
    let (files, size_bytes) = measure(&args.site);
    let expected_bytes = car_bytes(files, size_bytes);
    check_disk(&car, expected_bytes)?;
    let progress = Progress::start("packing the site", size_bytes);
    let options = ImportOptions { profile: Profile::default(), hidden: false, progress: &progress };
    let there = match std::fs::symlink_metadata(&car) {
        Err(_) => None,
        Ok(_) => Some(CarFile::open(&car, &Limits::default()).with_context(|| {
            format!("{} is there already and is not an archive; it is not overwritten", car.display())
        })?),
    };
    let archive: Archive = write_car(&args.site, &car, expected_bytes, &options, &AtomicBool::new(false))?;
    let (cid, car_bytes) = (archive.imported.cid, archive.size_bytes);
    match there {
        Some(old) if old.roots() == [cid] => {}
        Some(_) => {
            std::fs::remove_file(&car).with_context(|| format!("{} cannot be replaced", car.display()))?;
            archive.keep(&car)?;
        }
        None => archive.keep(&car)?,
    }
    Ok((car, cid, car_bytes))
}

/// What is to be pinned, and where.
struct Job<'a> {
    args: &'a DeployArgs,
    kubo: &'a Kubo,
    site: (Cid, Arc<dyn BlockGet>),
    pins: Vec<SitePin>,
    datasets: Arc<dyn BlockGet>,
}

impl Job<'_> {
    /// Datasets first: the site that names them comes when they are there.
    async fn run(&self, reports: &mut Vec<RootReport>) -> anyhow::Result<()> {
        let version = self.kubo.version().await?;
        eprintln!("Kubo {version} at {}", self.kubo.address());
        let pinned = self.kubo.pin_ls().await?;
        let stat = self.kubo.repo_stat().await?;
        let mut is_over = false;
        let site = SitePin { cid: self.site.0, name: self.args.name.clone() };
        let datasets = self.pins.iter().map(|pin| (pin, &self.datasets));
        for (pin, blocks) in datasets.chain(std::iter::once((&site, &self.site.1))) {
            let name = if pin.name.is_empty() { pin.cid.to_string() } else { one_line(&pin.name) };
            let mut root =
                RootReport { cid: pin.cid, name, outcome: "not-tried", sent: Sent::default(), problem: None };
            if pinned.contains_key(&pin.cid) {
                root.outcome = "was-pinned";
            } else if !is_over {
                let deployed = self.deploy(&root, blocks.as_ref(), &stat).await;
                match deployed {
                    Ok(sent) => (root.outcome, root.sent) = ("pinned", sent),
                    Err(error) => {
                        is_over = error.concerns_all();
                        (root.outcome, root.problem) = ("failed", Some(error.to_string()));
                    }
                }
            }
            eprintln!("{:11}{}{}", root.outcome, root.name, told(&root));
            reports.push(root);
        }
        let is_there = reports.last().is_some_and(|root| matches!(root.outcome, "pinned" | "was-pinned"));
        if self.args.replace && is_there {
            let old = pinned.iter().filter(|(cid, name)| **cid != site.cid && **name == site.name);
            for (cid, name) in old {
                self.kubo.pin_rm(*cid).await?;
                eprintln!("unpinned   {} ({cid})", one_line(name));
            }
        }
        Ok(())
    }

    async fn deploy(
        &self,
        root: &RootReport,
        blocks: &dyn BlockGet,
        stat: &RepoStat,
    ) -> Result<Sent, DeployError> {
        let survey = {
            let progress = Progress::start(&format!("{}: looking for blocks", root.name), 0);
            survey(self.kubo, blocks, root.cid, &progress).await?
        };
        check_space(self.kubo, stat, survey.missing_bytes)?;
        if let Some(warning) = over_limit(self.kubo, stat, survey.missing_bytes) {
            eprintln!("warning: {warning}");
        }
        let progress =
            Arc::new(Progress::start(&format!("{}: sending bytes", root.name), survey.missing_bytes));
        let sent = send(self.kubo, blocks, &survey, &progress).await?;
        drop(progress);
        let progress = Progress::start(&format!("{}: pinning blocks", root.name), survey.blocks);
        let mut before = 0;
        let name = if root.name == root.cid.to_string() { "" } else { &root.name };
        self.kubo
            .pin_add(root.cid, name, |walked| {
                progress.advance(walked.saturating_sub(before));
                before = walked;
            })
            .await?;
        Ok(sent)
    }
}

/// What follows the name of a root in the log.
fn told(root: &RootReport) -> String {
    match (&root.problem, root.outcome) {
        (Some(problem), _) => format!(": {}", one_line(problem)),
        (None, "pinned") => {
            format!(" ({}): {} blocks sent, {} bytes", root.cid, root.sent.blocks, root.sent.bytes)
        }
        _ => format!(" ({})", root.cid),
    }
}

fn print(args: &DeployArgs, report: &Report) -> anyhow::Result<()> {
    if args.json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    if let Some(car) = &args.car {
        eprintln!("{}: {} bytes", car.display(), report.car_bytes);
    }
    println!("/ipfs/{}", report.site);
    Ok(())
}
