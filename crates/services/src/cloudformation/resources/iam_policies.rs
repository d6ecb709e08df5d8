//! The policies of roles, users and groups, as several resource types have them.

use super::Problem;
use super::problem::unless_gone;
use super::wanted::{scalar, texts};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::failure::Failure;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

/// Who can have policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Role,
    User,
    Group,
}

/// The properties in which a policy names its owners.
pub const OWNERS: [(&str, Owner); 3] =
    [("Roles", Owner::Role), ("Users", Owner::User), ("Groups", Owner::Group)];

/// The owners that a policy names.
pub fn owners(properties: &Map<String, Value>) -> Vec<(Owner, String)> {
    let named = OWNERS
        .iter()
        .flat_map(|(list, owner)| texts(properties, list).into_iter().map(|name| (*owner, name)));
    named.collect()
}

impl Owner {
    fn input(self, name: &str, more: Value) -> Value {
        let member = match self {
            Self::Role => "RoleName",
            Self::User => "UserName",
            Self::Group => "GroupName",
        };
        let mut input = more;
        input[member] = Value::from(name);
        input
    }

    /// Writes an inline policy.
    pub fn put(
        self,
        name: &str,
        policy: &str,
        document: &str,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Problem> {
        let input = self.input(name, json!({"PolicyName": policy, "PolicyDocument": document}));
        match self {
            Self::Role => calls::call::<op::PutRolePolicy>(input, tx, context)?,
            Self::User => calls::call::<op::PutUserPolicy>(input, tx, context)?,
            Self::Group => calls::call::<op::PutGroupPolicy>(input, tx, context)?,
        };
        Ok(())
    }

    /// Takes an inline policy away, unless it or its owner is gone.
    pub fn remove(self, name: &str, policy: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = self.input(name, json!({ "PolicyName": policy }));
        gone(match self {
            Self::Role => calls::call::<op::DeleteRolePolicy>(input, tx, context),
            Self::User => calls::call::<op::DeleteUserPolicy>(input, tx, context),
            Self::Group => calls::call::<op::DeleteGroupPolicy>(input, tx, context),
        })
    }

    /// Attaches a managed policy.
    pub fn attach(
        self,
        name: &str,
        policy_arn: &str,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Problem> {
        let input = self.input(name, json!({ "PolicyArn": policy_arn }));
        match self {
            Self::Role => calls::call::<op::AttachRolePolicy>(input, tx, context)?,
            Self::User => calls::call::<op::AttachUserPolicy>(input, tx, context)?,
            Self::Group => calls::call::<op::AttachGroupPolicy>(input, tx, context)?,
        };
        Ok(())
    }

    /// Detaches a managed policy, unless it or its owner is gone.
    pub fn detach(
        self,
        name: &str,
        policy_arn: &str,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Problem> {
        let input = self.input(name, json!({ "PolicyArn": policy_arn }));
        gone(match self {
            Self::Role => calls::call::<op::DetachRolePolicy>(input, tx, context),
            Self::User => calls::call::<op::DetachUserPolicy>(input, tx, context),
            Self::Group => calls::call::<op::DetachGroupPolicy>(input, tx, context),
        })
    }

    /// Brings the policies that stand in an owner's own properties from what they were to what they are to be.
    pub fn update(
        self,
        name: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<(), Problem> {
        let (old, new) = (inline(before), inline(after));
        let has = |policies: &[(String, String)], policy: &str| policies.iter().any(|(own, _)| own == policy);
        for (policy, _) in old.iter().filter(|(policy, _)| !has(&new, policy)) {
            self.remove(name, policy, tx, context)?;
        }
        for (policy, document) in new.iter().filter(|policy| !old.contains(policy)) {
            self.put(name, policy, document, tx, context)?;
        }
        let (old, new) = (texts(before, "ManagedPolicyArns"), texts(after, "ManagedPolicyArns"));
        for arn in old.iter().filter(|arn| !new.contains(arn)) {
            self.detach(name, arn, tx, context)?;
        }
        for arn in new.iter().filter(|arn| !old.contains(arn)) {
            self.attach(name, arn, tx, context)?;
        }
        Ok(())
    }
}

fn gone(answer: Result<Value, Failure>) -> Result<(), Problem> {
    unless_gone(answer)?;
    Ok(())
}

/// Inline policies: name and document.
fn inline(properties: &Map<String, Value>) -> Vec<(String, String)> {
    let items = properties.get("Policies").and_then(Value::as_array).into_iter().flatten();
    let member = |item: &Value, name: &str| item.get(name).map(scalar).unwrap_or_default();
    items.map(|item| (member(item, "PolicyName"), member(item, "PolicyDocument"))).collect()
}
