//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>

use super::draft::{Draft, ParameterInput};
use super::model::{Stack, Tag};
use super::plan::{self, Begin, OnFailure};
use super::status::StackStatus;
use super::{errors, find, keys, policy};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::{Constraints, Pattern};

static NEW_NAME: Pattern = Pattern::new("[a-zA-Z][-a-zA-Z0-9]*");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateStack {
    pub stack_name: String,
    pub template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub template_url: Option<String>,
    #[serde(default)]
    pub parameters: Vec<ParameterInput>,
    pub disable_rollback: Option<bool>,
    pub timeout_in_minutes: Option<i64>,
    #[serde(rename = "NotificationARNs")]
    pub notification_arns: Option<Vec<String>>,
    #[serde(default)]
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub resource_types: Vec<String>,
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    pub on_failure: Option<String>,
    pub stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    pub stack_policy_url: Option<String>,
    pub tags: Option<Vec<Tag>>,
    pub client_request_token: Option<String>,
    #[serde(default)]
    pub enable_termination_protection: bool,
    #[serde(default)]
    pub retain_except_on_create: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StackIdOutput {
    pub stack_id: String,
}

impl Command for CreateStack {
    const NAME: &'static str = "CreateStack";
    type Output = StackIdOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<StackIdOutput, Failure> {
        let on_failure = self.check()?;
        let scope = context.scope().clone();
        if let Some(existing) = tx.row::<u64>(&keys::by_name(&scope, &self.stack_name))? {
            let existing = Stack::load(existing, tx)?;
            // The same request again is the same stack.
            return match &self.client_request_token {
                Some(token) if existing.request_token.as_ref() == Some(token) => {
                    Ok(StackIdOutput { stack_id: existing.arn() })
                }
                _ => Err(errors::stack_exists(&self.stack_name).into()),
            };
        }
        let (id, uuid) = (tx.next_sequence(), context.entropy.uuid());
        let status = StackStatus::CreateInProgress;
        let mut stack = Stack::new(id, &scope, &self.stack_name, uuid, status, context.now_ms);
        let mut prepared = self.draft().prepare(&stack, tx, context)?;
        prepared.store(id, tx);
        stack.configuration = prepared.configuration;
        stack.role_arn.clone_from(&self.role_arn);
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        stack.timeout_minutes = self.timeout_in_minutes.and_then(|minutes| u64::try_from(minutes).ok());
        stack.is_protected = self.enable_termination_protection;
        stack.policy = policy::given(self.stack_policy_body.as_deref(), self.stack_policy_url.as_deref())?;
        stack.request_token.clone_from(&self.client_request_token);
        stack.put_new(tx);
        let begin = Begin {
            role_arn: prepared.role_arn,
            request_token: self.client_request_token.clone(),
            on_failure,
            change_set: None,
            retain_except_on_create: self.retain_except_on_create,
        };
        let stack_id = stack.arn();
        plan::create(stack, &begin, &prepared.deployment, tx, context)?;
        Ok(StackIdOutput { stack_id })
    }
}

impl CreateStack {
    fn draft(&self) -> Draft<'_> {
        Draft {
            template_body: self.template_body.as_deref(),
            template_url: self.template_url.as_deref(),
            use_previous_template: false,
            parameters: &self.parameters,
            capabilities: &self.capabilities,
            resource_types: &self.resource_types,
            role_arn: self.role_arn.as_deref(),
            notification_arns: self.notification_arns.as_deref(),
            tags: self.tags.as_deref(),
        }
    }

    fn check(&self) -> Result<OnFailure, Failure> {
        let mut constraints = find::constraints();
        constrain_new_name(&mut constraints, &self.stack_name);
        self.draft().constrain(&mut constraints);
        if let Some(minutes) = self.timeout_in_minutes {
            constraints.range("timeoutInMinutes", minutes, 1..);
        }
        if let Some(on_failure) = &self.on_failure {
            constraints.one_of("onFailure", on_failure, &["DELETE", "DO_NOTHING", "ROLLBACK"]);
        }
        constraints.finish()?;
        match (self.on_failure.as_deref(), self.disable_rollback) {
            (Some(_), Some(_)) => {
                let text = "Either DisableRollback or OnFailure can be specified, not both.";
                Err(errors::validation(text).into())
            }
            (on_failure, disable) => Ok(on_failure_of(on_failure, disable.unwrap_or(false))),
        }
    }
}

/// What becomes of a stack that fails, as the words of a request have it.
#[must_use]
pub fn on_failure_of(on_failure: Option<&str>, disable_rollback: bool) -> OnFailure {
    match on_failure {
        Some("DO_NOTHING") => OnFailure::DoNothing,
        Some("DELETE") => OnFailure::Delete,
        _ if disable_rollback => OnFailure::DoNothing,
        _ => OnFailure::Rollback,
    }
}

/// Adds what a new stack's name has to be.
pub fn constrain_new_name(constraints: &mut Constraints, name: &str) {
    constraints.length("stackName", name, 1..=128);
    if name.starts_with("arn:") || !NEW_NAME.matches(name) {
        // AWS names the pattern of names and ARNs alike.
        let rule =
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*";
        constraints.violated("stackName", Some(name), rule);
    }
}
