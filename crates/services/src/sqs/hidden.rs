//! How many messages of each queue are hidden, after a start: counted from the `Ready` rows, a page at a time.
//!
//! The shard counts what is hidden as it happens, and a crash forgets it. This goes through the rows of what is hidden in their
//! order, so that nobody waits for it: what changes before the place that was reached is counted as ever, what changes behind it
//! will be met.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Family, Key, KeyReader};
use crate::operation::{AnyCommand, Reply};
use crate::row;
use crate::rows::Rows;
use crate::sqs::keys;
use crate::sqs::model::Ready;
use crate::tx::Tx;
use stepwell_store::{Direction, Pair};

/// Rows that one command looks at, about.
const PAGE: usize = 500;
/// Queues that one command goes through at most.
const QUEUES: usize = 50;

/// Goes on counting; a start begins with it.
pub struct CountHidden;

impl AnyCommand for CountHidden {
    fn name(&self) -> &'static str {
        "CountHidden"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let mut looked_at = 0;
        for _ in 0..QUEUES {
            let Some(from) = tx.hidden_uncounted() else { return Ok(Box::new(())) };
            looked_at += count(from, tx, context.now_ms)?;
            if looked_at >= PAGE {
                break;
            }
        }
        tx.then(Self);
        Ok(Box::new(()))
    }
}

/// Counts the next page of a queue, or of the one behind it. How many rows that were.
fn count((queue, from_ms): (u64, u64), tx: &mut Tx, now_ms: u64) -> Result<usize, Failure> {
    let (start, end) = (keys::queue_by_id(queue), Key::new(Family::QueueById).end());
    let Some((key, _)) = tx.scan(start.as_bytes(), &end, Direction::Forward, 1)?.pop() else {
        tx.count_hidden(&[], None);
        return Ok(0);
    };
    let next = KeyReader::new(&key, Family::QueueById)?.number()?;
    let from_ms = if next == queue { from_ms } else { 0 };
    let (rows, next_ms) = page(next, from_ms.max(now_ms + 1), tx)?;
    let hidden = rows.iter().map(|(key, value)| {
        let ready: Ready = row::decode(value)?;
        Ok((next, keys::read_ready(key)?.0, ready.receive_count > 0))
    });
    let hidden = hidden.collect::<Result<Vec<_>, Failure>>()?;
    tx.count_hidden(&hidden, Some(next_ms.map_or((next + 1, 0), |next_ms| (next, next_ms))));
    Ok(rows.len())
}

/// Rows of what is hidden, and the time at which the next page begins: all that are hidden until the same time stand in one.
fn page(queue: u64, from_ms: u64, tx: &Tx) -> Result<(Vec<Pair>, Option<u64>), Failure> {
    let (start, end) = (keys::ready(queue, from_ms, 0), keys::readies(queue).end());
    let mut rows = tx.scan(start.as_bytes(), &end, Direction::Forward, PAGE)?;
    let Some((last, _)) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok((rows, None)) };
    let next_ms = keys::read_ready(last)?.0 + 1;
    let rest = keys::ready(queue, next_ms, 0);
    rows.extend(tx.scan(&Key::after(last), rest.as_bytes(), Direction::Forward, usize::MAX)?);
    Ok((rows, Some(next_ms)))
}

#[cfg(test)]
mod tests {
    use super::PAGE;
    use crate::settings::Settings;
    use crate::sqs::{CreateQueue, DeleteMessage, ReceiveMessage, SendMessage, SendMessageBatch};
    use crate::testing::{World, input};
    use serde_json::{Value, json};

    const URL: &str = "http://localhost:4566/000000000000/q";

    fn world() -> World {
        let mut world = World::new();
        // A queue without messages stands before it.
        for name in ["empty", "q"] {
            world.call(input::<CreateQueue>(json!({"QueueName": name}))).unwrap();
        }
        world
    }

    fn send(world: &mut World, delay_seconds: u64) {
        let message = json!({"QueueUrl": URL, "MessageBody": "m", "DelaySeconds": delay_seconds});
        world.call(input::<SendMessage>(message)).unwrap();
    }

    fn receive(world: &mut World) -> Value {
        let ask = json!({"QueueUrl": URL, "MaxNumberOfMessages": 10, "VisibilityTimeout": 30});
        world.call(input::<ReceiveMessage>(ask)).unwrap()["Messages"].clone()
    }

    fn hidden(world: &mut World) -> (u64, u64) {
        let hidden = world.observed().hidden;
        hidden.iter().fold((0, 0), |sum, one| (sum.0 + one.in_flight, sum.1 + one.delayed))
    }

    #[test]
    fn what_is_hidden_is_known_after_a_restart_and_followed_from_there() {
        let mut world = world();
        for delay in [0, 0, 0, 60] {
            send(&mut world, delay);
        }
        let received = receive(&mut world);
        send(&mut world, 0);
        assert_eq!(hidden(&mut world), (3, 1));
        world = world.restart();
        assert_eq!(hidden(&mut world), (3, 1));
        let delete = json!({"QueueUrl": URL, "ReceiptHandle": received[0]["ReceiptHandle"]});
        world.call(input::<DeleteMessage>(delete)).unwrap();
        receive(&mut world);
        assert_eq!(hidden(&mut world), (3, 1), "one is gone, another one came");
        world.pass(31_000);
        assert_eq!(hidden(&mut world), (0, 1));
        world.pass(31_000);
        assert_eq!(hidden(&mut world), (0, 0));
    }

    #[test]
    fn more_than_a_page_is_counted_and_what_comes_meanwhile_is_counted_once() {
        let mut world = world();
        for _ in 0..PAGE / 10 + 20 {
            let entries: Vec<_> = (0..10)
                .map(|id| json!({"Id": id.to_string(), "MessageBody": "m", "DelaySeconds": 600}))
                .collect();
            let batch = json!({"QueueUrl": URL, "Entries": entries});
            world.call(input::<SendMessageBatch>(batch)).unwrap();
            world.pass(100);
        }
        let all = PAGE as u64 + 200;
        assert_eq!(hidden(&mut world), (0, all));
        world = world.restart();
        send(&mut world, 1);
        send(&mut world, 900);
        assert_eq!(hidden(&mut world), (0, all + 2));
    }

    #[test]
    fn no_more_are_in_flight_after_a_restart_than_may_be() {
        let mut world = World::with_settings(Settings { messages_in_flight: 5, ..Settings::default() });
        world.call(input::<CreateQueue>(json!({"QueueName": "q"}))).unwrap();
        for _ in 0..8 {
            send(&mut world, 0);
        }
        assert_eq!(receive(&mut world).as_array().unwrap().len(), 5);
        world = world.restart_with(Settings { messages_in_flight: 5, ..Settings::default() });
        let refused = world.call(input::<ReceiveMessage>(json!({"QueueUrl": URL}))).unwrap_err();
        assert_eq!(refused.code, "OverLimit");
    }
}
