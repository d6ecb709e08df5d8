//! Holds back what adds data when the disk is nearly full, so that what takes data away, and what is under way, can go on.
//!
//! A commit that finds no room ends the process: nothing is known of it any more. So callers are told to come again before
//! that, by AWS's own answer of a service that is unavailable for a while, which its SDKs try again.

use std::sync::atomic::{AtomicBool, Ordering};
use stepwell_store::Store;
use stepwell_wire::ApiError;

/// What begins the names of operations that end something or take it away.
const TAKING_AWAY: [&str; 9] =
    ["Abort", "Delete", "Purge", "Stop", "Cancel", "Remove", "Detach", "Unsubscribe", "Untag"];
/// Operations that write little, and without which queues can't be emptied nor tasks kept alive.
const GOING_ON: [&str; 4] =
    ["ReceiveMessage", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "SendTaskHeartbeat"];

pub struct DiskRoom {
    store: Store,
    reserve: u64,
    /// So that the log says it once.
    is_short: AtomicBool,
}

impl DiskRoom {
    /// `reserve` bytes are to stay free; 0 holds nobody back.
    pub fn new(store: Store, reserve: u64) -> Self {
        Self { store, reserve, is_short: AtomicBool::new(false) }
    }

    /// Whether the operation may go on.
    ///
    /// # Errors
    /// To come again later.
    pub fn check(&self, operation: &str) -> Result<(), ApiError> {
        // A disk that can't be asked says so at the next commit.
        let is_short = !self.store.has_room(self.reserve).unwrap_or(true);
        if is_short != self.is_short.swap(is_short, Ordering::Relaxed) {
            match is_short {
                true => tracing::error!(
                    "the disk has less than {} MiB free: what adds data is refused until there is more",
                    self.reserve >> 20
                ),
                false => tracing::info!("the disk has room again: nothing is refused any more"),
            }
        }
        match is_short && !needs_no_room(operation) {
            true => Err(ApiError::service_unavailable("the disk is nearly full")),
            false => Ok(()),
        }
    }
}

fn needs_no_room(operation: &str) -> bool {
    GOING_ON.contains(&operation) || TAKING_AWAY.iter().any(|word| operation.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_away_goes_on_and_what_adds_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let short = DiskRoom::new(store.clone(), u64::MAX);
        for operation in ["DeleteMessage", "DeleteStack", "PurgeQueue", "StopExecution", "ReceiveMessage"] {
            assert!(short.check(operation).is_ok(), "{operation}");
        }
        for operation in ["SendMessage", "StartExecution", "CreateStack", "SendTaskSuccess", "Publish"] {
            let refused = short.check(operation).unwrap_err();
            assert_eq!((refused.code.as_ref(), refused.status), ("ServiceUnavailable", 503), "{operation}");
        }
        assert!(DiskRoom::new(store, 0).check("SendMessage").is_ok());
    }
}
