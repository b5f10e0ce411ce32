//! `pinfold check`: findings on the pinlist, the configuration and the datasets.

use clap::{Args, ValueEnum};
use pinfold_core::finding::Finding;

use crate::cmd::session::{self, CacheArgs, Files, Session};
use crate::cmd::{CatalogueArgs, Outcome, SourceArgs};
use crate::report;
use crate::yaml::YamlError;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    sources: SourceArgs,
    /// Look at the files only, ask no source for blocks
    #[arg(long)]
    files_only: bool,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warnings, too, make the exit code 1
    #[arg(long)]
    strict: bool,
    /// The time that decides embargoes [default: SOURCE_DATE_EPOCH, else now]
    #[arg(long, value_name = "TIME")]
    build_time: Option<String>,
    #[command(flatten)]
    cache: CacheArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people, with the lines of the files
    Text,
    /// For machines
    Json,
    /// For a comment on a pull request
    Markdown,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let build_time = session::build_time(args.build_time.as_deref())?;
    let files = match Files::load(&args.catalogue) {
        Ok(files) => files,
        // Machines want a broken file in the report, too. The exit code says that nothing else was looked at.
        Err(error) => {
            if let Some(fault) = error.chain().find_map(|cause| cause.downcast_ref::<YamlError>()) {
                match args.format {
                    Format::Text => {}
                    Format::Json => print!("{}", report::json(&[fault.finding()])),
                    Format::Markdown => print!("{}", report::markdown(&[fault.finding()])),
                }
            }
            return Err(error);
        }
    };
    let (findings, texts): (Vec<Finding>, _) = if args.files_only {
        let Files { pinlist, content, texts } = files;
        (pinlist.findings.into_iter().chain(content.findings).collect(), texts)
    } else {
        let session = Session::open(files, &args.sources, &args.cache, build_time)?;
        let gathered = session::runtime()?.block_on(session.gather(None));
        let mut findings = session::all_findings(&gathered, &session.files.pinlist);
        // Of a site's own files only; the front end's programs are small beside 1 GB.
        let bytes = crate::build::estimate(&gathered.catalogue, &session.cache);
        findings.extend(super::build::site_large(bytes, "about "));
        (findings, session.files.texts)
    };
    print!(
        "{}",
        match args.format {
            Format::Text => report::text(&findings, &texts),
            Format::Json => report::json(&findings),
            Format::Markdown => report::markdown(&findings),
        }
    );
    let counts = report::Counts::of(&findings);
    let failed = counts.errors > 0 || (args.strict && counts.warnings > 0);
    Ok(if failed { Outcome::Findings } else { Outcome::Done })
}
