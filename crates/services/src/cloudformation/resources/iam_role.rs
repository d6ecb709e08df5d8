//! `AWS::IAM::Role`, with its inline policies and the managed ones attached to it. `Ref` is its name.

use super::iam_policies::Owner;
use super::wanted::{scalar, tag_list};
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Map, Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::IAM::Role",
    sdk: Sdk::Two("Iam"),
    properties: &[
        Property::json("AssumeRolePolicyDocument").required(),
        Property::text("Description"),
        Property::list("ManagedPolicyArns"),
        Property::integer("MaxSessionDuration"),
        Property::text("Path").fixed(),
        Property::text("PermissionsBoundary"),
        Property::list("Policies"),
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
        input.insert("RoleName".to_owned(), Value::from(wanted.name("RoleName", 64)));
        input.insert("AssumeRolePolicyDocument".to_owned(), trust(&wanted.properties));
        input.insert("Tags".to_owned(), wanted.tag_list("Key", "Value"));
        let output = calls::call::<op::CreateRole>(Value::Object(input), tx, context)?;
        let role = &output["Role"];
        let name = role["RoleName"].as_str().unwrap_or_default();
        Owner::Role.update(name, &Map::new(), &wanted.properties, tx, context)?;
        Ok(Made::new(name, [("Arn", role["Arn"].clone()), ("RoleId", role["RoleId"].clone())]))
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let name = before.physical_id.as_str();
        let changes = |property: &str| before.properties.get(property) != wanted.properties.get(property);
        if changes("AssumeRolePolicyDocument") {
            let input = json!({"RoleName": name, "PolicyDocument": trust(&wanted.properties)});
            calls::call::<op::UpdateAssumeRolePolicy>(input, tx, context)?;
        }
        if changes("Description") || changes("MaxSessionDuration") {
            let description = wanted.text("Description").unwrap_or_default();
            let most = wanted.properties.get("MaxSessionDuration").cloned().unwrap_or_else(|| json!(3600));
            let input = json!({"RoleName": name, "Description": description, "MaxSessionDuration": most});
            calls::call::<op::UpdateRole>(input, tx, context)?;
        }
        match (changes("PermissionsBoundary"), wanted.text("PermissionsBoundary")) {
            (true, Some(arn)) => {
                let input = json!({"RoleName": name, "PermissionsBoundary": arn});
                calls::call::<op::PutRolePermissionsBoundary>(input, tx, context)?;
            }
            (true, None) => {
                let input = json!({ "RoleName": name });
                calls::call::<op::DeleteRolePermissionsBoundary>(input, tx, context)?;
            }
            (false, _) => {}
        }
        Owner::Role.update(name, &before.properties, &wanted.properties, tx, context)?;
        let (set, gone) = wanted.tag_changes(&before.tags);
        if !gone.is_empty() {
            calls::call::<op::UntagRole>(json!({"RoleName": name, "TagKeys": gone}), tx, context)?;
        }
        if !set.is_empty() {
            let input = json!({"RoleName": name, "Tags": tag_list(&set, "Key", "Value")});
            calls::call::<op::TagRole>(input, tx, context)?;
        }
        Ok(Made {
            physical_id: before.physical_id.clone(),
            reference: before.physical_id.clone(),
            attributes: before.attributes.clone(),
        })
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let name = &before.physical_id;
        // Its own policies go with it; those of others keep it.
        Owner::Role.update(name, &before.properties, &Map::new(), tx, context)?;
        unless_gone(calls::call::<op::DeleteRole>(json!({ "RoleName": name }), tx, context))?;
        Ok(())
    }
}

fn trust(properties: &Map<String, Value>) -> Value {
    Value::from(properties.get("AssumeRolePolicyDocument").map(scalar))
}
