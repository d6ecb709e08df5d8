//! Where every message is: kept from what commits do, so that each arrival and each departure is seen once.

use crate::marks;
use crate::mirror::{Change, Mirror, numbers};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::sqs::model::{Message, Queue, Ready};

/// A message's place: its queue's number and its own.
pub type Place = (u64, u64);

/// A message in a queue.
#[derive(Debug, Clone)]
pub struct Resident {
    pub id: String,
    pub tags: Vec<String>,
    pub token: Option<String>,
    pub group: Option<String>,
    pub sent_ms: u64,
    /// The queue that it first came into.
    pub root: u64,
    body: [u8; 32],
}

/// What one commit did to messages.
#[derive(Debug, Default)]
pub struct Movements {
    pub arrived: Vec<Place>,
    /// From, to: to a dead-letter queue, or out of one.
    pub moved: Vec<(Resident, Place, Place)>,
    pub left: Vec<(Resident, Place)>,
    /// Places whose rows were touched.
    pub touched: BTreeSet<Place>,
}

/// All messages, and all queues that ever were.
#[derive(Debug, Default)]
pub struct Census {
    pub messages: BTreeMap<Place, Resident>,
    /// From when each message can be received: one time for each message.
    pub readies: BTreeMap<Place, BTreeSet<u64>>,
    pub queues: BTreeMap<u64, Queue>,
    /// Queues that were deleted.
    pub gone: BTreeSet<u64>,
    /// How often each tag or token came into a queue other than by a move.
    pub arrivals: BTreeMap<(String, u64), u32>,
    /// The greatest `FIFO` place that left each group.
    numbers: BTreeMap<String, u64>,
}

impl Census {
    /// Takes a commit in.
    pub fn take(&mut self, changes: &[Change], rows: &Mirror) -> Movements {
        self.take_queues(changes, rows);
        let mut movements = Movements::default();
        self.take_readies(changes, &mut movements);
        let mut removed = Vec::new();
        for change in changes.iter().filter(|change| change.is_of(Family::Message) && change.after.is_none())
        {
            let place = self.place(change, &mut movements);
            removed.extend(self.messages.remove(&place).map(|resident| (resident, place)));
        }
        for change in changes.iter().filter(|change| change.is_of(Family::Message)) {
            let (Some(after), None) = (&change.after, &change.before) else { continue };
            let place = self.place(change, &mut movements);
            let mut resident = resident(after, place);
            let from = removed.iter().position(|(old, from)| old.body == resident.body && from.0 != place.0);
            if let Some(from) = from {
                let (old, from) = removed.swap_remove(from);
                resident.root = old.root;
                movements.moved.push((old, from, place));
            } else {
                self.count(&resident);
                movements.arrived.push(place);
            }
            self.messages.insert(place, resident);
        }
        movements.left = removed;
        movements
    }

    /// A queue's name, or its number where it has none any more.
    #[must_use]
    pub fn name(&self, queue: u64) -> String {
        self.queues.get(&queue).map_or_else(|| format!("queue {queue}"), |queue| queue.name.clone())
    }

    /// A queue's number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }

    /// How often a tag or token came into the queue of this name.
    #[must_use]
    pub fn arrivals_in(&self, mark: &str, queue: &str) -> u32 {
        let Some(number) = self.number(queue) else { return 0 };
        self.arrivals.get(&(mark.to_owned(), number)).copied().unwrap_or(0)
    }

    fn count(&mut self, resident: &Resident) {
        for mark in resident.tags.iter().chain(&resident.token) {
            *self.arrivals.entry((mark.clone(), resident.root)).or_default() += 1;
        }
    }

    fn place(&self, change: &Change, movements: &mut Movements) -> Place {
        let [queue, sequence] = change.numbers(Family::Message);
        movements.touched.insert((queue, sequence));
        (queue, sequence)
    }

    fn take_queues(&mut self, changes: &[Change], rows: &Mirror) {
        for change in changes.iter().filter(|change| change.is_of(Family::Queue)) {
            if let Some(after) = &change.after {
                let queue: Queue = row::decode(after).expect("a queue");
                self.numbers.insert(queue.name.clone(), queue.id);
                self.queues.insert(queue.id, queue);
            }
        }
        for change in changes.iter().filter(|change| change.is_of(Family::QueueById)) {
            let [queue] = change.numbers(Family::QueueById);
            if change.after.is_none() {
                self.gone.insert(queue);
            }
        }
        debug_assert!(!rows.is_empty());
    }

    fn take_readies(&mut self, changes: &[Change], movements: &mut Movements) {
        for change in changes.iter().filter(|change| change.is_of(Family::Ready)) {
            let [queue, visible_ms, sequence] = numbers(&change.key, Family::Ready);
            movements.touched.insert((queue, sequence));
            let times = self.readies.entry((queue, sequence)).or_default();
            match change.after {
                Some(_) => times.insert(visible_ms),
                None => times.remove(&visible_ms),
            };
            if times.is_empty() {
                self.readies.remove(&(queue, sequence));
            }
        }
    }
}

fn resident(bytes: &[u8], (queue, _): Place) -> Resident {
    let message: Message = row::decode(bytes).expect("a message");
    Resident {
        tags: marks::tags(&message.body).into_iter().map(str::to_owned).collect(),
        token: marks::token(&message.body).map(str::to_owned),
        group: message.group_id().map(str::to_owned),
        body: Sha256::digest(&message.body).into(),
        id: message.id,
        sent_ms: message.sent_ms,
        root: queue,
    }
}

/// The state of a message's `Ready` row.
#[must_use]
pub fn ready(bytes: &[u8]) -> Ready {
    row::decode(bytes).expect("a ready row")
}
