//! `cargo xtask test`: formatting, lints, unit, snapshot, interop and end-to-end tests.
//!
//! The last line is `N passed, N failed`, followed by `, N skipped` if something was. What is skipped is named
//! with the reason; `--strict` counts it as failed. A test that cannot run prints a line `SKIPPED name: why`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::steps::{Counts, Steps};
use crate::{build, paths, run, tools, web};

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
    workflow_steps(&mut steps);
    steps.run("front end", || {
        let faults = web::build()?;
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(Counts::one())
    });
    if !web::weighs() {
        steps.skip("weight of the front end", "no `brotli` program here");
    }
    steps.run("lints", || {
        let mut clippy = cargo();
        clippy.args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);
        run::check("clippy", &mut clippy, STEP)?;
        let mut clippy = cargo();
        clippy.args(["clippy", "--quiet", "-p", "pinfold-web", "--features", "search,panel,explorer"]);
        run::check("clippy-web", clippy.args(["--", "-D", "warnings"]), STEP)?;
        Ok(Counts::one())
    });
    steps.run("unit and snapshot", || unit("unit", &[]));
    // What of the search app and the explorer needs no page.
    steps.run("unit, front end", || {
        unit("unit-web", &["-p", "pinfold-web", "--features", "search,panel,explorer"])
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
    steps.run("demo catalogue", demo_catalogue);
    zarrs_step(&mut steps);
    judge_steps(&mut steps);
    python_steps(&mut steps);
    browser_steps(&mut steps);
    Ok(steps.finish(args.strict))
}

/// Runs the tests of some packages.
fn unit(name: &str, packages: &[&str]) -> Result<Counts> {
    let mut test = cargo();
    test.arg("test").args(packages).args(["--no-fail-fast", "--", "--show-output"]);
    let output = run::output(name, &mut test, STEP)?;
    let counts = cargo_counts(&output.text);
    if !output.status.success() {
        println!("{}", run::tail(&failures(&output.text)));
        if counts.failed == 0 {
            bail!("cargo test: {}\n{}", output.status, run::tail(&output.text));
        }
    }
    Ok(counts)
}

/// Has the workflows, ours and those of the template, read by actionlint.
fn workflow_steps(steps: &mut Steps) {
    let name = "workflows";
    if !steps.wants(name) {
        return;
    }
    let actionlint = match tools::actionlint() {
        Ok(path) => path,
        Err(error) => return steps.skip(name, &format!("no actionlint: {}", one_line(&error))),
    };
    steps.run(name, || {
        let mut files = Vec::new();
        for folder in [".github/workflows", "examples/campaign-template/.github/workflows"] {
            for item in std::fs::read_dir(paths::root().join(folder))? {
                files.push(item?.path());
            }
        }
        files.sort();
        run::check("actionlint", run::command(&actionlint).args(&files), STEP)?;
        Ok(Counts { passed: files.len() as u64, ..Counts::default() })
    });
}

/// Builds the demo catalogue for the steps that follow, with an address so that a sitemap is made.
fn demo_catalogue() -> Result<Counts> {
    let pinfold = build::pinfold_only(build::Profile::Dev)?;
    let content = paths::target().join("test-content");
    let _ = std::fs::remove_dir_all(&content);
    run::check("copy-content", run::command("cp").args(["-r", "content"]).arg(&content), STEP)?;
    let settings = content.join("site.yaml");
    let mut text = std::fs::read_to_string(&settings)?;
    if !text.lines().any(|line| line.starts_with("url:")) {
        text.push_str("\nurl: https://catalogue.example/\n");
    }
    std::fs::write(&settings, text)?;
    let site = paths::target().join("test-demo");
    let mut command = run::command(&pinfold);
    command.args([
        "build",
        "--pinlist",
        "pinlist.yaml",
        "--source",
        "tests/fixtures/demo/demo.car",
        "--strict",
    ]);
    command.arg("--content").arg(content).arg("--out").arg(&site);
    run::check("test-demo", &mut command, STEP)?;
    if !site.join("index.html").is_file() {
        bail!("pinfold build left no {}", paths::shown(&site.join("index.html")));
    }
    Ok(Counts::one())
}

/// Has the demo site judged by programs that no one here wrote (`tests/judges/run.py`).
fn judge_steps(steps: &mut Steps) {
    let name = "judges";
    if !steps.wants(name) {
        return;
    }
    let python = match tools::python() {
        Ok(python) => python,
        Err(error) => return steps.skip(name, &format!("no Python packages: {}", one_line(&error))),
    };
    if run::which("xmllint").is_none() {
        // The judge that needs it skips itself by name.
        if let Err(error) = tools::apt_install(&["libxml2-utils"]) {
            println!("   no xmllint: {}", one_line(&error));
        }
    }
    let packages = tools::e2e_packages().inspect_err(|error| println!("   no vnu: {}", one_line(error)));
    steps.run(name, || {
        let mut judge = run::command(python);
        judge.arg("tests/judges/run.py").arg(paths::target().join("test-demo"));
        if let Ok(packages) = packages {
            judge.arg("--vnu").arg(packages.join("node_modules/vnu-jar/build/dist/vnu.jar"));
        }
        let output = run::output("judges", &mut judge, STEP)?;
        let counts = judge_counts(&output.text);
        if !output.status.success() {
            println!("{}", run::tail(&output.text));
            if counts.failed == 0 {
                bail!("tests/judges/run.py: {}", output.status);
            }
        }
        Ok(counts)
    });
}

/// Reads the Zarr fixtures with zarrs, too; a workspace of its own, built without what only a debugger needs.
fn zarrs_step(steps: &mut Steps) {
    steps.run("zarrs", || {
        let mut command = run::cargo();
        command.args([
            "run",
            "--quiet",
            "--locked",
            "--manifest-path",
            "tests/zarrs/Cargo.toml",
            "--target-dir",
        ]);
        command.arg(paths::target().join("zarrs"));
        command.env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        let text = run::check("zarrs", &mut command, STEP)?;
        println!("   {}", text.lines().find(|line| line.contains("arrays are the same")).unwrap_or_default());
        Ok(Counts::one())
    });
}

/// The judges' lines: `ok`, `FAILED` or `skipped`, then what.
fn judge_counts(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        match line.split_once(' ') {
            Some(("ok", _)) => counts.passed += 1,
            Some(("FAILED", _)) => counts.failed += 1,
            Some(("skipped", why)) => counts.skipped.push(why.trim().to_owned()),
            _ => {}
        }
    }
    counts
}

/// Runs the tests in Python: interop with programs that no one here wrote.
fn python_steps(steps: &mut Steps) {
    let name = "interop";
    if !steps.wants(name) {
        return;
    }
    let python = match tools::python() {
        Ok(python) => python,
        Err(error) => return steps.skip(name, &format!("no Python packages: {}", one_line(&error))),
    };
    // Its tests skip themselves by name without it.
    let kubo = tools::kubo().inspect_err(|error| println!("   no Kubo: {}", one_line(error))).ok();
    steps.run(name, || {
        let mut pytest = run::command(python);
        pytest.args(["-m", "pytest", "tests"]);
        environment(&mut pytest, kubo.as_deref());
        let output = run::output("pytest", &mut pytest, STEP)?;
        let counts = pytest_counts(&output.text);
        if !output.status.success() {
            println!("{}", run::tail(&output.text));
            if counts.failed == 0 {
                bail!("pytest: {}", output.status);
            }
        }
        Ok(counts)
    });
}

/// Runs the end-to-end tests in Chromium.
fn browser_steps(steps: &mut Steps) {
    let name = "end-to-end";
    if !steps.wants(name) {
        return;
    }
    let set_up = || -> Result<_> { Ok((tools::e2e_packages()?, tools::node()?, tools::chromium()?)) };
    let (packages, node, chromium) = match set_up() {
        Ok(found) => found,
        Err(error) => return steps.skip(name, &one_line(&error)),
    };
    let kubo = tools::kubo().ok();
    steps.run(name, || {
        let mut test = run::command(node);
        // One file after the other: two cores, and some measure time.
        test.args(["--test", "--test-concurrency=1", "--test-timeout=300000", "--test-reporter=tap"]);
        let mut specs: Vec<_> = std::fs::read_dir(&packages)?
            .map(|entry| Ok(entry?.path()))
            .filter(|path: &Result<_>| {
                path.as_ref().is_ok_and(|path: &PathBuf| path.to_string_lossy().ends_with(".test.mjs"))
            })
            .collect::<Result<_>>()?;
        specs.sort();
        test.args(specs).env("PINFOLD_CHROMIUM", chromium);
        environment(&mut test, kubo.as_deref());
        let output = run::output("e2e", &mut test, STEP)?;
        let counts = tap_counts(&output.text);
        if !output.status.success() {
            println!("{}", run::tail(&tap_failures(&output.text)));
            if counts.failed == 0 {
                bail!("node --test: {}\n{}", output.status, run::tail(&output.text));
            }
        }
        Ok(counts)
    });
}

/// Where the tests outside cargo find what they test.
fn environment(command: &mut Command, kubo: Option<&Path>) {
    command
        .env("PINFOLD_BIN", paths::target().join("debug/pinfold"))
        .env("PINFOLD_DEMO_SITE", paths::target().join("test-demo"))
        .env("CARGO_TARGET_DIR", paths::target());
    if let Some(kubo) = kubo {
        command.env("PINFOLD_IPFS", kubo);
    }
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").lines().next().unwrap_or_default().to_owned()
}

/// Pytest's last line (`3 passed, 1 skipped in 2.10s`) and its `SKIPPED [1] file:line: why`.
fn pytest_counts(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("SKIPPED [") {
            let (number, why) = rest.split_once("] ").unwrap_or(("1", rest));
            let number = number.parse().unwrap_or(1);
            counts.skipped.extend(std::iter::repeat_n(why.to_owned(), number));
        }
    }
    // From a minute on it adds `(0:01:23)`.
    let is_last = |line: &&str| {
        let line = line.trim_end_matches(['=', ' ']);
        let line = line.rsplit_once(" (").map_or(line, |(line, _)| line);
        line.contains(" in ") && line.ends_with('s')
    };
    let last = text.lines().rev().find(is_last);
    for part in last.unwrap_or_default().split([',', '=']) {
        let mut words = part.split_whitespace();
        let (Some(number), Some(what)) =
            (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
        else {
            continue;
        };
        match what {
            "passed" | "xfailed" => counts.passed += number,
            "failed" | "error" | "errors" | "xpassed" => counts.failed += number,
            _ => {}
        }
    }
    counts
}

/// Node's summary (`# pass 4`) and its `ok 3 - name # SKIP why`.
fn tap_counts(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines() {
        let number =
            |prefix: &str| line.strip_prefix(prefix).and_then(|rest| rest.trim().parse::<u64>().ok());
        if let Some(passed) = number("# pass ") {
            counts.passed += passed;
        } else if let Some(failed) = number("# fail ").or_else(|| number("# cancelled ")) {
            counts.failed += failed;
        } else if let (true, Some((name, why))) = (line.trim().starts_with("ok "), line.split_once("# SKIP"))
        {
            let name = name.split_once(" - ").map_or(name, |(_, name)| name).trim();
            counts.skipped.push(format!("{name}: {}", why.trim()));
        }
    }
    counts
}

/// The failed tests of a TAP log with what they said.
fn tap_failures(text: &str) -> String {
    let mut out = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("not ok ") {
            inside = true;
        } else if trimmed.starts_with("ok ") || trimmed.starts_with("# Subtest") {
            inside = false;
        }
        if inside && !trimmed.starts_with("at ") && trimmed != "---" {
            out.push(line);
        }
    }
    out.join("\n")
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
    let rest = line.strip_prefix("SKIPPED")?;
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
    fn other_programs_reports_are_understood() {
        let counts = pytest_counts(
            "SKIPPED [2] tests/interop/test_a.py:3: no Kubo\nFAILED x - y in z\n\
             1 failed, 7 passed, 2 skipped, 1 error in 12.34s\n",
        );
        assert_eq!((counts.passed, counts.failed, counts.skipped.len()), (7, 2, 2));
        let counts = pytest_counts("99 passed, 1 warning in 83.99s (0:01:23)\n");
        assert_eq!((counts.passed, counts.failed), (99, 0));
        let counts =
            tap_counts("ok 2 - helia # SKIP no Kubo\n# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n");
        assert_eq!((counts.passed, counts.failed), (3, 1));
        assert_eq!(counts.skipped, ["helia: no Kubo"]);
    }

    #[test]
    fn nothing_run_is_not_a_success() {
        assert_eq!(cargo_counts("error: could not compile"), Counts::default());
    }
}
