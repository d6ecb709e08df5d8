//! Managed policies that are attached: `AttachRolePolicy`, `DetachUserPolicy` and so on, the same for all kinds of owners:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::errors;
use crate::iam::keys::PolicyUse;
use crate::iam::managed::{attachable_name, check_arn, forget_use, note_use};
use crate::iam::owner::{Owner, OwnerName};
use crate::iam::paging::Wanted;
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Policies attached to one owner at most.
const MOST: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct AttachPolicy<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub policy_arn: String,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct DetachPolicy<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub policy_arn: String,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct ListAttachedPolicies<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub path_prefix: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAttachedPoliciesOutput {
    pub attached_policies: Vec<AttachedPolicy>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicy {
    pub policy_name: String,
    pub policy_arn: String,
}

impl<O: Owner> Command for AttachPolicy<O> {
    const NAME: &'static str = O::NAMES.attach;
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, tx)?.modifiable()?;
        attachable_name(&self.policy_arn, tx, context)?;
        let attached = &mut owner.policies_mut().attached;
        if attached.contains(&self.policy_arn) {
            return Ok(());
        }
        attached.push(self.policy_arn.clone());
        if attached.len() > MOST {
            let text = format!("Cannot exceed quota for {}: {MOST}", O::KIND.attachment_quota());
            return Err(errors::limit_exceeded(text).into());
        }
        note_use(&self.policy_arn, PolicyUse::Attachment, O::KIND, owner.name(), tx, context);
        owner.store(tx);
        Ok(())
    }
}

impl<O: Owner> Command for DetachPolicy<O> {
    const NAME: &'static str = O::NAMES.detach;
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, tx)?.modifiable()?;
        check_arn(&self.policy_arn)?;
        let attached = &mut owner.policies_mut().attached;
        let Some(index) = attached.iter().position(|arn| *arn == self.policy_arn) else {
            return Err(errors::no_such_entity(format!("Policy {} was not found.", self.policy_arn)).into());
        };
        attached.remove(index);
        forget_use(&self.policy_arn, PolicyUse::Attachment, O::KIND, owner.name(), tx, context);
        owner.store(tx);
        Ok(())
    }
}

impl<O: Owner> Read for ListAttachedPolicies<O> {
    const NAME: &'static str = O::NAMES.list_attached;
    type Output = ListAttachedPoliciesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListAttachedPoliciesOutput, Failure> {
        let owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, rows)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let attached = owner.policies().attached.iter().filter(|arn| path(arn).starts_with(prefix));
        let shape = |arn: &String| AttachedPolicy {
            policy_name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
            policy_arn: arn.clone(),
        };
        let list = format!("{} {} {prefix}", Self::NAME, owner.name());
        let page =
            Wanted::new(&self.marker, self.max_items).of(&list, attached.map(shape).collect(), context)?;
        let is_truncated = page.is_truncated();
        Ok(ListAttachedPoliciesOutput { attached_policies: page.items, is_truncated, marker: page.marker })
    }
}

/// The path in a policy's ARN, with the slashes around it.
fn path(arn: &str) -> &str {
    let resource = arn.split_once(":policy").map_or("/", |(_, resource)| resource);
    resource.rsplit_once('/').map_or("/", |(path, _)| &resource[..=path.len()])
}
