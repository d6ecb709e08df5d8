//! The limits in force: AWS's quotas by default, each a setting.

use crate::states::mocks::Mocks;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Quotas and bounds. A default is AWS's own unless its line says otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Transitions of executions that one command makes before it takes its turn again. Ours.
    pub transitions_per_command: u32,
    /// Rows that one command of upkeep (purge, retention) removes before it takes its turn again. Ours.
    pub rows_per_command: usize,
    /// Messages of a queue that can be in flight at a time.
    pub messages_in_flight: u64,
    /// Versions of a state machine.
    pub versions_per_state_machine: usize,
    /// Aliases of a state machine.
    pub aliases_per_state_machine: usize,
    /// How long an execution is kept after it ended, in ms.
    pub execution_retention_ms: u64,
    /// Scheme and authority under which clients reach this server, for what happens without one of them asking: the URLs of
    /// queues that a state machine sees begin with it.
    pub base_url: Arc<str>,
    /// Servers that stand for services which aren't here: the service's name for signatures, and its URL.
    pub endpoints: BTreeMap<String, String>,
    /// What Task states come to in executions that are started under a test case.
    pub mocks: Option<Arc<Mocks>>,
}

/// AWS keeps closed executions for ninety days.
const EXECUTION_RETENTION_MS: u64 = 90 * 24 * 60 * 60 * 1000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            transitions_per_command: 200,
            rows_per_command: 500,
            messages_in_flight: 120_000,
            versions_per_state_machine: 1000,
            aliases_per_state_machine: 100,
            execution_retention_ms: EXECUTION_RETENTION_MS,
            base_url: "http://localhost:4566".into(),
            endpoints: BTreeMap::new(),
            mocks: None,
        }
    }
}
