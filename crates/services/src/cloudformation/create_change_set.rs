//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html>
//!
//! It is made at once: whoever waits for it to be complete waits no longer than that.

use super::change_set::{self, ChangeSet};
use super::changes::Changed;
use super::create_stack::{constrain_new_name, on_failure_of};
use super::draft::{Draft, ParameterInput, Prepared};
use super::events::tell_stack;
use super::model::{Stack, Tag};
use super::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use super::template::Fault;
use super::{errors, find, keys};
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::rows::RowsExt;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

const NO_CHANGES: &str =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateChangeSet {
    pub stack_name: String,
    pub change_set_name: String,
    pub template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub template_url: Option<String>,
    #[serde(default)]
    pub use_previous_template: bool,
    #[serde(default)]
    pub parameters: Vec<ParameterInput>,
    #[serde(default)]
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub resource_types: Vec<String>,
    #[serde(rename = "RoleARN")]
    pub role_arn: Option<String>,
    #[serde(rename = "NotificationARNs")]
    pub notification_arns: Option<Vec<String>>,
    pub tags: Option<Vec<Tag>>,
    pub client_token: Option<String>,
    pub description: Option<String>,
    pub change_set_type: Option<String>,
    #[serde(default)]
    pub include_nested_stacks: bool,
    pub on_stack_failure: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateChangeSetOutput {
    pub id: String,
    pub stack_id: String,
}

impl Command for CreateChangeSet {
    const NAME: &'static str = "CreateChangeSet";
    type Output = CreateChangeSetOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateChangeSetOutput, Failure> {
        self.check()?;
        let creates = self.change_set_type.as_deref() == Some("CREATE");
        let existing = find::stack(&self.stack_name, tx, context)?;
        let (stack, is_new) = match (creates, existing) {
            (true, None) => {
                let (id, uuid) = (tx.next_sequence(), context.entropy.uuid());
                let status = StackStatus::ReviewInProgress;
                let mut stack =
                    Stack::new(id, context.scope(), &self.stack_name, uuid, status, context.now_ms);
                stack.status_reason = Some("User Initiated".to_owned());
                (stack, true)
            }
            (_, existing) => (self.check_stack(creates, existing)?, false),
        };
        let mut prepared = self.draft().prepare(&stack, tx, context)?;
        let changed = Changed::try_new(&stack, &prepared, tx)?;
        if is_new {
            stack.put_new(tx);
            tell_stack(&stack, None, tx, context);
        } else if let Some(output) = self.replace_former(&stack, tx)? {
            return Ok(output);
        }
        let outcome = match changed {
            // What another stack has to export first is no mistake of the template.
            Err(error) if matches!(*error.fault, Fault::NoExport(_)) => Err(error.message()),
            changed => match changed? {
                changed if creates || changed.anything() => Ok(changed),
                _ => Err(NO_CHANGES.to_owned()),
            },
        };
        prepared.store(stack.id, tx);
        let change_set = self.put(&stack, creates, prepared, outcome, tx, context);
        Ok(CreateChangeSetOutput { id: change_set.arn(&stack), stack_id: stack.arn() })
    }
}

impl CreateChangeSet {
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

    fn check(&self) -> Result<(), ApiError> {
        let mut constraints = find::constraints();
        if self.change_set_type.as_deref() == Some("CREATE") && !self.stack_name.starts_with("arn:") {
            constrain_new_name(&mut constraints, &self.stack_name);
        } else {
            find::constrain_name(&mut constraints, &self.stack_name);
        }
        constraints.length("changeSetName", &self.change_set_name, 1..=128);
        find::constrain_change_set(&mut constraints, &self.change_set_name);
        self.draft().constrain(&mut constraints);
        if let Some(kind) = &self.change_set_type {
            constraints.one_of("changeSetType", kind, &["IMPORT", "UPDATE", "CREATE"]);
        }
        if let Some(on_failure) = &self.on_stack_failure {
            constraints.one_of("onStackFailure", on_failure, &["DO_NOTHING", "DELETE", "ROLLBACK"]);
        }
        if let Some(description) = &self.description {
            constraints.length("description", description, 1..=1024);
        }
        constraints.finish()?;
        match self.change_set_type.as_deref() {
            Some("IMPORT") => Err(errors::validation(
                "ChangeSetType IMPORT is not supported: resources can't be imported into stacks.",
            )),
            _ => Ok(()),
        }
    }

    /// The stack that the change set is for, if it can be.
    fn check_stack(&self, creates: bool, stack: Option<Stack>) -> Result<Stack, ApiError> {
        let stack = stack.ok_or_else(|| errors::no_stack(&self.stack_name))?;
        match (creates, stack.status) {
            (true, StackStatus::ReviewInProgress) => Ok(stack),
            (true, _) => Err(errors::validation(format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                self.stack_name, self.change_set_name
            ))),
            (false, status) if status.is_updatable() => Ok(stack),
            (false, status) => Err(errors::wrong_state(&stack.arn(), status.as_str())),
        }
    }

    /// A name is free again when its change set was executed. The same request again is the same change set.
    fn replace_former(&self, stack: &Stack, tx: &mut Tx) -> Result<Option<CreateChangeSetOutput>, Failure> {
        let key = keys::change_set_by_name(stack.id, &self.change_set_name);
        let Some(number) = tx.row::<u64>(&key)? else { return Ok(None) };
        let Some(former) = tx.row::<ChangeSet>(&keys::change_set(stack.id, number))? else {
            return Ok(None);
        };
        if former.is_executed() {
            change_set::forget(stack, &former, tx)?;
            return Ok(None);
        }
        if self.client_token.is_some() && self.client_token == former.client_token {
            return Ok(Some(CreateChangeSetOutput { id: former.arn(stack), stack_id: stack.arn() }));
        }
        let text = format!("ChangeSet [{}] already exists", self.change_set_name);
        Err(ApiError::bad_request("AlreadyExistsException", text).into())
    }

    fn put(
        &self,
        stack: &Stack,
        creates: bool,
        prepared: Prepared,
        outcome: Result<Changed, String>,
        tx: &mut Tx,
        context: &mut Context,
    ) -> ChangeSet {
        let (status, execution) = match outcome {
            Ok(_) => (ChangeSetStatus::CreateComplete, ExecutionStatus::Available),
            Err(_) => (ChangeSetStatus::Failed, ExecutionStatus::Unavailable),
        };
        let change_set = ChangeSet {
            id: tx.next_sequence(),
            stack: stack.id,
            name: self.change_set_name.clone(),
            uuid: context.entropy.uuid(),
            description: self.description.clone(),
            status,
            status_reason: outcome.as_ref().err().cloned(),
            execution,
            created_ms: context.now_ms,
            configuration: prepared.configuration,
            creates,
            role_arn: prepared.role_arn,
            includes_nested_stacks: self.include_nested_stacks,
            on_failure: self.on_stack_failure.as_deref().map(|text| on_failure_of(Some(text), false)),
            client_token: self.client_token.clone(),
        };
        let (by_name, with_values) = match outcome {
            Ok(changed) => (changed.by_name, changed.with_values),
            Err(_) => Default::default(),
        };
        for (is_with_values, changes) in [(false, by_name), (true, with_values)] {
            tx.put(&keys::change_set_view(stack.id, change_set.id, is_with_values), &changes);
        }
        tx.put(&keys::change_set_by_name(stack.id, &change_set.name), &change_set.id);
        tx.put(&keys::change_set_by_uuid(&stack.scope(), &change_set.uuid), &(stack.id, change_set.id));
        change_set.put(tx);
        change_set
    }
}
