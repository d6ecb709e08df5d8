//! Counts that each round trip ends exactly once: what began and never ended is lost, what ended twice is doubled.

use std::time::{Duration, Instant};

/// All that began, by number: numbers are given one after the other.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    ended: u64,
    doubled: u64,
    strange: u64,
}

#[derive(Debug)]
struct Entry {
    began: Instant,
    ended: bool,
}

/// What came of all that began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub lost: u64,
    pub doubled: u64,
    /// Ends of what never began.
    pub strange: u64,
}

impl Ledger {
    /// A new number.
    pub fn begin(&mut self, began: Instant) -> u64 {
        self.entries.push(Entry { began, ended: false });
        self.entries.len() as u64 - 1
    }

    /// The end of a number; the time since it began, if this is its first end.
    pub fn end(&mut self, number: u64, now: Instant) -> Option<Duration> {
        let entry = usize::try_from(number).ok().and_then(|index| self.entries.get_mut(index));
        let Some(entry) = entry else {
            self.strange += 1;
            return None;
        };
        if std::mem::replace(&mut entry.ended, true) {
            self.doubled += 1;
            return None;
        }
        self.ended += 1;
        Some(now.saturating_duration_since(entry.began))
    }

    /// Something of a number came a second time although it had not ended twice.
    pub fn count_doubled(&mut self) {
        self.doubled += 1;
    }

    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ended
    }

    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended == self.entries.len() as u64
    }

    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let lost = self.entries.len() as u64 - self.ended;
        Verdict { lost, doubled: self.doubled, strange: self.strange }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_is_counted_once_and_the_rest_is_named() {
        let start = Instant::now();
        let later = start + Duration::from_millis(5);
        let mut ledger = Ledger::default();
        let numbers = [0; 3].map(|_| ledger.begin(start));
        assert_eq!(numbers, [0, 1, 2]);
        assert_eq!(ledger.end(0, later), Some(Duration::from_millis(5)));
        assert_eq!(ledger.end(0, later), None);
        assert_eq!(ledger.end(3, later), None);
        assert_eq!(ledger.end(u64::MAX, later), None);
        assert_eq!(ledger.ended(), 1);
        assert!(!ledger.is_complete());
        assert_eq!(ledger.verdict(), Verdict { lost: 2, doubled: 1, strange: 2 });
        ledger.end(1, later);
        ledger.end(2, start);
        assert!(ledger.is_complete());
        assert_eq!(ledger.verdict(), Verdict { lost: 0, doubled: 1, strange: 2 });
    }
}
