//! The toolchain for `wasm32-unknown-unknown`.
//!
//! In this order: the active toolchain's own target; `rustup target add`, where its servers can be reached;
//! Debian's `rustc-web`, `cargo-web` and `rust-web-src`, building `std` from source. `rust-toolchain.toml` does
//! not list the target: a failed download would break every cargo call.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{paths, run, tools};

/// The target triple of everything that the browser runs.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How wasm32 is built on this machine.
pub(crate) enum Toolchain {
    /// The toolchain that runs this program has the target.
    Active,
    /// Debian's packages, with `std` built from source.
    Debian { cargo: PathBuf, rustc: PathBuf, linker: PathBuf },
}

/// Finds or installs a toolchain.
pub(crate) fn find() -> Result<Toolchain> {
    let mut reasons = Vec::new();
    // For trying out the last way on a machine that has a better one.
    if std::env::var_os("PINFOLD_WASM_DEBIAN").is_none() {
        if active_has_target() {
            return Ok(Toolchain::Active);
        }
        match add_target() {
            Ok(()) => return Ok(Toolchain::Active),
            Err(error) => reasons.push(format!("{error:#}")),
        }
    }
    match debian() {
        Ok(toolchain) => Ok(toolchain),
        Err(error) => {
            reasons.push(format!("{error:#}"));
            bail!(
                "no toolchain for {TARGET}:\n- {}\nwhat helps: `rustup target add {TARGET}`, or on Debian \
                 `apt-get install rustc-web cargo-web rust-web-src`",
                reasons.join("\n- ")
            )
        }
    }
}

impl Toolchain {
    /// What is used, for the log.
    pub(crate) fn describe(&self) -> String {
        match self {
            Toolchain::Active => "the active toolchain's target".into(),
            Toolchain::Debian { rustc, .. } => {
                let version = run::read(run::command(rustc).arg("-V")).unwrap_or_default();
                format!("{} ({version}) with std from source", rustc.display())
            }
        }
    }

    /// A `cargo build` for wasm32 with its own target folder; the caller adds package, profile and features.
    pub(crate) fn cargo_build(&self) -> Command {
        let mut command = match self {
            Toolchain::Active => run::cargo(),
            // Not the rustup proxy: rust-toolchain.toml has no say here.
            Toolchain::Debian { cargo, .. } => run::command(cargo),
        };
        command.args(["build", "--target", TARGET, "--target-dir"]).arg(paths::target().join("wasm"));
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC", "RUSTDOC"] {
            command.env_remove(name);
        }
        if let Toolchain::Debian { rustc, linker, .. } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("CARGO")
                .env_remove("RUSTUP_TOOLCHAIN");
        }
        command
    }
}

fn sysroot() -> Option<PathBuf> {
    run::read(run::command("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

fn active_has_target() -> bool {
    sysroot().is_some_and(|dir| dir.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn add_target() -> Result<()> {
    if run::which("rustup").is_none() {
        bail!("there is no rustup here");
    }
    // One attempt is remembered: behind a closed network every call would wait for it again.
    let stamp = paths::tools().join("rustup-target-unreachable");
    if stamp.is_file() {
        bail!("rustup could not reach its servers earlier (remove {} to try again)", paths::shown(&stamp));
    }
    let mut command = run::command("rustup");
    command.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "0");
    if let Err(error) = run::check("rustup-target", &mut command, Duration::from_secs(60)) {
        std::fs::create_dir_all(paths::tools())?;
        std::fs::write(&stamp, format!("{error:#}"))?;
        let text = format!("{error:#}");
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        bail!("`rustup target add {TARGET}` failed: {last}");
    }
    Ok(())
}

fn debian() -> Result<Toolchain> {
    if debian_file("rustc-web", "/rustc").is_none()
        || debian_file("cargo-web", "/cargo").is_none()
        || debian_file("rust-web-src", "/library/Cargo.toml").is_none()
    {
        tools::apt_install(&["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    let rustc = debian_file("rustc-web", "bin/rustc").context("package rustc-web has no rustc")?;
    let cargo = debian_file("cargo-web", "bin/cargo").context("package cargo-web has no cargo")?;
    let library = run::read(run::command(&rustc).args(["--print", "sysroot"]))
        .map(|dir| PathBuf::from(dir).join("lib/rustlib/src/rust/library"));
    match library {
        Some(dir) if dir.is_dir() => {}
        other => bail!("the sources of std are not where rustc-web looks for them: {other:?}"),
    }
    Ok(Toolchain::Debian { cargo, rustc, linker: linker()? })
}

/// `rust-lld` of the active toolchain, else one of the system.
fn linker() -> Result<PathBuf> {
    let host = run::read(run::command("rustc").arg("-vV"))
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned)));
    if let (Some(sysroot), Some(host)) = (sysroot(), host) {
        let path = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
        if path.is_file() {
            return Ok(path);
        }
    }
    ["rust-lld", "wasm-ld", "wasm-ld-19", "wasm-ld-16", "wasm-ld-14"]
        .into_iter()
        .find_map(run::which)
        .context("no rust-lld and no wasm-ld")
}

/// The file of an installed Debian package whose path ends so.
fn debian_file(package: &str, ending: &str) -> Option<PathBuf> {
    let list = run::read(run::command("dpkg").args(["-L", package]))?;
    list.lines().filter(|line| line.ends_with(ending)).map(PathBuf::from).find(|path| path.is_file())
}
