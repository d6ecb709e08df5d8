//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::errors;
use crate::iam::keys::PolicyUse;
use crate::iam::managed::forget_use;
use crate::iam::model::Role;
use crate::iam::owner::Kind;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRole {
    pub role_name: String,
}

impl Command for DeleteRole {
    const NAME: &'static str = "DeleteRole";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        if !role.instance_profiles.is_empty() {
            return Err(errors::delete_conflict("remove roles from instance profile").into());
        }
        if !role.policies.attached.is_empty() {
            return Err(errors::delete_conflict("detach all policies").into());
        }
        if !role.policies.inline.is_empty() {
            return Err(errors::delete_conflict("delete policies").into());
        }
        if let Some(boundary) = &role.permissions_boundary {
            forget_use(boundary, PolicyUse::Boundary, Kind::Role, &role.name, tx, context);
        }
        tx.remove(&role.key());
        Ok(())
    }
}
