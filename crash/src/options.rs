//! The command line: which parts, how many losses, from which seed.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Kills the server under load, cuts its power, fills its disk, breaks its syncs; then reconciles what it told with what is
/// there
#[derive(Debug, Clone, Parser)]
#[command(name = "crash")]
pub struct Options {
    /// What to do to it
    #[arg(value_enum, default_value = "all")]
    pub parts: Vec<Part>,
    /// The server's binary
    #[arg(long, value_name = "FILE", env = "STEPWELL_BIN", default_value_os_t = beside_this_one("stepwell"))]
    pub server: PathBuf,
    /// The library that is preloaded to know what each sync made durable
    #[arg(long, value_name = "FILE", default_value_os_t = beside_this_one("libstepwell_crash_shim.so"))]
    pub shim: PathBuf,
    /// Where data directories are made; what is found wrong is kept there
    #[arg(long, value_name = "DIRECTORY", default_value = "target/crash")]
    pub directory: PathBuf,
    /// How often the server is killed
    #[arg(long, default_value_t = 1000)]
    pub kills: u32,
    /// How often the power is lost
    #[arg(long, default_value_t = 200)]
    pub losses: u32,
    /// The same seed gives the same load, moments and kinds of loss, but for the threads' own order
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Ways to be cruel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// SIGKILL at random moments
    Kills,
    /// SIGKILL, after which files are what a power loss could have left of them
    Power,
    /// The same with a server whose syncs do nothing: the reconciliation has to find it out
    Unsynced,
    /// A disk that is full
    Disk,
    /// A sync that fails
    Sync,
    /// All of these
    All,
}

impl Options {
    /// The parts to do, in order.
    pub fn chosen(&self) -> Vec<Part> {
        let all = Part::value_variants().iter().copied().filter(|part| *part != Part::All);
        all.filter(|part| self.parts.contains(&Part::All) || self.parts.contains(part)).collect()
    }
}

/// All is built into the same folder.
fn beside_this_one(name: &str) -> PathBuf {
    std::env::current_exe().unwrap_or_default().with_file_name(name)
}
