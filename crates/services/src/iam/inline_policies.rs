//! Policies that stand in their owner: `PutRolePolicy`, `GetUserPolicy` and so on, the same for all kinds of owners:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::owner::{Kind, Owner, OwnerName};
use crate::iam::paging::Wanted;
use crate::iam::policy::validate::{identity_policy, significant_length};
use crate::iam::{errors, names};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use stepwell_wire::{ApiError, uri};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct PutInlinePolicy<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub policy_name: String,
    pub policy_document: String,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct GetInlinePolicy<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub policy_name: String,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct ListInlinePolicies<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", bound = "")]
pub struct DeleteInlinePolicy<O> {
    #[serde(default, alias = "RoleName", alias = "UserName", alias = "GroupName")]
    owner_name: OwnerName,
    pub policy_name: String,
    #[serde(skip)]
    owner: PhantomData<fn() -> O>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetInlinePolicyOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    pub policy_name: String,
    pub policy_document: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInlinePoliciesOutput {
    pub policy_names: Vec<String>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl<O: Owner> Command for PutInlinePolicy<O> {
    const NAME: &'static str = O::NAMES.put;
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let name = self.owner_name.of(O::KIND)?;
        names::check_name("policyName", &self.policy_name, 128)?;
        let mut owner = O::by_name(context.account(), name, tx)?.modifiable()?;
        identity_policy(&self.policy_document)?;
        let inline = &mut owner.policies_mut().inline;
        inline.insert(self.policy_name.clone(), self.policy_document.clone());
        let length: usize = inline.values().map(|document| significant_length(document)).sum();
        if length > O::KIND.longest_inline() {
            let text = format!(
                "Maximum policy size of {} bytes exceeded for {} {name}",
                O::KIND.longest_inline(),
                O::KIND.noun()
            );
            return Err(errors::limit_exceeded(text).into());
        }
        owner.store(tx);
        Ok(())
    }
}

impl<O: Owner> Read for GetInlinePolicy<O> {
    const NAME: &'static str = O::NAMES.get;
    type Output = GetInlinePolicyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetInlinePolicyOutput, Failure> {
        let owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, rows)?;
        let document = owner.policies().inline.get(&self.policy_name);
        let document = document.ok_or_else(|| no_such_policy(O::KIND, &self.policy_name))?;
        let mut output = GetInlinePolicyOutput {
            policy_name: self.policy_name.clone(),
            policy_document: uri::encode(document),
            ..GetInlinePolicyOutput::default()
        };
        *match O::KIND {
            Kind::Role => &mut output.role_name,
            Kind::User => &mut output.user_name,
            Kind::Group => &mut output.group_name,
        } = Some(owner.name().to_owned());
        Ok(output)
    }
}

impl<O: Owner> Read for ListInlinePolicies<O> {
    const NAME: &'static str = O::NAMES.list;
    type Output = ListInlinePoliciesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListInlinePoliciesOutput, Failure> {
        let owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, rows)?;
        let names = owner.policies().inline.keys().cloned().collect();
        let list = format!("{} {}", Self::NAME, owner.name());
        let page = Wanted::new(&self.marker, self.max_items).of(&list, names, context)?;
        let is_truncated = page.is_truncated();
        Ok(ListInlinePoliciesOutput { policy_names: page.items, is_truncated, marker: page.marker })
    }
}

impl<O: Owner> Command for DeleteInlinePolicy<O> {
    const NAME: &'static str = O::NAMES.delete;
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut owner = O::by_name(context.account(), self.owner_name.of(O::KIND)?, tx)?.modifiable()?;
        if owner.policies_mut().inline.remove(&self.policy_name).is_none() {
            return Err(no_such_policy(O::KIND, &self.policy_name).into());
        }
        owner.store(tx);
        Ok(())
    }
}

fn no_such_policy(kind: Kind, name: &str) -> ApiError {
    errors::no_such_entity(format!("The {} policy with name {name} cannot be found.", kind.noun()))
}
