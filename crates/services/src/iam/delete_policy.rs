//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::keys::{self, PolicyUse};
use crate::iam::managed::{Policy, uses};
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_wire::ApiError;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicy {
    pub policy_arn: String,
}

impl Command for DeletePolicy {
    const NAME: &'static str = "DeletePolicy";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let policy = Policy::by_arn(&self.policy_arn, tx, context)?;
        let conflict = |text: &str| Err(ApiError::new("DeleteConflict", 409, text).into());
        for usage in [PolicyUse::Attachment, PolicyUse::Boundary] {
            if uses(&self.policy_arn, usage, tx, context)? > 0 {
                return conflict("Cannot delete a policy attached to entities.");
            }
        }
        if policy.versions.len() > 1 {
            return conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            );
        }
        tx.remove(&keys::policy(&policy.account, &policy.name));
        Ok(())
    }
}
