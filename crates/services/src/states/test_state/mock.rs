//! What stands in for the work of a state: checked against what the work could have given.

use serde::Deserialize;
use serde_json::Value;
use stepwell_asl::definition::{Resource, State, StateKind};
use stepwell_asl::jackson;
use stepwell_engine::{Children, ErrorDetails};
use stepwell_wire::ApiError;

use super::StateConfiguration;
use super::reader_data;
use super::shapes::{self, Mode};
use crate::states::validation;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mock {
    /// JSON text.
    pub result: Option<String>,
    pub error_output: Option<MockedError>,
    pub field_validation_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MockedError {
    pub error: Option<String>,
    pub cause: Option<String>,
}

impl Mock {
    /// Checks the mock by itself.
    ///
    /// # Errors
    /// `ValidationException` (recorded).
    pub fn check(&self) -> Result<(), ApiError> {
        if self.result.is_some() == self.error_output.is_some() {
            return Err(ApiError::validation(
                "A test mock should have only one of the following fields: [result, errorOutput].",
            ));
        }
        if let Some(result) = &self.result {
            validation::size(result, "mock.result")?;
        }
        self.mode().map(drop)
    }

    fn mode(&self) -> Result<Mode, ApiError> {
        match self.field_validation_mode.as_deref() {
            None | Some("STRICT") => Ok(Mode::Strict),
            Some("PRESENT") => Ok(Mode::Present),
            Some("NONE") => Ok(Mode::None),
            Some(other) => {
                let rule = "Member must satisfy enum value set: [PRESENT, NONE, STRICT]";
                Err(validation::violated(other, "mock.fieldValidationMode", rule))
            }
        }
    }

    /// What the work of the state came to: JSON, or an error.
    ///
    /// # Errors
    /// `ValidationException`, recorded for results that a state of this type or this integration can't have.
    pub fn outcome(&self, state: &State) -> Result<Result<Value, ErrorDetails>, ApiError> {
        let unsupported = |kind: &str| {
            ApiError::validation(format!("State type '{kind}' is not supported when a mock is specified"))
        };
        let kind = match &state.kind {
            StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) => &state.kind,
            StateKind::Pass(_) => return Err(unsupported("Pass")),
            StateKind::Choice(_) => return Err(unsupported("Choice")),
            StateKind::Wait(_) => return Err(unsupported("Wait")),
            StateKind::Succeed(_) => return Err(unsupported("Succeed")),
            StateKind::Fail(_) => return Err(unsupported("Fail")),
        };
        if let Some(mocked) = &self.error_output {
            validation::failure(mocked.error.as_deref(), mocked.cause.as_deref())?;
            return Ok(Err(ErrorDetails { error: mocked.error.clone(), cause: mocked.cause.clone() }));
        }
        let text = self.result.as_deref().unwrap_or_default();
        let result =
            jackson::parse(text).map_err(|_| ApiError::validation("Mocked result must be valid JSON"))?;
        check_result(kind, &result, self.mode()?)?;
        Ok(Ok(result))
    }
}

fn check_result(kind: &StateKind, result: &Value, mode: Mode) -> Result<(), ApiError> {
    let must_be = |what: &str| Err(ApiError::validation(format!("Mocked result must {what}")));
    match kind {
        StateKind::Map(map) => {
            let writer = map.distributed.as_ref().and_then(|distributed| distributed.writer.as_ref());
            match writer.is_some_and(|writer| writer.parameters.is_some()) {
                true if !result.is_object() => must_be("be a JSON object."),
                false if !result.is_array() => must_be("be an array."),
                _ => Ok(()),
            }
        }
        StateKind::Parallel(parallel) => match result.as_array() {
            None => must_be("be an array."),
            Some(results) if results.len() != parallel.branches.len() => {
                must_be("contain the same number of items as number of Parallel branches.")
            }
            Some(_) => Ok(()),
        },
        StateKind::Task(task) => match &task.resource {
            Resource::Integration(integration) => {
                shapes::check(integration, result, mode).map_err(ApiError::validation)
            }
            Resource::Lambda { .. } | Resource::Activity { .. } => Ok(()),
        },
        _ => Ok(()),
    }
}

/// What became of the branches or iterations of a state.
///
/// # Errors
/// `ValidationException` for data that the ItemReader of the state can't have read.
pub fn children(
    state: &State,
    outcome: Result<Value, ErrorDetails>,
    configuration: Option<&StateConfiguration>,
) -> Result<Children, ApiError> {
    let default = StateConfiguration::default();
    let configuration = configuration.unwrap_or(&default);
    let mut children =
        Children { outcome, failed: configuration.map_iteration_failure_count, read_items: None };
    if let (StateKind::Map(map), Some(data)) = (&state.kind, &configuration.map_item_reader_data) {
        let reader = map.distributed.as_ref().and_then(|distributed| distributed.reader.as_ref());
        let Some(reader) = reader else {
            return Err(ApiError::validation(
                "TestState does not support MapItemReaderData when the state has no ItemReader.",
            ));
        };
        match reader_data::items(reader, data) {
            Ok(items) => children.read_items = Some(items),
            Err(cause) => {
                let error = Some("States.ItemReaderFailed".to_owned());
                children.outcome = Err(ErrorDetails { error, cause: Some(cause) });
            }
        }
    }
    Ok(children)
}
