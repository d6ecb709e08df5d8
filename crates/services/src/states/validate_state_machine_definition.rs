//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::validation;
use serde::{Deserialize, Serialize};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::{Diagnostic, Severity};
use stepwell_wire::ApiError;

/// Diagnostics in one answer at most.
const MOST: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateStateMachineDefinition {
    pub definition: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub severity: Option<String>,
    pub max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
pub struct ValidateStateMachineDefinitionOutput {
    pub result: &'static str,
    pub diagnostics: Vec<DiagnosticItem>,
    pub truncated: bool,
}

#[derive(Debug, Serialize)]
pub struct DiagnosticItem {
    pub severity: &'static str,
    pub code: &'static str,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl Read for ValidateStateMachineDefinition {
    const NAME: &'static str = "ValidateStateMachineDefinition";
    type Output = ValidateStateMachineDefinitionOutput;

    fn read(&self, _: &dyn Rows, _: &mut Context) -> Result<ValidateStateMachineDefinitionOutput, Failure> {
        let (kind, severity, most) = (self.kind()?, self.severity()?, self.most()?);
        let found = StateMachine::diagnose(&self.definition, kind);
        let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
        let is_wanted = |diagnostic: &&Diagnostic| severity == Severity::Warning || is_error(diagnostic);
        let failed = found.iter().any(|diagnostic| is_error(&diagnostic));
        let mut diagnostics: Vec<_> = found.iter().filter(is_wanted).map(item).collect();
        let truncated = diagnostics.len() > most;
        diagnostics.truncate(most);
        Ok(ValidateStateMachineDefinitionOutput {
            result: if failed { "FAIL" } else { "OK" },
            diagnostics,
            truncated,
        })
    }
}

impl ValidateStateMachineDefinition {
    fn kind(&self) -> Result<MachineType, ApiError> {
        match self.kind.as_deref() {
            None | Some("STANDARD") => Ok(MachineType::Standard),
            Some("EXPRESS") => Ok(MachineType::Express),
            Some(other) => Err(not_one_of(other, "type", "STANDARD, EXPRESS")),
        }
    }

    /// The least severe diagnostics that are wanted.
    fn severity(&self) -> Result<Severity, ApiError> {
        match self.severity.as_deref() {
            None | Some("ERROR") => Ok(Severity::Error),
            Some("WARNING") => Ok(Severity::Warning),
            Some(other) => Err(not_one_of(other, "severity", "ERROR, WARNING")),
        }
    }

    /// 0 is the default.
    fn most(&self) -> Result<usize, ApiError> {
        let rule = match self.max_results {
            None | Some(0) => return Ok(MOST),
            Some(most) => match usize::try_from(most) {
                Ok(most) if most <= MOST => return Ok(most),
                Ok(_) => format!("Member must have value less than or equal to {MOST}"),
                Err(_) => "Member must have value greater than or equal to 0".to_owned(),
            },
        };
        Err(validation::violated(self.max_results.unwrap_or_default(), "maxResults", &rule))
    }
}

fn not_one_of(value: &str, field: &str, values: &str) -> ApiError {
    validation::violated(value, field, &format!("Member must satisfy enum value set: [{values}]"))
}

fn item(diagnostic: &Diagnostic) -> DiagnosticItem {
    DiagnosticItem {
        severity: diagnostic.severity.as_str(),
        code: diagnostic.code.as_str(),
        message: diagnostic.message.clone(),
        location: diagnostic.location.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, input};
    use serde_json::{Value, json};

    fn validated(mut request: Value) -> Result<Value, ApiError> {
        request["definition"] = match &request["definition"] {
            Value::String(text) => text.clone().into(),
            definition => definition.to_string().into(),
        };
        World::new().read(&input::<ValidateStateMachineDefinition>(request))
    }

    /// So many states of a type that isn't there.
    fn wrong(count: usize) -> Value {
        let states = (0..count).map(|number| (format!("S{number}"), json!({"Type": "Nothing"})));
        json!({"StartAt": "S0", "States": serde_json::Map::from_iter(states)})
    }

    #[test]
    fn diagnostics_are_cut_off_at_what_was_asked_for() {
        for (most, count, shown) in [
            (Value::Null, 3, 3),
            (json!(0), 101, 100),
            (json!(100), 100, 100),
            (json!(1), 2, 1),
            (json!(2), 2, 2),
        ] {
            let answer = validated(json!({"definition": wrong(count), "maxResults": most})).unwrap();
            assert_eq!(answer["result"], "FAIL");
            assert_eq!(answer["diagnostics"].as_array().unwrap().len(), shown, "{most}");
            assert_eq!(answer["truncated"], shown < count, "{most}");
        }
    }

    #[test]
    fn warnings_are_shown_where_they_are_asked_for_and_fail_nothing() {
        let definition = json!({"StartAt": "P", "States": {
            "P": {"Type": "Pass", "Parameters": {"a": "$.b"}, "End": true}
        }});
        let errors = validated(json!({"definition": definition})).unwrap();
        assert_eq!(errors, json!({"result": "OK", "diagnostics": [], "truncated": false}));
        let all = validated(json!({"definition": definition, "severity": "WARNING"})).unwrap();
        assert_eq!((&all["result"], &all["diagnostics"][0]["severity"]), (&json!("OK"), &json!("WARNING")));
        assert_eq!(all["diagnostics"][0]["code"], "NO_DOLLAR");
    }

    #[test]
    fn an_express_machine_has_rules_of_its_own() {
        let resource = "arn:aws:states:::sqs:sendMessage.waitForTaskToken";
        let definition = json!({"StartAt": "T", "States": {
            "T": {"Type": "Task", "Resource": resource, "Parameters": {"QueueUrl": "q", "MessageBody": "m"}, "End": true}
        }});
        assert_eq!(validated(json!({"definition": definition})).unwrap()["result"], "OK");
        let answer = validated(json!({"definition": definition, "type": "EXPRESS"})).unwrap();
        assert_eq!(answer["diagnostics"][0]["location"], "/States/T/Resource");
    }

    #[test]
    fn members_have_their_bounds() {
        let definition = json!({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}});
        for (field, value, rule) in [
            ("maxResults", json!(101), "Member must have value less than or equal to 100"),
            ("maxResults", json!(-1), "Member must have value greater than or equal to 0"),
            ("severity", json!("INFO"), "Member must satisfy enum value set: [ERROR, WARNING]"),
            ("type", json!("SYNC"), "Member must satisfy enum value set: [STANDARD, EXPRESS]"),
        ] {
            let refused = validated(json!({"definition": definition, field: value})).unwrap_err();
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(
                refused.message,
                format!(
                    "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {rule}"
                )
            );
        }
    }
}
