//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Read;
use crate::rows::Rows;
use crate::states::validation;
use serde::{Deserialize, Serialize};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::diagnostic::{Diagnostic, Severity};

/// Diagnostics in one answer at most.
const MOST: i64 = 100;

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
        let kind = match self.kind.as_deref() {
            Some("EXPRESS") => MachineType::Express,
            _ => MachineType::Standard,
        };
        let most = match self.max_results {
            None | Some(0) => MOST,
            Some(most) if (0..=MOST).contains(&most) => most,
            Some(most) => {
                let rule = format!("Member must have value less than or equal to {MOST}");
                return Err(validation::violated(most, "maxResults", &rule).into());
            }
        };
        let found = StateMachine::diagnose(&self.definition, kind);
        let with_warnings = self.severity.as_deref() == Some("WARNING");
        let is_wanted = |diagnostic: &&Diagnostic| with_warnings || diagnostic.severity == Severity::Error;
        let failed = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        let mut diagnostics: Vec<_> = found.iter().filter(is_wanted).map(item).collect();
        let most = usize::try_from(most).unwrap_or(0);
        let truncated = diagnostics.len() > most;
        diagnostics.truncate(most);
        Ok(ValidateStateMachineDefinitionOutput {
            result: if failed { "FAIL" } else { "OK" },
            diagnostics,
            truncated,
        })
    }
}

fn item(diagnostic: &Diagnostic) -> DiagnosticItem {
    DiagnosticItem {
        severity: diagnostic.severity.as_str(),
        code: diagnostic.code.as_str(),
        message: diagnostic.message.clone(),
        location: diagnostic.location.clone(),
    }
}
