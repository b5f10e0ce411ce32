//! Builds of catalogues, and the CID of a large file.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Against, Bench, Row, STEP, best_of};
use crate::{paths, run, tools};

/// The root of `twin.car`: the published metadata of 60 datasets.
const TWIN_ROOT: &str = "bafybeichjnh7jeb7574n2sz7p35jprh22yiwo5lbrbdkvpiml6eqov5tnq";

/// 60 datasets from a CAR, with an empty cache and with a full one.
pub(super) fn twin(bench: &Bench) -> Result<Vec<Row>> {
    let car = twin_car()?;
    let pinlist = bench.work.join("twin.yaml");
    std::fs::write(
        &pinlist,
        format!("- cid: {TWIN_ROOT}\n  name: twin\n  meta:\n    created: 2026-01-01\n"),
    )?;
    let catalogue = Catalogue { bench, name: "twin", car: &car, pinlist: &pinlist };
    let cold = best_of(5, || catalogue.forget(), || catalogue.build())?;
    let warm = best_of(5, || catalogue.forget_site(), || catalogue.build())?;
    Ok(vec![
        Row::new("build, 60 datasets, cold", cold, "s", Against::AtMost(1.0)),
        Row::new("build, 60 datasets, warm cache", warm, "s", Against::AtMost(0.2)),
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
    let car = bench.work.join(format!("{name}.car"));
    let pinlist = bench.work.join(format!("{name}.yaml"));
    let mut make = run::command(tools::python()?);
    make.arg("benches/copies.py")
        .arg(twin_car()?)
        .args([TWIN_ROOT, &count.to_string()])
        .arg(&car)
        .arg(&pinlist);
    run::check(&name, &mut make, STEP)?;
    let catalogue = Catalogue { bench, name: &name, car: &car, pinlist: &pinlist };
    let cold = best_of(1, || catalogue.forget(), || catalogue.build())?;
    let peak_mb = catalogue.peak_mb();
    let warm = best_of(2, || catalogue.forget_site(), || catalogue.build())?;
    let again = best_of(2, || Ok(()), || catalogue.build())?;
    let mut rows = vec![
        Row::new(format!("build, {count} datasets, cold"), cold, "s", aim),
        Row::new(format!("build, {count} datasets, warm cache"), warm, "s", Against::Nothing),
        Row::new(format!("build, {count} datasets, nothing changed"), again, "s", Against::Nothing),
    ];
    if let Some(peak) = peak_mb {
        rows.push(Row::new(format!("memory, {count} datasets, cold"), peak, "MB", Against::AtMost(500.0)));
    }
    Ok(rows)
}

/// A catalogue that is built again and again.
struct Catalogue<'a> {
    bench: &'a Bench,
    name: &'a str,
    car: &'a Path,
    pinlist: &'a Path,
}

impl Catalogue<'_> {
    fn build(&self) -> Result<()> {
        let site = self.bench.work.join(format!("{}-site", self.name));
        let cache = self.bench.work.join(format!("{}-cache", self.name));
        // GNU time tells the peak of memory; without it the build runs alone.
        let mut command = match run::which("time") {
            Some(time) => {
                let mut command = run::command(time);
                command.arg("-v").arg(&self.bench.pinfold);
                command
            }
            None => run::command(&self.bench.pinfold),
        };
        command.args(["build", "--content", "content", "--pinlist"]).arg(self.pinlist);
        command.arg("--source").arg(self.car).arg("--cache").arg(cache).arg("--out").arg(site);
        run::check(&format!("bench-{}", self.name), &mut command, STEP).map(|_| ())
    }

    fn forget(&self) -> Result<()> {
        self.forget_site()?;
        let _ = std::fs::remove_dir_all(self.bench.work.join(format!("{}-cache", self.name)));
        Ok(())
    }

    fn forget_site(&self) -> Result<()> {
        let _ = std::fs::remove_dir_all(self.bench.work.join(format!("{}-site", self.name)));
        Ok(())
    }

    /// Peak resident memory of the last build, where GNU time was there to tell.
    fn peak_mb(&self) -> Option<f64> {
        let log = paths::target().join("xtask-logs").join(format!("bench-{}.log", self.name));
        let text = std::fs::read_to_string(log).ok()?;
        let line = text.lines().find(|line| line.contains("Maximum resident set size"))?;
        let kib: f64 = line.rsplit(' ').next()?.trim().parse().ok()?;
        Some(kib * 1024.0 / 1e6)
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
        run::read(command.arg("cid").arg(&file)).context("pinfold cid failed")
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

fn twin_car() -> Result<std::path::PathBuf> {
    let path = paths::shared_data().map(|dir| dir.join("twin.car")).filter(|path| path.is_file());
    path.context("../shared/data/twin.car is not on this machine")
}
