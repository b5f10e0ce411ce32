//! `cargo xtask fixtures`: makes the committed fixtures again with their pinned scripts.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{paths, run};

/// Options of `cargo xtask fixtures`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these folders of tests/fixtures.
    names: Vec<String>,
}

/// Runs `make.py` of each fixture folder with the packages of its `requirements.txt`.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let fixtures = paths::root().join("tests/fixtures");
    let mut folders: Vec<_> = std::fs::read_dir(&fixtures)
        .with_context(|| format!("cannot read {}", fixtures.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    folders.sort();
    for folder in folders {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let script = folder.join("make.py");
        if !script.is_file() || !(args.names.is_empty() || args.names.contains(&name)) {
            continue;
        }
        println!("── {name}");
        let venv = paths::target().join("fixtures-venv").join(&name);
        if !venv.join("bin/python").is_file() {
            let mut create = run::command("python3");
            create.args(["-m", "venv"]);
            run::check(&format!("venv-{name}"), create.arg(&venv), Duration::from_secs(300))?;
        }
        let requirements = folder.join("requirements.txt");
        if requirements.is_file() {
            let mut pip = run::command(venv.join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&requirements);
            run::check(&format!("pip-{name}"), &mut pip, Duration::from_secs(1800))?;
        }
        let mut make = run::command(venv.join("bin/python"));
        make.arg(&script).current_dir(&folder);
        println!("{}", run::check(&format!("fixtures-{name}"), &mut make, Duration::from_secs(1800))?);
    }
    Ok(ExitCode::SUCCESS)
}
