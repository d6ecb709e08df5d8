//! A history event in the API's shape: an envelope with `type` and, for most types, one `…EventDetails` member.
//! Absent values are left out. Without execution data, inputs, outputs and parameters go; names, roles, errors and
//! causes stay, as they do in AWS's logs.

use serde_json::{Map, Value, json};

use super::{AssignedVariable, ErrorDetails, EventKind, HistoryEvent, StateType, TaskResource};

impl HistoryEvent {
    pub fn to_json(&self, include_execution_data: bool) -> Value {
        let mut event = Map::new();
        event.insert("timestamp".to_owned(), epoch_seconds(self.timestamp_ms));
        event.insert("type".to_owned(), self.kind.type_name().into());
        event.insert("id".to_owned(), self.id.into());
        event.insert("previousEventId".to_owned(), self.previous_event_id.into());
        if let Some((member, details)) = self.kind.details(include_execution_data) {
            event.insert(member.to_owned(), details);
        }
        Value::Object(event)
    }
}

impl HistoryEvent {
    /// The details alone, as AWS's logs have them; `None` for the types that have none.
    pub fn details(&self, include_execution_data: bool) -> Option<Map<String, Value>> {
        match self.kind.details(include_execution_data)?.1 {
            Value::Object(details) => Some(details),
            _ => None,
        }
    }
}

/// AWS's timestamps are seconds with a fraction; milliseconds are exact in a double for the next millennia.
fn epoch_seconds(ms: u64) -> Value {
    if ms.is_multiple_of(1000) { (ms / 1000).into() } else { (ms as f64 / 1000.0).into() }
}

impl StateType {
    pub fn name(self) -> &'static str {
        match self {
            StateType::Task => "Task",
            StateType::Pass => "Pass",
            StateType::Choice => "Choice",
            StateType::Wait => "Wait",
            StateType::Succeed => "Succeed",
            StateType::Fail => "Fail",
            StateType::Parallel => "Parallel",
            StateType::Map => "Map",
        }
    }
}

impl EventKind {
    /// The `type` of the API.
    pub fn type_name(&self) -> String {
        match self {
            EventKind::StateEntered { state_type, .. } => format!("{}StateEntered", state_type.name()),
            EventKind::StateExited { state_type, .. } => format!("{}StateExited", state_type.name()),
            EventKind::StateAborted { state_type } => format!("{}StateAborted", state_type.name()),
            other => other.fixed_type_name().to_owned(),
        }
    }

    fn fixed_type_name(&self) -> &'static str {
        use EventKind::*;
        match self {
            ExecutionStarted { .. } => "ExecutionStarted",
            ExecutionSucceeded { .. } => "ExecutionSucceeded",
            ExecutionFailed(_) => "ExecutionFailed",
            ExecutionAborted(_) => "ExecutionAborted",
            ExecutionTimedOut(_) => "ExecutionTimedOut",
            ExecutionRedriven { .. } => "ExecutionRedriven",
            StateEntered { .. } => "StateEntered",
            StateExited { .. } => "StateExited",
            StateAborted { .. } => "StateAborted",
            TaskScheduled { .. } => "TaskScheduled",
            TaskStarted(_) => "TaskStarted",
            TaskSubmitted { .. } => "TaskSubmitted",
            TaskSucceeded { .. } => "TaskSucceeded",
            TaskFailed(..) => "TaskFailed",
            TaskTimedOut(..) => "TaskTimedOut",
            TaskStartFailed(..) => "TaskStartFailed",
            TaskSubmitFailed(..) => "TaskSubmitFailed",
            LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            LambdaFunctionStarted => "LambdaFunctionStarted",
            LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            LambdaFunctionScheduleFailed(_) => "LambdaFunctionScheduleFailed",
            LambdaFunctionStartFailed(_) => "LambdaFunctionStartFailed",
            ActivityScheduled { .. } => "ActivityScheduled",
            ActivityStarted { .. } => "ActivityStarted",
            ActivitySucceeded { .. } => "ActivitySucceeded",
            ActivityFailed(_) => "ActivityFailed",
            ActivityTimedOut(_) => "ActivityTimedOut",
            ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            ParallelStateStarted => "ParallelStateStarted",
            ParallelStateSucceeded => "ParallelStateSucceeded",
            ParallelStateFailed => "ParallelStateFailed",
            MapStateStarted { .. } => "MapStateStarted",
            MapStateSucceeded => "MapStateSucceeded",
            MapStateFailed => "MapStateFailed",
            MapIterationStarted { .. } => "MapIterationStarted",
            MapIterationSucceeded { .. } => "MapIterationSucceeded",
            MapIterationFailed { .. } => "MapIterationFailed",
            MapIterationAborted { .. } => "MapIterationAborted",
            MapRunStarted { .. } => "MapRunStarted",
            MapRunSucceeded => "MapRunSucceeded",
            MapRunFailed(_) => "MapRunFailed",
            MapRunAborted => "MapRunAborted",
            MapRunRedriven { .. } => "MapRunRedriven",
            EvaluationFailed { .. } => "EvaluationFailed",
        }
    }

    /// The name of the details member and its object; `None` for the types that have none.
    fn details(&self, data: bool) -> Option<(&'static str, Value)> {
        use EventKind::*;
        let details = Details::new(data);
        let (member, details) = match self {
            ExecutionStarted { input, role_arn, state_machine_alias_arn, state_machine_version_arn } => (
                "executionStartedEventDetails",
                details
                    .data("input", input)
                    .text("roleArn", role_arn)
                    .optional("stateMachineAliasArn", state_machine_alias_arn.as_deref())
                    .optional("stateMachineVersionArn", state_machine_version_arn.as_deref()),
            ),
            ExecutionSucceeded { output } => {
                ("executionSucceededEventDetails", details.data("output", output))
            }
            ExecutionFailed(error) => ("executionFailedEventDetails", details.error(error)),
            ExecutionAborted(error) => ("executionAbortedEventDetails", details.error(error)),
            ExecutionTimedOut(error) => ("executionTimedOutEventDetails", details.error(error)),
            ExecutionRedriven { redrive_count } => {
                ("executionRedrivenEventDetails", details.number("redriveCount", Some(*redrive_count)))
            }
            StateEntered { name, input, .. } => {
                ("stateEnteredEventDetails", details.text("name", name).data("input", input))
            }
            StateExited { name, output, assigned_variables, .. } => (
                "stateExitedEventDetails",
                details.text("name", name).data("output", output).variables(assigned_variables),
            ),
            TaskScheduled {
                resource,
                region,
                parameters,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials_role_arn,
            } => (
                "taskScheduledEventDetails",
                details
                    .resource(resource)
                    .text("region", region)
                    .plain_data("parameters", parameters)
                    .number("timeoutInSeconds", *timeout_in_seconds)
                    .number("heartbeatInSeconds", *heartbeat_in_seconds)
                    .credentials(credentials_role_arn.as_deref()),
            ),
            TaskStarted(resource) => ("taskStartedEventDetails", details.resource(resource)),
            TaskSubmitted { resource, output } => {
                ("taskSubmittedEventDetails", details.resource(resource).data("output", output))
            }
            TaskSucceeded { resource, output } => {
                ("taskSucceededEventDetails", details.resource(resource).data("output", output))
            }
            TaskFailed(resource, error) => {
                ("taskFailedEventDetails", details.resource(resource).error(error))
            }
            TaskTimedOut(resource, error) => {
                ("taskTimedOutEventDetails", details.resource(resource).error(error))
            }
            TaskStartFailed(resource, error) => {
                ("taskStartFailedEventDetails", details.resource(resource).error(error))
            }
            TaskSubmitFailed(resource, error) => {
                ("taskSubmitFailedEventDetails", details.resource(resource).error(error))
            }
            LambdaFunctionScheduled { resource, input, timeout_in_seconds, credentials_role_arn } => (
                "lambdaFunctionScheduledEventDetails",
                details
                    .text("resource", resource)
                    .data("input", input)
                    .number("timeoutInSeconds", *timeout_in_seconds)
                    .credentials(credentials_role_arn.as_deref()),
            ),
            LambdaFunctionSucceeded { output } => {
                ("lambdaFunctionSucceededEventDetails", details.data("output", output))
            }
            LambdaFunctionFailed(error) => ("lambdaFunctionFailedEventDetails", details.error(error)),
            LambdaFunctionTimedOut(error) => ("lambdaFunctionTimedOutEventDetails", details.error(error)),
            LambdaFunctionScheduleFailed(error) => {
                ("lambdaFunctionScheduleFailedEventDetails", details.error(error))
            }
            LambdaFunctionStartFailed(error) => {
                ("lambdaFunctionStartFailedEventDetails", details.error(error))
            }
            ActivityScheduled { resource, input, timeout_in_seconds, heartbeat_in_seconds } => (
                "activityScheduledEventDetails",
                details
                    .text("resource", resource)
                    .data("input", input)
                    .number("timeoutInSeconds", *timeout_in_seconds)
                    .number("heartbeatInSeconds", *heartbeat_in_seconds),
            ),
            ActivityStarted { worker_name } => {
                ("activityStartedEventDetails", details.optional("workerName", worker_name.as_deref()))
            }
            ActivitySucceeded { output } => ("activitySucceededEventDetails", details.data("output", output)),
            ActivityFailed(error) => ("activityFailedEventDetails", details.error(error)),
            ActivityTimedOut(error) => ("activityTimedOutEventDetails", details.error(error)),
            ActivityScheduleFailed(error) => ("activityScheduleFailedEventDetails", details.error(error)),
            MapStateStarted { length } => {
                ("mapStateStartedEventDetails", details.number("length", Some(*length)))
            }
            MapIterationStarted { name, index } => {
                ("mapIterationStartedEventDetails", details.iteration(name, *index))
            }
            MapIterationSucceeded { name, index } => {
                ("mapIterationSucceededEventDetails", details.iteration(name, *index))
            }
            MapIterationFailed { name, index } => {
                ("mapIterationFailedEventDetails", details.iteration(name, *index))
            }
            MapIterationAborted { name, index } => {
                ("mapIterationAbortedEventDetails", details.iteration(name, *index))
            }
            MapRunStarted { map_run_arn } => {
                ("mapRunStartedEventDetails", details.text("mapRunArn", map_run_arn))
            }
            MapRunFailed(error) => ("mapRunFailedEventDetails", details.error(error)),
            MapRunRedriven { map_run_arn, redrive_count } => (
                "mapRunRedrivenEventDetails",
                details.text("mapRunArn", map_run_arn).number("redriveCount", Some(*redrive_count)),
            ),
            EvaluationFailed { error, cause, location, state } => (
                "evaluationFailedEventDetails",
                details
                    .text("error", error)
                    .text("cause", cause)
                    .optional("location", location.as_deref())
                    .text("state", state),
            ),
            StateAborted { .. }
            | LambdaFunctionStarted
            | ParallelStateStarted
            | ParallelStateSucceeded
            | ParallelStateFailed
            | MapStateSucceeded
            | MapStateFailed
            | MapRunSucceeded
            | MapRunAborted => return None,
        };
        Some((member, Value::Object(details.object)))
    }
}

/// A details object being put together.
struct Details {
    object: Map<String, Value>,
    include_data: bool,
}

impl Details {
    fn new(include_data: bool) -> Self {
        Details { object: Map::new(), include_data }
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        self.object.insert(name.to_owned(), value.into());
        self
    }

    fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    fn number(mut self, name: &str, value: Option<u64>) -> Self {
        if let Some(value) = value {
            self.object.insert(name.to_owned(), value.into());
        }
        self
    }

    /// `input` or `output`, which `inputDetails` or `outputDetails` accompanies.
    fn data(mut self, name: &str, value: &str) -> Self {
        if self.include_data {
            self.object.insert(name.to_owned(), value.into());
            self.object.insert(format!("{name}Details"), json!({ "truncated": false }));
        }
        self
    }

    /// Parameters are data, too, but have no details object.
    fn plain_data(self, name: &str, value: &str) -> Self {
        if self.include_data { self.text(name, value) } else { self }
    }

    fn variables(mut self, variables: &[AssignedVariable]) -> Self {
        if self.include_data && !variables.is_empty() {
            let values = variables.iter().map(|v| (v.name.clone(), v.value.clone().into())).collect();
            self.object.insert("assignedVariables".to_owned(), Value::Object(values));
            self.object.insert("assignedVariablesDetails".to_owned(), json!({ "truncated": false }));
        }
        self
    }

    fn error(self, details: &ErrorDetails) -> Self {
        self.optional("error", details.error.as_deref()).optional("cause", details.cause.as_deref())
    }

    fn resource(self, resource: &TaskResource) -> Self {
        self.text("resourceType", &resource.resource_type).text("resource", &resource.resource)
    }

    fn credentials(mut self, role_arn: Option<&str>) -> Self {
        if let Some(role_arn) = role_arn {
            self.object.insert("taskCredentials".to_owned(), json!({ "roleArn": role_arn }));
        }
        self
    }

    fn iteration(self, name: &str, index: u64) -> Self {
        self.text("name", name).number("index", Some(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exited() -> HistoryEvent {
        let assigned = AssignedVariable { name: "x".to_owned(), value: "1".to_owned() };
        let kind = EventKind::StateExited {
            state_type: StateType::Task,
            name: "T".to_owned(),
            output: "{}".to_owned(),
            assigned_variables: vec![assigned],
        };
        HistoryEvent { id: 3, previous_event_id: 2, timestamp_ms: 1_767_323_045_678, kind }
    }

    #[test]
    fn an_event_has_the_shape_of_the_api() {
        let expected = json!({
            "timestamp": 1_767_323_045.678,
            "type": "TaskStateExited",
            "id": 3,
            "previousEventId": 2,
            "stateExitedEventDetails": {
                "name": "T",
                "output": "{}",
                "outputDetails": {"truncated": false},
                "assignedVariables": {"x": "1"},
                "assignedVariablesDetails": {"truncated": false},
            },
        });
        assert_eq!(exited().to_json(true), expected);
    }

    #[test]
    fn without_execution_data_names_and_errors_stay() {
        assert_eq!(exited().to_json(false)["stateExitedEventDetails"], json!({"name": "T"}));
        let details = ErrorDetails { error: Some("E".to_owned()), cause: Some("C".to_owned()) };
        let failed = HistoryEvent { kind: EventKind::ExecutionFailed(details), ..exited() };
        assert_eq!(failed.to_json(false)["executionFailedEventDetails"], json!({"error": "E", "cause": "C"}));
    }

    #[test]
    fn a_whole_second_has_no_fraction() {
        assert_eq!(epoch_seconds(1000), json!(1));
        assert_eq!(epoch_seconds(1001), json!(1.001));
    }
}
