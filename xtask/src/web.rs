//! The front end: one WASM module per entry of `web/budget.json`, with its start script.
//!
//! For each module: cargo (feature of that name, profile `web`), wasm-bindgen, wasm-opt, esbuild over
//! `web/js/<name>.js` with wasm-bindgen's glue. The result in `target/web-dist/` is named by content hash;
//! `manifest.json` maps `search.js` to `search-0123456789.js`.
//!
//! In the start scripts `PINFOLD_WASM` is the module's hashed file name and `PINFOLD_ASSETS` the manifest of
//! what was built before (so the explorer, last in the list, can name the peer's script). An entry of the budget
//! with `"npm": "web/helia"` is made by that folder's `build.mjs`, one with `"file": "core/data/land.bin"` is that
//! file as it is. One with `"part_of": "explorer"` is what [`split`] takes out of that module: the functions whose names
//! begin like one of its `functions`, and what only they call.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use crate::split::{self, Part};
use crate::{binary, lean, paths, run, tools, wasm, weigh};

/// One cargo call for wasm32, at most.
const BUILD: Duration = Duration::from_secs(30 * 60);

/// How much heavier modules may be with the `std` that comes ready-made, in percent.
const READY_MADE_PERCENT: u64 = 15;

/// Options of `cargo xtask web`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these modules; the others stay as they were built last.
    modules: Vec<String>,
    /// Fast to build and slow to run (profile `web-quick`, no wasm-opt, no budget): for trying things out.
    #[arg(long)]
    quick: bool,
    /// As published, but whole and with the names of its functions: for a browser's profiler.
    #[arg(long, conflicts_with = "quick")]
    names: bool,
    /// Say what weighs in each module, by crate and by function.
    #[arg(long)]
    weigh: bool,
}

/// What wasm-opt is told.
const WASM_OPT: [&str; 14] = [
    // The features that rustc turns on for wasm32 by default, without which wasm-opt refuses the module.
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    // A large function that swallowed others has so many locals that nothing in it looks like anything else: raw
    // it is no larger, brotli makes a tenth more of it.
    "--one-caller-inline-max-function-size=10",
    "--flexible-inline-max-function-size=0",
    "--strip-producers",
    // Twice: until nothing gets smaller any more ("--converge") it takes a tenfold of the time for half a percent raw.
    "-Oz",
    "-Oz",
    // Like stands beside like.
    "--reorder-functions-by-name",
];

/// How much care a module gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// As it is published.
    Full,
    /// As it is tried out.
    Quick,
    /// As it is published, but whole and with the names of its functions.
    Named,
}

/// Builds and prints sizes.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let care = match (args.quick, args.names) {
        (true, _) => Care::Quick,
        (_, true) => Care::Named,
        _ => Care::Full,
    };
    let faults = make(&args.modules, care)?;
    if args.weigh {
        weigh::print(&args.modules, &budget()?)?;
    }
    for fault in &faults {
        eprintln!("error: {fault}");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the front end into [`paths::web_dist`]; returns what is over budget or imports what no page provides.
pub(crate) fn build() -> Result<Vec<String>> {
    make(&[], Care::Full)
}

/// The catalogue page's modules alone.
pub(crate) fn build_search() -> Result<()> {
    let faults = make(&["pages", "panel", "search"].map(str::to_owned), Care::Full)?;
    faults.iter().for_each(|fault| println!("   {fault}"));
    Ok(())
}

fn make(only: &[String], care: Care) -> Result<Vec<String>> {
    let budget = budget()?;
    let toolchain = wasm::find()?;
    println!("   wasm32: {}", toolchain.describe());
    let dist = paths::web_dist();
    let staging = paths::target().join("web-build/dist");
    let _ = std::fs::remove_dir_all(&staging);
    std::fs::create_dir_all(&staging).with_context(|| format!("cannot create {}", staging.display()))?;
    let mut manifest = if only.is_empty() { Map::new() } else { carry_over(&dist, &staging)? };
    let mut faults = Vec::new();
    let wanted =
        |name: &String, limits: &Value| only.is_empty() || only.contains(name) || limits["file"].is_string();
    for (name, limits) in budget.iter().filter(|(name, limits)| wanted(name, limits)) {
        let mut modules = Vec::new();
        if let Some(dir) = limits["npm"].as_str() {
            modules.push((name, bundle_npm(name, dir, &staging)?));
        } else if let Some(path) = limits["file"].as_str() {
            modules.push((name, take_file(path, &staging)?));
        } else if limits["part_of"].is_null() {
            let parts: Vec<(&String, Part)> = parts_of(name, &budget)?;
            manifest.retain(|logical, _| !parts.iter().any(|(part, _)| *logical == format!("{part}.wasm")));
            // A quick one is whole, and so is what another compiler made: it names and inlines as it likes.
            let parts = if care == Care::Full && toolchain.is_pinned() { parts } else { Vec::new() };
            let (names, parts): (Vec<&String>, Vec<Part>) = parts.into_iter().unzip();
            let built = build_module(&toolchain, name, &parts, care, &staging, &manifest)?;
            modules.extend([name].into_iter().chain(names).zip(built));
        }
        for (name, module) in modules {
            if care == Care::Full && !limits["file"].is_string() {
                let limits = if toolchain.is_pinned() { budget[name].clone() } else { whole(name, &budget) };
                faults.extend(module.report(name, &limits, toolchain.is_lean()));
            }
            for (logical, file) in module.files {
                manifest.insert(logical, Value::String(file));
            }
        }
    }
    drop_unnamed(&staging, &manifest)?;
    let text = serde_json::to_string_pretty(&Value::Object(manifest))? + "\n";
    std::fs::write(staging.join("manifest.json"), text)?;
    swap(&staging, &dist)?;
    println!("   {}", paths::shown(&dist));
    Ok(faults)
}

fn budget() -> Result<Map<String, Value>> {
    let path = paths::root().join("web/budget.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match serde_json::from_str(&text).with_context(|| path.display().to_string())? {
        Value::Object(map) => Ok(map),
        other => bail!("{}: expected an object, found {other}", path.display()),
    }
}

/// What the budget takes out of a module, with the names of the entries.
pub(crate) fn parts_of<'a>(module: &str, budget: &'a Map<String, Value>) -> Result<Vec<(&'a String, Part)>> {
    let own = budget.iter().filter(|(_, limits)| limits["part_of"] == module);
    own.map(|(name, limits)| {
        let list = |key: &str| {
            let list: Result<Vec<String>, _> = serde_json::from_value(limits[key].clone());
            list.with_context(|| format!("web/budget.json: {key} of {name}"))
        };
        Ok((name, Part { name: name.clone(), functions: list("functions")?, gates: list("gates")? }))
    })
    .collect()
}

/// The limits of a module together with its parts.
fn whole(module: &str, budget: &Map<String, Value>) -> Value {
    const KEY: &str = "wasm_brotli_bytes";
    let mut limits = budget[module].clone();
    let parts = budget.values().filter(|limits| limits["part_of"] == module);
    let more: u64 = parts.filter_map(|limits| limits[KEY].as_u64()).sum();
    if more > 0
        && let (Some(own), Some(map)) = (limits[KEY].as_u64(), limits.as_object_mut())
    {
        map.insert(KEY.to_owned(), (own + more).into());
        map.remove("wasm_bytes");
    }
    limits
}

/// What one entry of the budget became.
struct Module {
    /// Logical name and hashed file name.
    files: Vec<(String, String)>,
    wasm: Option<Vec<u8>>,
    js: Vec<u8>,
}

impl Module {
    /// Prints the sizes; returns what is wrong with them. The budget is for a lean `std`.
    fn report(&self, name: &str, limits: &Value, lean: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let mut sizes = Vec::new();
        if !self.js.is_empty() {
            sizes.push(("js_bytes", Some(self.js.len())));
            sizes.push(("js_brotli_bytes", brotli_len(&self.js)));
        }
        if let Some(wasm) = &self.wasm {
            sizes.push(("wasm_bytes", Some(wasm.len())));
            sizes.push(("wasm_brotli_bytes", brotli_len(wasm)));
            faults.extend(
                binary::foreign_imports(wasm)
                    .into_iter()
                    .filter(|import| limits["part_of"].is_null() || !split::is_import(import))
                    .map(|import| format!("{name}: the module imports {import}, which no page provides")),
            );
        }
        for (key, size) in sizes {
            let extra = if lean || !key.starts_with("wasm") { 0 } else { READY_MADE_PERCENT };
            let limit = limits[key].as_u64().map(|limit| limit + limit * extra / 100);
            let Some(size) = size else {
                if limit.is_some() {
                    println!("   {name:<10} {key:<18} not measured: no `brotli` program here");
                }
                continue;
            };
            let of = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
            println!("   {name:<10} {key:<18} {size:>9}{of}");
            if limit.is_some_and(|limit| size as u64 > limit) {
                faults.push(format!("{name}: {key} is {size}{of} (web/budget.json)"));
            }
        }
        faults
    }
}

/// The module, then its parts.
fn build_module(
    toolchain: &wasm::Toolchain,
    name: &str,
    parts: &[Part],
    care: Care,
    dist: &Path,
    manifest: &Map<String, Value>,
) -> Result<Vec<Module>> {
    let profile = if care == Care::Quick { "web-quick" } else { "web" };
    let built = paths::target().join("wasm").join(wasm::TARGET).join(profile).join("pinfold_web.wasm");
    let mut cargo = toolchain.cargo_build(care == Care::Quick);
    let features = if care == Care::Quick { format!("{name},messages") } else { name.to_owned() };
    // The parts are known by the names of their functions.
    let names = care == Care::Named || !parts.is_empty();
    cargo.args(["-p", "pinfold-web", "--profile", profile, "--no-default-features", "--features", &features]);
    run::check(&format!("wasm-{name}"), &mut cargo, BUILD)?;

    let work = paths::target().join("web-build").join(name);
    std::fs::create_dir_all(&work)?;
    let bindgen = tools::wasm_bindgen()?;
    let optimise = tools::npm_program("wasm-opt")?;
    let inputs = [
        tools::file_hash(&built)?,
        tools::file_hash(&bindgen)?,
        tools::file_hash(&start_script(name))?,
        tools::hash(include_bytes!("lean.rs")),
        WASM_OPT.join(" "),
        u8::from(names).to_string(),
    ]
    .join(" ");
    let stamp = work.join("stamp");
    let optimised = work.join("opt.wasm");
    if !optimised.is_file() || std::fs::read_to_string(&stamp).ok().as_deref() != Some(inputs.as_str()) {
        let mut command = run::command(&bindgen);
        command.arg(&built).args(["--target", "web", "--no-typescript", "--out-name", "glue", "--out-dir"]);
        run::check(&format!("wasm-bindgen-{name}"), command.arg(&work), BUILD)?;
        if care == Care::Quick {
            std::fs::copy(work.join("glue_bg.wasm"), &optimised)?;
            std::fs::write(&stamp, &inputs)?;
        }
    }
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(inputs.as_str()) {
        let lean = work.join("lean.wasm");
        let script = String::from_utf8(bundle_start(name, &work, "module.wasm", manifest)?)?;
        let module = std::fs::read(work.join("glue_bg.wasm"))?;
        let module = lean::without_unused_exports(&module, &script)?;
        let (module, _) = lean::with_short_imports(&module)?;
        std::fs::write(&lean, lean::without_panic_texts(&module)?)?;
        let mut command = run::command(optimise);
        command.arg(&lean).args(WASM_OPT);
        if names {
            command.arg("--debuginfo");
        }
        command.arg("-o").arg(&optimised);
        run::check(&format!("wasm-opt-{name}"), &mut command, BUILD)?;
        std::fs::write(&stamp, &inputs)?;
    }
    let mut wasm = std::fs::read(&optimised)?;
    let mut modules = Vec::new();
    let mut known = manifest.clone();
    if !parts.is_empty() {
        let (first, cut) = split::cut(&wasm, parts).with_context(|| format!("{name}: cutting it"))?;
        wasm = first;
        for (part, wasm) in parts.iter().zip(cut) {
            let file = hashed(&part.name, "wasm", &wasm);
            std::fs::write(dist.join(&file), &wasm)?;
            let logical = format!("{}.wasm", part.name);
            known.insert(logical.clone(), Value::String(file.clone()));
            modules.push(Module { files: vec![(logical, file)], wasm: Some(wasm), js: Vec::new() });
        }
    }
    let wasm_file = hashed(name, "wasm", &wasm);
    std::fs::write(dist.join(&wasm_file), &wasm)?;
    let mut js = bundle_start(name, &work, &wasm_file, &known)?;
    if care != Care::Quick {
        let (_, names) = lean::with_short_imports(&std::fs::read(work.join("glue_bg.wasm"))?)?;
        js = lean::renamed(std::str::from_utf8(&js)?, &names).into_bytes();
    }
    let js_file = hashed(name, "js", &js);
    std::fs::write(dist.join(&js_file), &js)?;
    let files = vec![(format!("{name}.js"), js_file), (format!("{name}.wasm"), wasm_file)];
    modules.insert(0, Module { files, wasm: Some(wasm), js });
    Ok(modules)
}

fn start_script(name: &str) -> PathBuf {
    paths::root().join("web/js").join(format!("{name}.js"))
}

/// The start script and wasm-bindgen's glue as one script.
fn bundle_start(name: &str, work: &Path, wasm_file: &str, manifest: &Map<String, Value>) -> Result<Vec<u8>> {
    // The start script imports "./glue.js"; copied next to it, both become one file.
    let start = start_script(name);
    let entry = work.join("start.js");
    std::fs::copy(&start, &entry).with_context(|| format!("cannot read {}", start.display()))?;
    let mut command = run::command(tools::npm_program("esbuild")?);
    command
        .arg(&entry)
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        // So that classes of the glue which nobody makes are left out.
        .args(["--define:Symbol.dispose=undefined", "--pure:FinalizationRegistry"])
        .arg(format!("--define:PINFOLD_WASM={}", json!(wasm_file)))
        .arg(format!("--define:PINFOLD_ASSETS={}", Value::Object(manifest.clone())))
        .arg(format!("--outfile={}", work.join("bundle.js").display()));
    run::check(&format!("esbuild-{name}"), &mut command, BUILD)?;
    Ok(std::fs::read(work.join("bundle.js"))?)
}

/// A file of the repository, named by its hash.
fn take_file(path: &str, dist: &Path) -> Result<Module> {
    let bytes = std::fs::read(paths::root().join(path)).with_context(|| format!("cannot read {path}"))?;
    let logical = path.rsplit('/').next().unwrap_or(path).to_owned();
    let (stem, ending) = logical.split_once('.').context("a file's name with its ending")?;
    let file = hashed(stem, ending, &bytes);
    std::fs::write(dist.join(&file), bytes)?;
    Ok(Module { files: vec![(logical, file)], wasm: None, js: Vec::new() })
}

/// A bundle of npm packages: `build.mjs OUTDIR` of the folder writes scripts named by hash, of which
/// `peer-<hash>.js` is the entry point.
fn bundle_npm(name: &str, dir: &str, dist: &Path) -> Result<Module> {
    let dir = tools::npm_packages(&paths::root().join(dir))?;
    let out = paths::target().join("web-build").join(name);
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out)?;
    let mut command = run::command("node");
    run::check(&format!("bundle-{name}"), command.arg(dir.join("build.mjs")).arg(&out), BUILD)?;
    let mut module = Module { files: Vec::new(), wasm: None, js: Vec::new() };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&out)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    for path in files {
        let file = path.file_name().and_then(|name| name.to_str()).context("a bundle's name")?.to_owned();
        let bytes = std::fs::read(&path)?;
        std::fs::write(dist.join(&file), &bytes)?;
        if file.starts_with("peer-") {
            module.files.push((format!("{name}.js"), file));
        } else {
            module.files.push((file.clone(), file));
        }
        module.js.extend(bytes);
    }
    if !module.files.iter().any(|(logical, _)| *logical == format!("{name}.js")) {
        bail!("{}/build.mjs wrote no peer-<hash>.js", paths::shown(&dir));
    }
    Ok(module)
}

/// `search-0123456789.js`.
fn hashed(name: &str, ending: &str, bytes: &[u8]) -> String {
    format!("{name}-{}.{ending}", &tools::hash(bytes)[..10])
}

/// Copies what was built before; its manifest, empty if there is none.
fn carry_over(dist: &Path, staging: &Path) -> Result<Map<String, Value>> {
    let Ok(text) = std::fs::read_to_string(dist.join("manifest.json")) else { return Ok(Map::new()) };
    for entry in std::fs::read_dir(dist)? {
        let entry = entry?;
        std::fs::copy(entry.path(), staging.join(entry.file_name()))?;
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Removes the files that the manifest does not name.
fn drop_unnamed(staging: &Path, manifest: &Map<String, Value>) -> Result<()> {
    for entry in std::fs::read_dir(staging)? {
        let entry = entry?;
        if !manifest.values().any(|file| entry.file_name().to_str() == file.as_str()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Puts a finished folder in the place of the old one; files that did not change keep their time, so that
/// cargo does not build the generator again.
fn swap(staging: &Path, dist: &Path) -> Result<()> {
    if same_files(staging, dist) {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(dist);
    std::fs::rename(staging, dist).with_context(|| format!("cannot put {} in place", dist.display()))
}

fn same_files(a: &Path, b: &Path) -> bool {
    let list = |dir: &Path| -> Option<Vec<(std::ffi::OsString, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).ok()? {
            let entry = entry.ok()?;
            files.push((entry.file_name(), std::fs::read(entry.path()).ok()?));
        }
        files.sort();
        Some(files)
    };
    matches!((list(a), list(b)), (Some(a), Some(b)) if a == b)
}

/// Whether what is built can be weighed as it is sent.
pub(crate) fn weighs() -> bool {
    brotli_len(b"weight").is_some()
}

/// Brotli at its best, as a server would send it; `None` without the program.
fn brotli_len(bytes: &[u8]) -> Option<usize> {
    use std::io::Write as _;
    let mut child = run::command("brotli")
        .args(["--best", "--stdout", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = bytes.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then_some(output.stdout.len())
}
