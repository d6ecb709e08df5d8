//! What the rows of a queue owe one another: each message has one `Ready` row, and on a FIFO queue its place in a group.

use crate::check::{Check, Tally};
use crate::counts::Counted;
use crate::failure::Failure;
use crate::keys::{Family, KeyReader, Scope};
use crate::row;
use crate::rows::Rows;
use crate::sqs::groups::{self, First};
use crate::sqs::keys;
use crate::sqs::model::{Message, Queue, QueueName, Ready};
use crate::sqs::move_tasks::{MoveTask, Status};
use std::collections::BTreeMap;
use stepwell_store::Slice;

/// What is compared at the end: nothing says of a message where its `Ready` row stands.
#[derive(Default)]
pub struct Checker {
    /// For each queue, its messages and its `Ready` rows.
    queues: BTreeMap<u64, Tally>,
}

impl Checker {
    /// Looks at a row.
    ///
    /// # Errors
    /// [`Failure::Broken`] if it can't be read.
    pub fn row(
        &mut self,
        family: Family,
        key: &[u8],
        value: &Slice,
        check: &mut Check,
    ) -> Result<(), Failure> {
        let mut parts = KeyReader::new(key, family)?;
        match family {
            Family::Queue => queue(key, &row::decode(value)?, check),
            Family::QueueById => queue_by_id(key, parts.number()?, &row::decode(value)?, check),
            Family::Message => {
                let (queue, sequence) = (parts.number()?, parts.number()?);
                check.expect_owner(Family::Queue, queue, key);
                let message: Message = row::decode(value)?;
                check.expect(!message.id.is_empty(), key, || "a message without an id".to_owned());
                self.queues.entry(queue).or_default().left(sequence);
                check.count(Counted::Messages(queue), 1);
                Ok(())
            }
            Family::Ready => {
                let (queue, at_ms, sequence) = (parts.number()?, parts.number()?, parts.number()?);
                self.queues.entry(queue).or_default().right(sequence);
                ready(key, (queue, at_ms, sequence), &row::decode(value)?, check)
            }
            Family::Moved => {
                let (queue, sequence) = (parts.number()?, parts.number()?);
                let at_ms: u64 = row::decode(value)?;
                if check.known.is_going(Family::Queue, queue) {
                    return Ok(());
                }
                let is_there = check.has(&keys::ready(queue, at_ms, sequence))?;
                check.expect(is_there, key, || format!("the message has no `Ready` row at {at_ms}"));
                Ok(())
            }
            Family::Group => group(key, parts.number()?, &parts.text()?, row::decode(value)?, check),
            Family::GroupMessage => {
                let (queue, group, sequence) = (parts.number()?, parts.text()?, parts.number()?);
                group_message(key, queue, &group, sequence, row::decode(value)?, check)
            }
            Family::GroupReady => {
                let (queue, at_ms, sequence) = (parts.number()?, parts.number()?, parts.number()?);
                group_ready(key, (queue, at_ms, sequence), &row::decode::<String>(value)?, check)
            }
            Family::MoveTask => move_task(key, parts.number()?, parts.number()?, &row::decode(value)?, check),
            _ => Ok(()),
        }
    }

    /// Says what doesn't fit together over whole queues.
    pub fn finish(&self, check: &mut Check) {
        for (queue, tally) in &self.queues {
            if check.known.is_going(Family::Queue, *queue) {
                continue;
            }
            if let Some((messages, readies)) = tally.difference() {
                let what =
                    format!("{messages} messages and {readies} `Ready` rows, which aren't of the same");
                check.wrong(keys::queue_by_id(*queue).as_bytes(), what);
            }
        }
    }
}

fn queue(key: &[u8], queue: &Queue, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&keys::queue(&Scope::new(&queue.account, &queue.region), &queue.name), key);
    let named: Option<QueueName> = check.row(&keys::queue_by_id(queue.id))?;
    check.expect(named == Some(QueueName::of(queue)), key, || {
        format!("`QueueById` doesn't name it under {}", queue.id)
    });
    if queue.sweep_due_ms > 0 {
        let timer = crate::timer::key(queue.sweep_due_ms, &crate::timer::Timer::SweepQueue(queue.id));
        let is_armed = check.has(&timer)?;
        check.expect(is_armed, key, || format!("its sweep at {} has no timer", queue.sweep_due_ms));
    }
    Ok(())
}

fn queue_by_id(key: &[u8], id: u64, name: &QueueName, check: &mut Check) -> Result<(), Failure> {
    let queue: Option<Queue> =
        check.row(&keys::queue(&Scope::new(&name.account, &name.region), &name.name))?;
    check.expect(queue.is_some_and(|queue| queue.id == id), key, || {
        format!("queue `{}` has another number, or isn't there", name.name)
    });
    Ok(())
}

fn ready(
    key: &[u8],
    (queue, at_ms, sequence): (u64, u64, u64),
    ready: &Ready,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_owner(Family::Queue, queue, key);
    if check.known.is_going(Family::Queue, queue) {
        return Ok(());
    }
    let message: Option<Message> = check.row(&keys::message(queue, sequence))?;
    let Some(message) = message else {
        check.wrong(key, "its message isn't there");
        return Ok(());
    };
    check.expect(message.sent_ms == ready.sent_ms, key, || {
        format!("it was sent at {}, its message at {}", ready.sent_ms, message.sent_ms)
    });
    if ready.receive_count > 1 {
        let moved: Option<u64> = check.row(&keys::moved(queue, sequence))?;
        check.expect(moved == Some(at_ms), key, || format!("`Moved` says it is at {moved:?}"));
    }
    if let Some(group) = &ready.group {
        let place: Option<u64> = check.row(&keys::group_message(queue, group, sequence))?;
        check.expect(place == Some(at_ms), key, || format!("its group `{group}` has it at {place:?}"));
    }
    Ok(())
}

fn group(key: &[u8], queue: u64, name: &str, first: First, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::Queue, queue, key);
    if check.known.is_going(Family::Queue, queue) {
        return Ok(());
    }
    let front = groups::messages_from(check.rows(), queue, name, 0, 1)?;
    check.expect(front.first() == Some(&(first.sequence, first.visible_from_ms)), key, || {
        format!("its first message is {:?}, not {first:?}", front.first())
    });
    let ready: Option<String> =
        check.row(&keys::group_ready(queue, first.visible_from_ms, first.sequence))?;
    check.expect(ready.as_deref() == Some(name), key, || "it can't be received from".to_owned());
    Ok(())
}

fn group_message(
    key: &[u8],
    queue: u64,
    group: &str,
    sequence: u64,
    at_ms: u64,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_owner(Family::Queue, queue, key);
    if check.known.is_going(Family::Queue, queue) {
        return Ok(());
    }
    let ready: Option<Ready> = check.row(&keys::ready(queue, at_ms, sequence))?;
    check.expect(ready.is_some_and(|ready| ready.group.as_deref() == Some(group)), key, || {
        format!("the message has no `Ready` row at {at_ms}")
    });
    let has_group = check.has(&keys::group(queue, group))?;
    check.expect(has_group, key, || "its group isn't there".to_owned());
    Ok(())
}

fn group_ready(
    key: &[u8],
    (queue, at_ms, sequence): (u64, u64, u64),
    group: &str,
    check: &mut Check,
) -> Result<(), Failure> {
    check.expect_owner(Family::Queue, queue, key);
    if check.known.is_going(Family::Queue, queue) {
        return Ok(());
    }
    let first: Option<First> = check.row(&keys::group(queue, group))?;
    check.expect(first == Some(First { sequence, visible_from_ms: at_ms }), key, || {
        format!("the first message of group `{group}` is {first:?}")
    });
    Ok(())
}

fn move_task(key: &[u8], queue: u64, number: u64, task: &MoveTask, check: &mut Check) -> Result<(), Failure> {
    check.expect_owner(Family::Queue, queue, key);
    if task.status == Status::Running && check.known.has(Family::Queue, queue) {
        let goes_on = check.known.move_tasks.contains(&(queue, number));
        check.expect(goes_on, key, || "it runs and is owed no turn".to_owned());
    }
    Ok(())
}

/// A timer that sweeps a queue.
///
/// # Errors
/// [`Failure::Broken`] if the queue can't be read.
pub fn due(key: &[u8], due_ms: u64, id: u64, check: &mut Check) -> Result<(), Failure> {
    let rows: &dyn Rows = check.rows();
    let queue = Queue::by_id(id, rows)?;
    check.expect(queue.is_some_and(|queue| queue.sweep_due_ms == due_ms), key, || {
        "its queue isn't there, or is swept at another time".to_owned()
    });
    Ok(())
}
