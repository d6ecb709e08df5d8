//! Tasks that move messages out of a dead-letter queue: to where they came from, or to one queue for all.
//!
//! A task moves a turn's worth of messages and goes on; with a limit per second it waits for the next second instead.
//! What is moved is a new message, with an id and a receive count of its own, as on AWS.

use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::sqs::model::{Message, Queue, Ready};
use crate::sqs::{keys, placement, send_message};
use crate::timer::Timer;
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::{Decode, Encode};
use serde_json::{Value, json};
use stepwell_store::Direction;

/// Tasks of a queue that are remembered.
pub const REMEMBERED: usize = 10;
/// Messages that a task moves in one turn: each is read, removed and written.
const PER_TURN: usize = 100;

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MoveTask {
    /// A UUID.
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub source_arn: String,
    /// Nothing: where each message came from.
    #[n(2)]
    pub destination_arn: Option<String>,
    #[n(3)]
    pub most_per_second: Option<u32>,
    #[n(4)]
    pub started_ms: u64,
    #[n(5)]
    pub status: Status,
    #[n(6)]
    pub moved: u64,
    /// As counted when it started, if there were few enough to count at once.
    #[n(7)]
    pub to_move: Option<u64>,
    #[n(8)]
    pub failure_reason: Option<String>,
    /// Only messages that were there when it started: that have a smaller number than this.
    #[n(9)]
    pub before: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Status {
    #[n(0)]
    Running,
    #[n(1)]
    Completed,
    #[n(2)]
    Cancelled,
    #[n(3)]
    Failed,
}

impl Status {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

impl MoveTask {
    /// What the caller cancels it by.
    #[must_use]
    pub fn handle(&self) -> String {
        STANDARD.encode(json!({"taskId": self.id, "sourceArn": self.source_arn}).to_string())
    }
}

/// The task's id and its queue's ARN in a handle.
#[must_use]
pub fn read_handle(handle: &str) -> Option<(String, String)> {
    let handle: Value = serde_json::from_slice(&STANDARD.decode(handle).ok()?).ok()?;
    Some((handle["taskId"].as_str()?.to_owned(), handle["sourceArn"].as_str()?.to_owned()))
}

/// The tasks of a queue that are remembered, the latest first, each with its number.
pub fn of_queue(queue: u64, rows: &(impl Rows + ?Sized)) -> Result<Vec<(u64, MoveTask)>, Failure> {
    let all = keys::move_tasks(queue);
    let found = rows.scan(all.as_bytes(), &all.end(), Direction::Backward, REMEMBERED + 1)?;
    found.iter().map(|(key, value)| Ok((keys::read_move_task(key)?, row::decode(value)?))).collect()
}

/// How many messages a task would move now, or nothing if there are too many to count at once.
pub fn count(
    queue: u64,
    before: u64,
    now_ms: u64,
    most: usize,
    rows: &dyn Rows,
) -> Result<Option<u64>, Failure> {
    let all = keys::readies(queue);
    let end = keys::ready(queue, now_ms + 1, 0);
    let found = rows.scan(all.as_bytes(), end.as_bytes(), Direction::Forward, most)?;
    if found.len() == most {
        return Ok(None);
    }
    let mut count = 0;
    for (key, _) in &found {
        let (_, sequence) = keys::read_ready(key)?;
        count += u64::from(sequence < before);
    }
    Ok(Some(count))
}

/// The next turn of a task.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(queue: u64, number: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let key = keys::move_task(queue, number);
    let task: Option<MoveTask> = tx.row(&key)?;
    let Some(mut task) = task.filter(|task| task.status == Status::Running) else { return Ok(()) };
    let Some(source) = Queue::by_id(queue, tx)? else { return Ok(()) };
    let most = task.most_per_second.map_or(PER_TURN, |most| PER_TURN.min(most as usize));
    match turn(&source, &mut task, most, tx, context)? {
        Turn::Over => task.status = Status::Completed,
        Turn::Failed(reason) => {
            task.status = Status::Failed;
            task.failure_reason = Some(reason.to_owned());
        }
        Turn::More if task.most_per_second.is_some() => {
            tx.arm(context.now_ms + 1000, &Timer::MoveMessages(queue, number));
        }
        Turn::More => {
            tx.owe(Effect::Continue(Continuation::MoveMessages(queue, number)));
        }
    }
    if task.status != Status::Running && task.to_move.is_none() {
        task.to_move = Some(task.moved);
    }
    tx.put(&key, &task);
    Ok(())
}

enum Turn {
    More,
    Over,
    Failed(&'static str),
}

fn turn(
    source: &Queue,
    task: &mut MoveTask,
    most: usize,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Turn, Failure> {
    let head = tx.queue_head(source.id).filter(|_| !source.is_fifo()).map(<[u8]>::to_vec);
    let start = head.unwrap_or_else(|| keys::readies(source.id).into_bytes());
    let end = keys::ready(source.id, context.now_ms + 1, 0);
    let rows = tx.scan(&start, end.as_bytes(), Direction::Forward, most + 1)?;
    let has_more = rows.len() > most;
    let mut is_over = true;
    for (key, value) in rows.iter().take(most) {
        let (at_ms, sequence) = keys::read_ready(key)?;
        if sequence >= task.before {
            continue;
        }
        is_over = false;
        let ready: Ready = row::decode(value)?;
        let message: Option<Message> = tx.row(&keys::message(source.id, sequence))?;
        let Some(message) = message else {
            return Err(Failure::broken(format!("message {sequence} of queue {} isn't there", source.id)));
        };
        let to = task.destination_arn.as_ref().or(message.dead_letter_source.as_ref());
        let Some(to) = to else { return Ok(Turn::Failed("CouldNotDetermineMessageSource")) };
        let Some(destination) = Queue::by_arn(to, tx)? else {
            return Ok(Turn::Failed("AWS.SimpleQueueService.NonExistentQueue"));
        };
        placement::remove(tx, source.id, sequence, at_ms, &ready)?;
        let message = Message {
            id: context.entropy.uuid(),
            sent_ms: context.now_ms,
            dead_letter_source: None,
            ..message
        };
        send_message::add(tx, &destination, message, context.now_ms)?;
        task.moved += 1;
    }
    Ok(if has_more && !is_over { Turn::More } else { Turn::Over })
}
