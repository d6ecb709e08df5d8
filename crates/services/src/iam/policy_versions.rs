//! Versions of managed policies:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::create_policy::check_document;
use crate::iam::errors;
use crate::iam::managed::{MOST_VERSIONS, Policy, Version};
use crate::iam::paging::Wanted;
use crate::iam::shapes::timestamp;
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::{ApiError, Timestamp, uri};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePolicyVersion {
    pub policy_arn: String,
    pub policy_document: String,
    #[serde(default)]
    pub set_as_default: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyVersion {
    pub policy_arn: String,
    pub version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersions {
    pub policy_arn: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultPolicyVersion {
    pub policy_arn: String,
    pub version_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeletePolicyVersion {
    pub policy_arn: String,
    pub version_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyVersionOutput {
    pub policy_version: VersionShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListPolicyVersionsOutput {
    pub versions: Vec<VersionShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct VersionShape {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    pub version_id: String,
    pub is_default_version: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
}

impl VersionShape {
    fn of(policy: &Policy, version: &Version) -> Self {
        Self {
            document: None,
            version_id: format!("v{}", version.number),
            is_default_version: version.number == policy.default_version,
            create_date: Some(timestamp(version.created_ms)),
        }
    }
}

impl Command for CreatePolicyVersion {
    const NAME: &'static str = "CreatePolicyVersion";
    type Output = PolicyVersionOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<PolicyVersionOutput, Failure> {
        let mut policy = Policy::by_arn(&self.policy_arn, tx, context)?;
        check_document(&self.policy_document)?;
        if policy.versions.len() >= MOST_VERSIONS {
            let text = format!(
                "A managed policy can have up to {MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version."
            );
            return Err(errors::limit_exceeded(text).into());
        }
        let number = policy.next_version;
        policy.next_version += 1;
        let document = self.policy_document.clone();
        let version = Version { number, document, created_ms: context.now_ms };
        policy.versions.push(version.clone());
        policy.updated_ms = context.now_ms;
        if self.set_as_default {
            policy.default_version = number;
        }
        policy.store(tx);
        Ok(PolicyVersionOutput { policy_version: VersionShape::of(&policy, &version) })
    }
}

impl Read for GetPolicyVersion {
    const NAME: &'static str = "GetPolicyVersion";
    type Output = PolicyVersionOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<PolicyVersionOutput, Failure> {
        let missing = || no_such_version(&self.policy_arn, &self.version_id);
        if let Some(policy) = AwsManaged::by_arn(&self.policy_arn) {
            let (version_id, document) = policy.default_version();
            let document = document.filter(|_| version_id == self.version_id).ok_or_else(missing)?;
            let policy_version = VersionShape {
                document: Some(uri::encode(&document)),
                version_id: version_id.to_owned(),
                is_default_version: true,
                create_date: None,
            };
            return Ok(PolicyVersionOutput { policy_version });
        }
        let policy = Policy::by_arn(&self.policy_arn, rows, context)?;
        let version = policy.version(&self.version_id).ok_or_else(missing)?;
        let document = Some(uri::encode(&version.document));
        Ok(PolicyVersionOutput {
            policy_version: VersionShape { document, ..VersionShape::of(&policy, version) },
        })
    }
}

impl Read for ListPolicyVersions {
    const NAME: &'static str = "ListPolicyVersions";
    type Output = ListPolicyVersionsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListPolicyVersionsOutput, Failure> {
        let versions = match AwsManaged::by_arn(&self.policy_arn) {
            Some(policy) => vec![VersionShape {
                document: None,
                version_id: policy.default_version().0.to_owned(),
                is_default_version: true,
                create_date: None,
            }],
            None => {
                let policy = Policy::by_arn(&self.policy_arn, rows, context)?;
                // The newest first.
                policy.versions.iter().rev().map(|version| VersionShape::of(&policy, version)).collect()
            }
        };
        let list = format!("{} {}", Self::NAME, self.policy_arn);
        let page = Wanted::new(&self.marker, self.max_items).of(&list, versions, context)?;
        let is_truncated = page.is_truncated();
        Ok(ListPolicyVersionsOutput { versions: page.items, is_truncated, marker: page.marker })
    }
}

impl Command for SetDefaultPolicyVersion {
    const NAME: &'static str = "SetDefaultPolicyVersion";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut policy = Policy::by_arn(&self.policy_arn, tx, context)?;
        let version = policy.version(&self.version_id);
        policy.default_version =
            version.ok_or_else(|| no_such_version(&self.policy_arn, &self.version_id))?.number;
        policy.updated_ms = context.now_ms;
        policy.store(tx);
        Ok(())
    }
}

impl Command for DeletePolicyVersion {
    const NAME: &'static str = "DeletePolicyVersion";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut policy = Policy::by_arn(&self.policy_arn, tx, context)?;
        let version = policy.version(&self.version_id);
        let number = version.ok_or_else(|| no_such_version(&self.policy_arn, &self.version_id))?.number;
        if number == policy.default_version {
            let text = "Cannot delete the default version of a policy.";
            return Err(ApiError::new("DeleteConflict", 409, text).into());
        }
        policy.versions.retain(|version| version.number != number);
        policy.updated_ms = context.now_ms;
        policy.store(tx);
        Ok(())
    }
}

fn no_such_version(arn: &str, version: &str) -> ApiError {
    errors::no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}
