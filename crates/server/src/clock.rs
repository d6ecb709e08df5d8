//! The one place that reads the host's clock for what is stored.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
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
    Clock { stored_ms: wall_ms, wall_ms, steady_ms: steady_ms() }
}

/// Milliseconds since this was first asked, by a clock that nobody sets.
fn steady_ms() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGIN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}
