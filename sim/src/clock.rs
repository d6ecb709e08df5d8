//! The host's clock: it follows the world's time, but may jump forwards and backwards, as hosts' clocks do.

use stepwell_services::shard::Clock;

/// Where the world's time begins, in ms since 1970.
const EPOCH_MS: i64 = 1_700_000_000_000;

/// A clock that can be wrong.
#[derive(Debug, Default)]
pub struct HostClock {
    offset_ms: i64,
    latest_ms: u64,
    /// When it was last set.
    jumped_at_ms: Option<u64>,
}

impl HostClock {
    /// What the host says at this time of the world.
    pub fn read(&mut self, now_ms: u64) -> Clock {
        let steady_ms = now_ms;
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let host_ms = u64::try_from(EPOCH_MS + self.offset_ms + now_ms).unwrap_or(0);
        self.latest_ms = self.latest_ms.max(host_ms);
        Clock { stored_ms: host_ms, wall_ms: host_ms, steady_ms }
    }

    /// The latest time that was ever read: stored time never falls behind it.
    #[must_use]
    pub fn latest_ms(&self) -> u64 {
        self.latest_ms
    }

    /// Sets the clock forwards or backwards.
    pub fn jump(&mut self, ms: i64, now_ms: u64) {
        self.offset_ms += ms;
        self.jumped_at_ms = Some(now_ms);
    }

    /// Whether it was not set for so long.
    #[must_use]
    pub fn is_steady_for(&self, ms: u64, now_ms: u64) -> bool {
        self.jumped_at_ms.is_none_or(|at_ms| now_ms > at_ms + ms)
    }
}
