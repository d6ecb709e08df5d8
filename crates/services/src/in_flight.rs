//! How many messages of a queue are in flight, about: counted by the second in which they come back.
//!
//! What is received, deleted or hidden for another time is counted; what comes back by itself falls out when its second is
//! over. It is a hint: a restart forgets it, and counts anew what the rows say (`sqs/hidden.rs`).

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct InFlight {
    /// By the second in which they come back.
    seconds: BTreeMap<u64, u64>,
    total: u64,
}

impl InFlight {
    /// One more that is hidden until then.
    pub fn add(&mut self, until_ms: u64) {
        *self.seconds.entry(until_ms / 1000).or_default() += 1;
        self.total += 1;
    }

    /// One less that was hidden until then. Says whether it was counted.
    pub fn take(&mut self, until_ms: u64) -> bool {
        let second = until_ms / 1000;
        let Some(count) = self.seconds.get_mut(&second) else { return false };
        *count -= 1;
        self.total -= 1;
        if *count == 0 {
            self.seconds.remove(&second);
        }
        true
    }

    /// How many are hidden now.
    pub fn count(&mut self, now_ms: u64) -> u64 {
        while let Some(entry) = self.seconds.first_entry().filter(|entry| *entry.key() < now_ms / 1000) {
            self.total -= entry.remove();
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_by_itself_is_not_counted_any_more() {
        let mut in_flight = InFlight::default();
        for until_ms in [1000, 1500, 3000] {
            in_flight.add(until_ms);
        }
        assert_eq!(in_flight.count(900), 3);
        assert!(in_flight.take(3000));
        assert!(!in_flight.take(3000));
        assert_eq!(in_flight.count(1999), 2);
        assert_eq!(in_flight.count(2000), 0);
    }
}
