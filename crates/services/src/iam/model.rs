//! The nouns of IAM as they are stored.

use crate::failure::Failure;
use crate::iam::{errors, keys};
use crate::rows::{Rows, RowsExt};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_wire::Arn;

/// The path of roles that belong to a service.
pub const SERVICE_ROLE_PATH: &str = "/aws-service-role/";

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Role {
    #[n(0)]
    pub account: String,
    /// Begins and ends with a slash.
    #[n(1)]
    pub path: String,
    #[n(2)]
    pub name: String,
    /// `AROA…`
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_ms: u64,
    /// Who may assume it, as the document was given.
    #[n(5)]
    pub trust_policy: String,
    #[n(6)]
    pub description: Option<String>,
    #[n(7)]
    pub max_session_s: u64,
    #[n(8)]
    pub tags: Vec<Tag>,
    /// The ARN of the policy that bounds what its own policies may allow.
    #[n(9)]
    pub permissions_boundary: Option<String>,
    #[n(10)]
    pub policies: Policies,
    /// The names of the instance profiles that it is in.
    #[n(11)]
    pub instance_profiles: Vec<String>,
}

/// The policies of a role, a user or a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policies {
    /// Documents by name.
    #[n(0)]
    pub inline: BTreeMap<String, String>,
    /// ARNs, in the order in which they were attached.
    #[n(1)]
    pub attached: Vec<String>,
}

/// A tag, in the order in which it was given.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    #[n(0)]
    pub key: String,
    #[n(1)]
    pub value: String,
}

impl Role {
    /// The role of this name.
    pub fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::find(account, name, rows)?.ok_or_else(|| errors::no_such("role", name).into())
    }

    /// The role of this name, if there is one.
    pub fn find(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        rows.row(&keys::role(account, name))
    }

    /// The role of this ARN, if there is one.
    pub fn by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        let Some(parsed) = Arn::parse(arn) else { return Ok(None) };
        let Some(name) = parsed.resource.rsplit('/').next() else { return Ok(None) };
        let role = Self::find(&parsed.account, name, rows)?;
        Ok(role.filter(|role| role.arn() == arn))
    }

    /// The same, shared: services take roles on all the time.
    pub fn kept_by_arn(arn: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Arc<Self>>, Failure> {
        let Some(parsed) = Arn::parse(arn) else { return Ok(None) };
        let Some(name) = parsed.resource.rsplit('/').next() else { return Ok(None) };
        let role: Option<Arc<Self>> = rows.kept_row(&keys::role(&parsed.account, name))?;
        Ok(role.filter(|role| role.arn() == arn))
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account, self.path, self.name)
    }

    /// Whether it belongs to a service, which alone may change it.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with(SERVICE_ROLE_PATH)
    }

    /// The role itself, unless it belongs to a service.
    pub fn modifiable(self) -> Result<Self, Failure> {
        if self.is_service_linked() { Err(errors::protected_role(&self.name).into()) } else { Ok(self) }
    }

    pub fn key(&self) -> crate::keys::Key {
        keys::role(&self.account, &self.name)
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct User {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub path: String,
    #[n(2)]
    pub name: String,
    /// `AIDA…`
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_ms: u64,
    #[n(5)]
    pub tags: Vec<Tag>,
    #[n(6)]
    pub permissions_boundary: Option<String>,
    #[n(7)]
    pub policies: Policies,
    /// The names of the groups that it is in.
    #[n(8)]
    pub groups: Vec<String>,
    /// The ids of its access keys.
    #[n(9)]
    pub access_keys: Vec<String>,
    #[n(10)]
    pub service_credentials: Vec<ServiceCredential>,
}

/// A user's name and password for one service.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ServiceCredential {
    /// `ACCA…`
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub service: String,
    #[n(2)]
    pub user_name: String,
    #[n(3)]
    pub created_ms: u64,
    #[n(4)]
    pub is_active: bool,
}

/// A group of users. Its members stand in the index `UserGroupMember`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Group {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub path: String,
    #[n(2)]
    pub name: String,
    /// `AGPA…`
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_ms: u64,
    #[n(5)]
    pub policies: Policies,
}

/// A role for machines.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstanceProfile {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub path: String,
    #[n(2)]
    pub name: String,
    /// `AIPA…`
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_ms: u64,
    /// The role's name: one at most.
    #[n(5)]
    pub role: Option<String>,
    #[n(6)]
    pub tags: Vec<Tag>,
}

impl User {
    /// The user of this name.
    pub fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::find(account, name, rows)?.ok_or_else(|| errors::no_such("user", name).into())
    }

    /// The same, if there is one.
    pub fn find(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        rows.row(&keys::user(account, name))
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user{}{}", self.account, self.path, self.name)
    }

    pub fn key(&self) -> crate::keys::Key {
        keys::user(&self.account, &self.name)
    }
}

impl Group {
    /// The group of this name.
    pub fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        Self::find(account, name, rows)?.ok_or_else(|| errors::no_such("group", name).into())
    }

    /// The same, if there is one.
    pub fn find(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Self>, Failure> {
        rows.row(&keys::group(account, name))
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:group{}{}", self.account, self.path, self.name)
    }

    pub fn key(&self) -> crate::keys::Key {
        keys::group(&self.account, &self.name)
    }
}

impl InstanceProfile {
    /// The profile of this name.
    pub fn by_name(account: &str, name: &str, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let profile = rows.row(&keys::instance_profile(account, name))?;
        profile
            .ok_or_else(|| errors::no_such_entity(format!("Instance Profile {name} cannot be found.")).into())
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:instance-profile{}{}", self.account, self.path, self.name)
    }

    pub fn key(&self) -> crate::keys::Key {
        keys::instance_profile(&self.account, &self.name)
    }
}
