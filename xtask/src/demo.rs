//! `cargo xtask demo`: builds everything, builds the demo catalogue from blocks in the repository, serves it.

use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{build, paths, run};

/// Where the demo is served if nobody says otherwise.
const PORT: u16 = 8080;
/// Ports that are tried from there on.
const PORTS: u16 = 20;

/// Options of `cargo xtask demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The first port to try.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Build the catalogue and leave it in target/demo, without serving it.
    #[arg(long)]
    no_serve: bool,
}

/// Builds and serves until Ctrl-C.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let pinfold = build::pinfold(build::Profile::Release)?;
    println!("── demo catalogue");
    let site = paths::target().join("demo");
    let source = "tests/fixtures/demo/demo.car";
    let mut build = run::command(&pinfold);
    build.args(["build", "--pinlist", "pinlist.yaml", "--content", "content", "--source", source, "--out"]);
    run::check("demo-build", build.arg(&site), Duration::from_secs(600))?;
    println!("   {}", paths::shown(&site));
    if args.no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    let port = free_port(args.port)?;
    println!("── serving http://127.0.0.1:{port}/ (Ctrl-C ends it)");
    let status = run::command(&pinfold)
        .args(["serve", "--source", source, "--listen", &format!("127.0.0.1:{port}"), "--site"])
        .arg(&site)
        .status()
        .context("cannot start pinfold serve")?;
    Ok(if status.success() || status.code().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first port from `first` on that nobody listens on.
fn free_port(first: u16) -> Result<u16> {
    for port in first..first.saturating_add(PORTS) {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => println!("   port {port} is taken ({error}), trying the next one"),
        }
    }
    bail!("no free port from {first} on: name another with --port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_stepped_over() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(free_port(port).unwrap(), port);
    }
}
