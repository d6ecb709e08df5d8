//! `stepwell store check`, `stepwell store stats`: a data directory looked at while no server has it open.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use stepwell_server::offline::{self, FamilyCount, Report, Stats};

use crate::failure::{Failure, Outcome};
use crate::options::Format;
use crate::terminal::{Terminal, Tone};
use crate::text;

/// Look at a data directory that no server has open
#[derive(Debug, Subcommand)]
pub enum Store {
    Check(Check),
    Stats(ShowStats),
}

/// Check every row of a store, and everything that refers to something
///
/// The exit code is 0 for a store that is whole, and 1 otherwise. Nothing is changed.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    place: Place,
}

/// Show how large a store is, and of what
#[derive(Debug, Args)]
pub struct ShowStats {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    /// The data directory
    #[arg(long, value_name = "DIRECTORY", default_value = "./.stepwell", env = "STEPWELL_DATA_DIR")]
    data_dir: PathBuf,
    #[command(flatten)]
    format: Format,
}

pub fn run(store: &Store, format: Format) -> Outcome<ExitCode> {
    match store {
        Store::Check(Check { place }) => check(&place.data_dir, &Terminal::new(place.format.or(format))),
        Store::Stats(ShowStats { place }) => stats(&place.data_dir, &Terminal::new(place.format.or(format))),
    }
}

fn check(data_dir: &Path, terminal: &Terminal) -> Outcome<ExitCode> {
    let report = offline::check_store(data_dir).map_err(|error| Failure::told(error.to_string()))?;
    terminal.json(&json!(report))?;
    terminal.lines(&families(&report.families))?;
    tell_violations(&report, terminal)?;
    Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what is wrong with a store, or that nothing is.
pub fn tell_violations(report: &Report, terminal: &Terminal) -> Outcome<()> {
    for violation in &report.violations {
        let key = terminal.paint(Tone::Bad, &violation.key);
        terminal.line(format!("{key}: {}", violation.what))?;
    }
    let verdict = match report.violation_count() {
        0 => terminal.paint(Tone::Good, &format!("{} rows, all of them whole", report.rows)),
        count => terminal.paint(Tone::Bad, &format!("{} rows, {count} violations", report.rows)),
    };
    Ok(terminal.line(verdict)?)
}

fn stats(data_dir: &Path, terminal: &Terminal) -> Outcome<ExitCode> {
    let (stats, disk_bytes) =
        offline::store_stats(data_dir).map_err(|error| Failure::told(error.to_string()))?;
    let mut value = json!(stats);
    value["disk_bytes"] = json!(disk_bytes);
    terminal.json(&value)?;
    terminal.lines(&families(&stats.families))?;
    terminal.lines(&summary(&stats, disk_bytes))?;
    Ok(ExitCode::SUCCESS)
}

fn families(families: &[FamilyCount]) -> Vec<String> {
    let row = |family: &FamilyCount| {
        let numbers = [family.rows, family.key_bytes, family.value_bytes].map(|number| number.to_string());
        std::iter::once(family.family.clone()).chain(numbers).collect()
    };
    let rows: Vec<Vec<String>> = families.iter().map(row).collect();
    text::table(&["FAMILY", "ROWS", "KEY BYTES", "VALUE BYTES"], &rows)
}

fn summary(stats: &Stats, disk_bytes: u64) -> Vec<String> {
    let mut lines = vec![
        format!(
            "rows         {} ({} bytes of keys, {} of values)",
            stats.rows, stats.key_bytes, stats.value_bytes
        ),
        format!("on disk      {disk_bytes} bytes"),
        format!("executions   {} open, {} closed", stats.open_executions, stats.closed_executions),
    ];
    lines.extend(stats.oldest_open_execution.as_ref().map(|oldest| {
        let since = text::moment(i64::try_from(oldest.started_ms).unwrap_or(i64::MAX));
        format!("oldest open  {} since {since}", oldest.execution_arn)
    }));
    if stats.quarantined > 0 {
        lines.push(format!("put aside    {} commands that failed for good", stats.quarantined));
    }
    lines.extend(
        stats.largest_values.iter().map(|large| format!("large        {} bytes: {}", large.bytes, large.key)),
    );
    lines
}
