//! What is owed outside and in memory at a time, for each kind of effect by itself: an endpoint or a function that never
//! answers can make thousands be owed.
//!
//! What finds no place is left where it is owed: in the store. From then on all that comes later is left there too, and read
//! from there in order as places become free: so nothing is given out twice, and nothing is forgotten.

use std::sync::{Mutex, MutexGuard, PoisonError};
use stepwell_services::effect::{Effect, EffectId, Owed};
use stepwell_services::failure::Failure;
use stepwell_services::shard;
use stepwell_store::Store;

/// Owed effects of a kind in memory at a time.
const MOST: usize = 16_384;
/// And about how many bytes of them.
const MOST_BYTES: usize = 64 << 20;
/// Rows that are read at a time: those of other kinds stand among them.
const ROWS_READ: usize = 64;
/// What an effect takes beside its payload, about.
const OVERHEAD_BYTES: usize = 1024;

/// A kind of effect that is waited for outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Invoke,
    Prepare,
    Post,
    Fetch,
    Execute,
}

impl Kind {
    /// Continuations have none: nothing is waited for.
    pub fn of(effect: &Effect) -> Option<Self> {
        match effect {
            Effect::Invoke(_) => Some(Self::Invoke),
            Effect::PrepareFunction(_) => Some(Self::Prepare),
            Effect::Post(_) => Some(Self::Post),
            Effect::Fetch(_) => Some(Self::Fetch),
            Effect::Execute(_) => Some(Self::Execute),
            Effect::Continue(_) => None,
        }
    }
}

/// What is owed of one kind.
pub struct Backlog {
    kind: Kind,
    most: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    count: usize,
    bytes: usize,
    /// What is owed from here on is in the store alone.
    left_from: Option<EffectId>,
    /// What is owed up to here was read from the store.
    read_to: EffectId,
}

/// How much of a backlog an effect takes: to be given back.
#[derive(Debug, Clone, Copy)]
pub struct Share(usize);

impl Backlog {
    pub fn new(kind: Kind) -> Self {
        Self { kind, most: MOST, inner: Mutex::default() }
    }

    /// Takes a place for what was just committed; without one it is left in the store.
    pub fn take(&self, owed: &Owed) -> Option<Share> {
        let mut inner = self.lock();
        if owed.id <= inner.read_to || inner.left_from.is_some() {
            return None;
        }
        if inner.count >= self.most || inner.bytes >= MOST_BYTES {
            inner.left_from = Some(owed.id);
            return None;
        }
        Some(inner.add(&owed.effect))
    }

    /// Gives a place back.
    pub fn give_back(&self, share: Share) {
        let mut inner = self.lock();
        inner.count -= 1;
        inner.bytes -= share.0;
    }

    /// Reads what was left in the store, if half of the places are free again.
    ///
    /// # Errors
    /// If the store can't be read.
    pub fn read(&self, store: &Store) -> Result<Vec<(Owed, Share)>, Failure> {
        let mut inner = self.lock();
        let mut found = Vec::new();
        while let Some(from) = inner.left_from
            && inner.count <= self.most / 2
            && inner.bytes <= MOST_BYTES / 2
        {
            let rows = shard::owed(&store.snapshot(), from, ROWS_READ)?;
            if let Some(last) = rows.last() {
                inner.read_to = last.id;
            }
            // INVARIANT: whoever commits tells it here afterwards; what this look missed comes by `take`.
            inner.left_from = (rows.len() == ROWS_READ).then_some(inner.read_to + 1);
            for owed in rows.into_iter().filter(|owed| Kind::of(&owed.effect) == Some(self.kind)) {
                let share = inner.add(&owed.effect);
                found.push((owed, share));
            }
        }
        Ok(found)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, effect: &Effect) -> Share {
        let bytes = OVERHEAD_BYTES
            + match effect {
                Effect::Invoke(invocation) => invocation.payload.len(),
                Effect::Post(notification) => notification.body.len(),
                Effect::Fetch(fetch) => fetch.bytes(),
                Effect::Execute(execution) => execution.bytes(),
                Effect::PrepareFunction(_) | Effect::Continue(_) => 0,
            };
        self.count += 1;
        self.bytes += bytes;
        Share(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_services::effect::{Continuation, PostNotification};
    use stepwell_services::{effect, row};
    use stepwell_store::Batch;

    fn post(id: EffectId, bytes: usize) -> Owed {
        let effect = Effect::Post(PostNotification {
            url: "http://localhost/".to_owned(),
            headers: Vec::new(),
            body: "x".repeat(bytes),
            subscription_arn: String::new(),
            failures: 0,
        });
        Owed { id, effect }
    }

    fn commit(store: &Store, owed: &[Owed]) {
        let mut batch = Batch::default();
        for owed in owed {
            batch.put(effect::key(owed.id).into_bytes(), row::encode(&owed.effect));
        }
        store.commit(&batch).unwrap();
    }

    fn ids(found: &[(Owed, Share)]) -> Vec<EffectId> {
        found.iter().map(|(owed, _)| owed.id).collect()
    }

    #[test]
    fn what_finds_no_place_is_read_later_once_and_in_order() {
        let (store, backlog) = (Store::in_memory(), Backlog { most: 4, ..Backlog::new(Kind::Post) });
        let all: Vec<_> = (1..=300).map(|id| post(id, 10)).collect();
        commit(&store, &all);
        let mut shares: Vec<_> = all.iter().filter_map(|owed| backlog.take(owed)).collect();
        assert_eq!(shares.len(), 4);
        assert!(backlog.read(&store).unwrap().is_empty(), "there is no room yet");
        let mut seen = vec![1, 2, 3, 4];
        while let Some(share) = shares.pop() {
            backlog.give_back(share);
            let found = backlog.read(&store).unwrap();
            seen.extend(ids(&found));
            assert!(found.len() <= ROWS_READ, "a look takes a bounded number");
            shares.extend(found.into_iter().map(|(_, share)| share));
        }
        assert_eq!(seen, (1..=300).collect::<Vec<_>>());
        // What was read before the committer told of it isn't given out twice; what comes then is.
        assert!(backlog.take(&post(300, 1)).is_none());
        assert!(backlog.take(&post(301, 1)).is_some());
    }

    #[test]
    fn bytes_count_and_what_is_of_another_kind_is_passed_over() {
        let (store, backlog) = (Store::in_memory(), Backlog::new(Kind::Post));
        let large = backlog.take(&post(1, MOST_BYTES)).unwrap();
        assert!(backlog.take(&post(2, 1)).is_none());
        let turn = |id| Owed { id, effect: Effect::Continue(Continuation::Stack(id)) };
        let turns: Vec<_> = (3..3 + ROWS_READ as u64 * 2).map(turn).collect();
        commit(&store, &[vec![post(2, 1)], turns, vec![post(1000, 1)]].concat());
        backlog.give_back(large);
        assert_eq!(ids(&backlog.read(&store).unwrap()), [2, 1000]);
        assert!(backlog.read(&store).unwrap().is_empty());
    }
}
