//! The command line: one file per subcommand. Entry point: [`main`].
//!
//! Exit codes: 0 done, 1 findings (or failed datasets under `--strict`), 2 unusable input, 3 there is
//! something to do (`doi plan --registry`), 130 interrupted.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use pinfold_core::cid::Cid;

mod add;
mod build;
mod check;
mod cid;
mod dates;
mod deploy;
mod doi;
mod inspect;
mod search;
mod serve;
pub(crate) mod session;
mod take;
mod verify;

/// From a list of IPFS pins to a research-data catalogue.
#[derive(Debug, Parser)]
#[command(name = "pinfold", version, max_term_width = 100, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the site out of the pinlist
    Build(build::BuildArgs),
    /// Findings on the pinlist, the configuration and the datasets
    Check(check::CheckArgs),
    /// The site's index from the terminal
    Search(search::SearchArgs),
    /// Findings, CID and archive of a directory, and its entry in the pinlist
    #[command(after_help = add::HELP)]
    Add(Box<add::AddArgs>),
    /// The CID that a directory or file will have
    Cid(cid::CidArgs),
    /// Fills in when each pin was made, from the pinlist's git history
    #[command(after_help = dates::HELP)]
    Dates(dates::DatesArgs),
    /// DOIs at DataCite: what is to be done, drafts, publishing, updates
    #[command(after_help = doi::HELP)]
    Doi(doi::DoiArgs),
    /// The site and the datasets into a Kubo node
    #[command(after_help = deploy::HELP)]
    Deploy(deploy::DeployArgs),
    /// The site and its blocks at a local address
    Serve(serve::ServeArgs),
    /// Everything known of one dataset, as JSON
    Inspect(inspect::InspectArgs),
    /// The selection of an explorer's link as NetCDF, CSV, JSON or SVG
    Take(take::TakeArgs),
    /// Walk every block of every current pin; missing and corrupt ones by pin and path
    Verify(verify::VerifyArgs),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was done.
    Done,
    /// Done, and there is something to mend.
    Findings,
    /// Nothing was to be done but to look, and there is something to do (`doi plan`).
    ToDo,
}

impl Outcome {
    fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Findings => ExitCode::from(1),
            Self::ToDo => ExitCode::from(3),
        }
    }
}

/// The user stopped the work.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; nothing was changed")]
pub(crate) struct Interrupted;

/// Waits for Ctrl-C or, where there are signals, for SIGTERM.
pub(crate) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Where the catalogue's files are.
#[derive(Debug, Clone, Args)]
pub(crate) struct CatalogueArgs {
    /// The list of pins
    #[arg(long, value_name = "FILE", default_value = "pinlist.yaml")]
    pub(crate) pinlist: PathBuf,
    /// The folder with site.yaml, dois.yaml and pages
    #[arg(long, value_name = "DIR", default_value = "content")]
    pub(crate) content: PathBuf,
}

/// Where blocks come from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SourceArgs {
    /// A .car file, a directory of blocks or a gateway's address; several are asked in this order
    /// [default: the gateway that IPFS_GATEWAY, ~/.ipfs/gateway or site.yaml names]
    #[arg(long = "source", value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
}

/// The CID of a dataset as it is named on the command line.
fn dataset_cid(text: &str) -> anyhow::Result<Cid> {
    let text = text.trim();
    let bare = text.strip_prefix("ipfs://").or_else(|| text.strip_prefix("/ipfs/")).unwrap_or(text);
    bare.trim_end_matches('/').parse().context("a dataset is named by its CID")
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Build(args) => build::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Dates(args) => dates::run(&args),
        Command::Deploy(args) => deploy::run(&args),
        Command::Doi(args) => doi::run(&args),
        Command::Cid(args) => cid::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Take(args) => take::run(&args),
        Command::Verify(args) => verify::run(&args),
    };
    match result {
        Ok(outcome) => outcome.exit_code(),
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("{error}");
            ExitCode::from(130)
        }
        Err(error) => {
            report_error(&error);
            ExitCode::from(2)
        }
    }
}

/// Prints an error with its causes, one a line, for people.
fn report_error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // Some errors repeat their source.
        if !said.contains(&text) {
            eprintln!("  because: {}", text.replace('\n', "\n  "));
        }
        said = text;
    }
}
