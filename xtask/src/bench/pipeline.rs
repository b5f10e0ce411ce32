//! Builds of catalogues, and the CID of a large file.

use std::cell::Cell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::gateway::{Server, free_address};
use super::{Against, Bench, Row, STEP, best_of};
use crate::{paths, run, tools};

/// The root of `twin.car`: the published metadata of 60 datasets.
pub(super) const TWIN_ROOT: &str = "bafybeichjnh7jeb7574n2sz7p35jprh22yiwo5lbrbdkvpiml6eqov5tnq";

/// 60 datasets from a CAR, with an empty cache and with a full one.
pub(super) fn twin(bench: &Bench) -> Result<Vec<Row>> {
    let car = twin_car()?;
    let pinlist = bench.work.join("twin.yaml");
    std::fs::write(
        &pinlist,
        format!("- cid: {TWIN_ROOT}\n  name: twin\n  meta:\n    created: 2026-01-01\n"),
    )?;
    let catalogue = Catalogue::new(bench, "twin", &car, &pinlist)?;
    let cold = catalogue.best_of(0..5, Cache::Empty)?;
    let warm = catalogue.best_of(5..10, Cache::Full)?;
    let copied = catalogue.copied()?;
    Ok(vec![
        Row::new("build, 60 datasets, cold", cold, "s", Against::AtMost(1.0)),
        Row::new("build, 60 datasets, warm cache", warm, "s", Against::AtMost(0.2)),
        Row::new(
            "build, 60 datasets, warm cache",
            warm,
            "s",
            Against::Other("cp -r of the same site", copied),
        ),
    ])
}

/// A thousand copies that differ in title.
pub(super) fn copies_1000(bench: &Bench) -> Result<Vec<Row>> {
    copies(bench, 1000, Against::Nothing)
}

/// Ten thousand.
pub(super) fn copies_10000(bench: &Bench) -> Result<Vec<Row>> {
    copies(bench, 10_000, Against::AtMost(60.0))
}

fn copies(bench: &Bench, count: usize, aim: Against) -> Result<Vec<Row>> {
    let name = format!("copies-{count}");
    let (car, pinlist) = make_copies(bench, count)?;
    let catalogue = Catalogue::new(bench, &name, &car, &pinlist)?;
    let cold = catalogue.best_of(0..1, Cache::Empty)?;
    let peak_mb = catalogue.peak_mb();
    let warm = catalogue.best_of(1..2, Cache::Full)?;
    let again = best_of(2, || Ok(()), || catalogue.build(1))?;
    // One pin more: the first dataset of the twin itself, which has another title than its copies.
    let text = std::fs::read_to_string(&pinlist)?;
    let more = format!("{text}- cid: {TWIN_ROOT}\n  name: twin\n  meta:\n    created: 2026-01-02\n");
    std::fs::write(&pinlist, more)?;
    let catalogue = Catalogue { also: Some(twin_car()?), ..catalogue };
    let new_pin = best_of(1, || Ok(()), || catalogue.build(1))?;
    catalogue.sweep();
    let within = |aim| if count == 10_000 { Against::AtMost(aim) } else { Against::Nothing };
    let mut rows = vec![
        Row::new(format!("build, {count} datasets, cold"), cold, "s", aim),
        Row::new(
            format!("build, {count} datasets, warm cache: every page rendered and written"),
            warm,
            "s",
            within(20.0),
        ),
        Row::new(format!("build, {count} datasets, nothing changed"), again, "s", Against::Nothing),
        Row::new(format!("build, {count} datasets, one new pin (60 datasets)"), new_pin, "s", within(5.0)),
    ];
    if let Some(peak) = peak_mb {
        rows.push(Row::new(format!("memory, {count} datasets, cold"), peak, "MB", Against::AtMost(500.0)));
    }
    Ok(rows)
}

/// What the incumbent's `dito index scan` took for so many datasets through a local gateway, on another day:
/// count, requests, seconds.
const INCUMBENT: [(usize, f64, f64); 2] = [(20, 199.0, 2.35), (100, 837.0, 4.5)];

/// The same catalogue through an HTTP gateway, without and with a delay of 50 ms for each answer.
pub(super) fn through_gateway(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (count, requests, seconds) in INCUMBENT {
        let (car, pinlist) = make_copies(bench, count)?;
        let gateway = Server::pinfold(bench, &car)?;
        for delay in [0, 50] {
            // Without a delay nothing stands between: a script in the middle would be most of what is measured.
            let slow = if delay == 0 { None } else { Some(slow_gateway(&gateway, delay)?) };
            let name = format!("gateway-{count}-{delay}");
            let url = PathBuf::from(format!("http://{}", slow.as_ref().unwrap_or(&gateway).address));
            let catalogue = Catalogue::new(bench, &name, &url, &pinlist)?;
            let took = catalogue.best_of(0..3, Cache::Empty)?;
            let what = format!("{count} datasets through a gateway at {delay} ms");
            let other = Against::Other("dito index scan at 0 ms, as published", seconds);
            rows.push(Row::new(format!("{what}: build"), took, "s", other));
            if delay == 0 {
                let asked =
                    catalogue.requests().context("the build did not say how many requests it made")?;
                let other = Against::Other("dito index scan, as published", requests);
                rows.push(Row::new(format!("{what}: requests"), asked, "requests", other));
                let each = asked / count as f64;
                let aim = Against::AtMost(3.0);
                rows.push(Row::new(format!("{what}: requests per dataset"), each, "requests", aim));
            }
        }
    }
    Ok(rows)
}

/// The gateway behind one that lets every request wait.
fn slow_gateway(gateway: &Server, delay_ms: u32) -> Result<Server> {
    let address = free_address()?;
    let port = address.rsplit(':').next().unwrap_or_default().to_owned();
    let mut node = run::command("node");
    node.args(["benches/slow-gateway.mjs", &port, &gateway.address, &delay_ms.to_string()]);
    Server::start(node, address)
}

/// A CAR and a pinlist of `count` datasets that differ in title.
pub(super) fn make_copies(bench: &Bench, count: usize) -> Result<(PathBuf, PathBuf)> {
    let name = format!("copies-{count}");
    let car = bench.work.join(format!("{name}.car"));
    let pinlist = bench.work.join(format!("{name}.yaml"));
    let mut make = run::command(tools::python()?);
    make.arg("benches/copies.py").arg(twin_car()?).args([TWIN_ROOT, &count.to_string()]);
    run::check(&name, make.arg(&car).arg(&pinlist), STEP)?;
    Ok((car, pinlist))
}

/// Whether a build finds in its cache what an earlier one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cache {
    Empty,
    Full,
}

/// A catalogue that is built again and again.
pub(super) struct Catalogue<'a> {
    bench: &'a Bench,
    name: &'a str,
    source: &'a Path,
    also: Option<PathBuf>,
    pinlist: &'a Path,
    content: PathBuf,
    /// Caches that were begun.
    caches: Cell<usize>,
}

impl<'a> Catalogue<'a> {
    /// With a site.yaml of its own: the demo's would bring the demo's DOIs along.
    pub(super) fn new(
        bench: &'a Bench,
        name: &'a str,
        source: &'a Path,
        pinlist: &'a Path,
    ) -> Result<Catalogue<'a>> {
        let content = bench.work.join("content");
        std::fs::create_dir_all(&content)?;
        std::fs::write(content.join("site.yaml"), "title: Bench\npublisher:\n  name: Bench\n")?;
        Ok(Catalogue { bench, name, source, also: None, pinlist, content, caches: Cell::new(0) })
    }

    /// Each run writes into folders of its own that were not there, and nothing is deleted: for minutes ext4 passes over
    /// the inodes of what was, one by one, and a site of ten thousand datasets has two hundred thousand.
    fn best_of(&self, runs: Range<usize>, cache: Cache) -> Result<f64> {
        let mut best = f64::INFINITY;
        for run in runs {
            if cache == Cache::Empty {
                self.caches.set(self.caches.get() + 1);
            }
            std::thread::sleep(Duration::from_secs(6));
            let started = Instant::now();
            self.build(run)?;
            best = best.min(started.elapsed().as_secs_f64());
        }
        Ok(best)
    }

    /// Seconds to copy the last site, file by file.
    fn copied(&self) -> Result<f64> {
        let target = self.bench.work.join(format!("{}-copy", self.name));
        std::thread::sleep(Duration::from_secs(6));
        let started = Instant::now();
        run::check("bench-cp", run::command("cp").arg("-r").arg(self.site(0)).arg(&target), STEP)?;
        Ok(started.elapsed().as_secs_f64())
    }

    pub(super) fn site(&self, run: usize) -> PathBuf {
        self.bench.work.join(format!("{}-site-{run}", self.name))
    }

    fn cache(&self) -> PathBuf {
        self.cache_of(self.caches.get())
    }

    fn cache_of(&self, number: usize) -> PathBuf {
        self.bench.work.join(format!("{}-cache-{number}", self.name))
    }

    /// Builds once.
    pub(super) fn build(&self, run: usize) -> Result<()> {
        // GNU time tells the peak of memory; without it the build runs alone.
        let mut command = match run::which("time") {
            Some(time) => {
                let mut command = run::command(time);
                command.arg("-v").arg(&self.bench.pinfold);
                command
            }
            None => run::command(&self.bench.pinfold),
        };
        command.arg("build").arg("--content").arg(&self.content).arg("--pinlist").arg(self.pinlist);
        for source in std::iter::once(self.source).chain(self.also.as_deref()) {
            command.arg("--source").arg(source);
        }
        command.arg("--cache").arg(self.cache()).arg("--out").arg(self.site(run));
        run::check(&format!("bench-{}", self.name), &mut command, STEP).map(|_| ())
    }

    /// Takes the space back.
    pub(super) fn sweep(&self) {
        (0..10).for_each(|run| drop(std::fs::remove_dir_all(self.site(run))));
        (0..=self.caches.get()).for_each(|number| drop(std::fs::remove_dir_all(self.cache_of(number))));
    }

    fn log(&self) -> Option<String> {
        let log = paths::target().join("xtask-logs").join(format!("bench-{}.log", self.name));
        std::fs::read_to_string(log).ok()
    }

    /// Peak resident memory of the last build, where GNU time was there to tell.
    fn peak_mb(&self) -> Option<f64> {
        let text = self.log()?;
        let line = text.lines().find(|line| line.contains("Maximum resident set size"))?;
        let kib: f64 = line.rsplit(' ').next()?.trim().parse().ok()?;
        Some(kib * 1024.0 / 1e6)
    }

    /// Requests of the last build, as it says in its closing lines: `…: 12 requests, 30 blocks, …`.
    fn requests(&self) -> Option<f64> {
        let text = self.log()?;
        let (before, _) = text.split_once(" requests,")?;
        before.rsplit(' ').next()?.parse().ok()
    }
}

/// `pinfold cid` on 1 GiB against `ipfs add --only-hash` with the same options.
pub(super) fn cid(bench: &Bench) -> Result<Vec<Row>> {
    let file = large_file(bench)?;
    let kubo = tools::kubo()?;
    let repo = bench.work.join("cid-ipfs");
    run::check(
        "ipfs-init",
        run::command(&kubo).args(["init", "--profile=test"]).env("IPFS_PATH", &repo),
        STEP,
    )?;
    let add = || -> Result<String> {
        let mut command = run::command(&kubo);
        command.args(["add", "--only-hash", "--quieter", "--cid-version=1", "--raw-leaves"]);
        command.args(["--chunker=size-1048576", "--progress=false"]).arg(&file).env("IPFS_PATH", &repo);
        run::read(&mut command).context("ipfs add failed")
    };
    let ours = || -> Result<String> {
        let mut command = run::command(&bench.pinfold);
        run::read(command.args(["cid", "--profile", "orcestra-v1"]).arg(&file)).context("pinfold cid failed")
    };
    // Both are asked once before: file cache, and a figure is worth nothing if the answers differ.
    let (theirs_cid, ours_cid) = (add()?, ours()?);
    anyhow::ensure!(theirs_cid == ours_cid, "pinfold cid says {ours_cid}, ipfs add {theirs_cid}");
    let kubo_s = best_of(3, || Ok(()), || add().map(|_| ()))?;
    let pinfold_s = best_of(3, || Ok(()), || ours().map(|_| ()))?;
    Ok(vec![Row::new("CID of 1 GiB", pinfold_s, "s", Against::Other("ipfs add --only-hash", kubo_s))])
}

/// A file of 1 GiB whose blocks all differ.
pub(super) fn large_file(bench: &Bench) -> Result<std::path::PathBuf> {
    use std::io::Write as _;
    let path = bench.work.join("1GiB.bin");
    if path.is_file() {
        return Ok(path);
    }
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    // xorshift64: quick, and nothing in it repeats.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..(1u64 << 30) / 8 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes())?;
    }
    file.flush()?;
    Ok(path)
}

pub(super) fn twin_car() -> Result<std::path::PathBuf> {
    let path = paths::shared_data().map(|dir| dir.join("twin.car")).filter(|path| path.is_file());
    path.context("../shared/data/twin.car is not on this machine")
}
