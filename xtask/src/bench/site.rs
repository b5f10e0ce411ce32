//! The built site as a visitor has it: bytes of pages, and how soon the largest part of one is painted.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::gateway::{Server, free_address};
use super::{Against, Bench, Row, STEP};
use crate::{build, paths, run, tools};

/// The demo with its front end: the largest landing page, and the largest contentful paint both ways.
pub(super) fn demo(bench: &Bench) -> Result<Vec<Row>> {
    // The others measure a program without a front end; pages without one would paint too soon.
    let pinfold = build::pinfold(build::Profile::Release)?;
    let site = bench.work.join("demo-site");
    let source = "tests/fixtures/demo/demo.car";
    let mut build = run::command(&pinfold);
    build.args(["build", "--pinlist", "pinlist.yaml", "--content", "content", "--source", source, "--out"]);
    run::check("demo-build", build.arg(&site), STEP)?;
    let (landing, bytes) = largest_page(&site.join("ds"))?;
    let folder = largest_folder(&site.join("ds"))?;
    let kb = |bytes: u64| bytes as f64 / 1000.0;
    let mut rows = vec![
        Row::new("largest landing page of the demo", kb(bytes), "kB", Against::AtMost(60.0)),
        Row::new(
            "largest dataset folder without meta.car and quicklooks",
            kb(folder),
            "kB",
            Against::AtMost(100.0),
        ),
    ];
    let address = free_address()?;
    let mut serve = run::command(&pinfold);
    serve.args(["serve", "--listen", &address, "--source", source, "--site"]).arg(&site);
    let server = Server::start(serve, address)?;
    let origin = format!("http://{}", server.address);
    tools::e2e_packages()?;
    let mut node = run::command(tools::node()?);
    node.arg(paths::root().join("tests/e2e/lib/paint.mjs")).env("PINFOLD_CHROMIUM", tools::chromium()?);
    node.arg(format!("{origin}/")).arg(format!("{origin}/ds/{landing}/"));
    let text = run::check("paint", &mut node, STEP)?;
    let line =
        text.lines().rev().find(|line| line.starts_with('[')).context("paint.mjs printed no figures")?;
    let found: Vec<serde_json::Value> = serde_json::from_str(line)?;
    for (what, figures) in ["catalogue page", "landing page"].into_iter().zip(&found) {
        for (way, key, aim) in [("local server", "local", 0.5), ("10 Mbit/s, 40 ms", "slow", 1.0)] {
            let seconds = figures[key].as_f64().context("paint.mjs printed no number")? / 1000.0;
            rows.push(Row::new(
                format!("largest contentful paint, {what}, {way}"),
                seconds,
                "s",
                Against::AtMost(aim),
            ));
        }
    }
    Ok(rows)
}

/// The dataset whose page has the most bytes.
fn largest_page(datasets: &Path) -> Result<(String, u64)> {
    let mut largest = None;
    for item in std::fs::read_dir(datasets)? {
        let item = item?;
        let bytes = std::fs::metadata(item.path().join("index.html"))?.len();
        let name = item.file_name().to_string_lossy().into_owned();
        largest = largest.max(Some((bytes, name)));
    }
    largest.map(|(bytes, name)| (name, bytes)).context("the site has no dataset")
}

/// Bytes of the largest folder of a dataset, without what has a budget of its own.
fn largest_folder(datasets: &Path) -> Result<u64> {
    let mut largest = 0;
    for item in std::fs::read_dir(datasets)? {
        let mut bytes = 0;
        for file in std::fs::read_dir(item?.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name != "meta.car" && !name.starts_with("quicklook") {
                bytes += file.metadata()?.len();
            }
        }
        largest = largest.max(bytes);
    }
    Ok(largest)
}
