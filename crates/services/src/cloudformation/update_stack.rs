//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html>
//!
//! Only the values of a template count: one that is written in another way and means the same is no update.

use super::changes::Changed;
use super::create_stack::{StackIdOutput, on_failure_of};
use super::draft::{Draft, ParameterInput};
use super::model::Tag;
use super::plan::{self, Begin};
use super::{errors, find, policy};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateStack {
    pub stack_name: String,
    pub template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub template_url: Option<String>,
    #[serde(default)]
    pub use_previous_template: bool,
    pub stack_policy_during_update_body: Option<String>,
    #[serde(rename = "StackPolicyDuringUpdateURL")]
    pub stack_policy_during_update_url: Option<String>,
    #[serde(default)]
    pub parameters: Vec<ParameterInput>,
    #[serde(default)]
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub resource_types: Vec<String>,
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    pub stack_policy_body: Option<String>,
    #[serde(rename = "StackPolicyURL")]
    pub stack_policy_url: Option<String>,
    #[serde(rename = "NotificationARNs")]
    pub notification_arns: Option<Vec<String>>,
    pub tags: Option<Vec<Tag>>,
    #[serde(default)]
    pub disable_rollback: bool,
    pub client_request_token: Option<String>,
    #[serde(default)]
    pub retain_except_on_create: bool,
}

impl Command for UpdateStack {
    const NAME: &'static str = "UpdateStack";
    type Output = StackIdOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<StackIdOutput, Failure> {
        let mut constraints = find::constraints();
        find::constrain_name(&mut constraints, &self.stack_name);
        self.draft().constrain(&mut constraints);
        constraints.finish()?;
        let stack = find::stack(&self.stack_name, tx, context)?;
        let mut stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        let stack_id = stack.arn();
        if self.client_request_token.is_some() && self.client_request_token == stack.request_token {
            // The same request again is the same update.
            return Ok(StackIdOutput { stack_id });
        }
        if !stack.status.is_updatable() {
            return Err(errors::wrong_state(&stack_id, stack.status.as_str()).into());
        }
        let mut prepared = self.draft().prepare(&stack, tx, context)?;
        let changed = Changed::new(&stack, &prepared, tx)?;
        if !changed.anything() && stack.status.is_whole() {
            return Err(errors::no_updates().into());
        }
        let during_update = policy::given(
            self.stack_policy_during_update_body.as_deref(),
            self.stack_policy_during_update_url.as_deref(),
        )?;
        policy::check(during_update.as_ref().or(stack.policy.as_ref()), &changed.with_values)?;
        let new_policy = policy::given(self.stack_policy_body.as_deref(), self.stack_policy_url.as_deref())?;
        stack.policy = new_policy.or(stack.policy);
        stack.role_arn.clone_from(&prepared.role_arn);
        stack.disable_rollback = self.disable_rollback;
        stack.request_token.clone_from(&self.client_request_token);
        prepared.store(stack.id, tx);
        let begin = Begin {
            role_arn: prepared.role_arn,
            request_token: self.client_request_token.clone(),
            on_failure: on_failure_of(None, self.disable_rollback),
            change_set: None,
            retain_except_on_create: self.retain_except_on_create,
        };
        plan::update(stack, prepared.configuration, &begin, &prepared.deployment, tx, context)?;
        Ok(StackIdOutput { stack_id })
    }
}

impl UpdateStack {
    fn draft(&self) -> Draft<'_> {
        Draft {
            template_body: self.template_body.as_deref(),
            template_url: self.template_url.as_deref(),
            use_previous_template: self.use_previous_template,
            parameters: &self.parameters,
            capabilities: &self.capabilities,
            resource_types: &self.resource_types,
            role_arn: self.role_arn.as_deref(),
            notification_arns: self.notification_arns.as_deref(),
            tags: self.tags.as_deref(),
        }
    }
}
