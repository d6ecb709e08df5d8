//! The limits in force: AWS's quotas by default, each a setting.

/// Quotas and bounds. A default is AWS's own unless its line says otherwise.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Transitions of executions that one command makes before it takes its turn again. Ours.
    pub transitions_per_command: u32,
    /// Rows that one command of upkeep (purge, retention) removes before it takes its turn again. Ours.
    pub rows_per_command: usize,
    /// Messages of a queue that can be in flight at a time.
    pub messages_in_flight: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { transitions_per_command: 200, rows_per_command: 500, messages_in_flight: 120_000 }
    }
}
