//! Who can have policies: roles, users and groups, behind one face, since the operations on their policies are the same
//! but for their names.

use crate::failure::Failure;
use crate::iam::errors;
use crate::iam::model::{Group, Policies, Role, Tag, User};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::constraints::missing;
use stepwell_wire::{ApiError, Service};

/// What kind of entity it is. The number is stored in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Role = 0,
    User = 1,
    Group = 2,
}

impl Kind {
    /// As IAM's messages name it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Group => "group",
        }
    }

    /// The input's member that names one.
    #[must_use]
    pub fn member(self) -> &'static str {
        match self {
            Self::Role => "roleName",
            Self::User => "userName",
            Self::Group => "groupName",
        }
    }

    /// Characters of all its inline policies together.
    #[must_use]
    pub fn longest_inline(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
            Self::Group => 5120,
        }
    }

    /// The quota that bounds its attached policies.
    #[must_use]
    pub fn attachment_quota(self) -> &'static str {
        match self {
            Self::Role => "PoliciesPerRole",
            Self::User => "PoliciesPerUser",
            Self::Group => "PoliciesPerGroup",
        }
    }

    pub fn read(byte: u8) -> Result<Self, Failure> {
        match byte {
            0 => Ok(Self::Role),
            1 => Ok(Self::User),
            2 => Ok(Self::Group),
            _ => Err(Failure::broken(format!("a policy's user of unknown kind {byte}"))),
        }
    }
}

/// The names of the operations on one kind's policies.
#[derive(Debug)]
pub struct Names {
    pub put: &'static str,
    pub get: &'static str,
    pub list: &'static str,
    pub delete: &'static str,
    pub attach: &'static str,
    pub detach: &'static str,
    pub list_attached: &'static str,
}

/// Has policies.
pub trait Owner: Sized + Send + Sync + 'static {
    const KIND: Kind;
    const NAMES: Names;

    /// The one of this name.
    fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure>;
    fn name(&self) -> &str;
    fn policies(&self) -> &Policies;
    fn policies_mut(&mut self) -> &mut Policies;
    /// The same, unless nobody may change it.
    fn modifiable(self) -> Result<Self, Failure>;
    fn store(&self, tx: &mut Tx);
}

impl Owner for Role {
    const KIND: Kind = Kind::Role;
    const NAMES: Names = Names {
        put: "PutRolePolicy",
        get: "GetRolePolicy",
        list: "ListRolePolicies",
        delete: "DeleteRolePolicy",
        attach: "AttachRolePolicy",
        detach: "DetachRolePolicy",
        list_attached: "ListAttachedRolePolicies",
    };

    fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::by_name(account, name, rows)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }

    fn modifiable(self) -> Result<Self, Failure> {
        Self::modifiable(self)
    }

    fn store(&self, tx: &mut Tx) {
        tx.put(&self.key(), self);
    }
}

/// The name of an owner in an input: whichever member the operation has for it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OwnerName(Option<String>);

impl OwnerName {
    /// # Errors
    /// `ValidationError` if it is missing.
    pub fn of(&self, kind: Kind) -> Result<&str, ApiError> {
        self.0.as_deref().ok_or_else(|| missing(Service::Iam, kind.member()))
    }
}

impl Owner for User {
    const KIND: Kind = Kind::User;
    const NAMES: Names = Names {
        put: "PutUserPolicy",
        get: "GetUserPolicy",
        list: "ListUserPolicies",
        delete: "DeleteUserPolicy",
        attach: "AttachUserPolicy",
        detach: "DetachUserPolicy",
        list_attached: "ListAttachedUserPolicies",
    };

    fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::by_name(account, name, rows)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }

    fn modifiable(self) -> Result<Self, Failure> {
        Ok(self)
    }

    fn store(&self, tx: &mut Tx) {
        tx.put(&self.key(), self);
    }
}

impl Owner for Group {
    const KIND: Kind = Kind::Group;
    const NAMES: Names = Names {
        put: "PutGroupPolicy",
        get: "GetGroupPolicy",
        list: "ListGroupPolicies",
        delete: "DeleteGroupPolicy",
        attach: "AttachGroupPolicy",
        detach: "DetachGroupPolicy",
        list_attached: "ListAttachedGroupPolicies",
    };

    fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::by_name(account, name, rows)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &Policies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut Policies {
        &mut self.policies
    }

    fn modifiable(self) -> Result<Self, Failure> {
        Ok(self)
    }

    fn store(&self, tx: &mut Tx) {
        tx.put(&self.key(), self);
    }
}

/// Sets tags over those that are there; a key's case doesn't make another tag.
///
/// # Errors
/// `LimitExceeded`.
pub fn set_tags(tags: &mut Vec<Tag>, new: &[Tag], quota: &str) -> Result<(), ApiError> {
    for tag in new {
        tags.retain(|old| !old.key.eq_ignore_ascii_case(&tag.key));
        tags.push(tag.clone());
    }
    if tags.len() > 50 {
        return Err(errors::limit_exceeded(format!("Cannot exceed quota for {quota}: 50")));
    }
    Ok(())
}
