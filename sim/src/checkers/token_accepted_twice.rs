//! A task token, or any attempt, that was answered twice: two acknowledged answers, or two ends of one attempt in a history.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::facts::{Commit, Facts, Happened};
use crate::line::Told;
use std::collections::BTreeSet;
use stepwell_engine::EventKind;

#[derive(Default)]
pub struct TokenAcceptedTwice {
    /// The events that an end of an attempt came after, by execution.
    ended: BTreeSet<(u64, u64)>,
}

impl Checker for TokenAcceptedTwice {
    fn rule(&self) -> &'static str {
        "token accepted twice"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        for Happened { execution, event, .. } in &commit.events {
            if is_end(&event.kind) && !self.ended.insert((*execution, event.previous_event_id)) {
                let (id, previous) = (event.id, event.previous_event_id);
                return Err(format!("execution {execution}: event {id} is another end after {previous}"));
            }
        }
        Ok(())
    }

    fn told(&mut self, ask: &Ask, told: &Told, facts: &Facts) -> Verdict {
        let (Ask::Succeed { token, .. } | Ask::Fail { token, .. }, Ok(_)) = (ask, told) else {
            return Ok(());
        };
        match facts.ledger.tokens.get(token) {
            Some(known) if known.accepted.len() > 1 => {
                Err(format!("token {token} was accepted as {}", known.accepted.join(" and as ")))
            }
            _ => Ok(()),
        }
    }
}

/// Whether an attempt of a task is over with this event.
fn is_end(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskSucceeded { .. }
            | EventKind::TaskFailed(..)
            | EventKind::TaskTimedOut(..)
            | EventKind::TaskSubmitFailed(..)
            | EventKind::LambdaFunctionSucceeded { .. }
            | EventKind::LambdaFunctionFailed(_)
            | EventKind::LambdaFunctionTimedOut(_)
            | EventKind::ActivitySucceeded { .. }
            | EventKind::ActivityFailed(_)
            | EventKind::ActivityTimedOut(_)
    )
}
