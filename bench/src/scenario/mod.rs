//! What is measured: a file for each scenario.

mod callbacks;
mod express;
mod language;
mod latency;
mod messages;
mod parked;
mod rules;
mod serial;
mod startup;
mod transitions;

use crate::figures::{Figures, Report};
use crate::options::{Options, Scenario};
use crate::trouble::Trouble;
use std::time::Duration;
use transitions::Kind;

/// Load that goes before what is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Clients of EXPRESS executions: few, for their latency, and as many as it takes for the full rate.
const EXPRESS_CLIENTS: [usize; 2] = [8, 32];

/// Measures one scenario and hands over each of its reports.
///
/// # Errors
/// What went wrong.
pub fn run(scenario: Scenario, options: &Options, report: &mut dyn FnMut(Report)) -> Result<(), Trouble> {
    match scenario {
        Scenario::Callbacks => {
            for clients in &options.clients {
                let name = format!("callback round trips, {clients} clients");
                report(repeated(&name, options, || callbacks::run(*clients, options))?);
            }
        }
        Scenario::Latency => {
            let rate = latency::rate(options)?;
            let name = format!("callback latency at {rate:.0} round trips a second");
            report(repeated(&name, options, || latency::run(rate, options))?);
        }
        Scenario::Express => {
            for clients in EXPRESS_CLIENTS {
                let name = format!("EXPRESS executions of five Pass states, {clients} clients");
                report(repeated(&name, options, || express::run(clients, options))?);
            }
        }
        Scenario::Language => {
            report(repeated("the states language, without a store", options, language::run)?);
        }
        Scenario::Rules => {
            report(repeated("callback round trips by the rules alone", options, rules::run)?);
        }
        Scenario::Serial => {
            report(repeated("one client starting executions", options, || serial::run(options))?);
        }
        Scenario::Transitions => {
            report(repeated("transitions of a chain of 20 Pass states, 32 clients", options, || {
                transitions::run(Kind::Chain, options)
            })?);
            report(repeated("transitions of a Map state of 1,000 items, 4 clients", options, || {
                transitions::run(Kind::Map, options)
            })?);
        }
        Scenario::Messages => {
            report(repeated("queue messages in batches of ten", options, || messages::run(options))?);
        }
        Scenario::Parked => {
            // Once: parking takes longer than any other scenario, and its figures are no rates.
            let name = format!("{} parked callbacks", options.parked);
            report(Report::of(name, &[parked::run(options)?]));
        }
        Scenario::Startup => {
            report(Report::of("start-up on an empty store, and rest", &[startup::run(options)?]));
        }
        Scenario::Beside => crate::beside::run(options, report)?,
        Scenario::All => {}
    }
    Ok(())
}

fn repeated(
    name: &str,
    options: &Options,
    run: impl Fn() -> Result<Figures, Trouble>,
) -> Result<Report, Trouble> {
    let runs = (0..options.runs).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    Ok(Report::of(name, &runs))
}

fn seconds(options: &Options) -> Duration {
    Duration::from_secs_f64(options.seconds)
}
