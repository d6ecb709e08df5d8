//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>
//!
//! One state runs by itself, in memory: nothing of it is stored. Its work may be mocked; then nobody is called.

mod context_object;
mod exchange;
mod inspection_data;
mod mock;
mod reader_data;
mod shapes;
mod test;
mod written;

use crate::context::Context;
use crate::failure::Failure;
use crate::kept::Definitions;
use crate::operation::Execute;
use crate::rows::Rows;
use crate::states::in_memory::InMemory;
use crate::states::{errors, validation};
use inspection_data::InspectionData;
use mock::Mock;
use serde::{Deserialize, Serialize};
use stepwell_asl::definition::{MachineType, Resource, State, StateKind, StateMachine};
use stepwell_asl::diagnostic::invalid_definition;
use stepwell_wire::ApiError;

/// The name of a state that is given without one (recorded).
const NAME: &str = "StateName";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestState {
    pub definition: String,
    pub role_arn: Option<String>,
    pub input: Option<String>,
    pub inspection_level: Option<String>,
    pub reveal_secrets: Option<bool>,
    pub variables: Option<String>,
    pub state_name: Option<String>,
    pub mock: Option<Mock>,
    pub context: Option<String>,
    pub state_configuration: Option<StateConfiguration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateConfiguration {
    pub retrier_retry_count: Option<u32>,
    pub error_caused_by_state: Option<String>,
    pub map_iteration_failure_count: Option<u64>,
    pub map_item_reader_data: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStateOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_data: Option<InspectionData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_state: Option<String>,
    pub status: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Info,
    Debug,
    Trace,
}

impl Execute for TestState {
    const NAME: &'static str = "TestState";
    type Output = TestStateOutput;

    fn begin(&self, _: &Definitions, _: &dyn Rows, context: &mut Context) -> Result<InMemory, Failure> {
        self.level()?;
        self.check_mock()?;
        validation::input(self.input())?;
        let (machine, name) = self.compile()?;
        let state = find(&machine, name)?;
        let configuration = self.state_configuration.as_ref();
        if let Some(inner) = configuration.and_then(|given| given.error_caused_by_state.as_deref()) {
            find(&machine, inner)?;
        }
        if self.mock.is_none() {
            self.check_unmocked(state)?;
        }
        Ok(test::execution(self, machine, name, context)?)
    }

    fn answer(&self, ended: InMemory) -> Result<TestStateOutput, ApiError> {
        test::output(self, &ended)
    }
}

impl TestState {
    fn input(&self) -> &str {
        self.input.as_deref().unwrap_or("{}")
    }

    fn level(&self) -> Result<Level, ApiError> {
        match self.inspection_level.as_deref() {
            None | Some("INFO") => Ok(Level::Info),
            Some("DEBUG") => Ok(Level::Debug),
            Some("TRACE") => Ok(Level::Trace),
            Some(other) => {
                let rule = "Member must satisfy enum value set: [INFO, TRACE, DEBUG]";
                Err(validation::violated(other, "inspectionLevel", rule))
            }
        }
    }

    /// What only makes sense with a mock, or without one.
    fn check_mock(&self) -> Result<(), ApiError> {
        let reveals = self.reveal_secrets == Some(true);
        if let Some(mock) = &self.mock {
            mock.check()?;
            return match reveals {
                true => Err(ApiError::validation(
                    "TestState does not support RevealSecrets when a mock is specified.",
                )),
                false => Ok(()),
            };
        }
        let default = StateConfiguration::default();
        let given = self.state_configuration.as_ref().unwrap_or(&default);
        let without = [
            (given.map_iteration_failure_count.is_some(), "MapIterationFailureCount"),
            (given.map_item_reader_data.is_some(), "MapItemReaderData"),
            (given.error_caused_by_state.is_some(), "ErrorCausedByState"),
            (given.retrier_retry_count.is_some(), "RetrierRetryCount"),
            (self.context.is_some(), "Context"),
        ];
        match without.into_iter().find(|(is_given, _)| *is_given) {
            Some((_, field)) => Err(ApiError::validation(format!(
                "TestState does not support {field} when a mock is not specified."
            ))),
            None => Ok(()),
        }
    }

    /// The definition, and the name of the state in it.
    fn compile(&self) -> Result<(StateMachine, &str), ApiError> {
        let compiled = match self.state_name.as_deref() {
            None => StateMachine::compile_state(NAME, &self.definition).map(|machine| (machine, NAME)),
            Some(name) => {
                StateMachine::compile(&self.definition, MachineType::Standard).map(|machine| (machine, name))
            }
        };
        compiled.map_err(|diagnostics| errors::invalid_definition(invalid_definition(&diagnostics)))
    }

    /// What can't be tested without a mock.
    fn check_unmocked(&self, state: &State) -> Result<(), ApiError> {
        let supported = "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]";
        match &state.kind {
            StateKind::Parallel(_) | StateKind::Map(_) => Err(errors::invalid_definition(format!(
                "TestState API does not support Map or Parallel states. {supported}"
            ))),
            StateKind::Task(_) if self.role_arn.is_none() => {
                Err(ApiError::validation("RoleArn must be specified when testing a Task state"))
            }
            StateKind::Task(task) if matches!(task.resource, Resource::Activity { .. }) => {
                Err(errors::invalid_definition("TestState API does not support Activity tasks".to_owned()))
            }
            StateKind::Task(task) if task.resource.has_token() => Err(errors::invalid_definition(
                "TestState API does not support '.sync' or '.waitForTaskToken' service integration patterns"
                    .to_owned(),
            )),
            _ => Ok(()),
        }
    }
}

/// A state of whatever container.
fn find<'a>(machine: &'a StateMachine, name: &str) -> Result<&'a State, ApiError> {
    machine.state(name).ok_or_else(|| ApiError::validation("State not found in definition"))
}

#[cfg(test)]
mod tests;
