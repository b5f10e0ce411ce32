//! `cargo xtask test`: formatting, lints, unit, snapshot, interop and end-to-end tests.
//!
//! The last line is `N passed, N failed`, followed by `, N skipped` if something was. What is skipped is named
//! with the reason; `--strict` counts it as failed. A test that cannot run prints a line `SKIPPED name: why`.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::steps::{Counts, Steps};
use crate::{build, paths, run, web};

/// One step, at most.
const STEP: Duration = Duration::from_secs(60 * 60);

/// Options of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What cannot run here is a failure, not a skip.
    #[arg(long)]
    strict: bool,
    /// Only steps whose name contains one of these.
    names: Vec<String>,
}

/// Runs the steps.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let mut steps = Steps::new(args.names);
    steps.run("format", || {
        run::check("fmt", run::cargo().args(["fmt", "--all", "--check"]), STEP)?;
        Ok(Counts::one())
    });
    steps.run("front end", || {
        let faults = web::build(&[])?;
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(Counts::one())
    });
    steps.run("lints", || {
        let mut clippy = cargo();
        clippy.args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);
        run::check("clippy", &mut clippy, STEP)?;
        let mut clippy = cargo();
        clippy.args(["clippy", "--quiet", "-p", "pinfold-web", "--features", "search,explorer"]);
        run::check("clippy-web", clippy.args(["--", "-D", "warnings"]), STEP)?;
        Ok(Counts::one())
    });
    steps.run("unit and snapshot", || {
        let mut test = cargo();
        test.args(["test", "--no-fail-fast", "--", "--show-output"]);
        let output = run::output("unit", &mut test, STEP)?;
        let counts = cargo_counts(&output.text);
        if !output.status.success() {
            println!("{}", run::tail(&failures(&output.text)));
            if counts.failed == 0 {
                bail!("cargo test: {}\n{}", output.status, run::tail(&output.text));
            }
        }
        Ok(counts)
    });
    steps.run("documentation", || {
        let mut doc = cargo();
        doc.args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
        run::check("doc", &mut doc, STEP)?;
        Ok(Counts::one())
    });
    if paths::shared_data().is_none() {
        steps.skip("real inputs", "../shared/data is not on this machine");
    }
    steps.run("demo catalogue", || {
        let pinfold = build::pinfold_only(build::Profile::Dev)?;
        let site = paths::target().join("test-demo");
        let mut command = run::command(&pinfold);
        command.args(["build", "--pinlist", "pinlist.yaml", "--content", "content"]);
        command.args(["--source", "tests/fixtures/demo/demo.car", "--out"]).arg(&site);
        run::check("test-demo", &mut command, STEP)?;
        if !site.join("index.html").is_file() {
            bail!("pinfold build left no {}", paths::shown(&site.join("index.html")));
        }
        Ok(Counts::one())
    });
    Ok(steps.finish(args.strict))
}

/// Cargo with the front end at hand: the same environment in all steps, so that nothing is compiled twice.
fn cargo() -> Command {
    let mut cargo = run::cargo();
    cargo.env("PINFOLD_WEB_DIST", paths::web_dist());
    cargo
}

/// Adds up cargo's `test result:` lines and collects skips.
fn cargo_counts(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            let number = |what: &str| -> u64 {
                rest.split(['.', ';'])
                    .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
                    .unwrap_or(0)
            };
            counts.passed += number("passed");
            counts.failed += number("failed");
        } else if let Some(skip) = skip_line(line) {
            counts.skipped.push(skip);
        }
    }
    // A test that only said why it did not run passed nothing.
    counts.passed = counts.passed.saturating_sub(counts.skipped.len() as u64);
    counts
}

/// What a test says that could not run: `SKIPPED name: why`.
fn skip_line(line: &str) -> Option<String> {
    let rest = line.strip_prefix("SKIPPED").or_else(|| line.strip_prefix("skipped:"))?;
    Some(rest.trim_start_matches([':', ' ']).to_owned())
}

/// The part of cargo's output that tells of failures.
fn failures(text: &str) -> String {
    let mut out = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.trim() {
            "failures:" => inside = true,
            "successes:" => inside = false,
            _ => {}
        }
        if inside || line.starts_with("error") || line.contains("panicked at") {
            out.push(line);
        }
        if line.starts_with("test result:") {
            inside = false;
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_added_up_and_skips_named() {
        let text = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n\
                    SKIPPED campaign: ../shared/data is missing\n\
                    test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let counts = cargo_counts(text);
        assert_eq!((counts.passed, counts.failed), (14, 2));
        assert_eq!(counts.skipped, ["campaign: ../shared/data is missing"]);
    }

    #[test]
    fn nothing_run_is_not_a_success() {
        assert_eq!(cargo_counts("error: could not compile"), Counts::default());
    }
}
