//! Managed policies: those of the account as they are stored, and what they share with AWS's own.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::keys::{self, PolicyUse};
use crate::iam::model::Tag;
use crate::iam::owner::Kind;
use crate::iam::shapes::timestamp;
use crate::iam::{errors, names};
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde::Serialize;
use sha2::{Digest, Sha256};
use stepwell_store::{Direction, Slice};
use stepwell_wire::{Arn, Timestamp};

/// Versions that a policy can have at a time.
pub const MOST_VERSIONS: usize = 5;
/// Characters of a document without white space.
pub const LONGEST: usize = 6144;

/// A policy of the account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Policy {
    #[n(0)]
    pub account: String,
    #[n(1)]
    pub path: String,
    #[n(2)]
    pub name: String,
    /// `ANPA…`
    #[n(3)]
    pub id: String,
    #[n(4)]
    pub created_ms: u64,
    /// When a version was made or went last.
    #[n(5)]
    pub updated_ms: u64,
    #[n(6)]
    pub description: Option<String>,
    /// The number of the version in force.
    #[n(7)]
    pub default_version: u64,
    #[n(8)]
    pub versions: Vec<Version>,
    /// The number that the next version gets: none is given twice.
    #[n(9)]
    pub next_version: u64,
    #[n(10)]
    pub tags: Vec<Tag>,
}

/// A version of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Version {
    #[n(0)]
    pub number: u64,
    /// As it was given.
    #[n(1)]
    pub document: String,
    #[n(2)]
    pub created_ms: u64,
}

impl Policy {
    /// The policy of this ARN, which has to be the account's own.
    ///
    /// # Errors
    /// `NoSuchEntity`, or `ValidationError` if it is no ARN.
    pub fn by_arn(arn: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure> {
        check_arn(arn)?;
        Self::find(arn, rows, context)?
            .ok_or_else(|| errors::no_such_entity(format!("Policy {arn} was not found.")).into())
    }

    /// The same, if there is one.
    pub fn find(arn: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Option<Self>, Failure> {
        let Some(parsed) = Arn::parse(arn).filter(|parsed| parsed.account == context.account()) else {
            return Ok(None);
        };
        let name = parsed.resource.rsplit('/').next().unwrap_or_default();
        let policy = rows.row::<Self>(&keys::policy(context.account(), name))?;
        Ok(policy.filter(|policy| policy.arn() == arn))
    }

    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:policy{}{}", self.account, self.path, self.name)
    }

    /// The version of an id such as `v2`.
    #[must_use]
    pub fn version(&self, id: &str) -> Option<&Version> {
        let number: u64 = id.strip_prefix('v')?.parse().ok()?;
        self.versions.iter().find(|version| version.number == number)
    }

    /// The document in force.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        let in_force = self.versions.iter().find(|version| version.number == self.default_version);
        in_force.map(|version| version.document.as_str())
    }

    pub fn store(&self, tx: &mut Tx) {
        tx.put(&keys::policy(&self.account, &self.name), self);
    }
}

/// The form of a policy's ARN.
///
/// # Errors
/// `ValidationError`.
pub fn check_arn(arn: &str) -> Result<(), Failure> {
    names::constraints().length("policyArn", arn, 20..=2048).finish()?;
    let is_policy =
        Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("policy/"));
    if is_policy {
        Ok(())
    } else {
        Err(stepwell_wire::ApiError::validation(format!("ARN {arn} is not valid.")).into())
    }
}

/// The name of a policy that can be attached: of the account's own or of AWS's.
///
/// # Errors
/// `NoSuchEntity`, or `ValidationError` if it is no ARN.
pub fn attachable_name(arn: &str, rows: &(impl Rows + ?Sized), context: &Context) -> Result<String, Failure> {
    check_arn(arn)?;
    if let Some(policy) = AwsManaged::by_arn(arn) {
        return Ok(policy.name().to_owned());
    }
    let policy = Policy::find(arn, rows, context)?;
    policy.map(|policy| policy.name).ok_or_else(|| {
        errors::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")).into()
    })
}

/// The document in force of a policy, if it is there and known.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn document(
    arn: &str,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<Option<String>, Failure> {
    if let Some(policy) = AwsManaged::by_arn(arn) {
        return Ok(policy.default_version().1);
    }
    let policy = Policy::find(arn, rows, context)?;
    let in_force = |policy: &Policy| policy.version(&format!("v{}", policy.default_version)).cloned();
    Ok(policy.as_ref().and_then(in_force).map(|version| version.document))
}

/// Notes that an entity uses a policy.
pub fn note_use(arn: &str, usage: PolicyUse, kind: Kind, name: &str, tx: &mut Tx, context: &Context) {
    let key = keys::policy_use(context.account(), arn, usage, kind, name);
    tx.put_bytes(&key, Slice::from(&[][..]));
}

/// Notes that an entity uses a policy no more.
pub fn forget_use(arn: &str, usage: PolicyUse, kind: Kind, name: &str, tx: &mut Tx, context: &Context) {
    tx.remove(&keys::policy_use(context.account(), arn, usage, kind, name));
}

/// How many entities use a policy in one way.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn uses(
    arn: &str,
    usage: PolicyUse,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<usize, Failure> {
    let all = keys::policy_uses(context.account(), arn, usage);
    Ok(rows.scan(all.as_bytes(), &all.end(), Direction::Forward, usize::MAX)?.len())
}

/// Checks a boundary, which is a managed policy.
///
/// # Errors
/// `NoSuchEntity`.
pub fn check_boundary(
    arn: Option<&str>,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<(), Failure> {
    let Some(arn) = arn else { return Ok(()) };
    check_arn(arn)?;
    if AwsManaged::by_arn(arn).is_some() || Policy::find(arn, rows, context)?.is_some() {
        return Ok(());
    }
    Err(errors::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")).into())
}

/// `Policy`, as far as an operation shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyShape {
    pub policy_name: String,
    pub policy_id: String,
    pub arn: String,
    pub path: String,
    pub default_version_id: String,
    pub attachment_count: usize,
    pub permissions_boundary_usage_count: usize,
    pub is_attachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

impl PolicyShape {
    /// As lists show it: without description and tags.
    pub fn listed(policy: &Policy, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure> {
        let arn = policy.arn();
        Ok(Self {
            policy_name: policy.name.clone(),
            policy_id: policy.id.clone(),
            path: policy.path.clone(),
            default_version_id: format!("v{}", policy.default_version),
            attachment_count: uses(&arn, PolicyUse::Attachment, rows, context)?,
            permissions_boundary_usage_count: uses(&arn, PolicyUse::Boundary, rows, context)?,
            is_attachable: true,
            description: None,
            create_date: Some(timestamp(policy.created_ms)),
            update_date: Some(timestamp(policy.updated_ms)),
            tags: None,
            arn,
        })
    }

    /// One of AWS's.
    pub fn aws(policy: AwsManaged, rows: &(impl Rows + ?Sized), context: &Context) -> Result<Self, Failure> {
        let arn = policy.arn();
        Ok(Self {
            policy_name: policy.name().to_owned(),
            policy_id: aws_policy_id(&arn),
            path: policy.path(),
            default_version_id: policy.default_version().0.to_owned(),
            attachment_count: uses(&arn, PolicyUse::Attachment, rows, context)?,
            permissions_boundary_usage_count: uses(&arn, PolicyUse::Boundary, rows, context)?,
            is_attachable: true,
            description: None,
            create_date: None,
            update_date: None,
            tags: None,
            arn,
        })
    }
}

/// An id for one of AWS's policies, always the same.
fn aws_policy_id(arn: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(arn).into();
    super::ids::unique_id(super::ids::Prefix::Policy, &mut crate::entropy::Entropy::new(digest))
}
