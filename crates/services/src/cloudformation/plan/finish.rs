//! How an operation, or a part of it, ends: the stack's status, its outputs, and what is to be done next.

use super::facts::Known;
use super::run::Run;
use super::{Kind, Next, Phase, Plan, make};
use crate::cloudformation::model::{Stack, StackOutput};
use crate::cloudformation::resource::{Change, Step};
use crate::cloudformation::status::{ResourceStatus, StackStatus};
use crate::cloudformation::template::{OutputValue, Scope};
use crate::cloudformation::{change_set, errors, exports, keys, retention};
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::RowsExt;
use crate::tx::Tx;
use std::collections::BTreeSet;
use stepwell_wire::ApiError;

/// All resources are there: the outputs come, and then the old resources go.
pub fn made(run: &mut Run, scope: &Scope<'_>, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    let stack_scope = run.stack.scope();
    let known = Known::new(&run.resources, &stack_scope, tx);
    let outputs = scope.outputs(&known);
    let asked = known.asked()?;
    exports::hold(&run.stack, &asked, tx);
    run.plan.imports.extend(asked);
    let mut outputs: Vec<StackOutput> = match outputs {
        Ok(outputs) => outputs.into_iter().map(stored).collect(),
        Err(error) => return run.fail(&error.message(), tx, context),
    };
    // Observed: they are told in the order of their keys, whatever that of the template is.
    outputs.sort_by(|left, right| left.key.cmp(&right.key));
    if let Some(fault) = exports::fault(&run.stack, &outputs, tx)? {
        return run.fail(&fault, tx, context);
    }
    exports::replace(&run.stack, &outputs, tx);
    run.stack.outputs = outputs;
    let held: BTreeSet<_> = std::mem::take(&mut run.stack.imports).into_iter().collect();
    exports::let_go(&run.stack, &held, &run.plan.imports, tx);
    run.stack.imports = run.plan.imports.iter().cloned().collect();
    executed(run, true, tx)?;
    if run.plan.kind == Kind::Create {
        run.enter(StackStatus::CreateComplete, None, tx, context);
        return stop(run, tx);
    }
    run.enter(StackStatus::UpdateCleanup, None, tx, context);
    for logical_id in run.resources.keys().cloned().collect::<Vec<_>>() {
        let resource = run.resource(&logical_id)?;
        let previous = resource.previous.take();
        if resource.change == Change::Replaced {
            resource.obsolete.extend(previous);
        }
    }
    forget_template(run, true, tx)?;
    run.plan.phase = Phase::CleanUp;
    Ok(Next::Turn)
}

fn stored(output: OutputValue) -> StackOutput {
    StackOutput {
        key: output.key,
        value: output.value,
        description: output.description,
        export_name: output.export_name,
    }
}

/// The update is undone: the stack is what it was, and what the update had made goes.
pub fn undone(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    forget_template(run, false, tx)?;
    if let Some(before) = run.plan.before.take() {
        run.stack.configuration = before;
    }
    for logical_id in run.resources.keys().cloned().collect::<Vec<_>>() {
        let resource = run.resource(&logical_id)?;
        match resource.declared_before.take().filter(|_| resource.change != Change::Created) {
            Some(declared) => {
                resource.declared = declared;
                resource.step = Step::Idle;
            }
            None => resource.step = Step::Leaving,
        }
    }
    let held: BTreeSet<_> = run.stack.imports.iter().cloned().collect();
    exports::let_go(&run.stack, &run.plan.imports, &held, tx);
    executed(run, false, tx)?;
    run.enter(StackStatus::UpdateRollbackCleanup, None, tx, context);
    run.plan.phase = Phase::UndoCleanUp;
    Ok(Next::Turn)
}

/// All is taken away that can be.
pub fn removed(run: &mut Run, tx: &mut Tx, context: &mut Context) -> Result<Next, Failure> {
    let failed = make::told("delete", &run.failed(ResourceStatus::DeleteFailed));
    match run.plan.phase {
        Phase::CleanUp => {
            forget_gone(run)?;
            run.enter(StackStatus::UpdateComplete, None, tx, context);
        }
        Phase::UndoCleanUp => {
            forget_gone(run)?;
            run.enter(StackStatus::UpdateRollbackComplete, None, tx, context);
        }
        Phase::RollBack if failed.is_empty() => {
            let_go_of_all(run, tx);
            executed(run, false, tx)?;
            run.enter(StackStatus::RollbackComplete, None, tx, context);
        }
        Phase::RollBack => {
            executed(run, false, tx)?;
            run.enter(StackStatus::RollbackFailed, Some(failed), tx, context);
        }
        _ if failed.is_empty() => {
            let_go_of_all(run, tx);
            change_set::forget_all(&run.stack, tx)?;
            exports::replace(&run.stack, &[], tx);
            tx.remove(&keys::by_name(&run.stack.scope(), &run.stack.name));
            run.stack.deleted_ms = Some(context.now_ms);
            run.enter(StackStatus::DeleteComplete, None, tx, context);
            retention::plan(&run.stack, tx);
        }
        _ => run.enter(StackStatus::DeleteFailed, Some(failed), tx, context),
    }
    stop(run, tx)
}

/// What left, or never came to be, has no place in the stack any more.
fn forget_gone(run: &mut Run) -> Result<(), Failure> {
    let gone = run.resources.values().filter(|resource| resource.current.is_none());
    for logical_id in gone.map(|resource| resource.logical_id.clone()).collect::<Vec<_>>() {
        run.forget(&logical_id);
    }
    Ok(())
}

fn let_go_of_all(run: &mut Run, tx: &mut Tx) {
    let held = run.stack.imports.drain(..).chain(run.plan.imports.iter().cloned()).collect();
    exports::let_go(&run.stack, &held, &BTreeSet::new(), tx);
}

/// The operation is over: resources are at rest.
pub fn stop(run: &mut Run, tx: &mut Tx) -> Result<Next, Failure> {
    let is_deleted = run.stack.status == StackStatus::DeleteComplete;
    for logical_id in run.resources.keys().cloned().collect::<Vec<_>>() {
        make::end_wait(run, &logical_id, tx)?;
        let resource = run.resource(&logical_id)?;
        if resource.change == Change::Replaced {
            // An update that failed and is not rolled back: the next one cleans up.
            resource.obsolete.extend(resource.previous.take());
        }
        if !is_deleted && resource.current.is_some() {
            resource.previous = None;
        }
        resource.step = Step::Idle;
        resource.change = Change::Nothing;
        resource.declared_before = None;
    }
    if run.stack.status == StackStatus::UpdateFailed {
        executed(run, false, tx)?;
        forget_template(run, true, tx)?;
    } else if run.stack.status == StackStatus::CreateFailed {
        executed(run, false, tx)?;
    }
    Ok(Next::Over)
}

/// Says in the change set that was executed how it went.
fn executed(run: &mut Run, well: bool, tx: &mut Tx) -> Result<(), Failure> {
    match run.plan.change_set.take() {
        Some(change_set) => change_set::executed(&run.stack, change_set, well, tx),
        None => Ok(()),
    }
}

/// Forgets the template that the stack has no use for any more: the old one, or the one of a failed update.
fn forget_template(run: &Run, the_old_one: bool, tx: &mut Tx) -> Result<(), Failure> {
    let old = run.plan.before.as_ref().and_then(|before| before.template);
    let new = run.stack.configuration.template;
    let (forgotten, kept) = if the_old_one { (old, new) } else { (new, old) };
    match forgotten.filter(|_| forgotten != kept) {
        Some(number) if !change_set::has_template(&run.stack, number, tx)? => {
            tx.remove(&keys::template(run.stack.id, number));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Ends an update under way and rolls it back.
///
/// # Errors
/// AWS's, if there is none that could be cancelled.
pub fn roll_back(stack: &Stack, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let plan = tx.row::<Plan>(&keys::plan(stack.id))?.filter(|plan| plan.phase == Phase::Make);
    let Some(plan) = plan.filter(|_| stack.status == StackStatus::UpdateInProgress) else {
        let text = "CancelUpdateStack cannot be called from current stack status";
        return Err(errors::validation(text).into());
    };
    let mut run = Run::load(stack.id, plan, tx)?;
    let requester = run.plan.requester.clone();
    let next = requester.acting(context, |context| make::cancel(&mut run, tx, context))?;
    run.save(next, tx);
    Ok(())
}

/// Takes up the rollback of an update that got stuck, passing over some resources.
///
/// # Errors
/// AWS's, if there is none, or if a resource can't be passed over.
pub fn continue_rollback(
    stack: &Stack,
    skip: &[String],
    plan_of: impl FnOnce(Plan, &mut Context) -> Plan,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let stuck = |plan: &Plan| plan.phase == Phase::Stuck;
    let plan = tx.row::<Plan>(&keys::plan(stack.id))?.filter(stuck);
    let Some(plan) = plan else {
        return Err(cannot_continue(stack).into());
    };
    let mut run = Run::load(stack.id, plan_of(plan, context), tx)?;
    for logical_id in skip {
        match run.resources.get(logical_id) {
            Some(resource) if resource.previous.is_some() => {
                let resource = run.resource(logical_id)?;
                resource.previous = None;
                resource.change = Change::Nothing;
                resource.status = Some(ResourceStatus::UpdateComplete);
            }
            _ => {
                let text = format!("The following resource(s) cannot be skipped: [{logical_id}]");
                return Err(errors::validation(text).into());
            }
        }
    }
    for logical_id in run.resources.keys().cloned().collect::<Vec<_>>() {
        let resource = run.resource(&logical_id)?;
        if resource.previous.is_some() {
            resource.step = Step::Done;
        }
    }
    run.plan.phase = Phase::Undo;
    run.enter(StackStatus::UpdateRollbackInProgress, Some("User Initiated".to_owned()), tx, context);
    run.save(Next::Turn, tx);
    Ok(())
}

fn cannot_continue(stack: &Stack) -> ApiError {
    let status = stack.status.as_str();
    errors::validation(format!("Stack:{} is in {status} state and can not be updated.", stack.arn()))
}
