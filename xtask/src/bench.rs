//! `cargo xtask bench`: measures, prints a table and keeps a record under `benches/`.
//!
//! A measurement is a function that returns [`Row`]s: a figure, and what it is held against (another program's
//! figure, or an aim). `benches/latest.md` is the table of the last run, `benches/record.jsonl` keeps one line
//! per row and run. Add one to [`ALL`].

mod explorer;
mod gateway;
mod pipeline;
mod publish;
mod search;
mod site;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::{build, paths, run};

/// One child process of a measurement, at most.
pub(super) const STEP: Duration = Duration::from_secs(30 * 60);

/// A measurement.
type Measure = fn(&Bench) -> Result<Vec<Row>>;

/// All measurements by name.
const ALL: &[(&str, Measure)] = &[
    ("twin", pipeline::twin),
    ("through-gateway", pipeline::through_gateway),
    ("cid", pipeline::cid),
    ("check", publish::check),
    ("history", publish::history),
    ("add", publish::add),
    ("gateway-large", gateway::large_file),
    ("gateway-small", gateway::small_blocks),
    ("site", site::demo),
    ("search-size", search::size),
    ("search-speed", search::speed),
    ("search-pagefind", search::pagefind),
    ("search-judged", search::judged),
    ("explorer-plot", explorer::first_plot),
    ("explorer-stream", explorer::stream),
    ("explorer-zarrita", explorer::zarrita),
    ("explorer-bytes", explorer::bytes),
    ("explorer-pan", explorer::pan),
    ("explorer-decode", explorer::decode),
    ("explorer-memory", explorer::memory),
    // Last: after their sites are deleted, ext4 makes new files slowly for minutes.
    ("copies-1000", pipeline::copies_1000),
    ("copies-10000", pipeline::copies_10000),
];

/// Options of `cargo xtask bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only measurements whose name contains one of these.
    names: Vec<String>,
    /// Print the names and stop.
    #[arg(long)]
    list: bool,
}

/// What measurements share.
pub(super) struct Bench {
    /// The program in release mode.
    pub(super) pinfold: PathBuf,
    /// Where inputs and outputs go; emptied at the start.
    pub(super) work: PathBuf,
}

/// What a figure is held against.
#[derive(Debug, Clone)]
pub(super) enum Against {
    /// The same job by another program: its name and figure in the same unit.
    Other(&'static str, f64),
    /// An aim: at most this.
    AtMost(f64),
    /// Nothing.
    Nothing,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What was measured.
    pub(super) what: String,
    /// The figure.
    pub(super) value: f64,
    /// Its unit; in all units less is better.
    pub(super) unit: &'static str,
    /// What it is held against.
    pub(super) against: Against,
}

impl Row {
    pub(super) fn new(what: impl Into<String>, value: f64, unit: &'static str, against: Against) -> Row {
        Row { what: what.into(), value, unit, against }
    }

    fn reference(&self) -> String {
        match &self.against {
            Against::Other(name, value) => format!("{name} {value:.2} {}", self.unit),
            Against::AtMost(aim) => format!("aim ≤ {aim} {}", self.unit),
            Against::Nothing => "–".into(),
        }
    }

    /// How many times better than the other program, or whether the aim is met.
    fn verdict(&self) -> String {
        match &self.against {
            Against::Other(_, value) => format!("{:.2}×", value / self.value),
            Against::AtMost(aim) if self.value <= *aim => "met".into(),
            Against::AtMost(aim) => format!("missed by {:.2}×", self.value / aim),
            Against::Nothing => "–".into(),
        }
    }
}

/// Measures.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let wanted =
        |name: &str| args.names.is_empty() || args.names.iter().any(|part| name.contains(part.as_str()));
    if args.list {
        ALL.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    let work = paths::target().join("bench");
    // Deleted in the end only: for minutes after it new files are slow on ext4.
    let old = work.with_extension("old");
    std::fs::create_dir_all(&old).with_context(|| format!("cannot create {}", old.display()))?;
    if work.exists() {
        // What an earlier run kept must not be taken for measured now.
        std::fs::rename(&work, old.join(std::process::id().to_string()))
            .with_context(|| format!("cannot move {} away", work.display()))?;
    }
    std::fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let bench = Bench { pinfold: build::pinfold_only(build::Profile::Release)?, work };
    let mut rows = Vec::new();
    let mut failed = false;
    for (name, measure) in ALL.iter().filter(|(name, _)| wanted(name)) {
        println!("── {name}");
        match measure(&bench) {
            Ok(found) => rows.extend(found.into_iter().map(|row| (*name, row))),
            Err(error) => {
                failed = true;
                println!("   not measured: {error:#}");
            }
        }
    }
    let table = table(&rows);
    println!("\n{table}");
    if !rows.is_empty() {
        record(&rows, &table)?;
    }
    let _ = std::fs::remove_dir_all(&old);
    Ok(if failed || rows.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Wall time of a job in seconds: the best of `runs`, each after `before`.
pub(super) fn best_of(
    runs: usize,
    mut before: impl FnMut() -> Result<()>,
    mut job: impl FnMut() -> Result<()>,
) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        before()?;
        let started = Instant::now();
        job()?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn table(rows: &[(&str, Row)]) -> String {
    let mut out =
        String::from("| measurement | what | figure | against | ratio |\n|---|---|---:|---|---:|\n");
    for (name, row) in rows {
        let (figure, unit) = (row.value, row.unit);
        let _ = writeln!(
            out,
            "| {name} | {} | {figure:.2} {unit} | {} | {} |",
            row.what,
            row.reference(),
            row.verdict()
        );
    }
    out
}

fn record(rows: &[(&str, Row)], table: &str) -> Result<()> {
    let dir = paths::root().join("benches");
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let commit = run::read(run::command("git").args(["rev-parse", "--short", "HEAD"])).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let head = format!(
        "# Last run of `cargo xtask bench`\n\nCommit {commit}, {cores} cores, load {load} at the end. A ratio above 1 \
         is in our favour.\n\n"
    );
    std::fs::write(dir.join("latest.md"), head + table)?;
    let mut file = std::fs::File::options().create(true).append(true).open(dir.join("record.jsonl"))?;
    for (name, row) in rows {
        let (other, reference) = match row.against {
            Against::Other(other, value) => (Some(other), Some(value)),
            Against::AtMost(aim) => (Some("aim"), Some(aim)),
            Against::Nothing => (None, None),
        };
        let line = json!({
            "unix_time_s": now, "commit": commit, "cores": cores, "load": load, "measurement": name,
            "what": row.what, "value": row.value, "unit": row.unit, "against": other, "reference": reference,
        });
        writeln!(file, "{line}")?;
    }
    println!("kept in benches/latest.md and benches/record.jsonl");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_aims_are_told_apart() {
        let faster = Row::new("a", 2.0, "s", Against::Other("ipfs", 5.0));
        assert_eq!(faster.verdict(), "2.50×");
        assert_eq!(Row::new("a", 0.9, "s", Against::AtMost(1.0)).verdict(), "met");
        assert_eq!(Row::new("a", 3.0, "s", Against::AtMost(1.0)).verdict(), "missed by 3.00×");
    }
}
