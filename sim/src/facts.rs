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
use stepwell_engine::HistoryEvent;
use stepwell_services::keys::Family;

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
    /// What it wrote into histories, in order.
    pub events: Vec<Happened>,
}

/// An event of an execution.
pub struct Happened {
    /// The number of its state machine, or of the map run whose child it is.
    pub machine: u64,
    pub execution: u64,
    pub event: HistoryEvent,
}

/// The events that a commit wrote.
///
/// # Panics
/// If a row of history can't be read.
#[must_use]
pub fn events(changes: &[Change]) -> Vec<Happened> {
    let mut events = Vec::new();
    for change in changes.iter().filter(|change| change.is_of(Family::History)) {
        let [machine, execution, _] = change.numbers(Family::History);
        let Some(after) = &change.after else { continue };
        let decoded = HistoryEvent::decode_many(after).expect("a row of history");
        events.extend(decoded.into_iter().map(|event| Happened { machine, execution, event }));
    }
    events
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
