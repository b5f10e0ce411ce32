//! `pinfold serve`: the site and its blocks at one address.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use clap::Args;
use pinfold_core::block::{BlockSource, Limits};
use pinfold_core::fetch::{FetchOptions, Fetcher};
use pinfold_core::unixfs::Unixfs;

use crate::cmd::{Outcome, SourceArgs};
use crate::content::Content;
use crate::serve::{Served, bind, router};
use crate::source::{PoolHasher, SourceError, SourceSpec, open_all, parse_source};

/// Blocks kept in memory: directories and what many ask for. A Raspberry Pi has room for it.
const CACHE_BYTES: u64 = 16 << 20;

/// After Ctrl-C, downloads under way have as long.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The folder of a built site; without it only blocks are served
    #[arg(long, value_name = "DIR", default_value = "dist")]
    site: PathBuf,
    #[command(flatten)]
    sources: SourceArgs,
    /// The folder with site.yaml, whose gateways are asked where there is no --source
    #[arg(long, value_name = "DIR", default_value = "content")]
    content: PathBuf,
    /// Address and port; where the port is taken the next free one is used
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<Outcome> {
    let limits = Limits::default();
    let gateways = match args.sources.sources.is_empty() && args.content.is_dir() {
        true => Content::load(&args.content)?.site.gateways,
        false => Vec::new(),
    };
    let sources = match open_all(&args.sources.sources, &gateways, &limits) {
        // A site alone is worth serving.
        Err(SourceError::NoSource) if args.site.is_dir() => Vec::new(),
        sources => sources?,
    };
    let mut local = Vec::new();
    for (text, source) in args.sources.sources.iter().zip(&sources) {
        if !matches!(parse_source(text)?, SourceSpec::Gateway(_)) {
            local.push(Arc::clone(source));
        }
    }
    let site = args.site.is_dir().then(|| args.site.clone());
    if site.is_none() && sources.is_empty() {
        bail!("{} is not a folder, and there is no source of blocks", args.site.display());
    }
    let unixfs = |sources: Vec<Arc<dyn BlockSource>>| {
        let hasher = Arc::new(PoolHasher);
        let options = FetchOptions { cache_bytes: CACHE_BYTES, hasher, ..FetchOptions::default() };
        Arc::new(Unixfs::new(Arc::new(Fetcher::new(sources, options)), limits.clone()))
    };
    let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
    let served = Served { site, unixfs: unixfs(sources), local: unixfs(local) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args, served, &names))?;
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(Outcome::Done)
}

async fn serve(args: &ServeArgs, served: Served, sources: &[String]) -> anyhow::Result<()> {
    let (listener, is_other) =
        bind(args.listen).await.with_context(|| format!("cannot listen at {}", args.listen))?;
    let address = listener.local_addr()?;
    if is_other {
        eprintln!("port {} is taken, using {}", args.listen.port(), address.port());
    }
    match &served.site {
        Some(site) => eprintln!("serving {} at http://{address}/", site.display()),
        None => eprintln!("{} is not a folder: serving blocks only", args.site.display()),
    }
    if !sources.is_empty() {
        eprintln!("serving blocks at http://{address}/ipfs/ from {}", sources.join(", "));
    }
    // For programs that start this one: the address, once it answers.
    println!("http://{address}/");
    std::io::stdout().flush()?;

    let listener = listener.tap_io(|connection| {
        // Small answers must not wait for a full packet. A failure costs only time.
        let _ = connection.set_nodelay(true);
    });
    let (told, mut heard) = tokio::sync::watch::channel(false);
    let server = axum::serve(listener, router(served)).with_graceful_shutdown(async move {
        let _ = heard.wait_for(|stop| *stop).await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        ended = &mut server => return Ok(ended??),
        () = interrupted() => {}
    }
    eprintln!("stopping");
    let _ = told.send(true);
    tokio::select! {
        ended = &mut server => ended??,
        () = interrupted() => {}
        () = tokio::time::sleep(GRACE) => {}
    }
    Ok(())
}

/// Ctrl-C, or what a service manager sends.
async fn interrupted() {
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        let Ok(mut terminate) = terminate else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}
