//! Something that never comes to an end: an execution, an invocation, a delivery, a stack operation, an effect.

use super::{Checker, Verdict};
use crate::ask::Ask;
use crate::facts::Facts;
use crate::mirror::numbers;
use stepwell_engine::Status;
use stepwell_services::effect::Effect;
use stepwell_services::keys::Family;
use stepwell_services::row;
use stepwell_services::states::model::State;

pub struct Unsettled;

impl Checker for Unsettled {
    fn rule(&self) -> &'static str {
        "unsettled"
    }

    fn ended(&mut self, facts: &Facts) -> Verdict {
        for (key, bytes) in facts.mirror.family(Family::ExecutionState) {
            let state: State = row::decode(bytes).map_err(|failure| format!("{failure:?}"))?;
            if state.status() == Status::Running {
                let [machine, execution] = numbers(key, Family::ExecutionState);
                let due = state.engine.next_due_ms();
                return Err(format!("execution {execution} of {machine} still runs; next due {due:?}"));
            }
        }
        if let Some((key, bytes)) = facts.mirror.family(Family::Effect).next() {
            let effect: Effect = row::decode(bytes).map_err(|failure| format!("{failure:?}"))?;
            let [id] = numbers(key, Family::Effect);
            return Err(format!("effect {id} is still owed: {effect:?}"));
        }
        for family in [
            Family::Invocation,
            Family::Delivery,
            Family::Publication,
            Family::ActivityTask,
            Family::ExecutionWait,
        ] {
            if let Some((key, _)) = facts.mirror.family(family).next() {
                let [number] = numbers(key, family);
                return Err(format!("{family:?} {number} is still there"));
            }
        }
        match facts
            .requests
            .values()
            .find(|open| !open.was_answered && !matches!(open.ask, Ask::Receive { .. } | Ask::Fetch { .. }))
        {
            Some(open) => Err(format!("still unanswered: {:?}", open.ask)),
            None => Ok(()),
        }
    }
}
