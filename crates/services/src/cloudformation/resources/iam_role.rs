//! `AWS::IAM::Role`, with its inline policies and the managed ones attached to it. `Ref` is its name.

use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::IAM::Role",
    sdk: Sdk::Two("Iam"),
    properties: &[
        Property::json("AssumeRolePolicyDocument").required(),
        Property::text("Description"),
        Property::integer("MaxSessionDuration"),
        Property::text("Path").fixed(),
        Property::text("PermissionsBoundary"),
        Property::text("RoleName").fixed(),
        Property::list("Tags"),
    ],
    attributes: &["Arn", "RoleId"],
    named_by: Some("RoleName"),
    has_system_tags: false,
    handler: &Role,
};

struct Role;

impl Handler for Role {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let mut input = wanted.members(&["Description", "MaxSessionDuration", "Path", "PermissionsBoundary"]);
        let trust = wanted.properties.get("AssumeRolePolicyDocument").map(scalar);
        input.insert("RoleName".to_owned(), Value::from(wanted.name("RoleName", 64)));
        input.insert("AssumeRolePolicyDocument".to_owned(), Value::from(trust));
        input.insert("Tags".to_owned(), wanted.tag_list("Key", "Value"));
        let output = calls::call::<op::CreateRole>(Value::Object(input), tx, context)?;
        Ok(made(&output["Role"]))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        let _ = before;
        Err(Problem::handler("Roles can't be changed here yet", "NotUpdatable"))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let input = json!({"RoleName": before.physical_id});
        unless_gone(calls::call::<op::DeleteRole>(input, tx, context))?;
        Ok(())
    }
}

fn made(role: &Value) -> Made {
    let name = role["RoleName"].as_str().unwrap_or_default();
    Made::new(name, [("Arn", role["Arn"].clone()), ("RoleId", role["RoleId"].clone())])
}
