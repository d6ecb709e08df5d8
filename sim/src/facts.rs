//! What is the case in a world: what checkers look at, and what they must not change.

use crate::ask::Ask;
use crate::census::{Census, Movements};
use crate::clock::HostClock;
use crate::host::Host;
use crate::ledger::Ledger;
use crate::line::RequestId;
use crate::mirror::{Change, Mirror};
use crate::outside::Outside;
use crate::setting::Setting;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A request that nobody has an answer to yet.
#[derive(Debug)]
pub struct Open {
    pub ask: Ask,
    /// The client's index; nothing for a function or an endpoint.
    pub client: Option<usize>,
    pub is_gone: Arc<AtomicBool>,
    /// The life of the process that it was handed to.
    pub life: u64,
    pub since_ms: u64,
    /// The answer was given and is on its way, or lost there.
    pub was_answered: bool,
}

/// What is the case.
pub struct Facts {
    pub now_ms: u64,
    pub host: Host,
    pub clock: HostClock,
    /// Since when the process runs, while it does.
    pub up_since_ms: u64,
    pub setting: Setting,
    pub mirror: Mirror,
    pub census: Census,
    pub ledger: Ledger,
    pub outside: Outside,
    pub requests: BTreeMap<RequestId, Open>,
    /// Nothing new is begun any more, and nothing goes wrong.
    pub is_settling: bool,
}

/// A commit that became durable.
pub struct Commit {
    pub changes: Vec<Change>,
    pub movements: Movements,
}

impl Facts {
    /// For how long the process has been running.
    #[must_use]
    pub fn up_for_ms(&self) -> u64 {
        if self.host.is_up() { self.now_ms - self.up_since_ms } else { 0 }
    }

    /// The latest time that the process may have stored.
    #[must_use]
    pub fn stored_ms(&self) -> u64 {
        self.clock.latest_ms()
    }
}
