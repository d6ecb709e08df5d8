//! How deep queues are, for a dashboard: from counts that are kept, whatever the number of messages.
//!
//! `GetQueueAttributes` counts the messages one by one and is exact; this here says "about", and is asked every few seconds.

use crate::counts::Counted;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::observed::Hidden;
use crate::row;
use crate::rows::Rows;
pub use crate::sqs::model::QueueName;
use stepwell_store::Direction;

/// Queues that are counted at all.
const MOST_COUNTED: usize = 10_000;

/// The depths of some queues.
#[derive(Debug, Default)]
pub struct Depths {
    pub queues: Vec<Depth>,
    /// How many more queues there are.
    pub left_out: usize,
}

/// About how many messages a queue has.
#[derive(Debug)]
pub struct Depth {
    pub name: QueueName,
    /// Can be received.
    pub visible: u64,
    /// Received, and hidden until its visibility timeout ends.
    pub in_flight: u64,
    /// Never received, and hidden until its delay ends.
    pub delayed: u64,
}

/// The depths of `most` queues, those first that were made first. `hidden` is what the shard knows of them.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn depths(hidden: &[Hidden], most: usize, rows: &dyn Rows) -> Result<Depths, Failure> {
    let all = Key::new(Family::QueueById);
    let queues = rows.scan(all.as_bytes(), &all.end(), Direction::Forward, MOST_COUNTED)?;
    let shown = queues.iter().take(most).map(|(key, value)| {
        let queue = KeyReader::new(key, Family::QueueById)?.number()?;
        let hidden = hidden.iter().find(|hidden| hidden.queue == queue);
        let (in_flight, delayed) = hidden.map_or((0, 0), |hidden| (hidden.in_flight, hidden.delayed));
        let messages = Counted::Messages(queue).read(rows)?;
        // What is hidden is known earlier than what is durable, and only about.
        let visible = messages.saturating_sub(in_flight + delayed);
        Ok(Depth { name: row::decode(value)?, visible, in_flight, delayed })
    });
    Ok(Depths { queues: shown.collect::<Result<_, Failure>>()?, left_out: queues.len().saturating_sub(most) })
}
