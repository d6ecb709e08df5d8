//! The nouns of CloudWatch Logs as they are stored.

use crate::context::Context;
use crate::failure::Failure;
use crate::keys::{Key, Scope};
use crate::logs::{errors, keys};
use crate::rows::{Rows, RowsExt};
use crate::timer::Timer;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// What AWS counts for an event beside its message.
pub const EVENT_OVERHEAD: u64 = 26;
/// A day, in ms.
pub const DAY_MS: u64 = 86_400_000;

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogGroup {
    /// The number that its streams' keys begin with.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    #[n(4)]
    pub created_ms: u64,
    /// `None`: events never expire.
    #[n(5)]
    pub retention_days: Option<u64>,
    #[n(6)]
    pub tags: BTreeMap<String, String>,
    #[n(7)]
    pub class: String,
    #[n(8)]
    pub kms_key_id: Option<String>,
    /// About: what its streams have told it.
    #[n(9)]
    pub stored_bytes: u64,
    /// When expired events are swept next, if they expire.
    #[n(10)]
    pub sweep_due_ms: Option<u64>,
}

/// A stream of a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogStream {
    /// The number that its events' keys begin with.
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub name: String,
    #[n(2)]
    pub created_ms: u64,
    #[n(3)]
    pub first_event_ms: Option<u64>,
    #[n(4)]
    pub last_event_ms: Option<u64>,
    #[n(5)]
    pub last_ingestion_ms: Option<u64>,
    #[n(6)]
    pub stored_bytes: u64,
    /// Of these its group doesn't know yet: it is told in portions, so that its row isn't written with each event.
    #[n(7)]
    pub unreported_bytes: u64,
}

/// Events of a stream, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Events {
    #[n(0)]
    pub ingested_ms: u64,
    #[n(1)]
    pub events: Vec<Event>,
}

/// One line, or a few that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    #[n(0)]
    pub timestamp_ms: u64,
    #[n(1)]
    pub message: String,
}

impl Event {
    /// What it counts.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.message.len() as u64 + EVENT_OVERHEAD
    }
}

impl Events {
    #[must_use]
    pub fn size(&self) -> u64 {
        self.events.iter().map(Event::size).sum()
    }
}

impl LogGroup {
    /// The group of this name.
    pub fn by_name(scope: &Scope, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        rows.row(&keys::group(scope, name))?.ok_or_else(|| errors::log_group_does_not_exist().into())
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn key(&self) -> Key {
        keys::group(&self.scope(), &self.name)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:logs:{}:{}:log-group:{}", self.region, self.account, self.name)
    }

    /// Events before this time are expired.
    #[must_use]
    pub fn expired_before_ms(&self, now_ms: u64) -> u64 {
        self.retention_days.map_or(0, |days| now_ms.saturating_sub(days * DAY_MS))
    }

    /// The timer of its sweeps.
    #[must_use]
    pub fn sweep(&self) -> Timer {
        Timer::LogRetention(self.account.clone(), self.region.clone(), self.name.clone())
    }
}

impl LogStream {
    #[must_use]
    pub fn new(id: u64, name: &str, context: &Context) -> Self {
        Self {
            id,
            name: name.to_owned(),
            created_ms: context.now_ms,
            first_event_ms: None,
            last_event_ms: None,
            last_ingestion_ms: None,
            stored_bytes: 0,
            unreported_bytes: 0,
        }
    }

    /// The stream of this name in a group.
    pub fn by_name(group: u64, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        rows.row(&keys::stream(group, name))?.ok_or_else(|| errors::log_stream_does_not_exist().into())
    }
}
