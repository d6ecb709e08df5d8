//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::create_role::RoleOutput;
use crate::iam::model::Role;
use crate::iam::shapes::RoleShape;
use crate::operation::Read;
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRole {
    pub role_name: String,
}

impl Read for GetRole {
    const NAME: &'static str = "GetRole";
    type Output = RoleOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<RoleOutput, Failure> {
        let role = Role::by_name(context.account(), &self.role_name, rows)?;
        Ok(RoleOutput { role: RoleShape::whole(&role) })
    }
}
