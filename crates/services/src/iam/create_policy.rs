//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::managed::{LONGEST, Policy, PolicyShape, Version};
use crate::iam::model::Tag;
use crate::iam::policy::validate::{identity_policy, significant_length};
use crate::iam::{errors, keys, names};
use crate::operation::Command;
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicy {
    pub policy_name: String,
    pub path: Option<String>,
    pub policy_document: String,
    pub description: Option<String>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyOutput {
    pub policy: PolicyShape,
}

impl Command for CreatePolicy {
    const NAME: &'static str = "CreatePolicy";
    type Output = PolicyOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PolicyOutput, Failure> {
        names::check_name("policyName", &self.policy_name, 128)?;
        let path = names::checked_path(self.path.as_deref())?;
        let mut constraints = names::constraints();
        names::check_description(&mut constraints, self.description.as_deref());
        constraints.finish()?;
        names::check_tags(&self.tags)?;
        check_document(&self.policy_document)?;
        if tx.bytes(keys::policy(context.account(), &self.policy_name).as_bytes())?.is_some() {
            let text = format!(
                "A policy called {} already exists. Duplicate names are not allowed.",
                self.policy_name
            );
            return Err(errors::already_exists(text).into());
        }
        let version =
            Version { number: 1, document: self.policy_document.clone(), created_ms: context.now_ms };
        let policy = Policy {
            account: context.account().to_owned(),
            path,
            name: self.policy_name.clone(),
            id: unique_id(Prefix::Policy, &mut context.entropy),
            created_ms: context.now_ms,
            updated_ms: context.now_ms,
            description: self.description.clone(),
            default_version: 1,
            versions: vec![version],
            next_version: 2,
            tags: self.tags.clone(),
        };
        policy.store(tx);
        let tags = (!policy.tags.is_empty()).then(|| policy.tags.clone());
        Ok(PolicyOutput { policy: PolicyShape { tags, ..PolicyShape::listed(&policy, tx, context)? } })
    }
}

/// The document of a managed policy.
///
/// # Errors
/// `MalformedPolicyDocument`, `LimitExceeded`.
pub fn check_document(document: &str) -> Result<(), ApiError> {
    identity_policy(document)?;
    if significant_length(document) > LONGEST {
        return Err(errors::limit_exceeded(format!("Cannot exceed quota for PolicySize: {LONGEST}")));
    }
    Ok(())
}
