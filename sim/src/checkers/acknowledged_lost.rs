//! An execution, a message, a token's answer or a deletion that was acknowledged and isn't there; a row that a crash changed.

use super::{Checker, Verdict};
use crate::ask::{ACCOUNT, Ask, REGION};
use crate::facts::{Commit, Facts};
use crate::line::Told;
use serde_json::Value;
use std::collections::BTreeSet;
use stepwell_engine::{ErrorDetails, EventKind};
use stepwell_services::keys::{Family, Key, Scope};
use stepwell_services::rows::RowsExt;
use stepwell_services::states::model::Machine;

#[derive(Default)]
pub struct AcknowledgedLost {
    /// The tags of token answers that stand in histories.
    answers: BTreeSet<String>,
}

impl Checker for AcknowledgedLost {
    fn rule(&self) -> &'static str {
        "acknowledged lost"
    }

    fn committed(&mut self, commit: &Commit, facts: &Facts) -> Verdict {
        self.answers.extend(commit.events.iter().filter_map(|happened| answer(&happened.event.kind)));
        for place in &commit.movements.arrived {
            let Some(resident) = facts.census.messages.get(place) else { continue };
            if facts.ledger.deleted.contains(&resident.id) {
                return Err(format!("message {} is there again after its deletion", resident.id));
            }
        }
        Ok(())
    }

    fn told(&mut self, ask: &Ask, told: &Told, facts: &Facts) -> Verdict {
        let Ok(told) = told else { return Ok(()) };
        match ask {
            Ask::Start { machine, name, .. } => {
                let known = facts.ledger.executions.get(&(machine.clone(), name.clone()));
                let first = known.and_then(|known| known.told.clone()).unwrap_or_default();
                let again = told["startDate"].to_string();
                if again != first {
                    return Err(format!("execution {name} of {machine} was started a second time"));
                }
                is_execution(machine, name, facts)
            }
            Ask::Succeed { tag, .. } | Ask::Fail { tag, .. } if !self.answers.contains(tag) => {
                Err(format!("the answer {tag} was acknowledged and stands in no history"))
            }
            Ask::Send { queue, entry } => arrived(&entry.tag, queue, facts),
            Ask::SendBatch { queue, entries } => {
                let count = told["Successful"].as_array().map_or(0, Vec::len);
                if count < entries.len() {
                    return Err(format!("{count} of {} messages were taken", entries.len()));
                }
                entries.iter().try_for_each(|entry| arrived(&entry.tag, queue, facts))
            }
            Ask::Publish { topic, tag } if topic == "news" => arrived(tag, "news", facts),
            Ask::Delete { message, .. } => {
                let is_there = facts.census.messages.values().any(|resident| resident.id == *message);
                // A message that moved to a dead-letter queue has the same id there; its handle deletes nothing.
                let has_moved = facts
                    .census
                    .messages
                    .iter()
                    .any(|((queue, _), resident)| resident.id == *message && *queue != resident.root);
                if is_there && !has_moved {
                    return Err(format!("message {message} was deleted and is there"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn restarted(&mut self, facts: &Facts) -> Verdict {
        facts.mirror.difference(&facts.host.snapshot()).map_or(Ok(()), Err)
    }

    fn ended(&mut self, facts: &Facts) -> Verdict {
        for ((machine, name), started) in &facts.ledger.executions {
            if started.told.is_some() {
                is_execution(machine, name, facts)?;
            }
        }
        for (tag, topic) in &facts.ledger.published {
            let queues = facts.census.queues.values().map(|queue| queue.name.as_str());
            let subscribed = |queue: &&str| match topic.as_str() {
                "news" => *queue == "news" || *queue == "news-raw",
                _ => queue.starts_with("wide-"),
            };
            queues.filter(subscribed).try_for_each(|queue| arrived(tag, queue, facts))?;
        }
        self.restarted(facts)
    }
}

/// The tag of a token's answer.
fn answer(kind: &EventKind) -> Option<String> {
    match kind {
        EventKind::TaskSucceeded { output, .. } | EventKind::ActivitySucceeded { output } => {
            let output: Value = serde_json::from_str(output).ok()?;
            Some(output["by"].as_str()?.to_owned())
        }
        EventKind::TaskFailed(_, ErrorDetails { cause, .. })
        | EventKind::ActivityFailed(ErrorDetails { cause, .. }) => cause.clone(),
        _ => None,
    }
}

fn arrived(tag: &str, queue: &str, facts: &Facts) -> Verdict {
    if facts.census.arrivals_in(tag, queue) > 0 {
        return Ok(());
    }
    Err(format!("message {tag} was acknowledged and never came into {queue}"))
}

fn is_execution(machine: &str, name: &str, facts: &Facts) -> Verdict {
    let key = Key::new(Family::StateMachine).scope(&Scope::new(ACCOUNT, REGION)).text(machine);
    let lost = || format!("execution {name} of {machine} was acknowledged and isn't there");
    let row: Option<Machine> = facts.mirror.row(&key).map_err(|failure| format!("{failure:?}"))?;
    let id = row.ok_or_else(lost)?.id;
    let key = Key::new(Family::ExecutionName).number(id).text(name);
    let number: Option<u64> = facts.mirror.row(&key).map_err(|failure| format!("{failure:?}"))?;
    let execution = Key::new(Family::Execution).number(id).number(number.ok_or_else(lost)?);
    facts.mirror.with_prefix(&execution).next().map(drop).ok_or_else(lost)
}
