//! The rows of SQS. A queue has a number of its own, so a queue that is made anew under an old name begins empty.

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader, Scope};

/// `account, region, name` → [`super::model::Queue`]; lives as long as the queue.
pub fn queue(scope: &Scope, name: &str) -> Key {
    Key::new(Family::Queue).scope(scope).text(name)
}

/// All queues of an account in a region, by name.
pub fn queues(scope: &Scope) -> Key {
    Key::new(Family::Queue).scope(scope)
}

/// All queues whose names begin so.
pub fn queues_named(scope: &Scope, prefix: &str) -> Key {
    prefix.bytes().fold(queues(scope), Key::byte)
}

/// `queue` → [`super::model::QueueName`]; lives as long as the queue.
pub fn queue_by_id(queue: u64) -> Key {
    Key::new(Family::QueueById).number(queue)
}

/// `queue, sequence` → [`super::model::Message`]; from the send to the delete.
pub fn message(queue: u64, sequence: u64) -> Key {
    Key::new(Family::Message).number(queue).number(sequence)
}

/// All messages of a queue, in the order in which they were sent.
pub fn messages(queue: u64) -> Key {
    Key::new(Family::Message).number(queue)
}

/// `queue, visible from (ms), sequence` → [`super::model::Ready`]. Ordered by time: the messages that can be received now
/// stand first, the delayed and those in flight behind them.
pub fn ready(queue: u64, visible_from_ms: u64, sequence: u64) -> Key {
    Key::new(Family::Ready).number(queue).number(visible_from_ms).number(sequence)
}

/// All `Ready` rows of a queue.
pub fn readies(queue: u64) -> Key {
    Key::new(Family::Ready).number(queue)
}

/// The time and the sequence of a `Ready` row's key.
pub fn read_ready(key: &[u8]) -> Result<(u64, u64), Failure> {
    let mut reader = KeyReader::new(key, Family::Ready)?;
    reader.number()?;
    Ok((reader.number()?, reader.number()?))
}

/// `queue, sequence` → visible from (ms): where the `Ready` row of a message is when a receipt handle may say otherwise.
/// Written from the second receive on, and when its visibility is changed.
pub fn moved(queue: u64, sequence: u64) -> Key {
    Key::new(Family::Moved).number(queue).number(sequence)
}

/// All `Moved` rows of a queue.
pub fn moves(queue: u64) -> Key {
    Key::new(Family::Moved).number(queue)
}
