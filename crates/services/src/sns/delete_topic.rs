//! <https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html>
//!
//! The topic is gone at once; its subscriptions, which nobody can reach any more, are swept turn by turn.

use crate::context::Context;
use crate::deduplication;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::keys::Key;
use crate::operation::Command;
use crate::rows::{Rows, RowsExt};
use crate::sns::arn::TopicArn;
use crate::sns::keys;
use crate::sns::model::Topic;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_store::Direction;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteTopic {
    pub topic_arn: String,
}

impl Command for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let arn = TopicArn::parse("TopicArn", &self.topic_arn)?;
        let key = keys::topic(&arn.scope, &arn.name);
        // Deleting what isn't there succeeds.
        let Some(topic) = tx.row::<Topic>(&key)? else { return Ok(()) };
        tx.remove(&key);
        sweep(topic.id, tx, context)
    }
}

/// Removes a turn's worth of the rows of a topic that is gone, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn sweep(topic: u64, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let most = context.settings.rows_per_command;
    let mut removed = 0;
    let [seen, expiries] = deduplication::of_owner(topic);
    for all in [keys::subscriptions(topic), keys::endpoints(topic), seen, expiries] {
        removed += remove_some(&all, most - removed, tx)?;
    }
    if removed == most {
        tx.owe(Effect::Continue(Continuation::SweepTopic(topic)));
    }
    Ok(())
}

fn remove_some(all: &Key, most: usize, tx: &mut Tx) -> Result<usize, Failure> {
    let rows = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, most)?;
    for (key, _) in &rows {
        tx.remove_bytes(key);
    }
    Ok(rows.len())
}
