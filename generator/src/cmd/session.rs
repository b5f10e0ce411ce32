//! What most commands begin with: the pinlist, the configuration, the sources and the cache.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use pinfold_core::block::{BlockGet, FetchError, Limits};
use pinfold_core::fetch::{FetchOptions, Fetcher, SourceCounters};
use pinfold_core::finding::{Finding, Place, Severity};
use pinfold_core::model::Dataset;

use crate::cmd::{CatalogueArgs, SourceArgs};
use crate::content::Content;
use crate::gather::cache::Cache;
use crate::gather::{Gathered, Inputs, gather};
use crate::pinlist::Pinlist;
use crate::source;

/// Blocks in memory: what one dataset's metadata and coordinates may need, for 16 datasets at once.
const BLOCKS_IN_MEMORY_BYTES: u64 = 64 << 20;

/// Where extracted metadata are kept.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CacheArgs {
    /// Where extracted metadata are kept [default: pinfold in $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", env = "PINFOLD_CACHE")]
    cache: Option<PathBuf>,
    /// Keep nothing and use nothing that was kept, whatever --cache says
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// Opens the cache; one that cannot be used is told and replaced by one for this run.
    pub(crate) fn open(&self) -> anyhow::Result<Cache> {
        let home = || {
            let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
            let base =
                variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
            base.map(|base| base.join("pinfold"))
        };
        let folder = if self.no_cache { None } else { self.cache.clone().or_else(home) };
        if let Some(folder) = folder {
            match Cache::open(&folder) {
                Ok(cache) => return Ok(cache),
                Err(error) => {
                    eprintln!(
                        "warning: the cache {} cannot be used: {error}; going on without",
                        folder.display()
                    );
                }
            }
        }
        Cache::temporary().context("there is no place for temporary files; set TMPDIR")
    }
}

/// The catalogue's files as they were read.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) pinlist: Pinlist,
    pub(crate) content: Content,
    /// The texts by name, for reports that show lines.
    pub(crate) texts: BTreeMap<String, String>,
}

impl Files {
    pub(crate) fn load(args: &CatalogueArgs) -> anyhow::Result<Self> {
        let file = args.pinlist.display().to_string();
        let text = std::fs::read_to_string(&args.pinlist)
            .with_context(|| format!("the pinlist {file} cannot be read; name another with --pinlist"))?;
        let pinlist = Pinlist::parse(&file, &text)?;
        let content = Content::load(&args.content)?;
        let mut texts = content.texts.clone();
        texts.insert(file, text);
        Ok(Self { pinlist, content, texts })
    }

    /// As [`Files::load`], for commands that need no pinlist where there is none.
    pub(crate) fn load_if_there(args: &CatalogueArgs) -> anyhow::Result<Self> {
        if args.pinlist.exists() {
            return Self::load(args);
        }
        let content = Content::load(&args.content)?;
        Ok(Self { pinlist: Pinlist::default(), texts: content.texts.clone(), content })
    }
}

/// Files, sources and cache.
pub(crate) struct Session {
    pub(crate) files: Files,
    pub(crate) fetcher: Fetcher,
    pub(crate) cache: Cache,
    pub(crate) build_time: Timestamp,
}

impl Session {
    pub(crate) fn open(
        files: Files,
        sources: &SourceArgs,
        cache: &CacheArgs,
        build_time: Timestamp,
    ) -> anyhow::Result<Self> {
        let limits = Limits::default();
        let sources = source::open_all(&sources.sources, &files.content.site.gateways, &limits)?;
        let options = FetchOptions { cache_bytes: BLOCKS_IN_MEMORY_BYTES, limits, ..FetchOptions::default() };
        Ok(Self { files, fetcher: Fetcher::new(sources, options), cache: cache.open()?, build_time })
    }

    /// What the gather stage works on.
    pub(crate) fn inputs<'a>(&'a self, previous: Option<&'a std::path::Path>) -> Inputs<'a> {
        let blocks: Arc<dyn BlockGet> = Arc::new(self.fetcher.clone());
        Inputs {
            pinlist: &self.files.pinlist,
            content: &self.files.content,
            blocks,
            cache: &self.cache,
            build_time: self.build_time,
            previous,
            show_progress: true,
            brief: false,
        }
    }

    /// Gathers, and adds what the sources did wrong to the findings.
    pub(crate) async fn gather(&self, previous: Option<&std::path::Path>) -> Gathered {
        self.gather_with(&self.inputs(previous)).await
    }

    /// As [`Session::gather`], of inputs that differ.
    pub(crate) async fn gather_with(&self, inputs: &Inputs<'_>) -> Gathered {
        let mut gathered = gather(inputs).await;
        gathered.catalogue.findings.extend(self.incidents());
        gathered
    }

    /// Sources that delivered wrong bytes, each once, even where another source helped out.
    pub(crate) fn incidents(&self) -> Vec<Finding> {
        let mut liars: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for incident in self.fetcher.incidents() {
            if let FetchError::Corrupt { origin, cid } = incident.error {
                liars.entry(origin).or_insert_with(|| (0, cid.to_string())).0 += 1;
            }
        }
        let finding = |(origin, (count, cid)): (String, (usize, String))| {
            let message = format!(
                "the source {origin} delivered wrong bytes for {count} block{}, first for {cid}; they were thrown away and the other sources asked",
                if count == 1 { "" } else { "s" }
            );
            Finding::new(Severity::Warning, "source-corrupt", message)
                .hint("check the disk or the operator of that source; until then leave it out")
                .at(Place::default())
        };
        liars.into_iter().map(finding).collect()
    }
}

/// What the sources did, for the log: one line each.
pub(crate) fn source_lines(fetcher: &Fetcher) -> Vec<String> {
    let counters = fetcher.counters().into_iter().filter(|source| source.requests > 0);
    let line = |source: SourceCounters| {
        let mut line = format!(
            "{}: {} requests, {} blocks, {:.2} MB",
            source.name,
            source.requests,
            source.blocks,
            source.bytes as f64 / 1e6
        );
        for (count, what) in
            [(source.not_here, "not there"), (source.failures, "failed"), (source.corrupt, "wrong")]
        {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        line
    };
    counters.map(line).collect()
}

/// Findings of the catalogue and of all its datasets, the latter with their places.
pub(crate) fn all_findings(gathered: &Gathered, pinlist: &Pinlist) -> Vec<Finding> {
    let mut findings = gathered.catalogue.findings.clone();
    let places = Places::new(pinlist);
    for entry in &gathered.catalogue.entries {
        let own = entry.dataset.findings.iter().cloned();
        findings.extend(own.map(|finding| places.put(finding, &entry.dataset)));
    }
    findings
}

/// As [`all_findings`], of datasets that have no further use for theirs.
pub(crate) fn take_findings(gathered: &mut Gathered, pinlist: &Pinlist) -> Vec<Finding> {
    let mut findings = std::mem::take(&mut gathered.catalogue.findings);
    let places = Places::new(pinlist);
    for entry in &mut gathered.catalogue.entries {
        let own = std::mem::take(&mut entry.dataset.findings);
        findings.extend(own.into_iter().map(|finding| places.put(finding, &entry.dataset)));
    }
    findings
}

/// Where the pins stand, by CID.
struct Places(BTreeMap<String, Place>);

impl Places {
    fn new(pinlist: &Pinlist) -> Self {
        Self(pinlist.pins.iter().map(|pin| (pin.cid.to_string(), pinlist.place(pin))).collect())
    }

    /// The finding with the place of its dataset, where it has none of its own.
    fn put(&self, mut finding: Finding, dataset: &Dataset) -> Finding {
        let pin = dataset.pins.first();
        let place = pin.and_then(|pin| self.0.get(&pin.cid)).cloned().unwrap_or_default();
        let own = &mut finding.place;
        own.file = own.file.take().or(place.file);
        own.line = own.line.or(place.line);
        own.column = own.column.or(place.column);
        own.pin = own.pin.take().or(place.pin);
        let path = pin.map(|pin| pin.path.as_str()).filter(|path| !path.is_empty());
        own.dataset =
            Some(path.map_or_else(|| dataset.cid.clone(), |path| format!("{path} ({})", dataset.cid)));
        finding
    }
}

/// The build's time: `--build-time`, then `SOURCE_DATE_EPOCH`, then now.
pub(crate) fn build_time(given: Option<&str>) -> anyhow::Result<Timestamp> {
    let parse = |text: &str| -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<i64>() {
            return Timestamp::from_second(seconds).ok();
        }
        text.parse::<Timestamp>().ok().or_else(|| {
            let date: jiff::civil::Date = text.parse().ok()?;
            Some(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        })
    };
    if let Some(text) = given {
        return parse(text).with_context(|| {
            format!("`--build-time {text}` is no time; write 2026-11-20T12:00:00Z, 2026-11-20 or seconds since 1970")
        });
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.trim().is_empty() => parse(&text)
            .with_context(|| format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds")),
        _ => Ok(Timestamp::now()),
    }
}

/// The runtime of commands that fetch.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")
}
