//! A task that is tried more often than its retrier says, or before its pause is over; or given up before all retries.

use super::{Checker, Verdict};
use crate::facts::{Commit, Facts, Happened};
use crate::threads::Threads;
use crate::workflows::NEVER;
use crate::workflows::retriers::Retrier;
use std::collections::BTreeMap;
use stepwell_engine::EventKind;

#[derive(Default)]
pub struct RetryOutOfTurn {
    threads: Threads,
    /// By execution and the event with which the state was entered.
    visits: BTreeMap<(u64, u64), Visit>,
}

#[derive(Default)]
struct Visit {
    attempts: u64,
    last_ms: u64,
}

impl Checker for RetryOutOfTurn {
    fn rule(&self) -> &'static str {
        "retry out of turn"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        commit.events.iter().try_for_each(|happened| self.event(happened, &facts.setting.retriers))
    }
}

impl RetryOutOfTurn {
    fn event(&mut self, happened: &Happened, retriers: &BTreeMap<String, Retrier>) -> Verdict {
        let Happened { execution, event, .. } = happened;
        let visit = self.threads.take(*execution, event).visit;
        if event.kind.is_terminal() {
            self.visits.retain(|(of, _), _| of != execution);
            return Ok(());
        }
        let Some(name) = self.threads.name(*execution, visit) else { return Ok(()) };
        let Some(retrier) = retriers.get(name) else { return Ok(()) };
        let visit = self.visits.entry((*execution, visit)).or_default();
        let wrong = |what: String| Err(format!("execution {execution}: `{name}` {what}"));
        if is_scheduled(&event.kind) {
            let retries = visit.attempts;
            if retries > retrier.most {
                return wrong(format!("is tried again after {retries} attempts"));
            }
            let pause_ms = event.timestamp_ms.saturating_sub(visit.last_ms);
            if retries > 0 && pause_ms < retrier.pause_ms(retries - 1) {
                return wrong(format!("is tried again after {pause_ms} ms, as retry {retries}"));
            }
            visit.attempts += 1;
        }
        if matches!(event.kind, EventKind::StateExited { .. })
            && name == NEVER
            && visit.attempts <= retrier.most
        {
            return wrong(format!("is given up after {} attempts", visit.attempts));
        }
        visit.last_ms = event.timestamp_ms;
        Ok(())
    }
}

fn is_scheduled(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskScheduled { .. }
            | EventKind::LambdaFunctionScheduled { .. }
            | EventKind::ActivityScheduled { .. }
    )
}
