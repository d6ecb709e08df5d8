//! Start-up on an empty store, from the start of the process to its first answer; then memory and CPU at rest.

use crate::figures::{Figures, Latency};
use crate::options::Options;
use crate::run::Run;
use crate::trouble::Trouble;
use std::time::Duration;

const STARTS: u32 = 20;
/// Time in which an idle server should do nothing.
const IDLE: Duration = Duration::from_secs(5);

/// # Errors
/// What went wrong.
pub fn run(options: &Options) -> Result<Figures, Trouble> {
    let (mut empty, mut again) = (Latency::default(), Latency::default());
    for _ in 0..STARTS {
        let run = Run::start(options)?;
        empty.record(run.server.started_in());
        again.record(run.restart(options)?.server.started_in());
    }
    let run = Run::start(options)?;
    // What starting left to do is no part of being idle.
    std::thread::sleep(Duration::from_secs(1));
    let before = run.server.usage()?;
    std::thread::sleep(IDLE);
    let idle = run.server.usage()?.since(&before);

    let mut figures = Figures::default();
    figures.add("start-up in a new directory", "ms", empty.at(0.5));
    figures.add("start-up after a kill", "ms", again.at(0.5));
    figures.add("… the slowest of 20", "ms", again.at(1.0));
    figures.add("memory at rest", "MB", super::callbacks::megabytes(run.server.resident_bytes()?));
    let on_cpu: Duration = idle.threads.values().sum();
    figures.add("CPU while idle", "ms/s", on_cpu.as_secs_f64() * 1000.0 / IDLE.as_secs_f64());
    figures.add("wake-ups while idle", "/s", idle.sleeps as f64 / IDLE.as_secs_f64());
    figures.add("size of the binary", "MB", super::callbacks::megabytes(binary_size(options)));
    Ok(figures)
}

fn binary_size(options: &Options) -> u64 {
    std::fs::metadata(&options.server).map_or(0, |metadata| metadata.len())
}
