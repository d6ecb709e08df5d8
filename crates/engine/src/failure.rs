//! What goes wrong in a state, and which retriers and catchers it concerns.

use serde_json::{Value, json};
use stepwell_asl::definition::{Catcher, Retrier};
use stepwell_asl::template::{EvalError, QUERY_EVALUATION_ERROR};

use crate::history::ErrorDetails;

pub(crate) const RUNTIME: &str = "States.Runtime";
pub(crate) const TIMEOUT: &str = "States.Timeout";
const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
const TASK_FAILED: &str = "States.TaskFailed";
const ALL: &str = "States.ALL";
const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub error: Option<String>,
    pub cause: Option<String>,
    class: Class,
    /// Of an expression of JSONata: the history tells of it in an event of its own.
    evaluation: Option<FailedEvaluation>,
}

/// Where an expression failed.
#[derive(Clone, Debug)]
pub(crate) struct FailedEvaluation {
    pub state: String,
    /// `Output/result`; absent where AWS names no field.
    pub location: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// By a task or by a Fail state.
    Raised,
    Timeout,
    /// Shown as a timeout, but matched by its own name, too.
    Heartbeat,
    /// The state itself can't be executed: neither retried nor caught.
    Fatal,
}

impl Failure {
    pub fn raised(error: Option<String>, cause: Option<String>) -> Self {
        Failure { error, cause, class: Class::Raised, evaluation: None }
    }

    pub fn timeout() -> Self {
        Failure { error: Some(TIMEOUT.to_owned()), cause: None, class: Class::Timeout, evaluation: None }
    }

    pub fn missed_heartbeat() -> Self {
        Failure { class: Class::Heartbeat, ..Failure::timeout() }
    }

    /// `where_from` is a state, a service or a function.
    fn data_limit(where_from: &str, class: Class) -> Self {
        let cause = format!(
            "The state/task '{where_from}' returned a result with a size exceeding \
             the maximum number of bytes service limit."
        );
        Failure { error: Some(DATA_LIMIT_EXCEEDED.to_owned()), cause: Some(cause), class, evaluation: None }
    }

    /// A task's result can be caught for being too large.
    pub fn task_result_too_large(task: &str) -> Self {
        Failure::data_limit(task, Class::Raised)
    }

    pub fn state_output_too_large(state: &str) -> Self {
        Failure::data_limit(state, Class::Fatal)
    }

    /// With AWS's prefix, which names the state and the event by which it was entered.
    pub fn in_state(error: &EvalError, state: &str, entered_event: u64) -> Self {
        let cause = format!(
            "An error occurred while executing the state '{state}' (entered at the event id #{entered_event}). {}",
            error.cause
        );
        let class = if error.error == RUNTIME { Class::Fatal } else { Class::Raised };
        let failed = || FailedEvaluation { state: state.to_owned(), location: error.location.clone() };
        Failure {
            error: Some(error.error.to_owned()),
            cause: Some(cause),
            class,
            evaluation: (error.error == QUERY_EVALUATION_ERROR).then(failed),
        }
    }

    /// The expression that failed, told once.
    pub fn take_evaluation(&mut self) -> Option<FailedEvaluation> {
        self.evaluation.take()
    }

    pub fn is_fatal(&self) -> bool {
        self.class == Class::Fatal
    }

    pub fn details(&self) -> ErrorDetails {
        ErrorDetails { error: self.error.clone(), cause: self.cause.clone() }
    }

    /// What a catcher gets. Both keys are always there; a timeout's cause is the empty text.
    pub fn error_output(&self) -> Value {
        let cause = match (&self.cause, self.class) {
            (None, Class::Timeout | Class::Heartbeat) => Some(""),
            (cause, _) => cause.as_deref(),
        };
        json!({ "Error": self.error, "Cause": cause })
    }

    /// The first retrier that matches decides, even when its tries are spent.
    pub fn retrier<'a>(&self, retriers: &'a [Retrier]) -> Option<(usize, &'a Retrier)> {
        retriers.iter().enumerate().find(|(_, retrier)| self.matches(&retrier.error_equals))
    }

    pub fn catcher<'a>(&self, catchers: &'a [Catcher]) -> Option<(usize, &'a Catcher)> {
        catchers.iter().enumerate().find(|(_, catcher)| self.matches(&catcher.error_equals))
    }

    fn matches(&self, names: &[String]) -> bool {
        !self.is_fatal() && names.iter().any(|name| self.matches_name(name))
    }

    fn matches_name(&self, name: &str) -> bool {
        match (name, &self.error) {
            (ALL, _) => true,
            (_, None) => false,
            (HEARTBEAT_TIMEOUT, _) if self.class == Class::Heartbeat => true,
            (TASK_FAILED, Some(error)) if error != TIMEOUT => true,
            (name, Some(error)) => name == error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(failure: &Failure, name: &str) -> bool {
        failure.matches(&[name.to_owned()])
    }

    #[test]
    fn names_match_as_documented() {
        let raised = Failure::raised(Some("Custom".to_owned()), None);
        assert!(matches(&raised, "Custom") && matches(&raised, TASK_FAILED) && matches(&raised, ALL));
        assert!(!matches(&raised, "custom") && !matches(&raised, TIMEOUT));

        let timeout = Failure::timeout();
        assert!(matches(&timeout, TIMEOUT) && matches(&timeout, ALL));
        assert!(!matches(&timeout, TASK_FAILED) && !matches(&timeout, HEARTBEAT_TIMEOUT));

        let missed = Failure::missed_heartbeat();
        assert!(matches(&missed, TIMEOUT) && matches(&missed, HEARTBEAT_TIMEOUT));
        assert_eq!(missed.error.as_deref(), Some(TIMEOUT));

        let nameless = Failure::raised(None, None);
        assert!(matches(&nameless, ALL) && !matches(&nameless, TASK_FAILED));

        let fatal = Failure::in_state(&EvalError::runtime("…"), "S", 2);
        assert!(!matches(&fatal, ALL) && !matches(&fatal, RUNTIME));
    }

    #[test]
    fn a_catcher_gets_both_keys() {
        assert_eq!(Failure::raised(None, None).error_output().to_string(), r#"{"Error":null,"Cause":null}"#);
        assert_eq!(Failure::timeout().error_output().to_string(), r#"{"Error":"States.Timeout","Cause":""}"#);
    }
}
