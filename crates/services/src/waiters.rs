//! Who waits in the shard: long polls, event source mappings, synchronous executions; in order of arrival.
//!
//! A wait holds no thread. It is looked at when what it waits for gained something, when a time that it named has come,
//! or once more when its patience ends.

use crate::context::Request;
use crate::entropy::Seed;
use crate::failure::{Wait, WaitOn};
use crate::iam::authorize::Action;
use crate::operation::AnyCommand;
use crate::shard::ReplyTo;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// A command that waits, or is about to be tried.
pub struct Waiter {
    pub command: Arc<dyn AnyCommand>,
    pub action: Option<Action>,
    pub request: Request,
    pub seed: Seed,
    pub reply: Option<Box<dyn ReplyTo>>,
    pub arrived_ms: u64,
}

struct Place {
    waiter: Waiter,
    wait: Wait,
    /// When it has to be answered, in wall time; a command of our own may wait for ever.
    until_ms: Option<u64>,
}

/// All waiters of a shard.
#[derive(Default)]
pub struct Waiters {
    next_id: u64,
    places: HashMap<u64, Place>,
    by_what: HashMap<WaitOn, VecDeque<u64>>,
    by_look: BTreeSet<(u64, u64)>,
    by_patience: BTreeSet<(u64, u64)>,
    woken: VecDeque<u64>,
    is_ending: bool,
}

impl Waiters {
    pub fn add(&mut self, waiter: Waiter, wait: Wait) {
        self.next_id += 1;
        let id = self.next_id;
        self.by_what.entry(wait.on).or_default().push_back(id);
        self.by_look.extend(wait.look_again_ms.map(|at| (at, id)));
        let until_ms = match self.is_ending {
            true => 0,
            false => waiter.arrived_ms + wait.patience_ms,
        };
        let until_ms = waiter.reply.is_some().then_some(until_ms);
        self.by_patience.extend(until_ms.map(|until_ms| (until_ms, id)));
        self.places.insert(id, Place { waiter, wait, until_ms });
    }

    /// Has the longest waiting one of `on` looked at.
    pub fn wake(&mut self, on: WaitOn) {
        let Some(queue) = self.by_what.get_mut(&on) else { return };
        while let Some(id) = queue.pop_front() {
            let Some(place) = self.places.get(&id) else { continue };
            if place.waiter.reply.as_ref().is_some_and(|reply| reply.is_gone()) {
                self.remove(id);
                return self.wake(on);
            }
            self.woken.push_back(id);
            return;
        }
        self.by_what.remove(&on);
    }

    /// Has all waiters of `on` looked at.
    pub fn wake_all(&mut self, on: WaitOn) {
        self.woken.extend(self.by_what.remove(&on).unwrap_or_default());
    }

    /// Ends the patience of all who wait for an answer, and of those who come from now on.
    pub fn end_patience(&mut self) {
        self.is_ending = true;
        for (_, id) in std::mem::take(&mut self.by_patience) {
            if let Some(place) = self.places.get_mut(&id) {
                place.until_ms = Some(0);
                self.by_patience.insert((0, id));
            }
        }
    }

    #[must_use]
    pub fn has_woken(&self) -> bool {
        !self.woken.is_empty()
    }

    /// The nearest times to look: stored, wall.
    #[must_use]
    pub fn next_look(&self) -> (Option<u64>, Option<u64>) {
        (self.by_look.first().map(|(at, _)| *at), self.by_patience.first().map(|(at, _)| *at))
    }

    /// Those whose time has come, and whether it is their last chance.
    pub fn take_ready(&mut self, stored_ms: u64, wall_ms: u64) -> Vec<(Waiter, bool)> {
        let mut ready = Vec::new();
        for id in std::mem::take(&mut self.woken) {
            ready.extend(self.remove(id).map(|waiter| (waiter, false)));
        }
        while let Some((at, id)) = self.by_look.first().copied().filter(|(at, _)| *at <= stored_ms) {
            self.by_look.remove(&(at, id));
            ready.extend(self.remove(id).map(|waiter| (waiter, false)));
        }
        while let Some((at, id)) = self.by_patience.first().copied().filter(|(at, _)| *at <= wall_ms) {
            self.by_patience.remove(&(at, id));
            ready.extend(self.remove(id).map(|waiter| (waiter, true)));
        }
        ready
    }

    fn remove(&mut self, id: u64) -> Option<Waiter> {
        let Place { waiter, wait, until_ms } = self.places.remove(&id)?;
        if let Some(at) = wait.look_again_ms {
            self.by_look.remove(&(at, id));
        }
        if let Some(until_ms) = until_ms {
            self.by_patience.remove(&(until_ms, id));
        }
        if let Some(queue) = self.by_what.get_mut(&wait.on) {
            queue.retain(|other| *other != id);
            if queue.is_empty() {
                self.by_what.remove(&wait.on);
            }
        }
        Some(waiter)
    }
}
