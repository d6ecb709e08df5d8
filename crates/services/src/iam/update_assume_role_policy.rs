//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::model::Role;
use crate::iam::policy::validate;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAssumeRolePolicy {
    pub role_name: String,
    pub policy_document: String,
}

impl Command for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        validate::trust_policy(&self.policy_document)?;
        role.trust_policy = self.policy_document.clone();
        tx.put(&role.key(), &role);
        Ok(())
    }
}
