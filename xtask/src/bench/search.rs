//! The search: bytes until it can be used, times in a real Chromium, Pagefind on the same records, judged queries.
//!
//! Records are those of `../shared/data`; sites of other sizes hold copies that differ in title and CID
//! (`generator/examples/search_site.rs`). `benches/search.mjs` drives the browser.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Against, Bench, Row, STEP};
use crate::{paths, run, tools, web};

/// The data browser that this catalogue would replace, as it was measured (REFERENCES of the project).
const INCUMBENT: &str = "ORCESTRA data browser";
/// Sizes at which a site is measured.
const SIZES: [usize; 4] = [60, 1_000, 10_000, 100_000];

/// The sizes that are measured: all, or those that `PINFOLD_BENCH_SIZES=60,1000` names.
fn sizes() -> Vec<usize> {
    let only = std::env::var("PINFOLD_BENCH_SIZES").ok();
    let only: Option<Vec<usize>> =
        only.map(|text| text.split(',').filter_map(|size| size.trim().parse().ok()).collect());
    SIZES.into_iter().filter(|size| only.as_ref().is_none_or(|only| only.contains(size))).collect()
}

/// A site of `count` datasets, made once; with what its making printed.
fn site(bench: &Bench, count: usize) -> Result<(PathBuf, Made)> {
    let out = bench.work.join(format!("search-{count}"));
    let printed = bench.work.join(format!("search-{count}.txt"));
    if !printed.is_file() {
        anyhow::ensure!(paths::shared_data().is_some(), "../shared/data is not on this machine");
        // What is measured is what is published: nothing to do where that stands in target/web-dist already.
        web::build_search()?;
        let mut command = run::cargo();
        command.args(["run", "--release", "-q", "-p", "pinfold", "--example", "search_site", "--"]);
        let text =
            run::check(&format!("search-site-{count}"), command.arg(count.to_string()).arg(&out), STEP)?;
        std::fs::write(&printed, text)?;
    }
    let text = std::fs::read_to_string(&printed)?;
    let number = |name: &str| -> Result<f64> {
        let mut words = text.split_whitespace().skip_while(|word| *word != name).skip(1);
        let word = words.next().with_context(|| format!("search_site printed no {name}"))?;
        Ok(word.parse()?)
    };
    Ok((out, Made { index_ms: number("index_ms")?, index_bytes: number("index_bytes")? }))
}

struct Made {
    index_ms: f64,
    index_bytes: f64,
}

/// What `benches/search.mjs` found of a site; several tables take figures from one visit.
fn browse(bench: &Bench, count: usize, part: &str) -> Result<Value> {
    let kept = bench.work.join(format!("search-{count}-{part}.json"));
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return Ok(serde_json::from_str(&text)?);
    }
    let (site, _) = site(bench, count)?;
    tools::npm_packages(&paths::root().join("tests/e2e"))?;
    let mut command = run::command("node");
    command.arg("benches/search.mjs").arg(site).arg(part);
    let text = run::check(&format!("search-{part}-{count}"), &mut command, STEP)?;
    let line = text.lines().rfind(|line| line.starts_with('{')).context("the browser's part said nothing")?;
    std::fs::write(&kept, line)?;
    Ok(serde_json::from_str(line)?)
}

fn kb(value: &Value, pointer: &str) -> Result<f64> {
    Ok(number(value, pointer)? / 1000.0)
}

fn number(value: &Value, pointer: &str) -> Result<f64> {
    value.pointer(pointer).and_then(Value::as_f64).with_context(|| format!("no {pointer} was measured"))
}

/// Bytes until the list can be searched, and until the first query is answered.
pub(super) fn size(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for count in sizes() {
        let found = browse(bench, count, "load")?;
        let aims = match count {
            60 => [Against::AtMost(150.0), Against::AtMost(450.0)],
            _ => [Against::Nothing, Against::Nothing],
        };
        for ((key, how), aim) in [("br", "brotli"), ("raw", "uncompressed")].into_iter().zip(aims) {
            let ready = kb(&found, &format!("/ready/{key}"))?;
            rows.push(Row::new(format!("until searchable, {count} datasets, {how}"), ready, "kB", aim));
        }
        for (kind, name) in
            [("html", "HTML"), ("css", "CSS"), ("js", "JS"), ("wasm", "WASM"), ("pfs", "index")]
        {
            let part = kb(&found, &format!("/{kind}/br"))?;
            rows.push(Row::new(format!("… of it {name}, brotli"), part, "kB", Against::Nothing));
        }
        if count == 60 {
            let all = kb(&found, "/all/br")?;
            let incumbent = Against::Other("ORCESTRA data browser, gzip", 952.0);
            rows.push(Row::new("everything, 60 datasets, with map and facets, brotli", all, "kB", incumbent));
        }
        let more = kb(&found, "/query/br")? - kb(&found, "/ready/br")?;
        let aim = if count == 100_000 { Against::AtMost(250.0) } else { Against::Nothing };
        rows.push(Row::new(
            format!("index for a first query, {count} datasets, brotli"),
            kb(&found, "/pfs/br")? + more.max(0.0),
            "kB",
            aim,
        ));
    }
    Ok(rows)
}

/// Times: making the index, first result, keystrokes; memory. First what the machine and the browser take for a page with
/// nothing to do, in the same minutes: without it a slow hour of the machine looks like a slow page.
pub(super) fn speed(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let bare = browse(bench, 60, "bare")?;
    for (key, what) in [
        ("list_ms", "navigation to a page of one line, cold"),
        ("p95_ms", "keystroke to painted, a box alone, p95"),
        ("median_ms", "keystroke to painted, a box alone, median"),
    ] {
        rows.push(Row::new(what, number(&bare, &format!("/bare/{key}"))?, "ms", Against::Nothing));
    }
    for count in sizes() {
        let (_, made) = site(bench, count)?;
        rows.push(Row::new(format!("index of {count} datasets"), made.index_ms, "ms", Against::Nothing));
        let each = made.index_bytes / count as f64;
        rows.push(Row::new(format!("index of {count}, per dataset"), each, "B", Against::Nothing));
        let found = browse(bench, count, "load")?;
        // Three times faster than the incumbent's list.
        for (key, how, list_ms) in [("fast", "cold", 638.0), ("slow", "10 Mbit/s, 40 ms", 1457.0)] {
            let list = number(&found, &format!("/{key}/list_ms"))?;
            let first = number(&found, &format!("/{key}/first_ms"))?;
            let against = if count == 60 { Against::Other(INCUMBENT, list_ms) } else { Against::Nothing };
            rows.push(Row::new(format!("navigation to list, {count}, {how}"), list, "ms", against));
            let against = if count <= 10_000 { Against::AtMost(list_ms / 3.0) } else { Against::Nothing };
            rows.push(Row::new(format!("navigation to first result, {count}, {how}"), first, "ms", against));
        }
        let found = browse(bench, count, "type")?;
        let aim = match count {
            100_000 => Against::AtMost(50.0),
            _ => Against::AtMost(16.0),
        };
        rows.push(Row::new(
            format!("keystroke to painted, {count}, p95"),
            number(&found, "/type/p95_ms")?,
            "ms",
            aim,
        ));
        let median = number(&found, "/type/median_ms")?;
        rows.push(Row::new(format!("keystroke to painted, {count}, median"), median, "ms", Against::Nothing));
        let presented = number(&found, "/type/presented_p95_ms")?;
        let what = format!("keystroke to the screen, drawn without a graphics card, {count}, p95");
        rows.push(Row::new(what, presented, "ms", Against::Nothing));
        let work = number(&found, "/type/cpu_ms")?;
        let what = format!("work of the page's thread for each key, {count}, facets and map included");
        rows.push(Row::new(what, work, "ms", Against::Nothing));
        let longest = number(&found, "/type/longest_ms")?;
        let aim = if count <= 10_000 { Against::AtMost(50.0) } else { Against::Nothing };
        rows.push(Row::new(
            format!("longest task while typing, {count} (0: none over 50)"),
            longest,
            "ms",
            aim,
        ));
        for (key, what) in
            [("wasm_bytes", "memory of the program"), ("heap_bytes", "heap of the page, DOM included")]
        {
            let memory = number(&found, &format!("/type/{key}"))? / 1e6;
            rows.push(Row::new(format!("{what}, {count}"), memory, "MB", Against::Nothing));
        }
    }
    Ok(rows)
}

/// Pagefind on the same records.
pub(super) fn pagefind(bench: &Bench) -> Result<Vec<Row>> {
    tools::npm_packages(&paths::root().join("tests/e2e"))?;
    tools::npm_packages(&paths::root().join("benches/pagefind"))?;
    let mut rows = Vec::new();
    for count in sizes() {
        let (site, made) = site(bench, count)?;
        let out = bench.work.join(format!("pagefind-{count}"));
        let mut command = run::command("node");
        command.arg("benches/pagefind/measure.mjs").arg(site.join("records.json")).arg(&out);
        let text = run::check(&format!("pagefind-{count}"), &mut command, STEP)?;
        let line =
            text.lines().rfind(|line| line.starts_with('{')).context("Pagefind's part said nothing")?;
        let theirs: Value = serde_json::from_str(line)?;
        let ours = browse(bench, count, "load")?;
        // Programs and index of the search; pages, styles and what lists need count for neither.
        let search = |value: &Value, kind: &str| -> Result<f64> {
            let rest = kb(value, &format!("/query/{kind}"))? - kb(value, &format!("/ready/{kind}"))?;
            let parts = ["js", "wasm", "pfs"].iter().map(|part| kb(value, &format!("/{part}/{kind}")));
            Ok(parts.sum::<Result<f64>>()? + rest)
        };
        for (kind, how) in [("br", "brotli"), ("raw", "uncompressed")] {
            let other = Against::Other("Pagefind", kb(&theirs, &format!("/query/{kind}"))?);
            let what = format!("program and index for a first query, {count} datasets, {how}");
            rows.push(Row::new(what, search(&ours, kind)?, "kB", other));
        }
        let other = Against::Other("Pagefind", number(&theirs, "/index_ms")?);
        rows.push(Row::new(format!("index of {count} datasets"), made.index_ms, "ms", other));
        let zero = theirs["zero"].as_array().map_or(0, Vec::len);
        println!("   Pagefind finds nothing for {} of 8 queries: {}", zero, theirs["zero"]);
    }
    Ok(rows)
}

/// The judged queries over the publisher's index and over the catalogue that is built of twin.car.
pub(super) fn judged(_bench: &Bench) -> Result<Vec<Row>> {
    anyhow::ensure!(paths::shared_data().is_some(), "../shared/data is not on this machine");
    let mut command = run::cargo();
    command.args(["test", "-p", "pinfold", "--test", "judged", "--", "--nocapture"]);
    let text = run::check("search-judged", &mut command, STEP)?;
    let mut rows = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("judged ")) {
        let (what, figures) = line.split_once(": ").context("a line of the judged queries")?;
        let figure = |name: &str| -> Result<f64> {
            let (_, rest) = figures.split_once(name).with_context(|| format!("no {name} in {line}"))?;
            Ok(rest.trim_start().split([',', ' ']).next().unwrap_or_default().parse()?)
        };
        let row = |name: &str, value: f64, aim| Row::new(format!("{name}, {what}"), value, "", aim);
        rows.push(row("1 − mean reciprocal rank", 1.0 - figure("MRR")?, Against::AtMost(0.08)));
        rows.push(row("1 − precision at 5", 1.0 - figure("P@5")?, Against::Nothing));
        rows.push(row("queries with no hit", figure("zero")?, Against::AtMost(0.0)));
    }
    anyhow::ensure!(rows.len() == 9, "three catalogues are judged, found {} figures", rows.len());
    Ok(rows)
}
