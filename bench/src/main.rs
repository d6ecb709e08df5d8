//! The benchmark: starts the release-built server, drives it over its public API, and prints what it did at what cost.
//!
//! Server and load generator share the machine's cores, as they would where the server is first tried; so the generator is
//! raw HTTP over kept connections, and says how much CPU it took itself. docs/performance.md says what is measured and how.

mod beside;
mod consumer;
mod disk;
mod figures;
mod flow;
mod ledger;
mod options;
mod process;
mod run;
mod scenario;
mod server;
mod site;

use clap::Parser;
use figures::Report;
use options::Options;
use std::io::Write;
use std::process::ExitCode;
use stepwell_bench::{http, trouble};
use trouble::Trouble;

fn main() -> ExitCode {
    match measure(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            drop(writeln!(std::io::stderr(), "bench: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Result<(), Trouble> {
    let mut reports: Vec<Report> = Vec::new();
    for chosen in options.chosen() {
        scenario::run(chosen, options, &mut |report| {
            // Shown as soon as it is known: all of it takes minutes. A reader that left is no reason to stop.
            drop(std::io::stdout().write_all(report.table().as_bytes()));
            reports.push(report);
        })?;
        // After each scenario, so that trouble in a later one loses none.
        if let Some(path) = &options.json {
            figures::write_json(path, &reports)?;
        }
    }
    Ok(())
}
