//! Stepwell: a self-hosted AWS Step Functions. The command line: what it can do, and how it speaks to people.

mod serve;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "stepwell", version, about = "A self-hosted AWS Step Functions", propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(serve) => serve::run(serve),
    }
}

/// A line on standard output. A reader that left early is no error.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// A line on standard error.
fn complain(line: &str) {
    drop(writeln!(std::io::stderr(), "stepwell: {line}"));
}
