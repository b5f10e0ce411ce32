//! Publishing: `check`, histories of trees, `add`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::pipeline::{TWIN_ROOT, large_file, twin_car};
use super::{Against, Bench, Row, STEP, best_of};
use crate::{run, tools};

/// `pinfold check` of a thousand datasets, with an empty cache and with a full one.
pub(super) fn check(bench: &Bench) -> Result<Vec<Row>> {
    let (car, pinlist) = (bench.work.join("check.car"), bench.work.join("check.yaml"));
    let mut make = run::command(tools::python()?);
    make.arg("benches/copies.py").arg(twin_car()?).args([TWIN_ROOT, "1000"]).arg(&car).arg(&pinlist);
    run::check("bench-check-make", &mut make, STEP)?;
    let cache = bench.work.join("check-cache");
    let forget = || {
        let _ = std::fs::remove_dir_all(&cache);
        Ok(())
    };
    let job = || check_once(bench, &pinlist, &car, &cache).map(|_| ());
    let cold = best_of(1, forget, job)?;
    let warm = best_of(2, || Ok(()), job)?;
    Ok(vec![
        Row::new("check, 1000 datasets, cold", cold, "s", Against::Nothing),
        Row::new("check, 1000 datasets, warm cache", warm, "s", Against::Nothing),
    ])
}

/// 110 successive HEADs over 245 paths against reading each HEAD in full: time and blocks.
pub(super) fn history(bench: &Bench) -> Result<Vec<Row>> {
    let (car, all, single) =
        (bench.work.join("heads.car"), bench.work.join("heads.yaml"), bench.work.join("heads"));
    let mut make = run::command(tools::python()?);
    make.arg("benches/heads.py")
        .arg(twin_car()?)
        .args([TWIN_ROOT, "110", "245"])
        .arg(&car)
        .arg(&all)
        .arg(&single);
    run::check("bench-heads-make", &mut make, STEP)?;
    let cache = bench.work.join("heads-cache");
    let forget = || {
        let _ = std::fs::remove_dir_all(&cache);
        Ok(())
    };
    let time = best_of(2, forget, || check_once(bench, &all, &car, &cache).map(|_| ()))?;
    forget()?;
    let blocks = check_once(bench, &all, &car, &cache)?;
    // Each HEAD alone with an empty cache: every tenth of the 110, times ten.
    let (mut full_time, mut full_blocks, mut count) = (0.0, 0.0, 0);
    for entry in std::fs::read_dir(&single)? {
        let list = entry?.path();
        full_time += best_of(1, forget, || check_once(bench, &list, &car, &cache).map(|_| ()))?;
        forget()?;
        full_blocks += check_once(bench, &list, &car, &cache)?;
        count += 1;
    }
    let scale = 110.0 / f64::from(count);
    Ok(vec![
        Row::new(
            "110 HEADs over 245 paths, time",
            time,
            "s",
            Against::Other("each in full", full_time * scale),
        ),
        Row::new(
            "110 HEADs over 245 paths, blocks read",
            blocks,
            "blocks",
            Against::Other("each in full", full_blocks * scale),
        ),
    ])
}

/// One `pinfold check`; how many blocks the source delivered.
fn check_once(bench: &Bench, pinlist: &Path, car: &Path, cache: &Path) -> Result<f64> {
    let mut command = run::command(&bench.pinfold);
    command.args(["check", "--format", "json", "--sources-used", "--content", "content", "--pinlist"]);
    command.arg(pinlist).arg("--source").arg(car).arg("--cache").arg(cache);
    // Findings make the exit code 1: the report tells whether it went well.
    let output = command.output().context("pinfold check did not start")?;
    anyhow::ensure!(output.stdout.starts_with(b"{"), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stderr);
    let blocks = said.lines().filter_map(|line| {
        let (before, _) = line.split_once(" blocks,")?;
        before.rsplit(' ').next()?.parse::<f64>().ok()
    });
    Ok(blocks.sum())
}

/// `pinfold add --car` of a Zarr of 1 GiB against `ipfs add`, with the same options.
pub(super) fn add(bench: &Bench) -> Result<Vec<Row>> {
    let zarr = bench.work.join("big.zarr");
    let file = large_file(bench)?;
    std::fs::create_dir_all(zarr.join("x"))?;
    std::fs::write(zarr.join(".zgroup"), r#"{"zarr_format": 2}"#)?;
    std::fs::write(zarr.join(".zattrs"), r#"{"title": "1 GiB", "creator_name": "Bench Mark"}"#)?;
    let bytes = std::fs::read(&file)?;
    let chunk = 8 << 20;
    let mut meta = String::new();
    write!(
        meta,
        r#"{{"zarr_format": 2, "shape": [{}], "chunks": [{chunk}], "dtype": "|u1", "compressor": null, "filters": null, "fill_value": 0, "order": "C"}}"#,
        bytes.len()
    )?;
    std::fs::write(zarr.join("x/.zarray"), meta)?;
    for (index, piece) in bytes.chunks(chunk).enumerate() {
        std::fs::write(zarr.join(format!("x/{index}")), piece)?;
    }
    drop(bytes);
    let kubo = tools::kubo()?;
    let repo = bench.work.join("add-ipfs");
    let fresh = || -> Result<()> {
        let _ = std::fs::remove_dir_all(&repo);
        run::check(
            "ipfs-init",
            run::command(&kubo).args(["init", "--profile=test"]).env("IPFS_PATH", &repo),
            STEP,
        )?;
        Ok(())
    };
    let theirs = || -> Result<String> {
        let mut command = run::command(&kubo);
        command.args(["add", "-r", "--hidden", "--quieter", "--cid-version=1", "--raw-leaves"]);
        command.args(["--chunker=size-1048576", "--progress=false"]).arg(&zarr).env("IPFS_PATH", &repo);
        run::read(&mut command).context("ipfs add failed")
    };
    let (car, list) = (bench.work.join("big.car"), bench.work.join("big.yaml"));
    let forget = || {
        let _ = std::fs::remove_file(&car);
        let _ = std::fs::remove_file(&list);
        Ok(())
    };
    let ours = || -> Result<String> {
        let mut command = run::command(&bench.pinfold);
        command.arg("add").arg(&zarr).arg("--car").arg(&car).arg("--pinlist").arg(&list);
        run::read(&mut command).context("pinfold add failed")
    };
    fresh()?;
    let (theirs_cid, said) = (theirs()?, ours()?);
    anyhow::ensure!(said.contains(theirs_cid.trim()), "ipfs add says {theirs_cid}, pinfold add\n{said}");
    let kubo_s = best_of(3, fresh, || theirs().map(|_| ()))?;
    let pinfold_s = best_of(3, forget, || ours().map(|_| ()))?;
    Ok(vec![Row::new(
        "add of a Zarr of 1 GiB, into an archive",
        pinfold_s,
        "s",
        Against::Other("ipfs add", kubo_s),
    )])
}
