//! Whether the shard's threads go on: what readiness and the metrics tell by.
//!
//! The threads leave the time of their last turn here, an atomic store each; whoever wants to know compares.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The times are milliseconds since `started`; each is written by one thread.
pub struct Pulse {
    started: Instant,
    /// The writer came to the end of a turn.
    turned: AtomicU64,
    /// A commit is under way since then; 0 if none is.
    committing: AtomicU64,
    began: AtomicBool,
    stopping: AtomicBool,
}

impl Pulse {
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            turned: AtomicU64::new(0),
            committing: AtomicU64::new(0),
            began: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        }
    }

    /// The writer came to the end of a turn.
    pub fn turned(&self) {
        self.turned.store(self.now(), Ordering::Relaxed);
        self.began.store(true, Ordering::Release);
    }

    /// A commit begins.
    pub fn commits(&self) {
        self.committing.store(self.now().max(1), Ordering::Relaxed);
    }

    /// The commit is done.
    pub fn committed(&self) {
        self.committing.store(0, Ordering::Relaxed);
    }

    /// The server shuts down.
    pub fn stops(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether the writer took its first turn: what was owed and due at the start is under way.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.began.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// For how long nothing went on: a commit is under way, or the writer does not turn although `something_waits`.
    #[must_use]
    pub fn stalled(&self, something_waits: bool) -> Duration {
        let now = self.now();
        let commit = match self.committing.load(Ordering::Relaxed) {
            0 => 0,
            since => now.saturating_sub(since),
        };
        let writer = match something_waits {
            true => now.saturating_sub(self.turned.load(Ordering::Relaxed)),
            false => 0,
        };
        Duration::from_millis(commit.max(writer))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pulse whose threads were last seen at its start, `ago` from now.
    fn pulse(ago: Duration) -> Pulse {
        Pulse { started: Instant::now().checked_sub(ago).unwrap(), ..Pulse::new() }
    }

    #[test]
    fn an_idle_shard_is_not_stalled_and_one_that_does_not_turn_is() {
        let pulse = pulse(Duration::from_secs(20));
        assert!(!pulse.has_begun());
        assert_eq!(pulse.stalled(false), Duration::ZERO);
        assert!(pulse.stalled(true) >= Duration::from_secs(20));
        pulse.turned();
        assert!(pulse.has_begun());
        assert!(pulse.stalled(true) < Duration::from_secs(10));
    }

    #[test]
    fn a_commit_that_does_not_end_is_a_stall_although_nothing_else_waits() {
        let pulse = pulse(Duration::from_secs(20));
        pulse.turned();
        pulse.committing.store(1, Ordering::Relaxed);
        assert!(pulse.stalled(false) >= Duration::from_secs(19));
        pulse.committed();
        assert_eq!(pulse.stalled(false), Duration::ZERO);
    }
}
