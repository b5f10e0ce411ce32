//! Named, timed steps with a summary: what passed, what failed, what was skipped and why.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

/// What a step found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Single tests that passed.
    pub(crate) passed: u64,
    /// Single tests that failed.
    pub(crate) failed: u64,
    /// What was skipped, by name and with the reason.
    pub(crate) skipped: Vec<String>,
}

impl Counts {
    /// A step that is one test, passed.
    pub(crate) fn one() -> Counts {
        Counts { passed: 1, ..Counts::default() }
    }
}

struct Done {
    name: String,
    counts: Counts,
    took: Duration,
    message: Option<String>,
}

/// Runs steps one after the other and remembers how they went.
#[derive(Default)]
pub(crate) struct Steps {
    only: Vec<String>,
    done: Vec<Done>,
}

impl Steps {
    /// `only` empty: all steps; else those whose name contains one of them.
    pub(crate) fn new(only: Vec<String>) -> Steps {
        Steps { only, done: Vec::new() }
    }

    /// Whether a step of this name will be run.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    /// Runs a step, if it is asked for.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<Counts>) {
        if !self.wants(name) {
            return;
        }
        println!("── {name}");
        let started = Instant::now();
        let (mut counts, mut message) = match step() {
            Ok(counts) => (counts, None),
            Err(error) => (Counts { failed: 1, ..Counts::default() }, Some(format!("{error:#}"))),
        };
        if counts == Counts::default() {
            counts.failed = 1;
            message = Some("ran no test at all".into());
        }
        let took = started.elapsed();
        if let Some(message) = &message {
            println!("{message}");
        }
        println!("   {} {:.1} s", line(&counts), took.as_secs_f64());
        self.done.push(Done { name: name.into(), counts, took, message });
    }

    /// Notes something that cannot be run here.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        if !self.wants(name) {
            return;
        }
        println!("── {name}\n   SKIPPED: {why}");
        let counts = Counts { skipped: vec![why.to_owned()], ..Counts::default() };
        self.done.push(Done { name: name.into(), counts, took: Duration::ZERO, message: None });
    }

    /// Prints the summary; its last line is `N passed, N failed`, with skips behind if there are any.
    /// `strict` counts skips as failures.
    pub(crate) fn finish(self, strict: bool) -> ExitCode {
        println!("\n── summary");
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for done in &self.done {
            println!("{:<28} {:<40} {:>7.1} s", done.name, line(&done.counts), done.took.as_secs_f64());
            passed += done.counts.passed;
            failed += done.counts.failed;
            skipped += done.counts.skipped.len() as u64;
        }
        for done in &self.done {
            for why in &done.counts.skipped {
                println!("SKIPPED {}: {why}", done.name);
            }
        }
        for done in self.done.iter().filter(|done| done.counts.failed > 0) {
            let first = done.message.as_deref().and_then(|text| text.lines().next()).unwrap_or("see above");
            println!("FAILED {}: {first}", done.name);
        }
        if strict && skipped > 0 {
            println!("--strict: what was skipped counts as failed");
            failed += skipped;
            skipped = 0;
        }
        if passed == 0 && failed == 0 && skipped == 0 {
            println!("no step of that name");
            failed = 1;
        }
        let tail = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        println!("{passed} passed, {failed} failed{tail}");
        if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn line(counts: &Counts) -> String {
    let mut line = format!("{} passed, {} failed", counts.passed, counts.failed);
    if !counts.skipped.is_empty() {
        line.push_str(&format!(", {} skipped", counts.skipped.len()));
    }
    line
}
