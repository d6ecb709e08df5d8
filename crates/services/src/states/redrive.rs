//! Whether an execution that ended can go on from where it was, and why not, in the words of AWS's `redriveStatusReason`:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use crate::states::map_run::model::{MapRun, Phase, RunStatus};
use crate::states::model::{Facts, State};
use minicbor::{Decode, Encode};
use stepwell_engine::{Limits, Status};

/// How long after its end an execution can be redriven, in ms. AWS's fourteen days.
const PERIOD_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Tokens of clients that are remembered, and for how long, in ms. AWS's.
const MOST_TOKENS: usize = 10;
const TOKEN_LIFE_MS: u64 = 15 * 60 * 1000;

/// What a redrive would find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redrivability {
    Redrivable,
    /// A child of a map run is redriven with its run, and not by itself.
    ByMapRun,
    Not(String),
}

/// A redrive that a client asked for under a token.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Asked {
    #[n(0)]
    pub token: String,
    /// When it was redriven, in ms since 1970.
    #[n(1)]
    pub at_ms: u64,
}

impl Redrivability {
    #[must_use]
    pub fn of(facts: &Facts, state: &State, now_ms: u64) -> Self {
        let status = state.status();
        if matches!(status, Status::Running | Status::Succeeded) {
            return Self::Not(format!("Execution is {} and cannot be redriven", status.as_str()));
        }
        match reason(facts, state, now_ms) {
            Some(reason) => Self::Not(reason.to_owned()),
            None if facts.child.is_some() => Self::ByMapRun,
            None => Self::Redrivable,
        }
    }

    /// The API's word for it, and the reason if there is one.
    #[must_use]
    pub fn shown(self) -> (&'static str, Option<String>) {
        match self {
            Self::Redrivable => ("REDRIVABLE", None),
            Self::ByMapRun => ("REDRIVABLE_BY_MAP_RUN", None),
            Self::Not(reason) => ("NOT_REDRIVABLE", Some(reason)),
        }
    }
}

/// Why an execution that didn't succeed can't go on.
fn reason(facts: &Facts, state: &State, now_ms: u64) -> Option<&'static str> {
    let limits = Limits::default();
    let events = state.engine.next_event_id().saturating_sub(1);
    let since_end_ms = now_ms.saturating_sub(state.stopped_ms.unwrap_or(now_ms));
    let since_start_ms = now_ms.saturating_sub(facts.started_ms);
    // A redrive and an end are two events more.
    if events + 1 >= limits.history_events {
        Some("Execution history event limit exceeded")
    } else if limits.duration_ms.is_some_and(|most| since_start_ms >= most) {
        Some("Execution has exceeded the max execution time")
    } else if since_end_ms > PERIOD_MS {
        Some("Execution redrivable period exceeded")
    } else if !state.engine.can_go_on() {
        // What it was at wasn't kept by the version of this program that ended it.
        Some("Execution was started before the launch of RedriveExecution")
    } else {
        None
    }
}

/// Whether a child that didn't succeed waits until its run comes to it.
#[must_use]
pub fn is_pending(run: &MapRun, facts: &Facts, state: &State, key: &[u8], now_ms: u64) -> bool {
    let is_ahead = matches!(&run.phase, Phase::Redriving(cursor) if cursor.as_slice() <= key);
    is_ahead
        && run.status == RunStatus::Running
        && Redrivability::of(facts, state, now_ms) == Redrivability::ByMapRun
}

/// When the execution was redriven for a client that says the same again, if it does.
#[must_use]
pub fn asked_before(state: &State, token: &str, now_ms: u64) -> Option<u64> {
    let asked = state.redrives_asked.iter().flatten().find(|asked| asked.token == token)?;
    (now_ms.saturating_sub(asked.at_ms) < TOKEN_LIFE_MS).then_some(asked.at_ms)
}

/// Remembers who asked, and forgets who asked long ago.
pub fn remember(state: &mut State, token: Option<&str>, at_ms: u64) {
    let Some(token) = token else { return };
    let asked = state.redrives_asked.get_or_insert_default();
    asked.retain(|asked| asked.token != token && at_ms.saturating_sub(asked.at_ms) < TOKEN_LIFE_MS);
    asked.push(Asked { token: token.to_owned(), at_ms });
    let excess = asked.len().saturating_sub(MOST_TOKENS);
    asked.drain(..excess);
}
