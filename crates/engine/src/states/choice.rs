//! Choice: the first rule that holds names the next state, else `Default` does.

use stepwell_asl::definition::{Choice, QueryLanguage, Rule, State, Transition};
use stepwell_asl::scope::StateOutcome;

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::record::FrameId;
use crate::run::Run;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, choice: &Choice) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let rule = run.evaluate(id, &input, Extras::default(), |scope| {
        for rule in &choice.rules {
            if rule.condition.holds(scope)? {
                return Ok(Some(rule));
            }
        }
        Ok(None)
    })?;
    let Some(next) = next(rule, choice) else {
        let cause = "Failed to transition out of the state. The state does not point to a next state.";
        return Err(run.runtime_failure(id, cause));
    };
    // A rule's own Assign and Output take the place of the state's.
    let (assign, made) = match rule {
        Some(rule) => (rule.assign.as_ref(), rule.output.as_ref()),
        None => (state.data_flow.assign.as_ref(), state.data_flow.output.as_ref()),
    };
    let output = match state.language {
        QueryLanguage::JsonPath => {
            let assigned = run.assign(id, assign, &input, Extras::default())?;
            run.placed(id, &state.data_flow, input, assigned)?
        }
        QueryLanguage::Jsonata => run.jsonata_output(id, assign, made, &input, StateOutcome::None)?,
    };
    run.exit(id, output, &Transition::Next(next.to_owned()), run.frame(id).last_event)
}

fn next<'a>(rule: Option<&'a Rule>, choice: &'a Choice) -> Option<&'a str> {
    rule.map(|rule| rule.next.as_str()).or(choice.default.as_deref())
}
