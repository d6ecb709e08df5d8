//! `AWS::IAM::ManagedPolicy`: a policy of its own, attached to roles, users and groups. `Ref` is its ARN.
//!
//! A changed document is a new version; of the five that a policy may have, the oldest goes.

use super::iam_policies::owners;
use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::IAM::ManagedPolicy",
    sdk: Sdk::Two("Iam"),
    properties: &[
        Property::text("Description").fixed(),
        Property::list("Groups"),
        Property::text("ManagedPolicyName").fixed(),
        Property::text("Path").fixed(),
        Property::json("PolicyDocument").required(),
        Property::list("Roles"),
        Property::list("Users"),
    ],
    attributes: &["AttachmentCount", "CreateDate", "DefaultVersionId", "PolicyArn", "PolicyId"],
    named_by: Some("ManagedPolicyName"),
    has_system_tags: false,
    handler: &ManagedPolicy,
};

/// Versions that a policy may have.
const MOST_VERSIONS: usize = 5;

struct ManagedPolicy;

impl Handler for ManagedPolicy {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let mut input = wanted.members(&["Description", "Path"]);
        input.insert("PolicyName".to_owned(), Value::from(wanted.name("ManagedPolicyName", 128)));
        input.insert("PolicyDocument".to_owned(), document(wanted));
        let output = calls::call::<op::CreatePolicy>(Value::Object(input), tx, context)?;
        let arn = output["Policy"]["Arn"].as_str().unwrap_or_default();
        for (owner, name) in owners(&wanted.properties) {
            owner.attach(&name, arn, tx, context)?;
        }
        made(arn, tx, context)
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let arn = &before.physical_id;
        if before.properties.get("PolicyDocument") != wanted.properties.get("PolicyDocument") {
            make_room(arn, tx, context)?;
            let input = json!({"PolicyArn": arn, "PolicyDocument": document(wanted), "SetAsDefault": true});
            calls::call::<op::CreatePolicyVersion>(input, tx, context)?;
        }
        let (old, new) = (owners(&before.properties), owners(&wanted.properties));
        for (owner, name) in old.iter().filter(|owner| !new.contains(owner)) {
            owner.detach(name, arn, tx, context)?;
        }
        for (owner, name) in new.iter().filter(|owner| !old.contains(owner)) {
            owner.attach(name, arn, tx, context)?;
        }
        made(arn, tx, context)
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let arn = &before.physical_id;
        for (owner, name) in owners(&before.properties) {
            owner.detach(&name, arn, tx, context)?;
        }
        let Some(versions) = versions(arn, tx, context)? else { return Ok(()) };
        for version in versions.iter().filter(|version| version["IsDefaultVersion"] != true) {
            delete_version(arn, version, tx, context)?;
        }
        unless_gone(calls::call::<op::DeletePolicy>(json!({ "PolicyArn": arn }), tx, context))?;
        Ok(())
    }
}

fn document(wanted: &Wanted) -> Value {
    Value::from(wanted.properties.get("PolicyDocument").map(scalar))
}

fn made(arn: &str, tx: &Tx, context: &mut Context) -> Result<Made, Problem> {
    let policy = calls::ask::<op::GetPolicy>(json!({ "PolicyArn": arn }), tx, context)?["Policy"].take();
    let text = |member: &str| Value::from(policy.get(member).map(scalar));
    let attributes = [
        ("AttachmentCount", text("AttachmentCount")),
        ("CreateDate", text("CreateDate")),
        ("DefaultVersionId", text("DefaultVersionId")),
        ("PolicyArn", arn.into()),
        ("PolicyId", text("PolicyId")),
    ];
    Ok(Made::new(arn, attributes))
}

/// The versions of a policy, the newest first; none if the policy is gone.
fn versions(arn: &str, tx: &Tx, context: &mut Context) -> Result<Option<Vec<Value>>, Problem> {
    let found = calls::ask::<op::ListPolicyVersions>(json!({ "PolicyArn": arn }), tx, context);
    let found = unless_gone(found)?;
    Ok(found.map(|mut found| match found["Versions"].take() {
        Value::Array(versions) => versions,
        _ => Vec::new(),
    }))
}

/// Takes the oldest version away if there is room for no more.
fn make_room(arn: &str, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let versions = versions(arn, tx, context)?.unwrap_or_default();
    let oldest = versions.iter().rev().find(|version| version["IsDefaultVersion"] != true);
    match oldest {
        Some(oldest) if versions.len() >= MOST_VERSIONS => delete_version(arn, oldest, tx, context),
        _ => Ok(()),
    }
}

fn delete_version(arn: &str, version: &Value, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
    let input = json!({"PolicyArn": arn, "VersionId": version["VersionId"]});
    calls::call::<op::DeletePolicyVersion>(input, tx, context)?;
    Ok(())
}
