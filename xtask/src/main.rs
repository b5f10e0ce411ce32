//! `cargo xtask`: everything a contributor runs, with its own set-up.
//!
//! One file per subcommand (`demo`, `test`, `build`, `web`, `bench`, `tools`, `fixtures`); beside them what they
//! share: [`paths`] (where things are), [`run`] (child processes), [`steps`] (named and timed steps with a
//! summary), [`tools`] (programs that are installed into `target/`), [`wasm`] (the toolchain for wasm32), [`binary`] and
//! [`weigh`] (what a WASM module holds).
//!
//! Whatever can be installed goes below `target/`, with a stamp of the version, so that a second run is quick.

mod alike;
mod bench;
mod binary;
mod build;
mod demo;
mod fixtures;
mod lean;
mod paths;
mod run;
mod split;
mod steps;
mod tables;
mod test;
mod tools;
mod wasm;
mod web;
mod weigh;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything a contributor runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, build the demo catalogue and serve it at http://127.0.0.1:8080/.
    Demo(demo::Args),
    /// Run formatting, lints, unit, snapshot, interop and end-to-end tests.
    Test(test::Args),
    /// Build target/release/pinfold with the front end inside.
    Build(build::Args),
    /// Build the front end into target/web-dist.
    Web(web::Args),
    /// Measure, print a table and keep a record under benches/.
    Bench(bench::Args),
    /// Install what the tests need, or say what is missing.
    Tools(tools::Args),
    /// Make the committed fixtures again with their scripts.
    Fixtures(fixtures::Args),
    /// Make the tables of outside vocabularies again (CF standard names).
    Tables(tables::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(args) => demo::run(args),
        Command::Test(args) => test::run(args),
        Command::Build(args) => build::run(args),
        Command::Web(args) => web::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Tools(args) => tools::run(args),
        Command::Fixtures(args) => fixtures::run(args),
        Command::Tables(args) => tables::run(args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
