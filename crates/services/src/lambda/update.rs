//! A change of `$LATEST`: invocations run what was ready before, until the change is ready; if it fails, they go on with it.

use crate::context::Context;
use crate::failure::Failure;
use crate::lambda::function_configuration::FunctionConfiguration;
use crate::lambda::model::{Configuration, Function, LastUpdate, Reason, State, Version};
use crate::lambda::{keys, publish_version};
use crate::rows::RowsExt;
use crate::tx::Tx;

/// Begins a change to a configuration that has its references to packages already, and answers with what was made.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn begin(
    function: Function,
    before: Version,
    configuration: Configuration,
    and_publish: bool,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<FunctionConfiguration, Failure> {
    let state = before.state;
    keep_running(&function, &before, tx)?;
    let latest = Version {
        configuration,
        modified_ms: context.now_ms,
        revision: context.entropy.uuid(),
        last_update: Some(LastUpdate::InProgress),
        last_update_reason: Some(Reason::creating()),
        published_with: None,
        ..before
    };
    debug_assert!(state != State::Pending, "a function that is being created isn't changed");
    publish_version::begin(function, latest, and_publish, None, tx, context)
}

/// Keeps what ran before the change, with its references; what never ran lets them go.
fn keep_running(function: &Function, before: &Version, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::running(function.id);
    let has_failed = before.last_update == Some(LastUpdate::Failed);
    if has_failed || before.state != State::Active || tx.row::<Version>(&key)?.is_some() {
        return publish_version::release_all(before, tx);
    }
    tx.put(&key, before);
    Ok(())
}
