//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html>
//!
//! Idempotent (recorded). Workers that poll are told at once. States whose tasks nobody took go on waiting for their timeout,
//! as nobody can have their tokens; the tasks' rows are swept turn by turn.

use super::model::Activity;
use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::{Failure, WaitOn};
use crate::operation::{Command, Nothing};
use crate::rows::Rows;
use crate::states::keys;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteActivity {
    pub activity_arn: String,
}

impl Command for DeleteActivity {
    const NAME: &'static str = "DeleteActivity";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        if let Some(activity) = Activity::find(&self.activity_arn, tx)? {
            tx.remove(&keys::activity(&activity.scope(), &activity.name));
            tx.wake_all(WaitOn::Activity(activity.id));
            sweep(activity.id, tx, context)?;
        }
        Ok(Nothing {})
    }
}

/// Removes a turn's worth of the tasks of an activity that is gone, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn sweep(activity: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let all = keys::activity_tasks(activity);
    let most = context.settings.rows_per_command;
    let rows = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?;
    rows.iter().for_each(|(key, _)| tx.remove_bytes(key));
    if rows.len() == most {
        tx.owe(Effect::Continue(Continuation::ForgetActivity(activity)));
    }
    Ok(())
}
