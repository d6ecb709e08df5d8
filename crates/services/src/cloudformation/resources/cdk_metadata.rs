//! `AWS::CDK::Metadata`: what the CDK tells AWS about a template. Nothing is made of it.

use super::{Before, Handler, Made, Problem, Property, ResourceType, Sdk, Wanted};
use crate::context::Context;
use crate::tx::Tx;

pub const TYPE: ResourceType = ResourceType {
    name: "AWS::CDK::Metadata",
    sdk: Sdk::Two("CloudFormation"),
    properties: &[Property::text("Analytics"), Property::text("Modules")],
    attributes: &[],
    named_by: None,
    has_system_tags: false,
    handler: &Metadata,
};

struct Metadata;

impl Handler for Metadata {
    fn create(&self, wanted: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        Ok(Made::new(wanted.generated_name(128), []))
    }

    fn update(&self, before: &Before, _: &Wanted, _: &mut Tx, _: &mut Context) -> Result<Made, Problem> {
        Ok(Made::new(&*before.physical_id, []))
    }

    fn delete(&self, _: &Before, _: &mut Tx, _: &mut Context) -> Result<(), Problem> {
        Ok(())
    }
}
