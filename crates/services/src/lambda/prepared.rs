//! A function was made ready, or could not be: the end of what `CreateFunction` and the updates began.

use crate::calls;
use crate::context::Context;
use crate::effect::PrepareFunction;
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::model::{Function, LastUpdate, Reason, State, Version};
use crate::lambda::{event_source, keys, publish_version};
use crate::rows::RowsExt;
use crate::tx::Tx;

/// Takes the result in. A function that was deleted or changed since is left alone.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn completed(
    prepare: &PrepareFunction,
    result: &Result<(), String>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let scope = Scope::new(&prepare.account, &prepare.region);
    let Some(function) = Function::by_name(&scope, &prepare.function, tx)? else { return Ok(()) };
    let latest = function.latest(tx)?;
    if latest.revision != prepare.revision {
        return Ok(());
    }
    if let Some(number) = latest.published_with
        && let Some(version) = function.version(number, tx)?
    {
        tx.put(&keys::version(function.id, number), &settled(version, result, context));
    }
    if result.is_ok() {
        forget_running(&function, tx)?;
    }
    calls::function_was_prepared(&function.arn(), tx)?;
    let was_active = latest.state == State::Active;
    let latest = Version { published_with: None, ..settled(latest, result, context) };
    tx.put(&keys::version(function.id, 0), &latest);
    match was_active {
        true => Ok(()),
        // Its mappings' pollers had ended, for it could not run.
        false => event_source::start_where(&scope, tx, |mapping| mapping.function == function.name),
    }
}

/// The version as it is from now on. A first creation that fails leaves nothing to run; an update that fails leaves what was.
fn settled(mut version: Version, result: &Result<(), String>, context: &mut Context) -> Version {
    version.revision = context.entropy.uuid();
    match result {
        Ok(()) => {
            (version.state, version.state_reason) = (State::Active, None);
            (version.last_update, version.last_update_reason) = (Some(LastUpdate::Successful), None);
        }
        Err(text) => {
            let reason = Some(Reason::internal_error(text));
            if version.state != State::Active {
                (version.state, version.state_reason) = (State::Failed, reason.clone());
            }
            (version.last_update, version.last_update_reason) = (Some(LastUpdate::Failed), reason);
        }
    }
    version
}

/// Lets go of what ran before an update.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn forget_running(function: &Function, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::running(function.id);
    if let Some(running) = tx.row::<Version>(&key)? {
        publish_version::release_all(&running, tx)?;
        tx.remove(&key);
    }
    Ok(())
}
