//! What will happen, in order of time; what is set for the same moment happens in the order in which it was set.

use std::collections::BTreeMap;

/// A virtual clock in ms, and what it will come to.
#[derive(Debug)]
pub struct Agenda<T> {
    now_ms: u64,
    set: u64,
    entries: BTreeMap<(u64, u64), T>,
}

impl<T> Agenda<T> {
    #[must_use]
    pub fn new() -> Self {
        Self { now_ms: 0, set: 0, entries: BTreeMap::new() }
    }

    /// Ms since the world began. It only ever jumps to the next entry.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// Has something happen after so many ms.
    pub fn after(&mut self, ms: u64, what: T) {
        self.set += 1;
        self.entries.insert((self.now_ms + ms, self.set), what);
    }

    /// Goes on to the next entry, if there is one up to `until_ms`.
    pub fn next(&mut self, until_ms: u64) -> Option<T> {
        let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= until_ms)?;
        self.now_ms = entry.key().0;
        Some(entry.remove())
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self::new()
    }
}
