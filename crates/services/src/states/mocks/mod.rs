//! Mocked integrations: what Task states come to in a test case, by the configuration file that Step Functions Local
//! introduced. An execution that was started under a test case (`…:stateMachine:name#Case`) calls nobody in the states that
//! the case mocks; its other states do their work.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>

mod file;
#[cfg(test)]
mod tests;

pub use file::Misconfigured;

use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_engine::{Event, TaskRequest};
use stepwell_wire::ApiError;

use crate::settings::Settings;
use crate::states::model::Facts;

/// The mocked responses of states, by the names of state machine, test case and state.
#[derive(Debug, Default)]
pub struct Mocks {
    machines: BTreeMap<String, BTreeMap<String, BTreeMap<String, Arc<Responses>>>>,
}

/// What a state comes to, try by try.
#[derive(Debug)]
struct Responses {
    /// As the file names it.
    name: String,
    tries: Vec<Tries>,
}

/// Tries that come to the same, from 0.
#[derive(Debug)]
struct Tries {
    first: u32,
    last: u32,
    response: Response,
}

#[derive(Debug, Clone)]
enum Response {
    /// JSON text.
    Return(String),
    Throw {
        error: String,
        cause: String,
    },
}

/// An ARN and the test case behind it, after `#`. Where nothing is mocked, `#` is a letter like any other, and no machine has it.
///
/// # Errors
/// `ValidationException` for a test case that the configuration doesn't have.
pub fn test_case<'a>(arn: &'a str, settings: &Settings) -> Result<(&'a str, Option<String>), ApiError> {
    let (Some(mocks), Some((machine, case))) = (&settings.mocks, arn.split_once('#')) else {
        return Ok((arn, None));
    };
    // Behind the name, a version or an alias may follow.
    let name = machine.split(':').nth(6).unwrap_or_default();
    match mocks.machines.get(name).is_some_and(|cases| cases.contains_key(case)) {
        true => Ok((machine, Some(case.to_owned()))),
        false => Err(ApiError::validation(format!(
            "The mock configuration has no test case '{case}' of the state machine '{name}'"
        ))),
    }
}

/// EXPRESS executions have no test cases: to call somebody after all would be worse than to start nothing.
///
/// # Errors
/// `ValidationException`.
pub fn refuse_express(test_case: Option<&str>) -> Result<(), ApiError> {
    match test_case {
        None => Ok(()),
        Some(case) => Err(ApiError::validation(format!(
            "Test cases of the mock configuration, such as '{case}', are for STANDARD state machines"
        ))),
    }
}

/// What a task comes to without being performed, where the execution's test case says so.
pub fn answer(facts: &Facts, task: &TaskRequest, settings: &Settings) -> Option<Event> {
    let case = facts.test_case.as_deref()?;
    let (frame, attempt) = (task.frame, task.attempt);
    let failed = |error: &str, cause: String| Event::TaskFailed {
        frame,
        attempt,
        error: Some(error.to_owned()),
        cause: Some(cause),
    };
    // A child of a map run belongs to `machine/label`.
    let machine = facts.machine_name.split('/').next().unwrap_or_default();
    let mocks = settings.mocks.as_ref();
    let Some(states) = mocks.and_then(|mocks| mocks.machines.get(machine)?.get(case)) else {
        // To call somebody after all would be worse than to fail.
        let cause =
            format!("The test case '{case}' of '{machine}' is not in the mock configuration any more");
        return Some(failed("States.Runtime", cause));
    };
    let responses = states.get(&task.state)?;
    let is_it = |tries: &&Tries| (tries.first..=tries.last).contains(&task.retry_count);
    Some(match responses.tries.iter().find(is_it).map(|tries| &tries.response) {
        Some(Response::Return(output)) => Event::TaskSucceeded { frame, attempt, output: output.clone() },
        Some(Response::Throw { error, cause }) => failed(error, cause.clone()),
        None => {
            let (name, number) = (&responses.name, task.retry_count);
            failed("States.Runtime", format!("The mocked response '{name}' says nothing of try {number}"))
        }
    })
}
