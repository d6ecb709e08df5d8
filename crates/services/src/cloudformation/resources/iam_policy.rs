//! `AWS::IAM::Policy`: an inline policy of roles, users and groups. `Ref` is its name.

use super::iam_policies::owners;
use super::wanted::scalar;
use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::context::Context;
use crate::tx::Tx;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::IAM::Policy",
    sdk: Sdk::Two("Iam"),
    properties: &[
        Property::list("Groups"),
        Property::json("PolicyDocument").required(),
        Property::text("PolicyName").required(),
        Property::list("Roles"),
        Property::list("Users"),
    ],
    attributes: &["Id"],
    named_by: None,
    has_system_tags: false,
    handler: &Policy,
};

struct Policy;

impl Handler for Policy {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        put_all(wanted, tx, context)
    }

    fn update(
        &self,
        before: &Before,
        wanted: &Wanted,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Made, Problem> {
        let made = put_all(wanted, tx, context)?;
        let stays = owners(&wanted.properties);
        let is_renamed = made.physical_id != before.physical_id;
        for owner in owners(&before.properties).iter().filter(|owner| is_renamed || !stays.contains(owner)) {
            owner.0.remove(&owner.1, &before.physical_id, tx, context)?;
        }
        Ok(made)
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let owners = owners(&before.properties);
        owners.iter().try_for_each(|(owner, name)| owner.remove(name, &before.physical_id, tx, context))
    }
}

fn put_all(wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
    let owners = owners(&wanted.properties);
    if owners.is_empty() {
        let message = "At least one of [Groups,Roles,Users] must be non-empty.";
        return Err(Problem::invalid_request(message));
    }
    let name = wanted.text("PolicyName").unwrap_or_default();
    let document = wanted.properties.get("PolicyDocument").map(scalar).unwrap_or_default();
    for (owner, owner_name) in owners {
        owner.put(&owner_name, name, &document, tx, context)?;
    }
    Ok(Made::new(name, [("Id", name.into())]))
}
