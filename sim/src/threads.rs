//! The threads of a history: to which visit of a state an event belongs, and within which Parallel or Map state that is, as the
//! events before it tell. Checkers that look at attempts and iterations read histories by it.

use std::collections::BTreeMap;
use stepwell_engine::{EventKind, HistoryEvent, StateType};

/// Where an event stands. The number 0 is that of no event.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    /// The event with which its state was entered.
    pub visit: u64,
    /// The event with which the innermost Parallel or Map state began its branches or iterations.
    pub within: u64,
}

/// The threads of all executions that run.
#[derive(Debug, Default)]
pub struct Threads {
    executions: BTreeMap<u64, Events>,
}

#[derive(Debug, Default)]
struct Events {
    threads: BTreeMap<u64, Thread>,
    /// The names of visited states.
    names: BTreeMap<u64, String>,
    /// By the event with which branches or iterations began: the thread outside of them.
    outside: BTreeMap<u64, Thread>,
}

impl Threads {
    /// Takes the next event of an execution in and says where it stands.
    pub fn take(&mut self, execution: u64, event: &HistoryEvent) -> Thread {
        let thread = self.executions.entry(execution).or_default().take(event);
        if event.kind.is_terminal() {
            self.executions.remove(&execution);
        }
        thread
    }

    /// Within which Parallel or Map state an event stands.
    #[must_use]
    pub fn within(&self, execution: u64, event: u64) -> u64 {
        let events = self.executions.get(&execution);
        events.and_then(|events| events.threads.get(&event)).map_or(0, |thread| thread.within)
    }

    /// The name of the state of a visit.
    #[must_use]
    pub fn name(&self, execution: u64, visit: u64) -> Option<&str> {
        self.executions.get(&execution)?.names.get(&visit).map(String::as_str)
    }
}

impl Events {
    fn take(&mut self, event: &HistoryEvent) -> Thread {
        let before = self.threads.get(&event.previous_event_id).copied().unwrap_or_default();
        let outside = self.outside.get(&before.within).copied().unwrap_or_default();
        let thread = match &event.kind {
            EventKind::StateEntered { name, .. } => {
                self.names.insert(event.id, name.clone());
                Thread { visit: event.id, ..before }
            }
            EventKind::ParallelStateStarted | EventKind::MapStateStarted { .. } => {
                self.outside.insert(event.id, before);
                Thread { within: event.id, ..before }
            }
            EventKind::ParallelStateSucceeded
            | EventKind::MapStateSucceeded
            | EventKind::ParallelStateFailed
            | EventKind::MapStateFailed => outside,
            // An exit points past the success, at what brought it about within.
            EventKind::StateExited { state_type: StateType::Parallel | StateType::Map, name, .. }
                if self.names.get(&outside.visit) == Some(name) =>
            {
                outside
            }
            _ => before,
        };
        self.threads.insert(event.id, thread);
        thread
    }
}
