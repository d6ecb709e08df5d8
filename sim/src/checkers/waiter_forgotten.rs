//! A long poll that is open while a message can be received, or longer than it wanted; a mapping that takes nothing.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::clients::FETCH_MS;
use crate::facts::{Facts, Open};
use crate::mirror::numbers;
use crate::setting::CONCURRENCY;
use stepwell_services::keys::{Family, Key, KeyReader};

/// Time within which whoever waits is served.
const GRACE_MS: u64 = 3000;
/// The same for a mapping, whose pollers pause after a refusal.
const MAPPING_GRACE_MS: u64 = 10_000;

pub struct WaiterForgotten;

impl Checker for WaiterForgotten {
    fn rule(&self) -> &'static str {
        "waiter forgotten"
    }

    fn looked(&mut self, facts: &Facts) -> Verdict {
        let life = facts.host.life;
        let open = facts.requests.values().filter(|open| open.life == life && !open.was_answered);
        open.filter(|_| facts.host.is_up()).try_for_each(|open| is_served(open, facts))?;
        facts.setting.mappings.iter().try_for_each(|mapping| {
            let Some(queue) = facts.census.number(&mapping.queue) else { return Ok(()) };
            let in_hands = facts.outside.batches.get(&queue).copied().unwrap_or(0);
            let grace_ms = MAPPING_GRACE_MS + mapping.window_s * 1000;
            // Until then nobody could take it.
            let busy_until_ms = facts.outside.all_busy_until_ms.get(&queue).copied().unwrap_or(0);
            let idle_ms = facts.up_for_ms().min(facts.now_ms.saturating_sub(busy_until_ms));
            let is_idle = in_hands < CONCURRENCY && idle_ms > grace_ms;
            match ready_since(queue, facts).filter(|ms| is_idle && *ms > grace_ms) {
                Some(ms) => Err(format!("{} has a message since {ms} ms; {in_hands} batches", mapping.queue)),
                None => Ok(()),
            }
        })
    }
}

fn is_served(open: &Open, facts: &Facts) -> Verdict {
    let open_ms = facts.now_ms - open.since_ms;
    if let Ask::Fetch { activity, .. } = &open.ask {
        return is_handed_out(activity, open_ms, facts);
    }
    let Ask::Receive { queue, wait_s, .. } = &open.ask else {
        return match open_ms > GRACE_MS + 5000 {
            true => Err(format!("unanswered since {open_ms} ms: {:?}", open.ask)),
            false => Ok(()),
        };
    };
    if open_ms > wait_s * 1000 + GRACE_MS {
        return Err(format!("a poll of {wait_s} s on {queue} is unanswered since {open_ms} ms"));
    }
    let number = facts.census.number(queue).ok_or_else(|| format!("there is no queue {queue}"))?;
    match ready_since(number, facts).filter(|ms| *ms > GRACE_MS && open_ms > GRACE_MS) {
        Some(ms) => Err(format!("a poll of {open_ms} ms on {queue}, which has a message since {ms} ms")),
        None => Ok(()),
    }
}

/// A worker's poll: no task waits while one is open.
fn is_handed_out(activity: &str, open_ms: u64, facts: &Facts) -> Verdict {
    if open_ms > FETCH_MS + GRACE_MS {
        return Err(format!("a poll for a task of {activity} is unanswered since {open_ms} ms"));
    }
    let Some((key, _)) = facts.mirror.family(Family::ActivityTask).next() else { return Ok(()) };
    let [_, since_ms] = numbers(key, Family::ActivityTask);
    let waiting_ms = facts.stored_ms().saturating_sub(since_ms);
    if waiting_ms > GRACE_MS && open_ms > GRACE_MS {
        return Err(format!(
            "a poll of {open_ms} ms for a task of {activity}, which has one since {waiting_ms} ms"
        ));
    }
    Ok(())
}

/// For how long the first message of a queue, or group of a FIFO queue, could have been received.
fn ready_since(queue: u64, facts: &Facts) -> Option<u64> {
    let is_fifo = facts.census.queues.get(&queue).is_some_and(stepwell_services::sqs::model::Queue::is_fifo);
    let family = if is_fifo { Family::GroupReady } else { Family::Ready };
    let (key, _) = facts.mirror.with_prefix(&Key::new(family).number(queue)).next()?;
    let mut reader = KeyReader::new(key, family).ok()?;
    reader.number().ok()?;
    facts.stored_ms().checked_sub(reader.number().ok()?)
}
