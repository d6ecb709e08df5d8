//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::create_policy::PolicyOutput;
use crate::iam::managed::{Policy, PolicyShape};
use crate::operation::Read;
use crate::rows::Rows;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicy {
    pub policy_arn: String,
}

impl Read for GetPolicy {
    const NAME: &'static str = "GetPolicy";
    type Output = PolicyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<PolicyOutput, Failure> {
        let policy = match AwsManaged::by_arn(&self.policy_arn) {
            Some(policy) => {
                PolicyShape { tags: Some(Vec::new()), ..PolicyShape::aws(policy, rows, context)? }
            }
            None => {
                let policy = Policy::by_arn(&self.policy_arn, rows, context)?;
                PolicyShape {
                    description: policy.description.clone(),
                    tags: Some(policy.tags.clone()),
                    ..PolicyShape::listed(&policy, rows, context)?
                }
            }
        };
        Ok(PolicyOutput { policy })
    }
}
