//! `AWS::Lambda::Permission`: a statement of a function's policy. `Ref` is the id of the statement.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted, unless_gone};
use crate::calls::{self, operations as op};
use crate::context::Context;
use crate::tx::Tx;
use serde_json::{Value, json};

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::Lambda::Permission",
    sdk: Sdk::Two("Lambda"),
    properties: &[
        Property::text("Action").required().fixed(),
        Property::text("EventSourceToken").fixed(),
        Property::text("FunctionName").required().fixed(),
        Property::text("FunctionUrlAuthType").fixed(),
        Property::boolean("InvokedViaFunctionUrl").fixed(),
        Property::text("Principal").required().fixed(),
        Property::text("PrincipalOrgID").fixed(),
        Property::text("SourceAccount").fixed(),
        Property::text("SourceArn").fixed(),
    ],
    attributes: &["Id"],
    named_by: None,
    has_system_tags: false,
    handler: &Permission,
};

struct Permission;

impl Handler for Permission {
    fn create(&self, wanted: &Wanted, tx: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let id = wanted.generated_name(100);
        // Its properties are the members of AddPermission, under the same names.
        let mut input = wanted.properties.clone();
        input.insert("StatementId".to_owned(), Value::from(id.as_str()));
        calls::call::<op::AddPermission>(Value::Object(input), tx, context)?;
        Ok(Made::new(&*id, [("Id", id.as_str().into())]))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        // No property can change without a new one.
        Ok(Made::new(&*before.physical_id, [("Id", before.physical_id.as_str().into())]))
    }

    fn delete(&self, before: &Before, tx: &mut Tx, context: &mut Context) -> Result<(), Problem> {
        let function = before.properties.get("FunctionName");
        let input = json!({"FunctionName": function, "StatementId": before.physical_id});
        unless_gone(calls::call::<op::RemovePermission>(input, tx, context))?;
        Ok(())
    }
}
