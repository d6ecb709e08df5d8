//! How many task tokens are open, and since when: the counts that follow an execution from step to step.
//!
//! What an execution has counted stands in its state, so that its end, whatever brings it, takes back exactly that.

use crate::counts::{Counted, WAITS_SPAN_MS};
use crate::states::model::State;
use crate::tx::Tx;
use std::collections::BTreeMap;
use stepwell_asl::definition::StateMachine;

/// Counts the tokens that are open now, and no longer those that were.
pub fn count(state: &mut State, definition: &StateMachine, tx: &mut Tx) {
    let mut open = BTreeMap::<u64, u32>::new();
    for task in state.engine.open_tasks(definition) {
        *open.entry(task.since_ms / WAITS_SPAN_MS).or_default() += 1;
    }
    let open = (!open.is_empty()).then(|| open.into_iter().collect::<Vec<_>>());
    if open == state.waits {
        return;
    }
    forget(state, tx);
    change(&open, 1, tx);
    state.waits = open;
}

/// Counts the tokens of an execution no longer: it is about to be removed.
pub fn forget(state: &State, tx: &mut Tx) {
    change(&state.waits, -1, tx);
}

fn change(waits: &Option<Vec<(u64, u32)>>, sign: i64, tx: &mut Tx) {
    for (minute, tasks) in waits.iter().flatten() {
        let by = sign * i64::from(*tasks);
        tx.count(Counted::OpenWaits, by);
        tx.count(Counted::OpenWaitsSince(*minute), by);
    }
}
