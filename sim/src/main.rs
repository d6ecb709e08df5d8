//! The command line of the simulator: many seeds of a profile, or one seed with its trace.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to a person")]

use clap::Parser;
use std::io::Write;
use std::ops::RangeInclusive;
use std::process::ExitCode;
use stepwell_sim::report::Tally;
use stepwell_sim::{PROFILES, Plan, Profile, Report, Sabotage, run};

/// Runs the core in simulated worlds with faults, and says which rule broke, if one did.
#[derive(Debug, Parser)]
struct Options {
    /// The seeds, `first..last`, both included.
    #[arg(long, default_value = "1..20", value_parser = seeds)]
    seeds: RangeInclusive<u64>,
    /// One seed instead.
    #[arg(long)]
    seed: Option<u64>,
    /// Hours of the world's time before everything comes to rest.
    #[arg(long, default_value_t = 24)]
    hours: u64,
    /// A profile, or all of them.
    #[arg(long, default_value = "all")]
    profile: String,
    /// Writes all that happens, one line each, to this file.
    #[arg(long)]
    trace: Option<std::path::PathBuf>,
}

fn seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let read = || {
        let (first, last) = text.split_once("..")?;
        Some(first.parse().ok()?..=last.trim_start_matches('=').parse().ok()?)
    };
    read().ok_or_else(|| format!("`{text}` is no range like `1..20`"))
}

fn main() -> ExitCode {
    let options = Options::parse();
    let profiles: Vec<_> = match Profile::named(&options.profile) {
        Some(profile) => vec![profile],
        None if options.profile == "all" => PROFILES.to_vec(),
        None => {
            let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
            eprintln!("there is no profile `{}`, only all, {}", options.profile, names.join(", "));
            return ExitCode::FAILURE;
        }
    };
    let seeds = options.seed.map_or(options.seeds, |seed| seed..=seed);
    let trace = options.trace.as_deref();
    let is_fine =
        profiles.into_iter().all(|profile| run_profile(profile, seeds.clone(), options.hours, trace));
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the seeds of a profile up to the first that breaks a rule.
fn run_profile(
    profile: Profile,
    seeds: RangeInclusive<u64>,
    hours: u64,
    trace: Option<&std::path::Path>,
) -> bool {
    let (mut tally, mut count) = (Tally::default(), 0);
    for seed in seeds {
        let plan = Plan { seed, profile, minutes: hours * 60, sabotage: Sabotage::Nothing };
        let report = match trace {
            Some(path) => run_with_trace(plan, path),
            None => run(plan, None),
        };
        tally.add(&report.tally);
        count += 1;
        if trace.is_some() {
            println!("{}: seed {seed}, digest {}", profile.name, report.digest);
        }
        if let Some(violation) = &report.violation {
            println!("{}: seed {seed} broke a rule. {violation}", profile.name);
            if trace.is_none() {
                let path = std::env::temp_dir().join(format!("sim-{}-{seed}.trace", profile.name));
                run_with_trace(plan, &path);
                println!("what happened: {}", path.display());
            }
            println!("again: sim --profile {} --seed {seed} --hours {hours} --trace FILE", profile.name);
            return false;
        }
    }
    println!("{}: {count} seeds, {tally}", profile.name);
    true
}

fn run_with_trace(plan: Plan, path: &std::path::Path) -> Report {
    let file = std::fs::File::create(path).expect("a trace file that can be made");
    let mut file = std::io::BufWriter::new(file);
    let mut write =
        |at_ms: u64, line: &str| writeln!(file, "{at_ms:>12} {line}").expect("room for the trace");
    run(plan, Some(&mut write))
}
