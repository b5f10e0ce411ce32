//! The explorer in a real Chromium: first plots, streaming, panning, decoding, bytes and memory.
//!
//! Datasets are written by `benches/explorer_stores.py`, imported and served by the program; `benches/explorer.mjs`
//! drives the browser. The front end is the one in `target/web-dist`. Beside it: a bare `fetch` of the same bytes,
//! and zarrita over @helia/verified-fetch (`benches/zarrita`).

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::gateway::{Server, free_address};
use super::{Against, Bench, Row, STEP};
use crate::{paths, run, tools};

/// Names of the datasets that `explorer_stores.py` writes.
const STORES: [&str; 10] =
    ["line1", "line8", "line64", "small", "points", "packed", "plain64", "plainpacked", "codecs", "grid"];

/// The folder with datasets, archives and site; made once.
fn made(bench: &Bench) -> Result<PathBuf> {
    let folder = bench.work.join("explorer");
    if folder.join("site/index.html").is_file() {
        return Ok(folder);
    }
    let front_end = paths::web_dist();
    anyhow::ensure!(
        front_end.join("manifest.json").is_file(),
        "no front end in target/web-dist: run `cargo xtask web` first"
    );
    std::fs::create_dir_all(folder.join("content"))?;
    let mut python = run::command(tools::python()?);
    run::check("explorer-stores", python.arg("benches/explorer_stores.py").arg(&folder), STEP)?;
    let pinlist = folder.join("pinlist.yaml");
    for name in STORES {
        let data = folder.join(format!("{name}.zarr"));
        let mut add = run::command(&bench.pinfold);
        add.arg("add").arg(&data).args(["--name", name, "--created", "2026-01-01", "--car"]);
        add.arg(folder.join(format!("{name}.car"))).arg("--pinlist").arg(&pinlist);
        run::check(&format!("explorer-add-{name}"), &mut add, STEP)?;
        std::fs::remove_dir_all(&data)?;
    }
    let site = "title: Made to be measured\npublisher: {name: Nobody}\ngateways: []\n";
    std::fs::write(folder.join("content/site.yaml"), site)?;
    let mut build = run::command(&bench.pinfold);
    build.arg("build").arg("--pinlist").arg(&pinlist).arg("--content").arg(folder.join("content"));
    build.arg("--no-cache").arg("--assets").arg(front_end).arg("--out").arg(folder.join("site"));
    for name in STORES {
        build.arg("--source").arg(folder.join(format!("{name}.car")));
    }
    run::check("explorer-build", &mut build, STEP)?;
    Ok(folder)
}

/// What `benches/explorer.mjs` found in one of its parts.
fn browse(bench: &Bench, part: &str) -> Result<Value> {
    let folder = made(bench)?;
    tools::e2e_packages()?;
    let address = free_address()?;
    let mut serve = run::command(&bench.pinfold);
    serve.args(["serve", "--listen", &address, "--site"]).arg(folder.join("site"));
    for name in STORES {
        serve.arg("--source").arg(folder.join(format!("{name}.car")));
    }
    let server = Server::start(serve, address)?;
    let mut node = run::command(tools::node()?);
    node.arg("benches/explorer.mjs").arg(&folder).arg(format!("http://{}", server.address)).arg(part);
    node.env("PINFOLD_CHROMIUM", tools::chromium()?);
    let text = run::check(&format!("explorer-{part}"), &mut node, STEP)?;
    let line = text.lines().rfind(|line| line.starts_with('{')).context("the browser's part said nothing")?;
    Ok(serde_json::from_str(line)?)
}

fn number(value: &Value, pointer: &str) -> Result<f64> {
    value.pointer(pointer).and_then(Value::as_f64).with_context(|| format!("no {pointer} was measured"))
}

/// From the click that opens the explorer to the painted picture, nothing loaded before.
pub(super) fn first_plot(bench: &Bench) -> Result<Vec<Row>> {
    let found = browse(bench, "plot")?;
    let mut rows = Vec::new();
    for delay in [0, 50] {
        for (name, what) in
            [("line1", "1 MB"), ("line8", "8 MB"), ("line64", "64 MB"), ("small", "8 MB in chunks of 64 kB")]
        {
            let seconds = number(&found, &format!("/{name}_{delay}"))? / 1000.0;
            let what = format!("click to first plot, {what}, {delay} ms");
            rows.push(Row::new(what, seconds, "s", Against::Nothing));
        }
    }
    Ok(rows)
}

/// 64 MB, every block verified, against verified-fetch and an unverified `fetch` of the same bytes.
pub(super) fn stream(bench: &Bench) -> Result<Vec<Row>> {
    bundle_zarrita(bench)?;
    let found = browse(bench, "stream")?;
    let (mine, bare) = (number(&found, "/mine_ms")? / 1000.0, number(&found, "/bare_ms")? / 1000.0);
    let megabytes = number(&found, "/bytes")? / 1e6;
    let fetch = Against::Other("bare fetch of its chunks, six at a time (aim: 0.8)", bare);
    let theirs = number(&found, "/theirs_ms")? / 1000.0;
    let theirs = Against::Other("zarrita's store over verified-fetch (aim: 3)", theirs);
    let single = Against::Other("bare fetch of all in one answer", number(&found, "/single_ms")? / 1000.0);
    Ok(vec![
        Row::new(format!("{megabytes:.0} MB streamed and verified"), mine, "s", theirs),
        Row::new(format!("{megabytes:.0} MB streamed and verified"), mine, "s", fetch),
        Row::new(format!("{megabytes:.0} MB streamed and verified"), mine, "s", single),
    ])
}

/// zarrita with verified-fetch as one script.
fn bundle_zarrita(bench: &Bench) -> Result<()> {
    let packages = tools::npm_packages(&paths::root().join("benches/zarrita"))?;
    let mut bundle = run::command(tools::node()?);
    bundle.arg(packages.join("build.mjs")).arg(made(bench)?.join("zarrita.js"));
    run::check("explorer-zarrita-bundle", &mut bundle, STEP)?;
    Ok(())
}

/// The same variables by zarrita over verified-fetch.
pub(super) fn zarrita(bench: &Bench) -> Result<Vec<Row>> {
    bundle_zarrita(bench)?;
    let found = browse(bench, "zarrita")?;
    let mut rows = Vec::new();
    let cases = [
        ("line8_ta", "8 MB and times", "values and times"),
        ("line64_ta", "64 MB and times", "values and times"),
        ("plain64_ta", "64 MB", "values"),
        ("packed_lz4", "32 MB in blosc-lz4 and times", "values and times"),
        ("packed_zstd", "32 MB in zstd and times", "values and times"),
        ("plainpacked_lz4", "32 MB in blosc-lz4", "values"),
        ("plainpacked_zstd", "32 MB in zstd", "values"),
    ];
    for delay in [0, 50] {
        for (name, what, theirs) in cases {
            if let Some(why) = found.pointer(&format!("/{name}_{delay}/failed")).and_then(Value::as_str) {
                println!("   not measured: {what}, {delay} ms: {why}");
                continue;
            }
            let seconds =
                |key: &str| number(&found, &format!("/{name}_{delay}/{key}")).map(|found| found / 1000.0);
            let against = match theirs {
                "values" => "zarrita with verified-fetch, the values (aim: 3)",
                _ => "zarrita with verified-fetch, values and times (aim: 3)",
            };
            let against = Against::Other(against, seconds("theirs_ms")?);
            let what = format!("{what} to the picture, explorer open, {delay} ms");
            rows.push(Row::new(what, seconds("ours_ms")?, "s", against));
        }
    }
    Ok(rows)
}

/// Bytes of blocks that are fetched for a view, for each byte of the chunks that it needs.
pub(super) fn bytes(bench: &Bench) -> Result<Vec<Row>> {
    let found = browse(bench, "bytes")?;
    let cases = found["cases"].as_array().context("no cases")?;
    let mut rows = Vec::new();
    for case in cases {
        let name = case["name"].as_str().unwrap_or_default();
        let share = number(case, "/fetched")? / number(case, "/needed")?;
        rows.push(Row::new(format!("bytes fetched for one needed, {name}"), share, "", Against::AtMost(1.1)));
        let requests = number(case, "/requests")?;
        rows.push(Row::new(format!("… in requests, {name}"), requests, "requests", Against::Nothing));
    }
    Ok(rows)
}

/// Ten million points moved by hand.
pub(super) fn pan(bench: &Bench) -> Result<Vec<Row>> {
    let found = browse(bench, "pan")?;
    let rows = [
        (
            "ten million points moved by hand, a frame from its beginning until it is drawn, p95",
            "/p95_ms",
            Against::AtMost(16.0),
        ),
        ("… median", "/median_ms", Against::Nothing),
        ("… from frame to frame, the pauses of the hand included, p95", "/between_p95_ms", Against::Nothing),
        ("… from the pointer's move to its picture, p95", "/latency_p95_ms", Against::Nothing),
        ("… from one that was drawn anew to the next, p95", "/anew_p95_ms", Against::Nothing),
    ];
    let mut out = Vec::new();
    for (what, key, aim) in rows {
        out.push(Row::new(what, number(&found, key)?, "ms", aim));
    }
    let blank = number(&found, "/blank")? * 100.0;
    out.push(Row::new("… pictures that did not reach their edges", blank, "%", Against::AtMost(0.0)));
    Ok(out)
}

/// Decoding in the page.
pub(super) fn decode(bench: &Bench) -> Result<Vec<Row>> {
    let found = browse(bench, "decode")?;
    let megabytes = number(&found, "/bytes")? / 1e6;
    let mut rows = Vec::new();
    for (name, ms) in found["ms"].as_object().context("no figures")? {
        // A codec that costs nothing that could be measured is not infinitely fast.
        let ms = ms.as_f64().context("no number")?.max(0.1);
        let speed = megabytes / ms * 1000.0;
        let what = format!("{name}, 100 MB decoded in the page ({speed:.0} MB/s)");
        rows.push(Row::new(what, ms / megabytes * 100.0, "ms", Against::Nothing));
    }
    Ok(rows)
}

/// Memory while a variable of 1 GB is browsed by slices.
pub(super) fn memory(bench: &Bench) -> Result<Vec<Row>> {
    let found = browse(bench, "memory")?;
    let (early, late) = (number(&found, "/early")? / 1e6, number(&found, "/late")? / 1e6);
    let peak = number(&found, "/peak")? / 1e6;
    let what = "memory of the page's process after garbage collection, 85 to 120 slices of 1 GB seen";
    Ok(vec![
        Row::new(what, late, "MB", Against::Nothing),
        Row::new("… for each MB after 50 to 85 slices", late / early, "MB", Against::AtMost(1.1)),
        Row::new("… peak", peak, "MB", Against::Nothing),
    ])
}
