//! `pinfold dates`: `meta.created` of pins that have none, once, from the pinlist's history.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::add::replace_file;
use crate::cmd::Outcome;
use crate::dates::first_listed;
use crate::pinlist::{Pinlist, edit};

/// What the help says below the options.
pub(super) const HELP: &str = "\
Fills in `meta.created` of all pins that have none: the day of the commit that listed the pin first.\n\
\n\
Comments, order and dates that are there stay. A second run changes nothing.\n\
Exit codes: 0 done, 1 some pins are in no commit yet and stay without a date, 2 not possible.";

#[derive(Debug, Args)]
pub(super) struct DatesArgs {
    /// Take the dates from the git history of the pinlist (the only place there is)
    #[arg(long, required = true)]
    from_git: bool,
    /// The list of pins
    #[arg(long, value_name = "FILE", default_value = "pinlist.yaml")]
    pinlist: PathBuf,
    /// Print the dates and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &DatesArgs) -> anyhow::Result<Outcome> {
    debug_assert!(args.from_git, "clap demands it");
    let file = args.pinlist.display().to_string();
    let text = std::fs::read_to_string(&args.pinlist)
        .with_context(|| format!("the pinlist {file} cannot be read; name another with --pinlist"))?;
    let list = Pinlist::parse(&file, &text)?;
    // A date that cannot be read is a finding of `check`, not a missing one.
    let is_missing = |raw: &serde_json::Value| raw["meta"].get("created").is_none();
    let missing: Vec<usize> =
        (0..list.pins.len()).filter(|&index| is_missing(&list.pins[index].raw)).collect();
    if missing.is_empty() {
        println!("{file}: all {} pins have a date", list.pins.len());
        return Ok(Outcome::Done);
    }
    let listed = first_listed(&args.pinlist)?;
    let mut dates = Vec::new();
    let mut unknown = 0;
    for index in missing {
        let pin = &list.pins[index];
        match listed.get(&pin.cid) {
            Some(&date) => {
                println!("{date} {} `{}`", pin.cid.short(), crate::report::one_line(&pin.label()));
                dates.push((index, date));
            }
            None => {
                unknown += 1;
                eprintln!(
                    "warning: {file}:{}: `{}` is in no commit yet",
                    pin.line,
                    crate::report::one_line(&pin.label())
                );
            }
        }
    }
    if !dates.is_empty() && !args.dry_run {
        let changed = edit::set_created(&file, &text, &dates)?;
        replace_file(&args.pinlist, &changed)?;
    }
    println!("{file}: {} dates {}", dates.len(), if args.dry_run { "found" } else { "filled in" });
    Ok(if unknown > 0 { Outcome::Findings } else { Outcome::Done })
}
