//! Child processes: output kept for when it is needed, a deadline for each.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::paths;

/// Lines of a failed command's output that are shown; the whole is in the log file.
const TAIL_LINES: usize = 80;

/// What a command said and how it ended.
pub(crate) struct Output {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Standard output and standard error as they came.
    pub(crate) text: String,
}

/// A command with the environment that every child gets.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root()).stdin(Stdio::null());
    command
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end, its output going to `target/xtask-logs/<name>.log`. Killed after `deadline`.
pub(crate) fn output(name: &str, command: &mut Command, deadline: Duration) -> Result<Output> {
    let dir = paths::target().join("xtask-logs");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join(format!("{}.log", name.replace(['/', ' '], "-")));
    let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut child = command
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot start {:?}", command.get_program()))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if started.elapsed() > deadline {
            child.kill()?;
            child.wait()?;
            let text = read_lossy(&path)?;
            bail!("{name} ran longer than {} s and was stopped\n{}", deadline.as_secs(), tail(&text));
        }
        std::thread::sleep(Duration::from_millis(40));
    };
    Ok(Output { status, text: read_lossy(&path)? })
}

/// Runs a command that must succeed.
pub(crate) fn check(name: &str, command: &mut Command, deadline: Duration) -> Result<String> {
    let output = output(name, command, deadline)?;
    if !output.status.success() {
        bail!("{name}: {}\n{}", output.status, tail(&output.text));
    }
    Ok(output.text)
}

/// Standard output of a short command, `None` when it cannot be run or fails.
pub(crate) fn read(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first program of this name on the search path.
pub(crate) fn which(name: &str) -> Option<std::path::PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}

/// Whether this process may install packages of the system.
pub(crate) fn is_root() -> bool {
    read(&mut command_for_id()).as_deref() == Some("0")
}

fn command_for_id() -> Command {
    let mut id = command("id");
    id.arg("-u");
    id
}

/// The last lines of an output.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines[from..].join("\n")
}

fn read_lossy(path: &std::path::Path) -> Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
