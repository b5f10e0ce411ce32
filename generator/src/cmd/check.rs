//! `pinfold check`: findings on the pinlist and the datasets.

use std::collections::BTreeMap;

use anyhow::Context;
use clap::{Args, ValueEnum};
use pinfold_core::finding::Finding;

use crate::cmd::{CatalogueArgs, Outcome};
use crate::content::Content;
use crate::pinlist::Pinlist;
use crate::report;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    catalogue: CatalogueArgs,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warnings, too, make the exit code 1
    #[arg(long)]
    strict: bool,
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
    let file = args.catalogue.pinlist.display().to_string();
    let text =
        std::fs::read_to_string(&args.catalogue.pinlist).with_context(|| format!("{file} cannot be read"))?;
    let pinlist = Pinlist::parse(&file, &text)?;
    let content = Content::load(&args.catalogue.content)?;
    let mut texts: BTreeMap<String, String> = content.texts;
    texts.insert(file, text);
    let findings: Vec<Finding> = pinlist.findings.into_iter().chain(content.findings).collect();
    let shown = match args.format {
        Format::Text => report::text(&findings, &texts),
        Format::Json => report::json(&findings),
        Format::Markdown => report::markdown(&findings),
    };
    print!("{shown}");
    let counts = report::Counts::of(&findings);
    let failed = counts.errors > 0 || (args.strict && counts.warnings > 0);
    Ok(if failed { Outcome::Findings } else { Outcome::Done })
}
