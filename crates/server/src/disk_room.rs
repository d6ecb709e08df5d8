//! Holds back what adds data when the disk is nearly full or doesn't keep up, so that what takes data away, and what is under
//! way, can go on.
//!
//! A commit that finds no room ends the process: nothing is known of it any more. One that finds the store behind sleeps in it,
//! and everyone with it. So callers are told before that, by AWS's own answers which its SDKs try again: that the service is
//! unavailable for a while, and to slow down.

use std::sync::atomic::{AtomicBool, Ordering};
use stepwell_services::iam::authorize::Action;
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
    pub fn check(&self, action: Action) -> Result<(), ApiError> {
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
        let is_behind = self.store.is_behind();
        match needs_no_room(action.operation) {
            false if is_short => Err(ApiError::service_unavailable("the disk is nearly full")),
            false if is_behind => Err(ApiError::throttling(action.service)),
            _ => Ok(()),
        }
    }
}

fn needs_no_room(operation: &str) -> bool {
    GOING_ON.contains(&operation) || TAKING_AWAY.iter().any(|word| operation.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_wire::Service;

    fn action(operation: &'static str) -> Action {
        Action { service: Service::Sqs, operation }
    }

    #[test]
    fn what_takes_away_goes_on_and_what_adds_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let short = DiskRoom::new(store.clone(), u64::MAX);
        for operation in ["DeleteMessage", "DeleteStack", "PurgeQueue", "StopExecution", "ReceiveMessage"] {
            assert!(short.check(action(operation)).is_ok(), "{operation}");
        }
        for operation in ["SendMessage", "StartExecution", "CreateStack", "SendTaskSuccess", "Publish"] {
            let refused = short.check(action(operation)).unwrap_err();
            assert_eq!((refused.code.as_ref(), refused.status), ("ServiceUnavailable", 503), "{operation}");
        }
        assert!(DiskRoom::new(store, 0).check(action("SendMessage")).is_ok());
    }
}
