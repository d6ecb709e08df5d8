//! The rows of SQS. A queue has a number of its own, so a queue that is made anew under an old name begins empty.

use crate::counts::Counted;
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

/// `queue, group` → [`super::groups::First`]; as long as the group has messages.
pub fn group(queue: u64, group: &str) -> Key {
    Key::new(Family::Group).number(queue).text(group)
}

/// `queue, group, sequence` → visible from (ms): the messages of a group, in order.
pub fn group_message(queue: u64, group: &str, sequence: u64) -> Key {
    group_messages(queue, group).number(sequence)
}

/// All messages of a group.
pub fn group_messages(queue: u64, group: &str) -> Key {
    Key::new(Family::GroupMessage).number(queue).text(group)
}

/// The sequence of a group's message.
pub fn read_group_message(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::GroupMessage)?;
    reader.number()?;
    reader.text()?;
    reader.number()
}

/// `queue, visible from (ms), sequence` → the group whose first message that is: the groups that can be received from now
/// stand first.
pub fn group_ready(queue: u64, visible_from_ms: u64, sequence: u64) -> Key {
    Key::new(Family::GroupReady).number(queue).number(visible_from_ms).number(sequence)
}

/// All groups of a queue, by the time from which they can be received from.
pub fn group_readies(queue: u64) -> Key {
    Key::new(Family::GroupReady).number(queue)
}

/// The time and the sequence of a `GroupReady` row's key.
pub fn read_group_ready(key: &[u8]) -> Result<(u64, u64), Failure> {
    let mut reader = KeyReader::new(key, Family::GroupReady)?;
    reader.number()?;
    Ok((reader.number()?, reader.number()?))
}

/// `queue, sequence` → [`super::move_tasks::MoveTask`]; the last ten of a dead-letter queue, as long as it lives.
pub fn move_task(queue: u64, sequence: u64) -> Key {
    Key::new(Family::MoveTask).number(queue).number(sequence)
}

/// All tasks that move messages out of a queue.
pub fn move_tasks(queue: u64) -> Key {
    Key::new(Family::MoveTask).number(queue)
}

/// The sequence of a task's key.
pub fn read_move_task(key: &[u8]) -> Result<u64, Failure> {
    let mut reader = KeyReader::new(key, Family::MoveTask)?;
    reader.number()?;
    reader.number()
}

/// Everything that stands under a queue's number, for when it is gone.
pub fn of_queue(queue: u64) -> impl Iterator<Item = Key> {
    let families = [
        Family::Message,
        Family::Ready,
        Family::Moved,
        Family::Deduplication,
        Family::DeduplicationExpiry,
        Family::Group,
        Family::GroupMessage,
        Family::GroupReady,
        Family::MoveTask,
    ];
    let rows = families.into_iter().map(move |family| Key::new(family).number(queue));
    rows.chain([Counted::Messages(queue).key()])
}
