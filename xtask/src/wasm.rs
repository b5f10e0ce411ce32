//! The toolchain for `wasm32-unknown-unknown`.
//!
//! In this order: the active toolchain with `std` from source, where its sources are there or `rustup component add
//! rust-src` brings them; the active toolchain's own target, or what `rustup target add` brings; where rustup's
//! servers cannot be reached, Debian's `rustc-web`, `cargo-web` and `rust-web-src`. `rust-toolchain.toml` lists none of
//! it: a failed download would break every cargo call.
//!
//! `std` from source is made for size and traps instead of unwinding: a tenth of every module. It needs unstable flags
//! of a stable compiler (`RUSTC_BOOTSTRAP`), as Debian's way does.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{paths, run, tools};

/// The target triple of everything that the browser runs.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How wasm32 is built on this machine.
pub(crate) enum Toolchain {
    /// The toolchain that runs this program, with `std` built from source.
    Sources,
    /// The toolchain that runs this program has the target.
    Active,
    /// Debian's packages, with `std` built from source.
    Debian { cargo: PathBuf, rustc: PathBuf, linker: PathBuf },
}

/// Finds or installs a toolchain. `PINFOLD_WASM=sources`, `target` or `debian` allows one way only.
pub(crate) fn find() -> Result<Toolchain> {
    type Way = (&'static str, fn() -> Result<Toolchain>);
    const WAYS: [Way; 3] = [("sources", sources), ("target", target), ("debian", debian)];
    let only = std::env::var("PINFOLD_WASM").ok();
    let mut reasons = Vec::new();
    for (name, find) in WAYS {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        match find() {
            Ok(toolchain) => return Ok(toolchain),
            Err(error) => reasons.push(format!("{name}: {error:#}")),
        }
    }
    bail!(
        "no toolchain for {TARGET}:\n- {}\nwhat helps: `rustup component add rust-src`, `rustup target add {TARGET}`, or \
         on Debian `apt-get install rustc-web cargo-web rust-web-src`",
        reasons.join("\n- ")
    )
}

impl Toolchain {
    /// What is used, for the log.
    pub(crate) fn describe(&self) -> String {
        match self {
            Toolchain::Sources => "the active toolchain with std from source".into(),
            Toolchain::Active => "the active toolchain's target".into(),
            Toolchain::Debian { rustc, .. } => {
                let version = run::read(run::command(rustc).arg("-V")).unwrap_or_default();
                format!("{} ({version}) with std from source", rustc.display())
            }
        }
    }

    /// Whether it is the compiler of `rust-toolchain.toml` with a `std` that it built: then functions are named and
    /// inlined as `web/budget.json` expects.
    pub(crate) fn is_pinned(&self) -> bool {
        matches!(self, Toolchain::Sources)
    }

    /// Whether `std` is made for size; the target that comes ready-made is made for speed, and weighs more.
    pub(crate) fn is_lean(&self) -> bool {
        !matches!(self, Toolchain::Active)
    }

    /// A `cargo build` for wasm32 with its own target folder; the caller adds package, profile and features. Where
    /// `panics` are told, they are not cut short.
    pub(crate) fn cargo_build(&self, panics: bool) -> Command {
        let mut command = match self {
            Toolchain::Sources | Toolchain::Active => run::cargo(),
            // Not the rustup proxy: rust-toolchain.toml has no say here.
            Toolchain::Debian { cargo, .. } => run::command(cargo),
        };
        command.args(["build", "--target", TARGET, "--target-dir"]).arg(paths::target().join("wasm"));
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC", "RUSTDOC"] {
            command.env_remove(name);
        }
        if self.is_lean() {
            command
                .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"])
                .env("RUSTC_BOOTSTRAP", "1");
            if !panics {
                // With a little less stack, addresses of constants stay below 2^20, a byte shorter in each place.
                command.env(
                    "RUSTFLAGS",
                    "-Zunstable-options -Cpanic=immediate-abort -Clink-arg=-zstack-size=917504",
                );
            }
        }
        if let Toolchain::Debian { rustc, linker, .. } = self {
            command
                .env("RUSTC", rustc)
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

fn sources() -> Result<Toolchain> {
    let are_there =
        || sysroot().is_some_and(|dir| dir.join("lib/rustlib/src/rust/library/Cargo.lock").is_file());
    if !are_there() {
        rustup(&["component", "add", "rust-src"])?;
    }
    if !are_there() {
        bail!("the sources of std are not where the active toolchain looks for them");
    }
    Ok(Toolchain::Sources)
}

fn target() -> Result<Toolchain> {
    if !sysroot().is_some_and(|dir| dir.join("lib/rustlib").join(TARGET).join("lib").is_dir()) {
        rustup(&["target", "add", TARGET])?;
    }
    Ok(Toolchain::Active)
}

/// A call that downloads something.
fn rustup(args: &[&str]) -> Result<()> {
    if run::which("rustup").is_none() {
        bail!("there is no rustup here");
    }
    // One attempt is remembered: behind a closed network every call would wait for it again.
    let stamp = paths::tools().join("rustup-unreachable");
    if stamp.is_file() {
        bail!("rustup could not reach its servers earlier (remove {} to try again)", paths::shown(&stamp));
    }
    let mut command = run::command("rustup");
    command.args(args).env("RUSTUP_MAX_RETRIES", "0");
    if let Err(error) = run::check("rustup", &mut command, Duration::from_secs(60)) {
        std::fs::create_dir_all(paths::tools())?;
        std::fs::write(&stamp, format!("{error:#}"))?;
        let text = format!("{error:#}");
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
        bail!("`rustup {}` failed: {last}", args.join(" "));
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
