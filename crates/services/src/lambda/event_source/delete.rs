//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html>
//!
//! A batch that is with the function is still ended by its answer: what succeeded is deleted from the queue.

use super::configuration::EventSourceMappingConfiguration;
use super::mapping::{Mapping, MappingState};
use super::start;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Command;
use crate::tx::Tx;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEventSourceMapping {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

impl Command for DeleteEventSourceMapping {
    const NAME: &'static str = "DeleteEventSourceMapping";
    type Output = EventSourceMappingConfiguration;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<EventSourceMappingConfiguration, Failure> {
        let mut mapping = Mapping::by_uuid(context.scope(), &self.uuid, tx)?;
        mapping.state = MappingState::Deleting;
        start::put_and_settle(&mapping, tx);
        Ok(EventSourceMappingConfiguration::new(&mapping))
    }
}
