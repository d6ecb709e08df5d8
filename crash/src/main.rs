//! The crash test: runs the built server under load, ends it as no test inside a process can, and holds all that any client
//! was told against what is there afterwards. docs/durability.md says what is tested and how.

mod client;
mod history;
mod ledger;
mod load;
mod options;
mod part;
mod power;
mod reconcile;
mod server;
mod site;
mod world;

use clap::Parser;
use options::Options;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;
use stepwell_bench::trouble::Trouble;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            drop(writeln!(std::io::stderr(), "crash: {trouble}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Trouble> {
    for chosen in options.chosen() {
        let began = Instant::now();
        let told = part::run(chosen, options)?;
        // A reader that left is no reason to stop.
        drop(writeln!(std::io::stdout(), "{told} ({:.0} s)", began.elapsed().as_secs_f64()));
    }
    Ok(())
}
