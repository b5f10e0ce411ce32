//! `pinfold inspect`: everything known of one dataset, as its `record.json` has it.

use anyhow::Context;
use clap::Args;

use crate::catalogue::{Catalogue, Entry};
use crate::cmd::session::{self, CacheArgs, Files, Session};
use crate::cmd::{CatalogueArgs, Outcome, SourceArgs, dataset_cid};
use crate::gather;
use crate::render;

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The dataset: a CID, ipfs://CID or /ipfs/CID
    cid: String,
    #[command(flatten)]
    catalogue: CatalogueArgs,
    #[command(flatten)]
    sources: SourceArgs,
    /// The time that decides embargoes [default: SOURCE_DATE_EPOCH, else now]
    #[arg(long, value_name = "TIME")]
    build_time: Option<String>,
    #[command(flatten)]
    cache: CacheArgs,
}

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<Outcome> {
    let cid = dataset_cid(&args.cid)?;
    let build_time = session::build_time(args.build_time.as_deref())?;
    let files = Files::load_if_there(&args.catalogue)?;
    let session = Session::open(files, &args.sources, &args.cache, build_time)?;
    let result = session::runtime()?.block_on(gather::inspect(&session.inputs(None), cid));
    for finding in session.incidents() {
        eprintln!("warning: {}", finding.message);
    }
    let dataset = result.map_err(|reason| anyhow::anyhow!("{cid} cannot be read: {reason}"))?;
    let path = format!("ds/{}/record.json", dataset.cid);
    let entry = Entry { dataset, ..Entry::default() };
    let catalogue = Catalogue {
        site: session.files.content.site.clone(),
        entries: vec![entry.clone()],
        build_time,
        ..Catalogue::default()
    };
    let record = render::dataset_files(&catalogue, &entry).into_iter().find(|file| file.path == path);
    let record = record.context("the record cannot be made")?;
    print!("{}", String::from_utf8_lossy(&record.bytes));
    Ok(Outcome::Done)
}
