//! Callback round trips: StartExecution, ReceiveMessage, SendTaskSuccess, DeleteMessageBatch, a notification by SNS to one
//! queue, SUCCEEDED; each client in the next one as soon as it has completed the last.

use super::{WARM_UP, seconds};
use crate::figures::Figures;
use crate::flow::{Load, Pace};
use crate::ledger::Verdict;
use crate::options::Options;
use crate::run::{Run, Stretch, on_one_thread};
use crate::trouble::Trouble;

/// # Errors
/// What went wrong; lost and doubled round trips are figures.
pub fn run(clients: usize, options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(drive(&run, clients, Pace::Closed, options))
}

/// The callback workflow under some load, and what it cost.
pub async fn drive(run: &Run, clients: usize, pace: Pace, options: &Options) -> Result<Figures, Trouble> {
    let mut figures = Figures::default();
    let at_rest = run.server.resident_bytes()?;
    let mut load = Load::start(run.site().await?, clients, pace);
    load.run_for(WARM_UP).await?;

    let stretch = Stretch::begin(&run.server)?;
    let before = load.ended();
    load.measure(true);
    load.run_for(seconds(options)).await?;
    load.measure(false);
    stretch.end("round trips", load.ended() - before, &mut figures)?;

    let (seen, verdict) = load.finish().await?;
    figures.add_latency("StartExecution", &seen.start_execution);
    figures.add_latency("SendTaskSuccess", &seen.send_task_success);
    figures.add_latency("round trip", &seen.round_trip);
    figures.add("messages in a batch, mean", "", seen.messages as f64 / seen.batches.max(1) as f64);
    add_verdict(verdict, &mut figures);
    figures.add("server memory at rest", "MB", megabytes(at_rest));
    figures.add("server memory after", "MB", megabytes(run.server.resident_bytes()?));
    run.add_sync_rate(&mut figures)?;
    Ok(figures)
}

pub fn add_verdict(verdict: Verdict, figures: &mut Figures) {
    figures.add("lost", "", verdict.lost as f64);
    figures.add("doubled", "", (verdict.doubled + verdict.strange) as f64);
}

#[must_use]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
