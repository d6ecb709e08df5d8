//! What is counted of rows that could be a million: numbers that the batches keep, so that nobody has to scan for them.
//!
//! A command says by how much a count changes; the sum of a batch is folded into one row when the batch is sealed. A count is
//! for people and dashboards: no rule decides by it.

use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::rows::{Rows, RowsExt};
use crate::{check, row, sqs};
use std::collections::BTreeMap;
use stepwell_store::{Batch, Direction, Slice};

/// The closed list of what is counted. `Count`: `kind, number` → how many; a row that would say 0 isn't there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// The messages of a queue, by the queue's number: whether they can be received or not.
    Messages(u64),
    /// All open task tokens.
    OpenWaits,
    /// The open task tokens by the minute since 1970 in which they began to wait.
    OpenWaitsSince(u64),
}

/// The length of a [`Counted::OpenWaitsSince`], in ms.
pub const WAITS_SPAN_MS: u64 = 60_000;

/// The kinds as they are stored.
const MESSAGES_ARE_COUNTED: u8 = 0;
const MESSAGES: u8 = 1;
const OPEN_WAITS: u8 = 2;
const OPEN_WAITS_SINCE: u8 = 3;

/// The row that says that every message of the store is counted, with 1: those as well that were there before there were counts.
#[must_use]
pub fn messages_are_counted() -> Key {
    Key::new(Family::Count).byte(MESSAGES_ARE_COUNTED).number(0)
}

/// Counts the messages of a store whose messages aren't all counted, once for all its time; nothing if they are.
///
/// # Errors
/// [`Failure::Broken`] if the store can't be read.
pub fn count_messages(rows: &dyn Rows) -> Result<Option<Batch>, Failure> {
    if rows.bytes(messages_are_counted().as_bytes())?.is_some() {
        return Ok(None);
    }
    let mut found = BTreeMap::<u64, u64>::new();
    let all = Key::new(Family::Message);
    check::each(rows, all.as_bytes(), &all.end(), |key, _| {
        *found.entry(KeyReader::new(key, Family::Message)?.number()?).or_default() += 1;
        Ok(())
    })?;
    let mut batch = Batch::default();
    batch.put(messages_are_counted().into_bytes(), row::encode(&1_u64));
    for (queue, count) in found {
        // The rows of a queue that is gone are being removed, and its count is gone already.
        if !is_gone(Counted::Messages(queue), rows)? {
            batch.put(Counted::Messages(queue).key().into_bytes(), row::encode(&count));
        }
    }
    Ok(Some(batch))
}

/// The span in which a task began to wait.
#[must_use]
pub fn waits_since(since_ms: u64) -> Counted {
    Counted::OpenWaitsSince(since_ms / WAITS_SPAN_MS)
}

impl Counted {
    #[must_use]
    pub fn key(self) -> Key {
        let kind = Key::new(Family::Count);
        match self {
            Self::Messages(queue) => kind.byte(MESSAGES).number(queue),
            Self::OpenWaits => kind.byte(OPEN_WAITS).number(0),
            Self::OpenWaitsSince(minute) => kind.byte(OPEN_WAITS_SINCE).number(minute),
        }
    }

    /// How many that are.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn read(self, rows: &(impl Rows + ?Sized)) -> Result<u64, Failure> {
        Ok(rows.row(&self.key())?.unwrap_or(0))
    }
}

/// In which minute the task that waits longest began to, if one waits. No earlier minute than `from` is looked at: time goes
/// forward, so that what was the oldest minute before is a bound for good.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn oldest_wait(from: u64, rows: &(impl Rows + ?Sized)) -> Result<Option<u64>, Failure> {
    let end = Key::new(Family::Count).byte(OPEN_WAITS_SINCE).end();
    let start = Counted::OpenWaitsSince(from).key();
    let first = rows.scan(start.as_bytes(), &end, Direction::Forward, 1)?;
    let Some((key, _)) = first.first() else { return Ok(None) };
    let mut reader = KeyReader::new(key, Family::Count)?;
    reader.byte()?;
    Ok(Some(reader.number()?))
}

/// The changes of a batch as rows, over those that `rows` has.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn fold(changes: &BTreeMap<Counted, i64>, rows: &dyn Rows) -> Result<Vec<(Key, Option<Slice>)>, Failure> {
    let mut folded = Vec::new();
    for (what, by) in changes {
        if *by == 0 {
            continue;
        }
        // A store that an older program left, which didn't count, may have more messages than are counted.
        let count = match is_gone(*what, rows)? {
            true => 0,
            false => what.read(rows)?.saturating_add_signed(*by),
        };
        folded.push((what.key(), (count > 0).then(|| row::encode(&count))));
    }
    Ok(folded)
}

/// Whether what is counted was removed by the same batch, and with it the count.
fn is_gone(what: Counted, rows: &dyn Rows) -> Result<bool, Failure> {
    match what {
        Counted::Messages(queue) => Ok(rows.bytes(sqs::keys::queue_by_id(queue).as_bytes())?.is_none()),
        Counted::OpenWaits | Counted::OpenWaitsSince(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, input};
    use serde_json::{Value, json};

    const URL: &str = "http://localhost:4566/000000000000/q";
    const MINUTE: u64 = WAITS_SPAN_MS;

    fn world() -> World {
        let mut world = World::new();
        world.now_ms = 1_700_000_000_000 / MINUTE * MINUTE;
        world.call(input::<sqs::CreateQueue>(json!({"QueueName": "q"}))).unwrap();
        world
    }

    fn machine(world: &mut World, name: &str, definition: &Value) -> String {
        world.create_role(name, "states.amazonaws.com");
        let machine = json!({
            "name": name, "definition": definition.to_string(), "roleArn": format!("arn:aws:iam::000000000000:role/{name}"),
        });
        let made = world.call(input::<crate::states::CreateStateMachine>(machine)).unwrap();
        made["stateMachineArn"].as_str().unwrap().to_owned()
    }

    fn start(world: &mut World, machine: &str) -> String {
        let made = world.call(input::<crate::states::StartExecution>(json!({"stateMachineArn": machine})));
        made.unwrap()["executionArn"].as_str().unwrap().to_owned()
    }

    fn send(world: &mut World, delay_seconds: u32) {
        let message = json!({"QueueUrl": URL, "MessageBody": "m", "DelaySeconds": delay_seconds});
        world.call(input::<sqs::SendMessage>(message)).unwrap();
    }

    fn receive(world: &mut World) -> Value {
        let ask = json!({"QueueUrl": URL, "MaxNumberOfMessages": 10});
        world.call(input::<sqs::ReceiveMessage>(ask)).unwrap()["Messages"].clone()
    }

    fn count(world: &World, what: Counted) -> u64 {
        what.read(&world.store.snapshot()).unwrap()
    }

    fn messages(world: &World) -> u64 {
        let queues = Key::new(Family::QueueById);
        let rows = world.store.snapshot();
        let found = Rows::scan(&rows, queues.as_bytes(), &queues.end(), Direction::Forward, 1).unwrap();
        let queue = KeyReader::new(&found[0].0, Family::QueueById).unwrap().number().unwrap();
        count(world, Counted::Messages(queue))
    }

    fn counts(world: &World) -> usize {
        let all = Key::new(Family::Count);
        let rows = world.store.snapshot();
        Rows::scan(&rows, all.as_bytes(), &all.end(), Direction::Forward, usize::MAX).unwrap().len()
    }

    fn asks(heartbeat: bool) -> Value {
        let mut ask = json!({
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true,
            "Parameters": {"QueueUrl": URL, "MessageBody": {"t.$": "$$.Task.Token"}},
        });
        if heartbeat {
            ask["HeartbeatSeconds"] = json!(600);
        }
        json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "A", "States": {"A": ask}}, {"StartAt": "B", "States": {"B": ask}},
        ]}}})
    }

    #[test]
    fn messages_are_counted_whatever_becomes_of_them() {
        let mut world = world();
        for delay in [0, 0, 30] {
            send(&mut world, delay);
        }
        assert_eq!(messages(&world), 3);
        let received = receive(&mut world);
        assert_eq!((received.as_array().unwrap().len(), messages(&world)), (2, 3));
        let delete = json!({"QueueUrl": URL, "ReceiptHandle": received[0]["ReceiptHandle"]});
        world.call(input::<sqs::DeleteMessage>(delete)).unwrap();
        assert_eq!(messages(&world), 2);
        world = world.restart();
        assert_eq!(messages(&world), 2);
        world.call(input::<sqs::PurgeQueue>(json!({"QueueUrl": URL}))).unwrap();
        assert_eq!(messages(&world), 0);
        send(&mut world, 0);
        world.call(input::<sqs::DeleteQueue>(json!({"QueueUrl": URL}))).unwrap();
        assert_eq!(counts(&world), 0, "nothing is left of a queue that is gone");
    }

    #[test]
    fn a_count_whose_row_is_not_at_hand_is_kept_by_a_later_batch() {
        let disk = stepwell_store::Disk::new();
        let mut world = World::over(disk.store(), 1_700_000_000_000);
        world.call(input::<sqs::CreateQueue>(json!({"QueueName": "q"}))).unwrap();
        disk.miss_reads(300_000, 1);
        for _ in 0..50 {
            send(&mut world, 0);
        }
        disk.miss_reads(0, 1);
        send(&mut world, 0);
        assert_eq!(messages(&world), 51);
    }

    #[test]
    fn a_command_that_is_undone_counts_nothing() {
        let mut world = world();
        // The second entry is refused, and the third message of the machine's role can't be sent: nothing of it stays.
        let two_with_one_id = json!({"QueueUrl": URL, "Entries": [
            {"Id": "a", "MessageBody": "m"}, {"Id": "a", "MessageBody": "m"},
        ]});
        world.call(input::<sqs::SendMessageBatch>(two_with_one_id)).unwrap_err();
        assert_eq!(messages(&world), 0);
    }

    #[test]
    fn open_task_tokens_are_counted_by_the_minute_since_which_they_wait() {
        let mut world = world();
        let machine = machine(&mut world, "m", &asks(false));
        let first = world.now_ms / MINUTE;
        let stopped = start(&mut world, &machine);
        world.pass(3 * MINUTE);
        start(&mut world, &machine);
        let oldest = |world: &World, from| oldest_wait(from, &world.store.snapshot()).unwrap();
        assert_eq!((count(&world, Counted::OpenWaits), oldest(&world, 0)), (4, Some(first)));
        world = world.restart();
        world.call(input::<crate::states::StopExecution>(json!({"executionArn": stopped}))).unwrap();
        assert_eq!((count(&world, Counted::OpenWaits), oldest(&world, first)), (2, Some(first + 3)));
        // Answered tokens wait no more.
        for message in receive(&mut world).as_array().unwrap() {
            let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            let answer = json!({"taskToken": body["t"], "output": "{}"});
            drop(world.call(input::<crate::states::SendTaskSuccess>(answer)));
        }
        assert_eq!((count(&world, Counted::OpenWaits), oldest(&world, 0)), (0, None));
    }

    #[test]
    fn what_goes_with_its_state_machine_or_times_out_waits_no_more() {
        let mut world = world();
        let deleted = machine(&mut world, "deleted", &asks(false));
        let late = machine(&mut world, "late", &asks(true));
        start(&mut world, &deleted);
        start(&mut world, &late);
        assert_eq!(count(&world, Counted::OpenWaits), 4);
        let delete = json!({"stateMachineArn": deleted});
        world.call(input::<crate::states::DeleteStateMachine>(delete)).unwrap();
        assert_eq!(count(&world, Counted::OpenWaits), 2);
        world.pass(11 * MINUTE);
        assert_eq!(count(&world, Counted::OpenWaits), 0);
    }
}
