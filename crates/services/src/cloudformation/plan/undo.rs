//! The rollback of an update: what it changed is changed back, last things first. What it made goes afterwards, when the
//! old stack stands again.

use super::run::Run;
use super::{Next, Phase, finish, make};
use crate::cloudformation::keys;
use crate::cloudformation::resource::{Change, Physical, Step};
use crate::cloudformation::resources::Settled;
use crate::cloudformation::status::ResourceStatus::{self, *};
use crate::cloudformation::status::StackStatus;
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;

/// A turn of undoing.
pub fn turn(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    settle_all(run, tx, context)?;
    for logical_id in backwards(run) {
        if !run.may_go_on() {
            return Ok(Next::Turn);
        }
        undo(run, &logical_id, tx, context)?;
    }
    if run.resources.values().any(|resource| resource.waits_for.is_some()) {
        return Ok(Next::Wait);
    }
    let failed = failed_to_undo(run);
    if failed.is_empty() {
        return finish::undone(run, tx, context);
    }
    let reason = make::told("update", &failed.iter().map(String::as_str).collect::<Vec<_>>());
    run.plan.phase = Phase::Stuck;
    run.enter(StackStatus::UpdateRollbackFailed, Some(reason), tx, context);
    Ok(Next::Over)
}

/// What is still to be undone, dependents before what they depend on.
fn backwards(run: &Run) -> Vec<String> {
    let mut open: Vec<_> = run
        .resources
        .values()
        .filter(|resource| !matches!(resource.step, Step::Settling | Step::Idle))
        .filter(|resource| !is_undone(resource.change, resource.status, resource.step))
        .collect();
    // The last that was changed is the first to be changed back.
    open.sort_by_key(|resource| std::cmp::Reverse((resource.changed_ms, resource.properties_event)));
    open.into_iter().map(|resource| resource.logical_id.clone()).collect()
}

fn is_undone(change: Change, status: Option<ResourceStatus>, step: Step) -> bool {
    let failed = matches!(status, Some(UpdateFailed | CreateFailed)) && step == Step::Failed;
    matches!(change, Change::Nothing | Change::Created) && !failed
}

fn undo(run: &mut Run, logical_id: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let resource = run.resource(logical_id)?;
    let Some(previous) = resource.previous.clone() else {
        // It was new, or it could not be changed: there is nothing to bring back.
        let was_there = resource.current.is_some() && resource.change == Change::Nothing;
        resource.step = Step::Idle;
        return match was_there {
            true => run.tell(logical_id, UpdateComplete, None, tx, context),
            false => Ok(()),
        };
    };
    run.spend();
    match run.resource(logical_id)?.change {
        Change::Replaced => {
            let resource = run.resource(logical_id)?;
            resource.previous = None;
            resource.change = Change::Nothing;
            resource.step = Step::Idle;
            resource.obsolete.extend(resource.current.replace(previous));
            run.tell(logical_id, UpdateComplete, None, tx, context)
        }
        _ => change_back(run, logical_id, &previous, tx, context),
    }
}

fn change_back(
    run: &mut Run,
    logical_id: &str,
    previous: &Physical,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    // What was under way when the update was given up has to end first, however it does.
    if let Ok(Settled::Waits(what)) = make::ask_settled(run, logical_id, tx, context)? {
        tx.put(&keys::wait(&what), &run.stack.id);
        run.resource(logical_id)?.waits_for = Some(what);
        return Ok(());
    }
    make::end_wait(run, logical_id, tx)?;
    let known = run.known_type(logical_id)?;
    let shown = run.hidden(previous.properties.clone());
    run.tell_begun(logical_id, UpdateInProgress, None, shown, tx, context)?;
    let Some(current) = run.resource(logical_id)?.current.clone() else { return Ok(()) };
    let before = known.before(&run.stack, logical_id, &current)?;
    let wanted = run.wanted_again(known, logical_id, previous)?;
    let answer = run.ask_handler(logical_id, known, tx, context, |tx, context| {
        known.handler.update(&before, &wanted, tx, context)
    })?;
    match answer {
        Err(reason) => fail(run, logical_id, &reason, tx, context),
        Ok(made) => {
            let resource = run.resource(logical_id)?;
            resource.current = Some(Physical {
                physical_id: made.physical_id,
                reference: made.reference,
                attributes: serde_json::Value::Object(made.attributes).to_string(),
                ..previous.clone()
            });
            settle(run, logical_id, tx, context)
        }
    }
}

fn settle_all(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let settling = run.resources.values().filter(|resource| resource.step == Step::Settling);
    for logical_id in settling.map(|resource| resource.logical_id.clone()).collect::<Vec<_>>() {
        settle(run, &logical_id, tx, context)?;
    }
    Ok(())
}

fn settle(run: &mut Run, logical_id: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    match make::ask_settled(run, logical_id, tx, context)? {
        Err(reason) => {
            make::end_wait(run, logical_id, tx)?;
            fail(run, logical_id, &reason, tx, context)
        }
        Ok(Settled::Ready) => {
            make::end_wait(run, logical_id, tx)?;
            let resource = run.resource(logical_id)?;
            resource.previous = None;
            resource.change = Change::Nothing;
            resource.step = Step::Idle;
            run.tell(logical_id, UpdateComplete, None, tx, context)
        }
        Ok(Settled::Waits(what)) => {
            tx.put(&keys::wait(&what), &run.stack.id);
            let resource = run.resource(logical_id)?;
            resource.waits_for = Some(what);
            resource.step = Step::Settling;
            Ok(())
        }
    }
}

fn fail(
    run: &mut Run,
    logical_id: &str,
    reason: &str,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    run.tell(logical_id, UpdateFailed, Some(reason), tx, context)?;
    // Out of the way of this rollback; its change stays to be undone by the next.
    run.resource(logical_id)?.step = Step::Idle;
    Ok(())
}

fn failed_to_undo(run: &Run) -> Vec<String> {
    let stuck = run.resources.values().filter(|resource| resource.previous.is_some());
    stuck.map(|resource| resource.logical_id.clone()).collect()
}
