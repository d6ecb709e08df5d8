//! A message's way to all subscribers of its topic, a bounded number of them a turn.
//!
//! A FIFO topic has so few subscribers that one turn serves them all: no later message can overtake.

use crate::context::Context;
use crate::effect::{Continuation, Effect, FanOut};
use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sns::arn::TopicArn;
use crate::sns::deliver::{Bodies, deliver};
use crate::sns::keys;
use crate::sns::model::{Notification, Publication, Subscription, Topic};
use crate::sns::subscribe::MOST_OF_FIFO;
use crate::tx::Tx;
use std::sync::Arc;
use stepwell_store::{Direction, Slice};

/// Subscribers that get a message in one turn.
pub const SUBSCRIBERS_PER_TURN: usize = 100;
/// Bytes of filters and bodies after which a turn ends.
const BYTES_PER_TURN: usize = 1 << 20;

/// Gives a new message to its first subscribers, and owes the others.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn begin(
    topic: &Topic,
    notification: Notification,
    subscribers: usize,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let first = keys::subscriptions(topic.id).into_bytes();
    let Some(cursor) = turn(topic, &notification, &first, subscribers, tx, context)? else { return Ok(()) };
    let publication = tx.next_sequence();
    tx.put(&keys::publication(publication), &Publication { topic: topic.id, notification });
    tx.owe(Effect::Continue(Continuation::FanOut(FanOut { publication, cursor })));
    Ok(())
}

/// Gives a message to its next subscribers.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(fan_out: &FanOut, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let FanOut { publication, cursor } = fan_out;
    let key = keys::publication(*publication);
    let Some(Publication { topic: id, notification }) = tx.row(&key)? else { return Ok(()) };
    let arn = TopicArn::parse("TopicArn", &notification.topic_arn)?;
    // A topic that was deleted meanwhile has no subscribers any more.
    let topic: Option<Topic> = tx.row(&keys::topic(&arn.scope, &arn.name))?;
    let rest = match topic.filter(|topic| topic.id == id) {
        Some(topic) => turn(&topic, &notification, cursor, SUBSCRIBERS_PER_TURN, tx, context)?,
        None => None,
    };
    match rest {
        Some(cursor) => {
            let fan_out = FanOut { publication: *publication, cursor };
            tx.owe(Effect::Continue(Continuation::FanOut(fan_out)));
        }
        None => tx.remove(&key),
    }
    Ok(())
}

/// Serves subscribers from `start` on, and says where to go on.
fn turn(
    topic: &Topic,
    notification: &Notification,
    start: &[u8],
    subscribers: usize,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<Vec<u8>>, Failure> {
    let most = if topic.is_fifo() { MOST_OF_FIFO } else { subscribers };
    let subscriptions = from(topic, start, most, tx)?;
    let (mut bytes, mut bodies) = (0, Bodies::new());
    for (index, (key, subscription)) in subscriptions.iter().take(most).enumerate() {
        bytes += deliver(topic, subscription, notification, &mut bodies, tx, context)?;
        let is_over = bytes >= BYTES_PER_TURN && !topic.is_fifo();
        if is_over || index + 1 == most {
            return Ok(Some(Key::after(key)));
        }
    }
    Ok(None)
}

/// A topic's subscriptions from `start` on. Those of a topic that has few are remembered.
fn from(
    topic: &Topic,
    start: &[u8],
    most: usize,
    tx: &Tx,
) -> Result<Arc<Vec<(Slice, Subscription)>>, Failure> {
    let all = keys::subscriptions(topic.id);
    if start == all.as_bytes() {
        return tx.kept_rows(&all, most);
    }
    let rows = tx.scan(start, &all.end(), Direction::Forward, most)?;
    let rows = rows.into_iter().map(|(key, value)| Ok((key, row::decode(&value)?)));
    rows.collect::<Result<_, Failure>>().map(Arc::new)
}
