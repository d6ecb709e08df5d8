//! Latency of callbacks at half of what the server can do: round trips begin at a steady rate, whether or not the server
//! keeps up, so that waiting is measured too.

use super::callbacks;
use crate::figures::{Figures, Report};
use crate::flow::Pace;
use crate::options::Options;
use crate::run::{Run, on_one_thread};
use crate::trouble::Trouble;

/// Clients by which the full rate is found, and enough to carry half of it.
const CLIENTS: usize = 64;

/// Half of what 64 clients reach, unless a rate is given.
///
/// # Errors
/// What went wrong.
pub fn rate(options: &Options) -> Result<f64, Trouble> {
    if let Some(rate) = options.rate {
        return Ok(rate);
    }
    let full = Report::of("", &[callbacks::run(CLIENTS, options)?]);
    let round_trips = full.figures.iter().find(|figure| figure.name == "round trips");
    Ok(round_trips.map_or(1.0, |figure| figure.median / 2.0).max(1.0))
}

/// # Errors
/// What went wrong.
pub fn run(rate: f64, options: &Options) -> Result<Figures, Trouble> {
    let run = Run::start(options)?;
    on_one_thread(callbacks::drive(&run, CLIENTS, Pace::PerSecond(rate), options))
}
