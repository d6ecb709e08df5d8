//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::keys::PolicyUse;
use crate::iam::managed::{check_boundary, forget_use, note_use};
use crate::iam::model::Role;
use crate::iam::owner::Kind;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRolePermissionsBoundary {
    pub role_name: String,
    pub permissions_boundary: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRolePermissionsBoundary {
    pub role_name: String,
}

impl Command for PutRolePermissionsBoundary {
    const NAME: &'static str = "PutRolePermissionsBoundary";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        check_boundary(Some(&self.permissions_boundary), tx, context)?;
        set(role, Some(self.permissions_boundary.clone()), tx, context);
        Ok(())
    }
}

impl Command for DeleteRolePermissionsBoundary {
    const NAME: &'static str = "DeleteRolePermissionsBoundary";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        set(role, None, tx, context);
        Ok(())
    }
}

fn set(mut role: Role, boundary: Option<String>, tx: &mut Tx, context: &Context) {
    if let Some(old) = &role.permissions_boundary {
        forget_use(old, PolicyUse::Boundary, Kind::Role, &role.name, tx, context);
    }
    if let Some(new) = &boundary {
        note_use(new, PolicyUse::Boundary, Kind::Role, &role.name, tx, context);
    }
    role.permissions_boundary = boundary;
    tx.put(&role.key(), &role);
}
