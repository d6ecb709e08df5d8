//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::create_role::{RoleOutput, checked_settings};
use crate::iam::model::Role;
use crate::iam::shapes::RoleShape;
use crate::operation::{Command, Nothing};
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRole {
    pub role_name: String,
    pub description: Option<String>,
    pub max_session_duration: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRoleDescription {
    pub role_name: String,
    pub description: String,
}

impl Command for UpdateRole {
    const NAME: &'static str = "UpdateRole";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        let max_session_s = checked_settings(self.description.as_deref(), self.max_session_duration)?;
        let mut role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        // What isn't given is reset, as on AWS.
        role.description = Some(self.description.clone().unwrap_or_default()).filter(|text| !text.is_empty());
        role.max_session_s = max_session_s.unwrap_or(3600);
        tx.put(&role.key(), &role);
        Ok(Nothing {})
    }
}

impl Command for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";
    type Output = RoleOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<RoleOutput, Failure> {
        checked_settings(Some(&self.description), None)?;
        let mut role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        role.description = Some(self.description.clone()).filter(|text| !text.is_empty());
        tx.put(&role.key(), &role);
        Ok(RoleOutput { role: RoleShape { role_last_used: None, ..RoleShape::whole(&role) } })
    }
}
