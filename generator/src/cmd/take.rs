//! `pinfold take`: the selection of an explorer's link as a file, read and written by the code of the page.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use pinfold_core::block::{BlockGet, Limits};
use pinfold_core::explore::ViewState;
use pinfold_core::explore::session::Session;
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::UnixfsStore;

use crate::cmd::session::runtime;
use crate::cmd::{Outcome, SourceArgs, dataset_cid};
use crate::source;

/// The forms by the endings of their files.
const FORMS: [&str; 4] = ["csv", "json", "nc", "svg"];

/// Pixels across, of a picture.
const WIDTH_PX: u32 = 960;

#[derive(Debug, Args)]
pub(super) struct TakeArgs {
    /// The dataset: a CID, ipfs://CID or /ipfs/CID
    cid: String,
    /// What the explorer's address has from its #, as '#explore?variable=rh&sonde=0:40'
    #[arg(default_value = "#explore")]
    view: String,
    /// Where to write; the ending is the form: .nc (NetCDF), .csv, .json, .svg (the first picture) [default: CSV to
    /// standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    sources: SourceArgs,
}

pub(super) fn run(args: &TakeArgs) -> anyhow::Result<Outcome> {
    let cid = dataset_cid(&args.cid)?;
    let fragment = args.view.find('#').map_or(args.view.as_str(), |at| &args.view[at..]);
    let Some(view) = ViewState::parse(fragment) else {
        bail!("`{}` is no address of the explorer; it is as '#explore?variable=NAME'", args.view);
    };
    let form = match &args.out {
        None => "csv",
        Some(path) => {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let Some(form) = FORMS.into_iter().find(|form| *form == ending) else {
                bail!("{} ends in none of .nc, .csv, .json and .svg", path.display());
            };
            form
        }
    };
    let limits = Limits::default();
    let sources = source::open_all(&args.sources.sources, &[], &limits)?;
    let options = FetchOptions { limits: limits.clone(), ..FetchOptions::default() };
    let blocks: Arc<dyn BlockGet> = Arc::new(Fetcher::new(sources, options));
    let file = runtime()?.block_on(async {
        let store = UnixfsStore::new(blocks, cid, limits);
        let mut session = Session::open(Arc::new(store), cid).await?;
        let plan = session.plan(&view).await?;
        session.show(plan, WIDTH_PX).await?;
        session.export(form, 0).await
    });
    let file = file.map_err(|error| {
        let details: String = error.details.iter().map(|line| format!("\n  {line}")).collect();
        anyhow::anyhow!("{}{details}", error.message)
    })?;
    match &args.out {
        Some(path) => std::fs::write(path, &file.bytes)
            .with_context(|| format!("{} cannot be written", path.display()))?,
        // A closed pipe (`| head`) is no failure.
        None => drop(std::io::stdout().write_all(&file.bytes)),
    }
    Ok(Outcome::Done)
}
