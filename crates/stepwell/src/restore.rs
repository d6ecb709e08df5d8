//! `stepwell restore`: a data directory made of a backup, whole or not at all.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use stepwell_server::offline;

use crate::failure::{Failure, Outcome};
use crate::options::Format;
use crate::store::tell_violations;
use crate::terminal::Terminal;

/// Make a data directory of a backup
///
/// A directory that isn't empty is refused, and a file that is not whole. A server started over the new directory goes on
/// where the backup was made: with the keys, the task tokens and the timers of then.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The data directory to make: missing, or empty
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: PathBuf,
    #[command(flatten)]
    format: Format,
}

pub fn run(restore: &Restore, format: Format) -> Outcome<ExitCode> {
    let terminal = Terminal::new(restore.format.or(format));
    let restored = offline::restore(&restore.from, &restore.data_dir)
        .map_err(|error| Failure::told(error.to_string()))?;
    let (rows, bytes, report) = (restored.rows, restored.bytes, restored.report);
    terminal.json(&json!({"rows": rows, "bytes": bytes, "violations": report.violations}))?;
    terminal.line(format!("{rows} rows, {bytes} bytes, in {}", restore.data_dir.display()))?;
    tell_violations(&report, &terminal)?;
    Ok(ExitCode::SUCCESS)
}
