//! Change sets as they are stored: what a stack would be changed into, and what that would do.

use super::errors;
use super::keys;
use super::model::{Configuration, Stack};
use super::plan::OnFailure;
use super::status::{ChangeSetStatus, ExecutionStatus};
use super::template::change::ResourceChange;
use crate::context::Context;
use crate::failure::Failure;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use stepwell_wire::arn::Arn;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChangeSet {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub stack: u64,
    #[n(2)]
    pub name: String,
    #[n(3)]
    pub uuid: String,
    #[n(4)]
    pub description: Option<String>,
    #[n(5)]
    pub status: ChangeSetStatus,
    #[n(6)]
    pub status_reason: Option<String>,
    #[n(7)]
    pub execution: ExecutionStatus,
    #[n(8)]
    pub created_ms: u64,
    /// What the stack will have when it is executed.
    #[n(9)]
    pub configuration: Configuration,
    /// Whether it makes the stack.
    #[n(10)]
    pub creates: bool,
    #[n(11)]
    pub role_arn: Option<String>,
    #[n(12)]
    pub includes_nested_stacks: bool,
    #[n(13)]
    pub on_failure: Option<OnFailure>,
    /// The same again is the same request.
    #[n(14)]
    pub client_token: Option<String>,
}

/// The changes of a change set, in one of its views.
pub type Changes = Vec<ResourceChange>;

impl ChangeSet {
    #[must_use]
    pub fn arn(&self, stack: &Stack) -> String {
        let resource = format!("changeSet/{}/{}", self.name, self.uuid);
        Arn::new("cloudformation", &stack.region, &stack.account, resource).to_string()
    }

    pub fn put(&self, tx: &mut Tx) {
        tx.put(&keys::change_set(self.stack, self.id), self);
    }

    /// Was it executed, or can it never be?
    #[must_use]
    pub fn is_executed(&self) -> bool {
        matches!(
            self.execution,
            ExecutionStatus::ExecuteInProgress
                | ExecutionStatus::ExecuteComplete
                | ExecutionStatus::ExecuteFailed
        )
    }
}

/// The change set of an ARN, or of a name in a stack; and its stack.
///
/// # Errors
/// AWS's, if there is none.
pub fn find(
    name: &str,
    stack: Option<&str>,
    no_stack_name: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<(Stack, ChangeSet), Failure> {
    let missing = || Failure::from(errors::no_change_set(name));
    if name.starts_with("arn:") {
        return by_arn(name, rows, context)?.ok_or_else(missing);
    }
    let stack_name = stack.ok_or_else(|| errors::validation(no_stack_name))?;
    let stack = super::find::stack(stack_name, rows, context)?.ok_or_else(|| errors::no_stack(stack_name))?;
    let number = rows.row::<u64>(&keys::change_set_by_name(stack.id, name))?.ok_or_else(missing)?;
    let change_set = rows.row(&keys::change_set(stack.id, number))?.ok_or_else(missing)?;
    Ok((stack, change_set))
}

fn by_arn(arn: &str, rows: &dyn Rows, context: &Context) -> Result<Option<(Stack, ChangeSet)>, Failure> {
    let parts = Arn::parse(arn).filter(|arn| arn.service == "cloudformation");
    let Some(parts) = parts else { return Ok(None) };
    let Some((name, uuid)) = parts.resource.strip_prefix("changeSet/").and_then(|rest| rest.split_once('/'))
    else {
        return Ok(None);
    };
    let key = keys::change_set_by_uuid(context.scope(), uuid);
    let Some((stack, number)) = rows.row::<(u64, u64)>(&key)? else { return Ok(None) };
    let found: Option<ChangeSet> = rows.row(&keys::change_set(stack, number))?;
    let Some(found) = found.filter(|found| found.name == name) else { return Ok(None) };
    Ok(Some((Stack::load(stack, rows)?, found)))
}

/// All change sets of a stack, the oldest first.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn all(stack: u64, rows: &(impl Rows + ?Sized)) -> Result<Vec<ChangeSet>, Failure> {
    let found = rows.rows::<ChangeSet>(&keys::change_sets(stack), usize::MAX)?;
    Ok(found.into_iter().map(|(_, change_set)| change_set).collect())
}

/// The stack is about to change. If that is by a change set, the others are gone; otherwise they describe a stack that is
/// no more.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn outdate(stack: &Stack, executing: Option<u64>, tx: &mut Tx) -> Result<(), Failure> {
    for change_set in all(stack.id, tx)? {
        match executing {
            Some(number) if number == change_set.id => {
                let execution = ExecutionStatus::ExecuteInProgress;
                ChangeSet { execution, ..change_set }.put(tx);
            }
            None if !change_set.is_executed() => {
                let execution = match change_set.execution {
                    ExecutionStatus::Available => ExecutionStatus::Obsolete,
                    other => other,
                };
                ChangeSet { execution, ..change_set }.put(tx);
            }
            _ => forget(stack, &change_set, tx)?,
        }
    }
    Ok(())
}

/// A change set was executed, well or not.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn executed(stack: &Stack, number: u64, well: bool, tx: &mut Tx) -> Result<(), Failure> {
    if let Some(change_set) = tx.row::<ChangeSet>(&keys::change_set(stack.id, number))? {
        let execution = if well { ExecutionStatus::ExecuteComplete } else { ExecutionStatus::ExecuteFailed };
        ChangeSet { execution, ..change_set }.put(tx);
    }
    Ok(())
}

/// Forgets the change sets of a stack that goes.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn forget_all(stack: &Stack, tx: &mut Tx) -> Result<(), Failure> {
    for change_set in all(stack.id, tx)? {
        forget(stack, &change_set, tx)?;
    }
    Ok(())
}

/// Removes a change set, and its template if the stack doesn't have it.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn forget(stack: &Stack, change_set: &ChangeSet, tx: &mut Tx) -> Result<(), Failure> {
    tx.remove(&keys::change_set(stack.id, change_set.id));
    tx.remove(&keys::change_set_by_uuid(&stack.scope(), &change_set.uuid));
    for with_values in [false, true] {
        tx.remove(&keys::change_set_view(stack.id, change_set.id, with_values));
    }
    // The name may belong to a newer one by now.
    let by_name = keys::change_set_by_name(stack.id, &change_set.name);
    if tx.row::<u64>(&by_name)? == Some(change_set.id) {
        tx.remove(&by_name);
    }
    let template = change_set.configuration.template;
    if let Some(number) = template.filter(|_| template != stack.configuration.template) {
        tx.remove(&keys::template(stack.id, number));
    }
    Ok(())
}

/// Whether a change set of the stack has this template.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn has_template(stack: &Stack, number: u64, tx: &Tx) -> Result<bool, Failure> {
    let has = |change_set: &ChangeSet| change_set.configuration.template == Some(number);
    Ok(all(stack.id, tx)?.iter().any(has))
}
