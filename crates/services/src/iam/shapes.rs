//! The shapes of IAM's answers that several operations share. Documents leave percent-encoded, as IAM has them.

use crate::iam::model::{Group, Role, Tag, User};
use serde::Serialize;
use stepwell_wire::{Timestamp, uri};

/// `Role`, as far as an operation shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleShape {
    pub path: String,
    pub role_name: String,
    pub role_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    pub assume_role_policy_document: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundaryShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_last_used: Option<crate::operation::Nothing>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PermissionsBoundaryShape {
    pub permissions_boundary_type: &'static str,
    pub permissions_boundary_arn: String,
}

impl PermissionsBoundaryShape {
    pub fn new(arn: &Option<String>) -> Option<Self> {
        let boundary = |arn: &String| Self {
            permissions_boundary_type: "Policy",
            permissions_boundary_arn: arn.clone(),
        };
        arn.as_ref().map(boundary)
    }
}

impl RoleShape {
    /// As lists show it: without tags, and without when it was last used.
    pub fn listed(role: &Role) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn(),
            create_date: timestamp(role.created_ms),
            assume_role_policy_document: uri::encode(&role.trust_policy),
            description: role.description.clone(),
            max_session_duration: Some(role.max_session_s),
            permissions_boundary: None,
            tags: Vec::new(),
            role_last_used: None,
        }
    }

    /// The whole.
    pub fn whole(role: &Role) -> Self {
        Self {
            permissions_boundary: PermissionsBoundaryShape::new(&role.permissions_boundary),
            tags: role.tags.clone(),
            role_last_used: Some(crate::operation::Nothing {}),
            ..Self::listed(role)
        }
    }
}

pub fn timestamp(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// `User`, as far as an operation shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserShape {
    pub path: String,
    /// The root of an account has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    pub user_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundaryShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl UserShape {
    /// As lists show it: without boundary and tags.
    pub fn listed(user: &User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: Some(user.name.clone()),
            user_id: user.id.clone(),
            arn: user.arn(),
            create_date: timestamp(user.created_ms),
            permissions_boundary: None,
            tags: Vec::new(),
        }
    }

    /// The whole.
    pub fn whole(user: &User) -> Self {
        Self {
            permissions_boundary: PermissionsBoundaryShape::new(&user.permissions_boundary),
            tags: user.tags.clone(),
            ..Self::listed(user)
        }
    }
}

/// `Group`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupShape {
    pub path: String,
    pub group_name: String,
    pub group_id: String,
    pub arn: String,
    pub create_date: Timestamp,
}

impl GroupShape {
    pub fn of(group: &Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            arn: group.arn(),
            create_date: timestamp(group.created_ms),
        }
    }
}
