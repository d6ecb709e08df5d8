//! `AWS::CloudFormation::WaitConditionHandle`: templates without a resource of their own use it as one. Its URL can't be
//! signalled, for there are no wait conditions here.

use super::{Before, Handler, Made, Problem, ResourceType, Sdk, Wanted};
use crate::context::Context;
use crate::tx::Tx;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::CloudFormation::WaitConditionHandle",
    sdk: Sdk::Two("CloudFormation"),
    properties: &[],
    attributes: &["Id"],
    named_by: None,
    has_system_tags: false,
    handler: &Handle,
};

struct Handle;

impl Handler for Handle {
    fn create(&self, wanted: &Wanted, _: &mut Tx, context: &mut Context) -> Result<Made, Problem> {
        let name = wanted.generated_name(128);
        Ok(Made::new(format!("{}/{name}", context.request.base_url), [("Id", name.into())]))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        Ok(Made::new(&*before.physical_id, [("Id", before.attribute("Id").into())]))
    }

    fn delete(&self, _: &Before, _: &mut Tx, _: &mut Context) -> Result<(), Problem> {
        Ok(())
    }
}
