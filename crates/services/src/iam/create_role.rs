//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
//!
//! The answer shows a description and a session duration only if they were given (recorded).

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::keys::PolicyUse;
use crate::iam::managed::{check_boundary, note_use};
use crate::iam::model::{Policies, Role, Tag};
use crate::iam::owner::Kind;
use crate::iam::policy::validate;
use crate::iam::shapes::RoleShape;
use crate::iam::{errors, names};
use crate::operation::Command;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRole {
    pub path: Option<String>,
    pub role_name: String,
    pub assume_role_policy_document: String,
    pub description: Option<String>,
    pub max_session_duration: Option<i64>,
    pub permissions_boundary: Option<String>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleOutput {
    pub role: RoleShape,
}

impl Command for CreateRole {
    const NAME: &'static str = "CreateRole";
    type Output = RoleOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<RoleOutput, Failure> {
        names::check_name("roleName", &self.role_name, 64)?;
        let path = names::checked_path(self.path.as_deref())?;
        let max_session_s =
            checked_settings(self.description.as_deref(), self.max_session_duration)?.unwrap_or(3600);
        names::check_tags(&self.tags)?;
        validate::trust_policy(&self.assume_role_policy_document)?;
        check_boundary(self.permissions_boundary.as_deref(), tx, context)?;
        if Role::find(context.account(), &self.role_name, tx)?.is_some() {
            let text = format!("Role with name {} already exists.", self.role_name);
            return Err(errors::already_exists(text).into());
        }
        let role = Role {
            account: context.account().to_owned(),
            path,
            name: self.role_name.clone(),
            id: unique_id(Prefix::Role, &mut context.entropy),
            created_ms: context.now_ms,
            trust_policy: self.assume_role_policy_document.clone(),
            description: self.description.clone(),
            max_session_s,
            tags: self.tags.clone(),
            permissions_boundary: self.permissions_boundary.clone(),
            policies: Policies::default(),
            instance_profiles: Vec::new(),
        };
        if let Some(boundary) = &role.permissions_boundary {
            note_use(boundary, PolicyUse::Boundary, Kind::Role, &role.name, tx, context);
        }
        tx.put(&role.key(), &role);
        let max_session_duration = self.max_session_duration.map(|_| role.max_session_s);
        let shape = RoleShape { max_session_duration, role_last_used: None, ..RoleShape::whole(&role) };
        Ok(RoleOutput { role: shape })
    }
}

/// The description and the longest session of a role, as CreateRole and UpdateRole take them.
///
/// # Errors
/// `ValidationError`.
pub fn checked_settings(
    description: Option<&str>,
    max_session_duration: Option<i64>,
) -> Result<Option<u64>, Failure> {
    let mut constraints = names::constraints();
    names::check_description(&mut constraints, description);
    if let Some(seconds) = max_session_duration {
        constraints.range("maxSessionDuration", seconds, 3600..=43_200);
    }
    constraints.finish()?;
    Ok(max_session_duration.and_then(|seconds| u64::try_from(seconds).ok()))
}
