//! `cargo xtask build`: the front end, then `target/release/pinfold` that carries it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::{paths, run, web};

/// Compilation of the generator, at most.
const BUILD: Duration = Duration::from_secs(60 * 60);

/// Options of `cargo xtask build`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Builds and says where the program is.
pub(crate) fn run(_args: Args) -> Result<ExitCode> {
    let program = pinfold(Profile::Release)?;
    println!("{}", paths::shown(&program));
    Ok(ExitCode::SUCCESS)
}

/// How `pinfold` is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For users and for measuring.
    Release,
    /// For tests: shares what `cargo test` compiled.
    Dev,
}

/// Builds the front end and `pinfold` around it; over-budget modules are told, not fatal.
pub(crate) fn pinfold(profile: Profile) -> Result<PathBuf> {
    println!("── front end");
    for fault in web::build()? {
        println!("   warning: {fault}");
    }
    println!("── pinfold");
    pinfold_only(profile)
}

/// Builds `pinfold` around the front end that lies in [`paths::web_dist`].
pub(crate) fn pinfold_only(profile: Profile) -> Result<PathBuf> {
    let mut cargo = run::cargo();
    cargo.args(["build", "-p", "pinfold"]).env("PINFOLD_WEB_DIST", paths::web_dist());
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    run::check("build-pinfold", &mut cargo, BUILD)?;
    let dir = if profile == Profile::Release { "release" } else { "debug" };
    Ok(paths::target().join(dir).join("pinfold"))
}
