//! What can be chosen on the command line.

use crate::beside::Disturbance;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

/// Measure the release-built server over its public API
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub struct Options {
    /// What to measure
    #[arg(value_enum, default_value = "all")]
    pub scenarios: Vec<Scenario>,
    /// The server's binary
    #[arg(long, value_name = "FILE", default_value_os_t = beside_this_one())]
    pub server: PathBuf,
    /// Where data directories are made, each for one run: it should be on the disk that is asked about
    #[arg(long, value_name = "DIRECTORY", default_value = "target/bench")]
    pub directory: PathBuf,
    /// Seconds that each run is measured, after a second to warm up
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Runs of each scenario, of which the median is shown
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Clients of the callback scenario: each list entry is measured by itself
    #[arg(long, value_delimiter = ',', default_value = "1,32,64")]
    pub clients: Vec<usize>,
    /// Round trips a second in the latency scenario (half of what 64 clients reach, if it isn't given) and beside others (200)
    #[arg(long)]
    pub rate: Option<f64>,
    /// Callbacks that are parked in the parked scenario
    #[arg(long, default_value_t = 100_000)]
    pub parked: u64,
    /// Who misbehaves in the beside scenario; all of them, one after the other, if none is given
    #[arg(long, value_delimiter = ',', value_enum, value_name = "WHO")]
    pub beside: Vec<Disturbance>,
    /// Messages of the queue that is purged in the beside scenario
    #[arg(long, default_value_t = 200_000)]
    pub purged: u64,
    /// Executions that are due at the same moment in the beside scenario
    #[arg(long, default_value_t = 100_000)]
    pub timers: u64,
    /// The beside scenario within a minute and a half: one run of each, smaller, at a lower rate, with wider bounds
    #[arg(long)]
    pub brief: bool,
    /// Also write all figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Callback round trips a second, as many as go
    Callbacks,
    /// Latency of callbacks at half of that
    Latency,
    /// EXPRESS executions of five Pass states a second, each waited for
    Express,
    /// One client that starts one execution after the other
    Serial,
    /// State transitions a second, in a chain of 20 Pass states and in a Map state of 1,000 items
    Transitions,
    /// The states language by itself: transitions without a store, and expressions
    Language,
    /// The rules by themselves: callback round trips without HTTP and disk
    Rules,
    /// Queue messages a second in batches of ten: sent, received, deleted
    Messages,
    /// Executions that wait for their callback: memory, disk, and start-up after a kill
    Parked,
    /// Start-up on an empty store, memory at rest, CPU when idle
    Startup,
    /// Latency of callbacks beside clients, endpoints and workflows that misbehave; ends with an error beyond its bounds
    Beside,
    /// All of these but the last one, which judges instead of measuring
    All,
}

impl Options {
    /// The scenarios to run, in order.
    #[must_use]
    pub fn chosen(&self) -> Vec<Scenario> {
        let all = Scenario::value_variants().iter().copied().filter(|scenario| *scenario != Scenario::All);
        let chosen = |scenario: &Scenario| {
            let is_measured = *scenario != Scenario::Beside;
            self.scenarios.contains(scenario) || (is_measured && self.scenarios.contains(&Scenario::All))
        };
        all.filter(chosen).collect()
    }
}

/// The server is built into the same folder.
fn beside_this_one() -> PathBuf {
    std::env::current_exe().unwrap_or_default().with_file_name("stepwell")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_chosen_by_name() {
        let chosen = |arguments: &[&str]| {
            let options = Options::try_parse_from([&["bench"], arguments].concat()).unwrap();
            options.chosen()
        };
        assert_eq!(chosen(&["serial", "callbacks"]), [Scenario::Callbacks, Scenario::Serial]);
        assert_eq!(chosen(&[]).len(), 10);
        assert_eq!(chosen(&["beside", "--brief"]), [Scenario::Beside]);
        assert!(Options::try_parse_from(["bench", "--runs", "0"]).is_err());
    }
}
