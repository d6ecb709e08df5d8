//! Resources are taken away, each when nothing is left that depends on it: at a deletion, at a rollback of a creation,
//! and when an update or its rollback cleans up.

use super::run::Run;
use super::{Next, Phase, finish};
use crate::cloudformation::resource::{Keep, Physical, Resource, Step};
use crate::cloudformation::status::ResourceStatus::{self, *};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;

/// A turn of taking away.
pub fn turn(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    while let Some(logical_id) = next_free(run) {
        if !run.may_go_on() {
            return Ok(Next::Turn);
        }
        take_away(run, &logical_id, tx, context)?;
    }
    finish::removed(run, tx, context)
}

/// What of a resource is to go: first what it was before, then what it is.
fn target(resource: &Resource) -> Option<&Physical> {
    match resource.obsolete.first() {
        Some(obsolete) => Some(obsolete),
        None if resource.step == Step::Leaving => resource.current.as_ref(),
        None => None,
    }
}

/// A resource of which something goes and on which nothing depends any more; the last made comes first.
fn next_free(run: &Run) -> Option<String> {
    let open = |resource: &&Resource| {
        resource.step == Step::Leaving || (!resource.obsolete.is_empty() && resource.step != Step::Failed)
    };
    let is_needed = |resource: &Resource| {
        run.resources.values().filter(|other| other.logical_id != resource.logical_id).any(|other| {
            let needs = |physical: &Physical| physical.depends_on.contains(&resource.logical_id);
            // One that could not be taken away still needs what it needs.
            let stays = if other.step == Step::Failed { other.current.as_ref() } else { target(other) };
            stays.is_some_and(needs)
        })
    };
    let free = run.resources.values().filter(open).filter(|resource| !is_needed(resource));
    free.max_by_key(|resource| resource.properties_event).map(|resource| resource.logical_id.clone())
}

fn take_away(run: &mut Run, logical_id: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let resource = run.resource(logical_id)?;
    let is_obsolete = !resource.obsolete.is_empty();
    let Some(physical) = target(resource).cloned() else {
        // It never was.
        resource.step = Step::Done;
        let is_told = matches!(resource.status, None | Some(DeleteComplete | DeleteSkipped));
        return match !is_told {
            true => run.tell_of(logical_id, "", DeleteComplete, None, tx, context),
            false => Ok(()),
        };
    };
    let physical_id = physical.physical_id.clone();
    let status = if is_kept(run, logical_id, is_obsolete) {
        run.tell_of(logical_id, &physical_id, DeleteSkipped, None, tx, context)?;
        DeleteSkipped
    } else {
        delete(run, logical_id, &physical, tx, context)?
    };
    let in_cleanup = matches!(run.plan.phase, Phase::CleanUp | Phase::UndoCleanUp);
    let force = run.plan.force;
    let resource = run.resource(logical_id)?;
    let stays = status == DeleteFailed && !in_cleanup && !force;
    match (stays, is_obsolete) {
        (true, _) => resource.step = Step::Failed,
        (false, true) => drop(resource.obsolete.remove(0)),
        (false, false) => {
            resource.step = Step::Done;
            resource.current = None;
            // DescribeStackResources shows what it was.
            resource.previous = Some(physical);
        }
    }
    Ok(())
}

fn delete(
    run: &mut Run,
    logical_id: &str,
    physical: &Physical,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<ResourceStatus, Failure> {
    run.spend();
    let known = run.known_type(logical_id)?;
    run.tell_of(logical_id, &physical.physical_id, DeleteInProgress, None, tx, context)?;
    let before = known.before(&run.stack, logical_id, physical)?;
    super::make::end_wait(run, logical_id, tx)?;
    let answer = run.ask_handler(logical_id, known, tx, context, |tx, context| {
        known.handler.delete(&before, tx, context)
    })?;
    let (status, reason) = match answer {
        Ok(()) => (DeleteComplete, None),
        Err(reason) => (DeleteFailed, Some(reason)),
    };
    run.tell_of(logical_id, &physical.physical_id, status, reason.as_deref(), tx, context)?;
    Ok(status)
}

/// Whether a resource stays although the stack has no place for it any more.
fn is_kept(run: &Run, logical_id: &str, is_obsolete: bool) -> bool {
    let Some(resource) = run.resources.get(logical_id) else { return false };
    match (run.plan.phase, is_obsolete) {
        // What a failed update had made in place of something goes in any case.
        (Phase::UndoCleanUp, true) => false,
        (_, true) => resource.declared.update_replace_policy != Keep::Delete,
        (Phase::RollBack | Phase::UndoCleanUp, false) => {
            resource.declared.deletion_policy == Keep::Retain && !run.plan.retain_except_on_create
        }
        (Phase::Delete, false) if run.plan.retain.iter().any(|kept| kept == logical_id) => true,
        (_, false) => resource.declared.deletion_policy != Keep::Delete,
    }
}
