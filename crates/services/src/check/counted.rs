//! What is counted in rows of its own, held against what there is of it.

use super::Check;
use crate::counts::{self, Counted};
use crate::keys::Family;
use std::collections::BTreeMap;

/// The counts of a store, as they are written and as they were found.
#[derive(Debug, Default)]
pub struct Tallied {
    written: BTreeMap<Vec<u8>, u64>,
    found: BTreeMap<Counted, u64>,
}

impl Tallied {
    /// A row that counts something.
    pub(super) fn written(&mut self, key: &[u8], count: u64) {
        self.written.insert(key.to_vec(), count);
    }

    /// So many more of something.
    pub(super) fn found(&mut self, what: Counted, count: u64) {
        *self.found.entry(what).or_default() += count;
    }

    /// Says which counts are wrong. Messages that were there before they were counted are none: an old store's, which no server
    /// of this version opened yet.
    pub(super) fn finish(mut self, messages_are_counted: bool, check: &mut Check) {
        self.written.remove(counts::messages_are_counted().as_bytes());
        for (what, found) in self.found {
            let key = what.key();
            let written = self.written.remove(key.as_bytes()).unwrap_or(0);
            let is_compared = match what {
                Counted::Messages(queue) => {
                    messages_are_counted && !check.known.is_going(Family::Queue, queue)
                }
                Counted::OpenWaits | Counted::OpenWaitsSince(_) => true,
            };
            check.expect(written == found || !is_compared, key.as_bytes(), || {
                format!("{written} are counted, and {found} are there")
            });
        }
        for (key, written) in self.written {
            check.wrong(&key, format!("{written} are counted, and none is there"));
        }
    }
}
