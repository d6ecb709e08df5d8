//! The one place that reads the host's clock for what is stored.

use std::time::{SystemTime, UNIX_EPOCH};
use stepwell_services::shard::Clock;

/// Milliseconds since 1970, by the host's clock.
#[must_use]
pub fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The time for a shard: stored time is wall time until a virtual clock parts them.
#[must_use]
pub fn now() -> Clock {
    let wall_ms = wall_ms();
    Clock { stored_ms: wall_ms, wall_ms }
}
