//! What the shard alone knows of how it does, for whoever watches it. It reads no row and changes nothing that counts.

use crate::tx::Hints;
use std::collections::BTreeSet;

/// The shard at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Nothing is due before (ms of stored time); `None`: nothing at all.
    pub next_due_ms: Option<u64>,
    /// Commands that wait: long polls and event source mappings.
    pub waiters: usize,
    /// Queues with messages that can't be received now, by number.
    pub hidden: Vec<Hidden>,
}

/// About how many messages of a queue can't be received now. After a start they are counted a page at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    /// The queue's number.
    pub queue: u64,
    /// Received, until their visibility timeout ends.
    pub in_flight: u64,
    /// Never received, until their delay ends.
    pub delayed: u64,
}

/// What is hidden of all queues. Costs a step for each queue that has hidden messages.
pub(crate) fn hidden(hints: &mut Hints, now_ms: u64) -> Vec<Hidden> {
    hints.in_flight.retain(|_, count| count.count(now_ms) > 0);
    hints.delayed.retain(|_, count| count.count(now_ms) > 0);
    let queues: BTreeSet<u64> = hints.in_flight.keys().chain(hints.delayed.keys()).copied().collect();
    let hidden = queues.into_iter().map(|queue| Hidden {
        queue,
        in_flight: hints.in_flight.get_mut(&queue).map_or(0, |count| count.count(now_ms)),
        delayed: hints.delayed.get_mut(&queue).map_or(0, |count| count.count(now_ms)),
    });
    hidden.collect()
}
