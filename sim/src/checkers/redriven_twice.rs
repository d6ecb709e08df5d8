//! An execution that was redriven while it ran, or more often than clients asked for it: once for each client token, however
//! often the request came; or one whose redrive was acknowledged and stands nowhere.

use super::{Checker, Verdict};
use crate::ask::{ACCOUNT, Ask, REGION};
use crate::facts::{Commit, Facts};
use crate::line::Told;
use std::collections::BTreeSet;
use stepwell_engine::{EventKind, HistoryEvent};
use stepwell_services::keys::{Family, Key, Scope};
use stepwell_services::rows::RowsExt;
use stepwell_services::states::model::{Machine, State};

#[derive(Default)]
pub struct RedrivenTwice {
    ended: BTreeSet<u64>,
}

impl Checker for RedrivenTwice {
    fn rule(&self) -> &'static str {
        "redriven twice"
    }

    fn committed(&mut self, commit: &Commit, _: &Facts) -> Verdict {
        for change in commit.changes.iter().filter(|change| change.is_of(Family::History)) {
            let [_, execution, _] = change.numbers(Family::History);
            let Some(after) = &change.after else { continue };
            for event in HistoryEvent::decode_many(after).map_err(|error| error.to_string())? {
                if event.kind.is_terminal() {
                    self.ended.insert(execution);
                }
                let is_redrive = matches!(event.kind, EventKind::ExecutionRedriven { .. });
                if is_redrive && !self.ended.remove(&execution) {
                    return Err(format!("execution {execution} ran and was redriven by event {}", event.id));
                }
            }
        }
        Ok(())
    }

    fn told(&mut self, ask: &Ask, told: &Told, facts: &Facts) -> Verdict {
        let (Ask::Redrive { machine, name, .. }, Ok(_)) = (ask, told) else { return Ok(()) };
        match redrives(machine, name, facts)? {
            Some(0) => Err(format!("the redrive of {name} of {machine} was acknowledged and is lost")),
            _ => Ok(()),
        }
    }

    fn ended(&mut self, facts: &Facts) -> Verdict {
        for ((machine, name), tokens) in &facts.ledger.redrives_asked {
            let redrives = redrives(machine, name, facts)?.unwrap_or(0) as usize;
            if redrives > tokens.len() {
                let asked = tokens.len();
                return Err(format!(
                    "{name} of {machine} was redriven {redrives} times, and asked for {asked}"
                ));
            }
        }
        Ok(())
    }
}

/// How often an execution was redriven; nothing if there is none of this name.
fn redrives(machine: &str, name: &str, facts: &Facts) -> Result<Option<u32>, String> {
    let words = |failure| format!("{failure:?}");
    let key = Key::new(Family::StateMachine).scope(&Scope::new(ACCOUNT, REGION)).text(machine);
    let Some(machine) = facts.mirror.row::<Machine>(&key).map_err(words)? else { return Ok(None) };
    let key = Key::new(Family::ExecutionName).number(machine.id).text(name);
    let Some(number) = facts.mirror.row::<u64>(&key).map_err(words)? else { return Ok(None) };
    let key = Key::new(Family::ExecutionState).number(machine.id).number(number);
    let state: Option<State> = facts.mirror.row(&key).map_err(words)?;
    Ok(state.map(|state| state.engine.redriven().map_or(0, |redriven| redriven.count)))
}
