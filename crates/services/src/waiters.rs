//! Who waits in the shard: long polls, event source mappings, synchronous executions; in order of arrival.
//!
//! A wait holds no thread. It is looked at when what it waits for gained something, when a time has come at which there may
//! be something, or once more when its patience ends. Whoever was woken and is gone, or found more than it could take, has
//! the next one looked at: nobody waits for what is there.

use crate::context::Request;
use crate::entropy::Seed;
use crate::failure::{Wait, WaitOn};
use crate::iam::authorize::Action;
use crate::operation::AnyCommand;
use crate::shard::ReplyTo;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use stepwell_asl::jsonata::Verdict;
use stepwell_wire::ApiError;

/// A command that waits, or is about to be tried.
pub struct Waiter {
    pub command: Arc<dyn AnyCommand>,
    pub action: Option<Action>,
    pub request: Request,
    pub seed: Seed,
    pub reply: Option<Box<dyn ReplyTo>>,
    /// By the clock that is never set.
    pub arrived_ms: u64,
    /// Why it is tried again.
    pub woken: Option<Woken>,
    /// Its place in the line, once it has waited: who was woken for nothing keeps it.
    pub place: Option<u64>,
    /// Of expressions that it had to wait for.
    pub verdicts: Vec<Arc<Verdict>>,
    /// The time of the try at which it had to wait for the first of them.
    pub steps_ms: Option<u64>,
}

/// Why someone who waited is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Woken {
    pub on: WaitOn,
    /// A time has come, and nobody counted how much there is then: whoever took something has the next one looked at.
    pub by_time: bool,
}

struct Place {
    waiter: Waiter,
    wait: Wait,
    /// When it has to be answered, by the clock that is never set; a command of our own may wait for ever.
    until_ms: Option<u64>,
}

/// All waiters of a shard.
#[derive(Default)]
pub struct Waiters {
    next_id: u64,
    places: HashMap<u64, Place>,
    by_what: HashMap<WaitOn, BTreeSet<u64>>,
    by_look: BTreeSet<(u64, u64)>,
    by_patience: BTreeSet<(u64, u64)>,
    /// When there may be something for those who wait for it: the earliest time for each.
    gains: HashMap<WaitOn, u64>,
    by_gain: BTreeSet<(u64, WaitOn)>,
    woken: VecDeque<(u64, Woken)>,
    is_ending: bool,
}

impl Waiters {
    pub fn add(&mut self, waiter: Waiter, wait: Wait) {
        let id = waiter.place.unwrap_or_else(|| {
            self.next_id += 1;
            self.next_id
        });
        self.by_what.entry(wait.on).or_default().insert(id);
        if let Some(at_ms) = wait.look_again_ms {
            self.by_look.insert((at_ms, id));
            // It may be gone by then, and the others don't know of it.
            self.gains_at(wait.on, at_ms);
        }
        let until_ms = match self.is_ending {
            true => 0,
            false => waiter.arrived_ms + wait.patience_ms,
        };
        let until_ms = waiter.reply.is_some().then_some(until_ms);
        self.by_patience.extend(until_ms.map(|until_ms| (until_ms, id)));
        let waiter = Waiter { woken: None, place: Some(id), ..waiter };
        self.places.insert(id, Place { waiter, wait, until_ms });
    }

    /// What a newcomer is told when as many wait as may. Those whose clients are gone don't count.
    pub fn refusal(&mut self, waiter: &Waiter, wait: &Wait) -> Option<ApiError> {
        let crowd = wait.crowd.as_ref().filter(|_| waiter.place.is_none())?;
        let is_full =
            |waiters: &Self| waiters.by_what.get(&wait.on).is_some_and(|queue| queue.len() >= crowd.most);
        if is_full(self) {
            self.forget_gone(wait.on);
        }
        is_full(self).then(|| ApiError::clone(&crowd.refusal))
    }

    fn forget_gone(&mut self, on: WaitOn) {
        let is_gone = |id: &u64| {
            let reply = self.places.get(id).and_then(|place| place.waiter.reply.as_ref());
            reply.is_some_and(|reply| reply.is_gone())
        };
        let gone: Vec<u64> = self.by_what.get(&on).into_iter().flatten().copied().filter(is_gone).collect();
        for id in gone {
            self.remove(id);
        }
    }

    /// Has the longest waiting one of `on` looked at.
    pub fn wake(&mut self, on: WaitOn) {
        self.wake_first(Woken { on, by_time: false });
    }

    /// Has all waiters of `on` looked at.
    pub fn wake_all(&mut self, on: WaitOn) {
        let woken = Woken { on, by_time: false };
        self.woken.extend(self.by_what.remove(&on).unwrap_or_default().into_iter().map(|id| (id, woken)));
    }

    /// From `at_ms` on there may be something for those who wait for `on`. Who comes later sees for itself.
    pub fn gains_at(&mut self, on: WaitOn, at_ms: u64) {
        if on == WaitOn::Time || !self.by_what.contains_key(&on) {
            return;
        }
        match self.gains.get(&on) {
            Some(known_ms) if *known_ms <= at_ms => return,
            Some(known_ms) => drop(self.by_gain.remove(&(*known_ms, on))),
            None => {}
        }
        self.gains.insert(on, at_ms);
        self.by_gain.insert((at_ms, on));
    }

    /// What woke someone is the next one's, who may find what is left.
    pub fn pass_on(&mut self, woken: Woken) {
        self.wake_first(woken);
    }

    fn wake_first(&mut self, woken: Woken) {
        let Some(queue) = self.by_what.get_mut(&woken.on) else { return };
        while let Some(id) = queue.pop_first() {
            let Some(place) = self.places.get(&id) else { continue };
            if place.waiter.reply.as_ref().is_some_and(|reply| reply.is_gone()) {
                self.remove(id);
                return self.wake_first(woken);
            }
            self.woken.push_back((id, woken));
            return;
        }
        self.by_what.remove(&woken.on);
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

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    #[must_use]
    pub fn has_woken(&self) -> bool {
        !self.woken.is_empty()
    }

    /// The nearest times to look: of stored time, and of the clock that is never set.
    #[must_use]
    pub fn next_look(&self) -> (Option<u64>, Option<u64>) {
        let look = self.by_look.first().map(|(at, _)| *at);
        let gain = self.by_gain.first().map(|(at, _)| *at);
        let patience = self.by_patience.first().map(|(at, _)| *at);
        ([look, gain].into_iter().flatten().min(), patience)
    }

    /// Those whose time has come, up to `most` of them, and whether it is their last chance. The others are next.
    pub fn take_ready(&mut self, most: usize, stored_ms: u64, steady_ms: u64) -> Vec<(Waiter, bool)> {
        while let Some((at, on)) = self.by_gain.first().copied().filter(|(at, _)| *at <= stored_ms) {
            self.by_gain.remove(&(at, on));
            self.gains.remove(&on);
            self.wake_first(Woken { on, by_time: true });
        }
        let mut ready = Vec::new();
        while ready.len() < most
            && let Some((id, woken)) = self.woken.pop_front()
        {
            let waiter = self.remove(id).map(|waiter| Waiter { woken: Some(woken), ..waiter });
            ready.extend(waiter.map(|waiter| (waiter, false)));
        }
        while ready.len() < most
            && let Some((at, id)) = self.by_look.first().copied().filter(|(at, _)| *at <= stored_ms)
        {
            self.by_look.remove(&(at, id));
            ready.extend(self.remove(id).map(|waiter| (waiter, false)));
        }
        while ready.len() < most
            && let Some((at, id)) = self.by_patience.first().copied().filter(|(at, _)| *at <= steady_ms)
        {
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
            queue.remove(&id);
            if queue.is_empty() {
                self.by_what.remove(&wait.on);
            }
        }
        Some(waiter)
    }
}
