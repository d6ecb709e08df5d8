//! A child execution: how it begins, and what its end does to its run.

use crate::context::Context;
use crate::failure::Failure;
use crate::states::keys;
use crate::states::map_run::model::{Child, Counts, MapRun, Phase, RunStatus};
use crate::states::model::Facts;
use crate::states::run::{Run, compiled};
use crate::tx::Tx;
use serde_json::Value;
use stepwell_engine::{Event, Outcome};

/// Begins a child with this input, which its run has counted already.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn begin(
    run: &MapRun,
    input: Value,
    items: u64,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let number = run.place.run;
    let definition = compiled(number, 0, tx)?;
    let execution = tx.next_sequence();
    let name = context.entropy.uuid();
    let facts = Facts {
        name: name.clone(),
        input: input.to_string(),
        started_ms: context.steps_ms,
        revision: 0,
        account: run.account.clone(),
        region: run.region.clone(),
        machine_name: run.machine_name.clone(),
        role_arn: run.role_arn.clone(),
        trace_header: None,
        is_awaited: None,
        child: Some(Child {
            place: run.place,
            root: run.root,
            run_name: run.name.clone(),
            items,
            is_express: run.is_express,
        }),
        version: None,
        alias: None,
        logging: None,
        test_case: run.test_case.clone(),
    };
    tx.put(&keys::execution_name(number, &name), &execution);
    tx.put(&keys::map_name(run.root, &name), &run.place);
    tx.put(&keys::execution(number, execution), &facts);
    Run::new(number, execution, facts, definition).advance(Event::Start, tx, context).map(drop)
}

/// A child ended, in this very commit.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn ended(child: &Child, outcome: &Outcome, tx: &mut Tx) -> Result<(), Failure> {
    let Some(mut run) = MapRun::at(&child.place, tx)? else { return Ok(()) };
    count(&mut run.executions, 1, outcome);
    count(&mut run.items, child.items, outcome);
    if let Outcome::Succeeded { output } = outcome {
        run.result_bytes += output.len() as u64 + 1;
    }
    if run.status == RunStatus::Running && matches!(run.phase, Phase::Beginning | Phase::Redriving(_)) {
        if run.is_beyond_tolerance() {
            run.phase = beyond_tolerance();
        }
        run.owe_turn(tx);
    }
    run.put(tx);
    Ok(())
}

fn count(counts: &mut Counts, by: u64, outcome: &Outcome) {
    counts.running = counts.running.saturating_sub(by);
    match outcome {
        Outcome::Succeeded { .. } => {
            counts.succeeded += by;
            // So it was recorded, wherever the results go.
            counts.results_written += by;
        }
        Outcome::Failed { .. } => counts.failed += by,
        Outcome::TimedOut => counts.timed_out += by,
        Outcome::Aborted { .. } => counts.aborted += by,
    }
}

/// What a run goes over to when too many of its items failed (recorded).
pub fn beyond_tolerance() -> Phase {
    Phase::Failing {
        error: "States.ExceedToleratedFailureThreshold".to_owned(),
        cause: "The specified tolerated failure threshold was exceeded".to_owned(),
    }
}
